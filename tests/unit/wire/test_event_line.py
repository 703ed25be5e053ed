"""Events as lines."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.event import Event, EventInfo, EventType, Failure, FilePath, Region, Scores, TriggerReason
from ssplug.model.schedule_names import V5, V6
from ssplug.wire.event_line import EventLines, trigger_code
from ssplug.wire.requests import EventStreamRequest

AT = datetime(2026, 11, 22, 4, 29, 26, tzinfo=UTC).timestamp()
CET = timezone(timedelta(hours=1))


def line(
    kind: EventType,
    info: EventInfo = None,
    camera: int | None = 0,
    version: int = 3,
    multipart: bool = False,
    dialect: int = V6,
    zone: tzinfo = CET,
    at: float = AT,
    number: int = 7,
) -> bytes:
    lines = EventLines(EventStreamRequest(version, multipart), lambda: zone)
    return lines.encode(Event(4711, at, camera, kind, info), number, dialect)


@pytest.mark.parametrize(
    ("kind", "info", "expected"),
    [
        (EventType.ARM_C, None, b"ARM_C"),
        (EventType.MOTION, Region(760, 423, 320, 296), b"MOTION 760 423 320 296"),
        (EventType.MOTION_END, None, b"MOTION_END"),
        (EventType.CLASSIFY, Scores(human=99), b"CLASSIFY HUMAN 99 VEHICLE 0 ANIMAL 0"),
        (EventType.TRIGGER_M, TriggerReason.MOTION | TriggerReason.CAMERA, b"TRIGGER_M 9"),
        (EventType.TRIGGER_A, TriggerReason.WEB, b"TRIGGER_A 16"),
        (EventType.ERROR, Failure(800, "Timeout"), b"ERROR 800 Timeout"),
        (
            EventType.FILE,
            FilePath("/v/Cam/22-11-2026 05-29-27 C Cam.m4v"),
            b"FILE /v/Cam/22-11-2026 05-29-27 C Cam.m4v",
        ),
        (EventType.OFFLINE, None, b"OFFLINE"),
    ],
)
def test_a_line_is_time_number_camera_event_and_info(kind: EventType, info: EventInfo, expected: bytes) -> None:
    """Single spaces, a carriage return at the end and no line feed."""
    assert line(kind, info) == b"20261122052926 7 0 " + expected + b"\r"


def test_an_event_of_the_server_is_of_camera_x() -> None:
    assert line(EventType.NULL, camera=None) == b"20261122052926 7 X NULL\r"


def test_the_multipart_form_is_a_part_that_ends_with_a_line_feed() -> None:
    """These bytes are the ones that pysecspy was measured with."""
    assert line(EventType.ARM_C, multipart=True, number=1) == (
        b"--ssBoundary8345\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\n20261122052926 1 0 ARM_C\r\n\r\n"
    )


@pytest.mark.parametrize("version", [1, 2])
def test_old_versions_say_cam_and_not_where(version: int) -> None:
    assert line(EventType.MOTION, Region(1, 2, 3, 4), camera=3, version=version) == b"20261122052926 7 CAM3 MOTION\r"
    assert line(EventType.ARM_C, camera=12, version=version).split()[2] == b"CAM12"


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("kind", EventType)
def test_old_versions_do_not_see_what_came_later(version: int, kind: EventType) -> None:
    """An unknown line stops a client of that time."""
    lines = EventLines(EventStreamRequest(version), lambda: CET)
    is_newer = kind in {EventType.NULL, EventType.MOTION_END, EventType.FILE}
    assert lines.shows(Event(1, AT, 0, kind)) is not is_newer


def test_version_3_sees_everything() -> None:
    lines = EventLines(EventStreamRequest(3), lambda: CET)
    assert all(lines.shows(Event(1, AT, 0, kind)) for kind in EventType)


@pytest.mark.parametrize(
    ("score", "plain", "two_digits"), [(-5, "0", "00"), (9, "9", "09"), (80, "80", "80"), (100, "99", "99")]
)
def test_scores_are_clamped_and_padded_where_they_are_compared_as_text(score: int, plain: str, two_digits: str) -> None:
    """pysecspy finds "9" greater than "80"."""
    scores = Scores(score, score, score)
    expected = "CLASSIFY HUMAN {0} VEHICLE {0} ANIMAL {0}"
    assert expected.format(plain).encode() in line(EventType.CLASSIFY, scores)
    assert expected.format(two_digits).encode() in line(EventType.CLASSIFY, scores, multipart=True)


@pytest.mark.parametrize(
    ("reasons", "v5", "v6"),
    [
        (TriggerReason.MOTION, 1, 1),
        (TriggerReason.MOTION | TriggerReason.AUDIO, 3, 3),
        (TriggerReason.MOTION | TriggerReason.HUMAN, 128, 128),
        (TriggerReason.MOTION | TriggerReason.VEHICLE, 256, 256),
        (TriggerReason.MOTION | TriggerReason.ANIMAL, 512, 1024),
        (TriggerReason.HUMAN | TriggerReason.ANIMAL, 128, 128),
        (TriggerReason(0), 0, 0),
    ],
)
def test_what_a_classifier_found_is_said_alone(reasons: TriggerReason, v5: int, v6: int) -> None:
    """And an animal has another number in each version."""
    assert (trigger_code(reasons, V5), trigger_code(reasons, V6)) == (v5, v6)


@pytest.mark.parametrize(
    ("month", "expected"), [(1, b"20260115120000"), (7, b"20260715130000")], ids=["winter", "summer"]
)
def test_the_time_is_what_the_servers_clocks_show(month: int, expected: bytes) -> None:
    noon = datetime(2026, month, 15, 12, tzinfo=UTC).timestamp()
    assert line(EventType.NULL, camera=None, zone=ZoneInfo("Europe/London"), at=noon).startswith(expected + b" ")


def test_names_are_utf_8() -> None:
    assert line(EventType.FILE, FilePath("/v/Haustür.m4v")).endswith("/v/Haustür.m4v\r".encode())


@settings(max_examples=80)
@given(st.text(max_size=40), st.booleans())
def test_no_text_can_end_a_line_early(text: str, multipart: bool) -> None:
    """What a driver or a disk puts into an event stays one event."""
    for info in (Failure(1, text), FilePath(text)):
        encoded = line(EventType.ERROR, info, multipart=multipart)
        if multipart:
            [_, body] = encoded.split(b"\r\n\r\n", 1)
            assert body.count(b"\n") == body.count(b"\r") == 2
        else:
            assert encoded.count(b"\r") == 1
            assert b"\n" not in encoded


def test_a_path_that_is_no_text_is_said_as_well_as_it_can_be() -> None:
    """A file system's names are bytes; what is not UTF-8 must not end the stream."""
    assert line(EventType.FILE, FilePath("/v/\udcff.m4v")).endswith(b" FILE /v/?.m4v\r")
