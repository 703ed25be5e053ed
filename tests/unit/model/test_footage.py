"""What is said inside footage files, and where a page of them begins."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import FootageCursor, Label, ObjectClass

labels = st.builds(
    Label,
    camera=st.integers(0, 9999),
    mode=st.sampled_from(CaptureMode),
    started=st.integers(0, 2**42).map(lambda milliseconds: milliseconds / 1000),
    utc_offset=st.integers(-14 * 3600, 14 * 3600),
    triggers=st.integers(0, 2047).map(TriggerReason),
    classes=st.integers(0, 7).map(ObjectClass),
    tag=st.integers(0, 7),
)


@given(labels)
@settings(max_examples=100)
def test_a_label_is_read_as_it_was_written(label: Label) -> None:
    """To the millisecond."""
    assert Label.from_json(label.to_json()) == label


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        Label(0, CaptureMode.MOTION, 0.0).to_json().replace(b"1970", b"1e99"),
        Label(0, CaptureMode.MOTION, 0.0).to_json().replace(b'"offset":0', b'"offset":999999'),
        Label(0, CaptureMode.MOTION, 0.0).to_json().replace(b'"M"', b'"X"'),
    ],
)
def test_what_is_no_label_is_refused(text: bytes) -> None:
    """Files of other programs may lie beside ours."""
    with pytest.raises(ValueError, match="footage label"):
        Label.from_json(text)


def test_the_date_of_a_file_is_the_one_on_the_wall() -> None:
    """Half past eleven in the evening in UTC is tomorrow in Berlin."""
    late = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC).timestamp()
    assert Label(0, CaptureMode.CONTINUOUS, late, 3600).local_date == dt.date(2026, 11, 23)
    assert Label(0, CaptureMode.CONTINUOUS, late, 0).local_date == dt.date(2026, 11, 22)


@given(st.dates(), st.integers(0, 2**47), st.integers(0, 2**47))
@settings(max_examples=100)
def test_a_cursor_survives_its_way_to_the_client_and_back(date: dt.date, started: int, number: int) -> None:
    """And is never what means the end."""
    cursor = FootageCursor(date, started, number)
    assert FootageCursor.parse(str(cursor)) == cursor
    assert str(cursor) != "F" * 16


@pytest.mark.parametrize("text", ["", "0", "F" * 16, "F" * 30, "0" * 30, "x" * 30, "+1" + "0" * 28, "0x" + "1" * 28])
def test_a_cursor_that_was_made_up_is_refused(text: str) -> None:
    """ValueError, whatever it is."""
    with pytest.raises(ValueError, match=r".+"):
        FootageCursor.parse(text)
