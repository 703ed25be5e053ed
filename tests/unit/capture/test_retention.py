"""What is deleted: never more than must be, never what somebody keeps, always the oldest."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.capture.retention import FULL_DISK_ROOM, Condemned, Limits, condemned
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import FootageFile, FootageKind, FootageState, Label, Usage
from ssplug.site.types import Retention

NOW = 1_700_000_000.0
DAY = 86400.0
GB = 10**9


def a_file(number: int, age: float, size: int = GB, camera: int = 0, store: str = "disk") -> FootageFile:
    """A file that ended `age` seconds ago."""
    label = Label(camera, CaptureMode.CONTINUOUS, NOW - age - 60)
    return FootageFile(
        number, label, FootageKind.CONTINUOUS, dt.date(2026, 1, 1), store, f"a/{number}.m4v", 60.0, size,
        FootageState.COMPLETE,
    )  # fmt: skip


def decided(files: Sequence[FootageFile], limits: Limits, **changes: Any) -> list[Condemned]:
    """The decision about these files, on a disk of 1 000 GB with 500 GB free."""

    def oldest(camera: int | None = None, stores: Collection[str] | None = None, limit: int = 100) -> list[FootageFile]:
        found = [
            file
            for file in files
            if (camera is None or file.label.camera == camera) and (stores is None or file.store in stores)
        ]
        return sorted(found, key=lambda file: file.label.started)[:limit]

    sizes: dict[int, int] = {}
    for file in files:
        sizes[file.label.camera] = sizes.get(file.label.camera, 0) + file.size
    usage = {frozenset({"disk"}): Usage(500 * GB, 1000 * GB)}
    return condemned(limits, NOW, **{"sizes": sizes, "volumes": usage, "oldest": oldest} | changes)


def numbers(chosen: Sequence[Condemned]) -> list[int]:
    """Of the files."""
    return [each.file.id for each in chosen]


TEN = [a_file(number, age=number * DAY) for number in range(1, 11)]
"""One file a day; number 10 is the oldest."""


def test_without_limits_everything_is_kept() -> None:
    """Also on a disk that is nearly full."""
    assert decided(TEN, Limits()) == []
    assert decided(TEN, Limits(), volumes={frozenset({"disk"}): Usage(0, 1000 * GB)}, full=["disk"]) == []


def test_what_is_too_old_goes() -> None:
    """To the second, the oldest first."""
    chosen = decided(TEN, Limits(Retention(max_age=8 * DAY - 1)))
    assert numbers(chosen) == [10, 9, 8]
    assert chosen[0].why == "it is too old"
    assert numbers(decided(TEN, Limits(Retention(max_age=8 * DAY)))) == [10, 9]


def test_what_is_too_much_goes() -> None:
    """The oldest, and no more than must."""
    assert numbers(decided(TEN, Limits(Retention(max_size=7 * GB)))) == [10, 9, 8]
    assert numbers(decided(TEN, Limits(Retention(max_size=7 * GB + 1)))) == [10, 9, 8]
    assert numbers(decided(TEN, Limits(Retention(max_size=10 * GB)))) == []


def test_a_share_of_the_disk_stays_free() -> None:
    """In bytes or in per cent, whichever is more."""
    full = {frozenset({"disk"}): Usage(98 * GB, 1000 * GB)}
    assert numbers(decided(TEN, Limits(Retention(min_free_percent=10.0)), volumes=full)) == [10, 9]
    assert numbers(decided(TEN, Limits(Retention(min_free=101 * GB)), volumes=full)) == [10, 9, 8]
    assert numbers(decided(TEN, Limits(Retention(min_free=GB, min_free_percent=10.0)), volumes=full)) == [10, 9]
    assert numbers(decided(TEN, Limits(Retention(min_free=GB)), volumes=full)) == []


def test_only_what_lies_on_the_full_disk_makes_room_there() -> None:
    """Deleting elsewhere would help nobody."""
    files = [*TEN, a_file(11, 20 * DAY, store="other")]
    volumes = {frozenset({"disk"}): Usage(GB, 1000 * GB), frozenset({"other"}): Usage(900 * GB, 1000 * GB)}
    assert numbers(decided(files, Limits(Retention(min_free=2 * GB)), volumes=volumes)) == [10]


def test_a_store_that_does_not_know_how_full_it_is_is_not_emptied() -> None:
    """An object store."""
    assert decided(TEN, Limits(Retention(min_free=GB)), volumes={frozenset({"disk"}): Usage()}) == []


def test_a_disk_that_is_full_all_the_same_gets_room_where_that_is_allowed() -> None:
    """The user asked for more footage than the disk holds; somebody else filled the disk."""
    small = [a_file(number, number * DAY, size=FULL_DISK_ROOM // 2) for number in range(1, 11)]
    volumes = {frozenset({"disk"}): Usage(0, 1000 * GB)}
    for limit in (Retention(max_size=5000 * GB), Retention(min_free=1)):
        assert numbers(decided(small, Limits(limit), volumes=volumes, full=["disk"])) == [10, 9]
    assert decided(small, Limits(Retention(max_age=90 * DAY)), volumes=volumes, full=["disk"]) == []


def test_a_camera_may_have_limits_of_its_own() -> None:
    """Besides those of all together."""
    files = [a_file(number, number * DAY, camera=number % 2) for number in range(1, 11)]
    limits = Limits(Retention(max_age=9 * DAY), {1: Retention(max_size=3 * GB), 0: Retention(max_age=7 * DAY)})
    assert numbers(decided(files, limits)) == [10, 9, 8, 7]


def test_what_is_being_read_is_passed_over() -> None:
    """The next oldest goes instead."""
    assert numbers(decided(TEN, Limits(Retention(max_size=9 * GB)), in_use=[10])) == [9]
    assert numbers(decided(TEN, Limits(Retention(max_age=9 * DAY)), in_use=[10])) == []


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5), st.integers(0, 2)), max_size=30),
    st.integers(0, 60),
    st.integers(0, 100),
)
@settings(max_examples=100)
def test_nothing_is_deleted_while_something_older_is_left(
    rows: list[tuple[int, int, int]], max_size: int, max_age: int
) -> None:
    """And afterwards the limits hold."""
    files = [a_file(n, age * DAY, size * GB, camera) for n, (age, size, camera) in enumerate(rows)]
    limit = Retention(max_size=max_size * GB, max_age=max_age * DAY)
    gone = set(numbers(decided(files, Limits(limit))))
    left = [file for file in files if file.id not in gone]
    assert sum(file.size for file in left) <= max_size * GB
    assert all(file.ended >= NOW - max_age * DAY for file in left)
    if gone and left:
        youngest_gone = max(file.label.started for file in files if file.id in gone)
        assert youngest_gone <= min(file.label.started for file in left)
