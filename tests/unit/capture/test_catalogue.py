"""The catalogue: what is put in is found, by every filter, page by page, whatever happens meanwhile."""

import dataclasses
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.capture.catalogue import Catalogue, KeyTakenError
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import (
    TAG_KEEP,
    FootageCursor,
    FootageFile,
    FootageKind,
    FootageQuery,
    FootageState,
    Label,
    ObjectClass,
)

STORE = "filesystem:/footage"
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC).timestamp()
ALL_KINDS = frozenset(FootageKind)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    opened = Catalogue(tmp_path / "state" / "catalogue.sqlite")
    yield opened
    opened.close()


def add(
    catalogue: Catalogue,
    started: float = NOON,
    camera: int = 0,
    kind: FootageKind = FootageKind.MOTION,
    **changes: Any,
) -> FootageFile:
    """One more complete file of 100 bytes and 10 s."""
    mode = CaptureMode.CONTINUOUS if kind is FootageKind.CONTINUOUS else CaptureMode.MOTION
    label = dataclasses.replace(Label(camera, mode, started), **changes)
    key = f"Camera {camera}/{label.local_date}/{started:.3f} {kind.name}.m4v"
    return catalogue.add(label, kind, STORE, key, 100, 10.0)


def listed(catalogue: Catalogue, **query: Any) -> list[FootageFile]:
    """The files of a page; without a filter, all of camera 0."""
    return catalogue.page(FootageQuery(**{"cameras": frozenset({0}), "kinds": ALL_KINDS} | query))


def test_a_file_is_noted_when_it_is_begun_and_listed_when_it_is_complete(catalogue: Catalogue) -> None:
    """With what was found out meanwhile."""
    begun = Label(0, CaptureMode.MOTION, NOON, 3600)
    file = catalogue.begin(begun, FootageKind.MOTION, STORE, "Porch/2026-11-22/a.m4v")
    assert listed(catalogue) == []
    assert catalogue.unsettled(FootageState.RECORDING) == [file]
    catalogue.grow(file.id, 5000, 1.5)
    assert catalogue[file.id].size == 5000
    found = dataclasses.replace(begun, triggers=TriggerReason.HUMAN, classes=ObjectClass.HUMAN)
    complete = catalogue.complete(file.id, found, 123456, 12.345)
    assert listed(catalogue) == [complete]
    assert complete == dataclasses.replace(file, label=found, size=123456, duration=12.345, state=FootageState.COMPLETE)
    assert complete.name == "a.m4v"


def test_a_catalogue_is_found_again(tmp_path: Path) -> None:
    """By the next run of the server, and by another thread of this one."""
    path = tmp_path / "catalogue.sqlite"
    first = Catalogue(path)
    file = add(first)
    second = Catalogue(path)
    assert listed(second) == [file]
    first.close()
    second.close()


def test_a_catalogue_of_a_newer_server_is_left_alone(tmp_path: Path) -> None:
    """An error that says so, before anything is changed."""
    path = tmp_path / "catalogue.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(sqlite3.DatabaseError, match="newer ssplug"):
        Catalogue(path)


def test_a_key_belongs_to_one_file(catalogue: Catalogue) -> None:
    """Until that is forgotten; a refusal changes nothing."""
    label = Label(0, CaptureMode.MOTION, NOON)
    file = catalogue.begin(label, FootageKind.MOTION, STORE, "a/b/c.m4v")
    with pytest.raises(KeyTakenError, match=r"a/b/c\.m4v"):
        catalogue.add(label, FootageKind.MOTION, STORE, "a/b/c.m4v", 1)
    catalogue.begin(label, FootageKind.MOTION, "another store", "a/b/c.m4v")
    catalogue.forget(file.id)
    assert catalogue.begin(label, FootageKind.MOTION, STORE, "a/b/c.m4v").id > file.id


def test_the_newest_come_first_whatever_their_camera_and_kind(catalogue: Catalogue) -> None:
    """Merged from all that were asked for."""
    times = [7, 3, 9, 1, 8, 2]
    files = [add(catalogue, NOON + t, camera=t % 3, kind=FootageKind(t % 2 * 2)) for t in times]
    expected = sorted(files, key=lambda file: -file.label.started)
    assert listed(catalogue, cameras=frozenset({0, 1, 2})) == expected
    assert listed(catalogue, cameras=frozenset({0, 2})) == [file for file in expected if file.label.camera != 1]
    assert listed(catalogue, cameras=frozenset({0, 1, 2}), limit=2) == expected[:2]
    assert listed(catalogue, cameras=frozenset()) == []


def test_files_are_found_by_the_date_of_their_folder(catalogue: Catalogue) -> None:
    """Both ends count, and the date is the one that was on the wall."""
    days = [add(catalogue, NOON + day * 86400) for day in range(5)]
    late = add(catalogue, NOON + 86400 + 11.5 * 3600, utc_offset=3600)
    assert late.date == dt.date(2026, 11, 24)
    first, last = dt.date(2026, 11, 23), dt.date(2026, 11, 24)
    assert listed(catalogue, first_date=first, last_date=last) == [days[2], late, days[1]]
    assert listed(catalogue, last_date=dt.date(2026, 11, 21)) == []


def test_files_are_found_by_their_age(catalogue: Catalogue) -> None:
    """To the second."""
    files = [add(catalogue, NOON + hours * 3600) for hours in range(72)]
    assert listed(catalogue, since=NOON + 40 * 3600 + 1) == files[:40:-1]


def test_files_are_found_by_what_was_seen_in_them(catalogue: Catalogue) -> None:
    """Any of the classes that were asked for."""
    add(catalogue, NOON)
    human = add(catalogue, NOON + 1, classes=ObjectClass.HUMAN | ObjectClass.ANIMAL)
    car = add(catalogue, NOON + 2, classes=ObjectClass.VEHICLE)
    assert listed(catalogue, classes=ObjectClass.HUMAN) == [human]
    assert listed(catalogue, classes=ObjectClass.ANIMAL | ObjectClass.VEHICLE) == [car, human]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2), st.sampled_from(FootageKind)), max_size=40),
    st.integers(1, 7),
)
@settings(max_examples=40, deadline=None)
def test_the_pages_together_are_the_whole_list(rows: list[tuple[int, int, FootageKind]], limit: int) -> None:
    """No file twice, none left out, however many were begun in the same millisecond; and it ends."""
    catalogue = Catalogue(Path(":memory:"))
    for number, (hours, camera, kind) in enumerate(rows):
        label = Label(camera, CaptureMode.MOTION, NOON + hours * 3600)
        catalogue.add(label, kind, STORE, f"a/{number}.m4v", 1)
    query = FootageQuery(frozenset({0, 1, 2}), ALL_KINDS, limit=len(rows) + 1)
    whole = catalogue.page(query)
    assert len(whole) == len(rows)
    pages: list[FootageFile] = []
    cursor = None
    while page := catalogue.page(dataclasses.replace(query, limit=limit, after=cursor)):
        pages += page
        cursor = FootageCursor.parse(str(FootageCursor.behind(page[-1])))
    assert pages == whole
    catalogue.close()


def test_a_page_goes_on_where_the_last_one_ended_while_files_come_and_go(catalogue: Catalogue) -> None:
    """New files are newer than all pages; a file that is gone is missed by nobody."""
    files = [add(catalogue, NOON + second) for second in range(6)]
    first = listed(catalogue, limit=3)
    add(catalogue, NOON + 100)
    catalogue.forget(first[-1].id)
    assert listed(catalogue, limit=3, after=FootageCursor.behind(first[-1])) == files[2::-1]


def test_a_page_is_read_from_an_index(catalogue: Catalogue) -> None:
    """Neither sorted nor searched: it costs the same however many files there are."""
    statements: list[str] = []
    catalogue._connection.set_trace_callback(statements.append)
    listed(
        catalogue,
        since=NOON,
        classes=ObjectClass.HUMAN,
        last_date=dt.date(2026, 11, 22),
        after=FootageCursor(dt.date(2026, 11, 22), 5, 5),
    )
    catalogue.oldest()
    catalogue.oldest(camera=3)
    catalogue.find(0, dt.date(2026, 11, 22), "a.m4v")
    catalogue.movies(0, NOON, NOON + 60, 3600)
    catalogue.unsettled(FootageState.RECORDING)
    catalogue._connection.set_trace_callback(None)
    plans = [catalogue._connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall() for statement in statements]
    steps = [row[3] for plan in plans for row in plan]
    assert [step for step in steps if "TEMP B-TREE" in step or step == "SCAN footage"] == []
    assert len(statements) == 8


def test_a_file_is_found_by_the_name_that_clients_are_given(catalogue: Catalogue) -> None:
    """Camera, date and name must all be right, and it must be complete."""
    file = add(catalogue)
    assert catalogue.find(0, file.date, file.name) == file
    assert catalogue.find(1, file.date, file.name) is None
    assert catalogue.find(0, dt.date(2026, 11, 23), file.name) is None
    assert catalogue.find(0, file.date, "../" + file.name) is None
    catalogue.condemn(file.id)
    assert catalogue.find(0, file.date, file.name) is None


def test_movies_are_found_by_what_they_show(catalogue: Catalogue) -> None:
    """All that overlap a stretch of time, also the one that is being recorded; no images."""
    files = [add(catalogue, NOON + start, kind=FootageKind.CONTINUOUS) for start in (0, 10, 20, 30)]
    add(catalogue, NOON + 15, kind=FootageKind.IMAGE)
    add(catalogue, NOON + 15, camera=1)
    running = catalogue.begin(Label(0, CaptureMode.MOTION, NOON + 5), FootageKind.MOTION, STORE, "a/running.m4v")
    assert catalogue.movies(0, NOON + 15, NOON + 25, 3600) == [running, files[1], files[2]]


def test_what_is_kept_is_never_among_the_oldest(catalogue: Catalogue) -> None:
    """Neither of all files, nor of one camera or store."""
    files = [add(catalogue, NOON + second, camera=second % 2) for second in range(6)]
    assert catalogue.set_tag(files[0].id, TAG_KEEP).label.tag == TAG_KEEP
    catalogue.begin(Label(1, CaptureMode.MOTION, NOON - 5), FootageKind.MOTION, STORE, "a/running.m4v")
    assert catalogue.oldest() == files[1:]
    assert catalogue.oldest(limit=2) == files[1:3]
    assert catalogue.oldest(camera=0) == [files[2], files[4]]
    assert catalogue.oldest(stores=["elsewhere"]) == []
    assert catalogue.oldest(stores=["elsewhere", STORE], camera=1) == [files[1], files[3], files[5]]


def test_a_condemned_file_is_not_listed_and_not_condemned_twice(catalogue: Catalogue) -> None:
    """Until it is forgotten it can be found to be deleted after all."""
    file = add(catalogue)
    assert catalogue.condemn(file.id)
    assert not catalogue.condemn(file.id)
    assert listed(catalogue) == []
    assert [condemned.id for condemned in catalogue.unsettled(FootageState.DELETING)] == [file.id]
    catalogue.forget(file.id)
    with pytest.raises(KeyError):
        catalogue[file.id]


def test_the_sizes_of_cameras_are_known_at_any_time(catalogue: Catalogue) -> None:
    """As files come, grow and go."""
    first, second = add(catalogue), add(catalogue, NOON + 1)
    add(catalogue, camera=1)
    catalogue.grow(first.id, 1000, 1.0)
    assert catalogue.sizes() == {0: 1100, 1: 100}
    catalogue.forget(second.id)
    assert catalogue.sizes() == {0: 1000, 1: 100}
    catalogue.clear()
    assert catalogue.sizes() == {}
    assert listed(catalogue) == []


def test_the_stores_that_files_are_in_are_known(catalogue: Catalogue) -> None:
    """So that a store that the site file no longer has is not forgotten."""
    add(catalogue)
    catalogue.begin(Label(0, CaptureMode.MOTION, NOON), FootageKind.MOTION, "s3:bucket", "x/y.m4v")
    assert catalogue.stores() == [STORE, "s3:bucket"]
