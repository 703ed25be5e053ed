"""Documents about the server and its cameras, against the reference documents of the clients' contract."""

import json
import os
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.event import Failure
from ssplug.model.ptz import PTZCapability
from ssplug.model.schedule_names import V5, V6
from ssplug.wire.documents import (
    CameraInformation,
    CameraSettings,
    CameraStatus,
    DeviceInformation,
    ModeInformation,
    ServerInformation,
    SystemInformation,
    camera_modes,
    camera_status_document,
    input_list,
    ptz_number,
    system_document,
    version_number,
)
from ssplug.wire.requests import DocumentFormat

REFERENCE = Path(__file__).parents[4] / "shared" / "spec" / "reference"
NOW = datetime(2026, 11, 22, 5, 29, 26, tzinfo=timezone(timedelta(hours=1)))

SERVER = ServerInformation(
    name="House NVR",
    uuid="K7mQ2xV9bTz4LwPfR1Ya",
    version="6.20",
    camera_count=2,
    now=NOW,
    address="192.0.2.10",
    http_port=8000,
    https_port=8001,
    bonjour_name="house-nvr.local",
    cpu_usage=5,
)
SETTINGS = CameraSettings(motion_movie_fps=30, pre_capture=3, post_capture=15, action_reset=10)
FRONT_DOOR = CameraInformation(
    number=0,
    name="Front Door",
    connected=True,
    width=1920,
    height=1080,
    motion=ModeInformation(armed=True, schedule_id=1),
    permissions=12255,
    has_audio=True,
    video_format="H.264",
    audio_format="AAC",
    fps=25.0,
    data_rate=1279873,
    ptz=61,
    ptz_presets=("Gate", "Path"),
    since_frame=0,
    since_motion=384,
    since_capture=368,
    device=DeviceInformation("ONVIF", "192.0.2.21", port_rtsp=554, path="/stream1"),
    settings=replace(SETTINGS, storage_path="/captures/Front Door"),
)
GARAGE = CameraInformation(
    number=3,
    name="Garage & Yard",
    width=1280,
    height=720,
    permissions=11743,
    failure=Failure(800, "Timeout"),
    device=DeviceInformation("ONVIF", "192.0.2.22", port_rtsp=554, path="/stream1"),
    settings=replace(SETTINGS, storage_path="/captures/Garage & Yard"),
)
SYSTEM = SystemInformation(
    SERVER,
    (FRONT_DOOR, GARAGE),
    groups=(("Outside", (0, 3)),),
    schedules=(
        (0, "unarmed-24-7"),
        (1, "armed-24-7"),
        (2, "armed-sunrise-to-sunset"),
        (3, "armed-sunset-to-sunrise"),
    ),
    presets=((930238093, "Away"), (1930238094, "Home")),
    dialect=V6,
)
# Where the two reference documents tell different stories about the same cameras.
LEGACY_SYSTEM = replace(
    SYSTEM,
    dialect=V5,
    cameras=(
        replace(
            FRONT_DOOR,
            since_motion=210,
            settings=replace(FRONT_DOOR.settings, overlay_text="+d", motion_movie_fps=0),
        ),
        replace(
            GARAGE,
            device=replace(GARAGE.device, name="Manual configuration", path=""),
            settings=replace(GARAGE.settings, motion_movie_fps=0, pre_capture=0, storage_path="/captures/Garage"),
        ),
    ),
)


def reference(name: str) -> str:
    path = REFERENCE / name
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{path} is missing: the reference documents are beside the checkout")
    return path.read_text("utf-8")


def elements(text: str) -> list[tuple[str, str]]:
    """Every element with its text, in the order of the document."""
    return [(element.tag, (element.text or "").strip()) for element in ET.fromstring(text).iter()]


def document(system: SystemInformation, form: DocumentFormat = DocumentFormat.LEGACY) -> str:
    body, _ = system_document(system, form)
    return body.decode()


def test_the_legacy_document_is_the_reference() -> None:
    """Element by element, in this order."""
    assert elements(document(LEGACY_SYSTEM)) == elements(reference("legacy.xml"))


def test_the_v6_document_is_the_reference() -> None:
    written = elements(document(SYSTEM, DocumentFormat.XML))
    expected = [
        (name, "817014566" if name == "current-absolute-time" else text) for name, text in elements(reference("v6.xml"))
    ]
    assert written == expected


def test_the_json_document_is_the_reference() -> None:
    """Keys in this order, native types."""
    written = document(SYSTEM, DocumentFormat.JSON)
    expected = json.loads(reference("v6.json"))
    assert json.loads(written) == expected
    assert [*json.loads(written)] == [*expected]
    assert [*json.loads(written)["camera-list"][0]] == [*expected["camera-list"][0]]
    assert written.lstrip().startswith("{")


def test_each_form_has_its_content_type() -> None:
    """A JSON reader refuses any other type."""
    types = {form: system_document(SYSTEM, form)[1] for form in DocumentFormat}
    assert types[DocumentFormat.JSON] == "application/json"
    assert types[DocumentFormat.XML].startswith("text/xml")


@pytest.mark.parametrize("form", [DocumentFormat.LEGACY, DocumentFormat.XML])
def test_the_text_of_the_document_has_what_simple_readers_look_for(form: DocumentFormat) -> None:
    """Some split at the literal `<camera>`; a DOCTYPE, a namespace or an attribute confuses others."""
    text = document(SYSTEM, form)
    assert text.count("<camera>") == 2
    assert "xmlns" not in text
    assert "<!DOCTYPE" not in text
    assert "=" not in text.partition("?>")[2]


@pytest.mark.parametrize("form", DocumentFormat)
def test_an_account_without_cameras_gets_a_document(form: DocumentFormat) -> None:
    text = document(SystemInformation(replace(SERVER, camera_count=0)), form)
    assert "House NVR" in text


def empty_elements(text: str) -> Iterator[str]:
    return (name for name, value in elements(text) if not value)


def test_without_a_certificate_there_is_no_word_of_when_it_ends() -> None:
    """golift gives up on a document with an empty time."""
    text = document(SYSTEM, DocumentFormat.XML)
    assert "cert-expiry-time" not in text
    assert "cert-expiry-time" not in document(SYSTEM, DocumentFormat.JSON)
    assert not {name for name in empty_elements(text) if name.endswith("-local-time")}


def test_a_certificate_says_when_it_ends() -> None:
    server = replace(SERVER, https_enabled=True, certificate_expires=NOW + timedelta(days=30))
    written = dict(elements(document(SystemInformation(server), DocumentFormat.XML)))
    assert written["cert-expiry-time"] == "2026-12-22T05:29:26+01:00"
    assert written["cert-expiry-days"] == "30"
    assert written["https-enabled"] == "true"


def test_one_schedule_preset_is_none_and_two_are_two() -> None:
    """pysecspy makes a mapping of a list of one, and breaks on it."""
    lone = replace(SYSTEM, presets=((1, "Away"),))
    assert "<schedulepresetlist></schedulepresetlist>" in document(lone)
    assert document(SYSTEM).count("<schedulepreset>") == 2


def test_ptz_preset_names_have_no_gaps() -> None:
    """Home Assistant numbers the names that are there."""
    camera = replace(FRONT_DOOR, ptz_presets=("", "Path", "", "Gate", ""))
    written = dict(elements(document(replace(SYSTEM, cameras=(camera,)))))
    names = [written[f"preset-name-{number}"] for number in range(1, 11)]
    assert names == ["Preset 1", "Path", "Preset 3", "Gate", "", "", "", "", "", ""]


def test_dialects_differ_in_words_and_numbers() -> None:
    """The form decides the elements, the dialect what they say."""
    assert (version_number(V5), version_number(V6)) == ("5.6.9", "6.20")
    assert "Unarmed 24/7" in document(replace(SYSTEM, dialect=V5))
    assert "Disarmed 24/7" in document(replace(SYSTEM, dialect=V6))


def test_continuous_movement_has_a_number_in_each_dialect() -> None:
    moves = PTZCapability.PAN_TILT | PTZCapability.CONTINUOUS
    speeds = PTZCapability.PAN_TILT | PTZCapability.SPEED
    assert [ptz_number(moves, V5), ptz_number(moves, V6)] == [17, 33]
    assert [ptz_number(speeds, V5), ptz_number(speeds, V6)] == [1, 17]


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30))
def test_any_name_is_read_back_from_every_form(name: str) -> None:
    """The law: what XML can hold comes back as it was, and nothing breaks the document."""
    system = replace(SYSTEM, cameras=(replace(FRONT_DOOR, name=name),))
    assert json.loads(document(system, DocumentFormat.JSON))["camera-list"][0]["name"] == name
    for form, path in (
        (DocumentFormat.LEGACY, "cameralist/camera/name"),
        (DocumentFormat.XML, "camera-list/camera/name"),
    ):
        read = ET.fromstring(document(system, form)).findtext(path)
        assert read is not None
        assert len(read) == len(name)
        if name.isprintable():
            assert read == name


def test_numbers_that_must_be_whole_are_whole() -> None:
    """golift fails the whole document on `5.5`."""
    camera = replace(FRONT_DOOR, fps=19.994634, settings=replace(SETTINGS, motion_movie_fps=12.5, trigger_time=0.3))
    system = replace(SYSTEM, cameras=(camera,))
    legacy, v6 = dict(elements(document(system))), dict(elements(document(system, DocumentFormat.XML)))
    assert (legacy["md_capturefps"], legacy["md_triggertime_x2"], v6["mc-movie-fps"]) == ("12", "1", "12")
    assert (legacy["current-fps"], v6["current-fps"]) == ("19.995", "19.99463")


def test_the_screen_saver_gets_records_of_108_bytes() -> None:
    """A length byte, a name cut between letters, and the sizes where it looks for them."""
    records = input_list([FRONT_DOOR, replace(GARAGE, name="é" * 20)])
    assert len(records) == 216
    number, _, name, device = struct.unpack_from(">hh32s32s", records, 0)
    assert (number, name[: name[0] + 1], device[: device[0] + 1]) == (0, b"\x0aFront Door", b"\x05ONVIF")
    assert struct.unpack_from(">hh", records, 72) == (1920, 1080)
    number, _, name = struct.unpack_from(">hh32s", records, 108)
    assert (number, name[1 : name[0] + 1].decode()) == (3, "é" * 15)


def test_camera_status_says_why_a_camera_is_offline() -> None:
    body = camera_status_document(
        [
            CameraStatus(0, enabled=True, online=True),
            CameraStatus(3, enabled=False, online=False, failure=Failure(800, "Timeout")),
        ]
    )
    assert json.loads(body) == [
        {"num": 0, "enabled": True, "online": True, "open": True, "err": 0, "errDesc": ""},
        {"num": 3, "enabled": False, "online": False, "open": False, "err": 800, "errDesc": "Timeout"},
    ]


def test_camera_modes_are_three_lines() -> None:
    assert camera_modes(continuous=True, motion=False, actions=True) == b"C:ARMED\nM:DISARMED\nA:ARMED\n"
