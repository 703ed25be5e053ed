"""Parts of a file, and which version of it a client has."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.wire.byte_ranges import RangeError, Validators, byte_range

VALIDATORS = Validators('"1-2-3"', 1795348800.9)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-0", range(1)),
        ("bytes=0-", range(10)),
        ("bytes=3-5", range(3, 6)),
        ("bytes=9-", range(9, 10)),
        ("bytes=-1", range(9, 10)),
        ("bytes=-99", range(10)),
        ("bytes=0-99", range(10)),
        ("BYTES=0-1", range(2)),
        ("bytes=0-1,3-4", None),
        ("bytes=0-1, -1", None),
        ("items=0-1", None),
    ],
)
def test_one_range_is_a_part_and_anything_unusual_the_whole(header: str | None, expected: range | None) -> None:
    assert byte_range(header, 10) == expected


@pytest.mark.parametrize(
    "header", ["bytes=10-", "bytes=10-20", "bytes=5-4", "bytes=-0", "bytes=x-", "bytes=-", "bytes="]
)
def test_what_is_not_there_or_makes_no_sense_is_an_error(header: str) -> None:
    with pytest.raises(RangeError):
        byte_range(header, 10)


def test_an_empty_file_has_no_ranges() -> None:
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        with pytest.raises(RangeError):
            byte_range(header, 0)


@given(header=st.text(alphabet="bytes=-,0123456789 x", max_size=24), size=st.integers(0, 10**13))
@settings(max_examples=300)
def test_a_range_is_never_outside_the_file(header: str, size: int) -> None:
    try:
        found = byte_range(f"bytes={header}", size)
    except RangeError:
        return
    assert found is None or 0 <= found.start < found.stop <= size


def test_a_date_is_written_as_http_writes_it() -> None:
    assert VALIDATORS.last_modified == "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "known"),
    [(None, False), ('"1-2-3"', True), ('W/"1-2-3"', True), ('"x", "1-2-3"', True), ("*", True), ('"1-2"', False)],
)
def test_a_version_is_known_by_its_tag(header: str | None, known: bool) -> None:
    assert VALIDATORS.is_known(header) is known


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        (None, True),
        ('"1-2-3"', True),
        ('W/"1-2-3"', False),
        ('"other"', False),
        ("Sun, 22 Nov 2026 12:00:00 GMT", True),
        ("Sun, 22 Nov 2026 12:00:01 GMT", False),
        ("Sun, 22 Nov 2026 12:00:00 -0000", True),
        ("Sun, 22 Nov 9999999 12:00:00 GMT", False),
        ("soon", False),
        ("", False),
    ],
)
def test_a_part_must_fit_what_the_client_has(header: str | None, allowed: bool) -> None:
    assert VALIDATORS.allow_range(header) is allowed
