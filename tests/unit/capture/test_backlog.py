"""What waits to be uploaded is remembered, in order, within bounds."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssplug.capture.backlog import LOOK_BACK, Backlog, Count, Mark, Waiting
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import FootageFile, FootageKind, FootageState, Label

NOON = 1_700_000_000.0
THERE = "porch ftp 1"


def a_file(name: str = "a.m4v") -> FootageFile:
    """A complete movie of camera 3."""
    label = Label(3, CaptureMode.MOTION, NOON)
    date = dt.date(2023, 11, 14)
    return FootageFile(
        1, label, FootageKind.MOTION, date, "disk", f"Porch/2023-11-14/{name}", 2.0, 5, FootageState.COMPLETE
    )


def files(*names: str) -> list[FootageFile]:
    return [a_file(name) for name in names]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "uploads.sqlite"


@pytest.fixture
def backlog(path: Path) -> Iterator[Backlog]:
    """Of one destination, three files at most."""
    made = Backlog(path, files_limit=3)
    made.begin([THERE], NOON)
    yield made
    made.close()


def all_that_waits(backlog: Backlog) -> list[str]:
    """In the order in which it is sent; nothing waits afterwards."""
    names = []
    while (waiting := backlog.next(THERE)) is not None:
        names.append(waiting.name)
        backlog.done(THERE, waiting.id)
    return names


def test_files_wait_in_their_order(backlog: Backlog) -> None:
    assert backlog.note(THERE, files("a.m4v", "b.m4v"), NOON) == Count(2)
    assert backlog.note(THERE, files("c.m4v"), NOON) == Count(3)
    assert all_that_waits(backlog) == ["a.m4v", "b.m4v", "c.m4v"]


def test_what_waits_says_where_it_is(backlog: Backlog) -> None:
    """So that the library finds it."""
    backlog.note(THERE, files("a.m4v"), NOON)
    waiting = backlog.next(THERE)
    assert waiting == Waiting(1, 3, "disk", "Porch/2023-11-14/a.m4v")
    assert (waiting.date, waiting.name) == ("2023-11-14", "a.m4v")


def test_a_destination_that_could_not_be_noted_at_the_start_is_when_a_file_comes(path: Path) -> None:
    """The disk may have been full then."""
    backlog = Backlog(path)
    assert backlog.note(THERE, files("a.m4v"), NOON) == Count(1)
    assert all_that_waits(backlog) == ["a.m4v"]
    backlog.close()


def test_nothing_is_sent_twice(backlog: Backlog) -> None:
    """Neither while it waits nor after it was sent."""
    backlog.note(THERE, files("a.m4v"), NOON)
    assert backlog.note(THERE, files("a.m4v"), NOON) == Count(1)
    assert all_that_waits(backlog) == ["a.m4v"]
    assert backlog.note(THERE, files("a.m4v"), NOON) == Count(0)


def test_what_was_sent_is_forgotten_some_day(backlog: Backlog, path: Path) -> None:
    """Or the file would grow for ever."""
    backlog.note(THERE, files("a.m4v"), NOON)
    all_that_waits(backlog)
    backlog.note(THERE, files("b.m4v"), NOON + 2 * LOOK_BACK + 1)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT key FROM file").fetchall() == [("Porch/2023-11-14/b.m4v",)]
    db.close()


def test_the_oldest_are_given_up_where_too_many_wait(backlog: Backlog) -> None:
    """And counted."""
    assert backlog.note(THERE, files("a.m4v", "b.m4v", "c.m4v", "d.m4v", "e.m4v"), NOON) == Count(3, dropped=2)
    assert all_that_waits(backlog) == ["c.m4v", "d.m4v", "e.m4v"]


def test_a_file_may_be_given_up_while_it_is_being_sent(backlog: Backlog) -> None:
    """It is the oldest, so it is the first to go; how it went is of no consequence then."""
    backlog.note(THERE, files("a.m4v", "b.m4v", "c.m4v"), NOON)
    under_way = backlog.next(THERE)
    assert under_way is not None
    assert backlog.note(THERE, files("d.m4v"), NOON) == Count(3, dropped=1)
    assert backlog.failed(under_way.id, refused=True) == 0
    assert backlog.done(THERE, under_way.id) == Count(3)


def test_a_file_that_failed_comes_after_those_that_were_not_tried(backlog: Backlog) -> None:
    """One that is refused for ever keeps nothing else; refusals are counted apart."""
    backlog.note(THERE, files("a.m4v", "b.m4v"), NOON)
    first = backlog.next(THERE)
    assert backlog.failed(first.id, refused=True) == 1
    assert backlog.failed(first.id, refused=False) == 1
    assert backlog.failed(first.id, refused=True) == 2
    assert all_that_waits(backlog) == ["b.m4v", "a.m4v"]


def test_all_of_it_survives_a_restart(backlog: Backlog, path: Path) -> None:
    """With the time of the last note, from which is looked back."""
    backlog.note(THERE, files("a.m4v"), NOON + 5)
    again = Backlog(path)
    assert again.begin([THERE, "new"], NOON + 60) == {THERE: Mark(1, NOON + 5), "new": Mark(0, None)}
    assert all_that_waits(again) == ["a.m4v"]
    again.close()


def test_destinations_that_are_gone_are_forgotten_at_the_start(backlog: Backlog) -> None:
    """With what waited for them."""
    backlog.know("yard ftp 1", NOON)
    backlog.note("yard ftp 1", files("a.m4v"), NOON)
    backlog.begin([THERE], NOON)
    assert backlog.know("yard ftp 1", NOON) == Mark(0, None)


def test_destinations_do_not_share_what_waits(backlog: Backlog) -> None:
    """The same file may go to both."""
    backlog.know("porch ftp 2", NOON)
    backlog.note(THERE, files("a.m4v"), NOON)
    backlog.note("porch ftp 2", files("a.m4v"), NOON)
    assert all_that_waits(backlog) == ["a.m4v"]
    assert backlog.next("porch ftp 2") is not None
