"""Conformance suites: what the core expects of every driver of a kind. They need pytest.

A suite is a class of tests. Derive from it in a test module and say what it is about:

    class TestThermal(CameraSourceConformance):
        @pytest.fixture
        def driver(self):
            return next(iter(ssplug_thermal.ssplug_camera_drivers()))

        @pytest.fixture
        def settings(self, tmp_path):
            return {"device": str(a_recorded_device(tmp_path))}

A driver that connects to something also derives from `AbsentCameraConformance`.
"""

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import av
import pytest
from jsonschema import Draft202012Validator
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import eventAsText, globalLogPublisher
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import ICameraSource, IDeviceInformation
from ssplug.media import aac, mjpeg, nal
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.model.settings import DEVICE_FIELDS, DEVICE_MARK
from ssplug.testing.context import a_real_context
from ssplug.testing.reactor import in_reactor, pause, run_in_reactor
from ssplug.testing.sink import RecordingSink

_SILENCE_SECONDS = 0.3


class DriverConformance:
    """What holds for a driver of any kind."""

    @pytest.fixture
    def driver(self) -> Driver:
        """The driver to examine: yours to override."""
        raise NotImplementedError("override the fixture `driver` with the Driver that your plugin contributes")

    def test_its_schema_is_a_schema(self, driver: Driver) -> None:
        """The settings are described in JSON Schema 2020-12."""
        Draft202012Validator.check_schema(driver.schema)

    def test_its_schema_is_closed(self, driver: Driver) -> None:
        """A misspelt setting is an error, not a setting that is ignored."""
        assert driver.schema.get("type") == "object"
        assert driver.schema.get("additionalProperties") is False

    def test_every_setting_is_described_with_an_example_that_fits(self, driver: Driver) -> None:
        """Whoever writes a site file reads the descriptions, and copies the examples."""
        for name, setting in driver.schema.get("properties", {}).items():
            assert setting.get("description"), f"{name} has no description"
            assert setting.get("examples"), f"{name} has no examples"
            for example in setting["examples"]:
                Draft202012Validator({**setting, "$defs": driver.schema.get("$defs", {})}).validate(example)

    def test_fields_of_clients_stand_for_numbers_each_for_one(self, driver: Driver) -> None:
        """`x-setting` names a field of the device, which can be a number only."""
        marked = [schema for schema in driver.schema.get("properties", {}).values() if DEVICE_MARK in schema]
        fields = [schema[DEVICE_MARK] for schema in marked]
        assert sorted(fields) == sorted({*fields} & {*DEVICE_FIELDS})
        assert {schema["type"] for schema in marked} <= {"integer", "number"}

    def test_it_has_a_summary(self, driver: Driver) -> None:
        """One line for `ssplug plugins`."""
        assert driver.summary
        assert "\n" not in driver.summary


class CameraSourceConformance(DriverConformance):
    """What holds for a camera driver whose camera is there."""

    pictures: ClassVar[int] = 12
    """How many pictures of the camera to look at."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """Values in the settings that must never be told, such as passwords."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings of a camera that is there: yours to override."""
        raise NotImplementedError("override the fixture `settings` with settings of a camera that is there")

    @pytest.fixture
    def source(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The camera source under test, built anew for each test."""
        return driver.build(a_real_context(tmp_path), settings)

    @pytest.fixture
    def recording(self, source: Any, request: pytest.FixtureRequest) -> RecordingSink:
        """What one attempt told; recorded once for all tests that only look."""
        if "_recorded" not in vars(request.cls):
            request.cls._recorded = run_in_reactor(lambda: _record(source, self.pictures))
        recorded: RecordingSink = request.cls._recorded
        return recorded

    def test_the_settings_fit_the_schema(self, driver: Driver, settings: Mapping[str, Any]) -> None:
        """What the other tests use could stand in a site file."""
        Draft202012Validator(driver.schema).validate(settings)

    def test_it_provides_the_interface(self, source: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(ICameraSource, source)

    def test_building_it_starts_nothing(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """A source is idle until it is started."""
        before = set(threading.enumerate())
        driver.build(a_real_context(tmp_path), settings)
        assert set(threading.enumerate()) == before

    def test_it_is_online_before_it_gives_anything(self, recording: RecordingSink) -> None:
        """The tracks are announced first, and the units belong to them."""
        assert recording.told[0] == "online"
        assert recording.strangers == []

    def test_it_speaks_in_the_reactor_thread_only(self, recording: RecordingSink) -> None:
        """A sink may be used from no other thread."""
        assert recording.threads == {threading.main_thread().ident}

    def test_its_tracks_are_described(self, recording: RecordingSink) -> None:
        """Clock rate, size and parameters are known before the first picture."""
        assert recording.tracks
        for track in recording.tracks:
            _expect_described(track)

    def test_its_units_have_the_form_of_their_codec(self, recording: RecordingSink) -> None:
        """Annex B, raw AAC, whole JPEGs."""
        for unit in recording.units:
            _expect_form(unit)

    def test_decoding_can_start_at_its_first_picture(self, recording: RecordingSink) -> None:
        """The first unit of video is a key frame and makes a picture of the announced size."""
        if recording.video:
            first = recording.video[0]
            assert first.key
            assert _decoded_size(first) == (first.track.width, first.track.height)

    def test_its_timestamps_do_not_go_back(self, recording: RecordingSink) -> None:
        """Units come in decoding order for each track, and are shown at or after their decoding."""
        for track in recording.tracks:
            times = [unit.dts for unit in recording.units if unit.track == track]
            assert times == sorted(times)
        assert all(unit.pts >= unit.dts for unit in recording.units)

    def test_nothing_is_told_after_stop(self, source: Any) -> None:
        """Once `stop` has fired the sink is left alone, and no thread is left."""
        _run_and_expect_no_threads(lambda: self._stop_in_mid_stream(source))

    async def _stop_in_mid_stream(self, source: Any) -> None:
        async with _attempt(source) as sink:
            await sink.until_video(1)
        told = list(sink.told)
        await pause(_SILENCE_SECONDS)
        assert sink.told == told
        assert sink.reasons == []

    @in_reactor
    async def test_it_can_be_started_again(self, source: Any) -> None:
        """The second attempt is as good as the first."""
        for _ in range(2):
            async with _attempt(source) as sink:
                await sink.until_video(1)

    @in_reactor
    async def test_stop_without_start_is_harmless(self, source: Any) -> None:
        """`stop` may come before `start`, and twice."""
        await source.stop()
        await source.stop()

    @in_reactor
    async def test_it_can_be_stopped_at_once(self, source: Any) -> None:
        """`stop` while it is connecting ends the attempt."""
        async with _attempt(source) as sink:
            pass
        assert "access_unit" not in sink.told

    @in_reactor
    async def test_what_it_is_connected_to_is_told_without_secrets(self, source: Any) -> None:
        """A source that provides IDeviceInformation keeps passwords to itself."""
        information = IDeviceInformation(source, None)
        if information is not None:
            verifyObject(IDeviceInformation, information)
            _expect_no_secrets(self.secrets, [information.device_name, information.address, information.path])
            assert isinstance(information.port, int)


class AbsentCameraConformance(DriverConformance):
    """What holds for a camera driver whose camera is not there, or is of no use."""

    secrets: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def absent_settings(self) -> Mapping[str, Any]:
        """Settings of a camera that is not there: yours to override; its secrets go into `secrets`."""
        raise NotImplementedError("override the fixture `absent_settings` with settings of a camera that is not there")

    @pytest.fixture
    def absent(self, driver: Driver, absent_settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The source of a camera that is not there."""
        Draft202012Validator(driver.schema).validate(absent_settings)
        return driver.build(a_real_context(tmp_path), absent_settings)

    def test_it_says_once_why_there_is_no_camera(self, absent: Any) -> None:
        """The attempt ends with one reason, without a secret in it or in the log, and no thread is left."""
        with _log() as events:
            _run_and_expect_no_threads(lambda: self._fail(absent))
        _expect_no_secrets(self.secrets, [eventAsText(event) for event in events])

    async def _fail(self, absent: Any) -> None:
        async with _attempt(absent) as sink:
            await sink.until_offline()
            await pause(_SILENCE_SECONDS)
        assert sink.told == ["offline"]
        (reason,) = sink.reasons
        assert reason.strip() == reason != ""
        assert "\n" not in reason
        _expect_no_secrets(self.secrets, [reason])

    @in_reactor
    async def test_it_can_try_again(self, absent: Any) -> None:
        """The core calls `stop` and, after a pause, `start`."""
        for _ in range(2):
            async with _attempt(absent) as sink:
                await sink.until_offline()
        assert len(sink.reasons) == 1


@contextlib.asynccontextmanager
async def _attempt(source: Any) -> AsyncIterator[RecordingSink]:
    sink = RecordingSink()
    source.start(sink)
    try:
        yield sink
    finally:
        await source.stop()


async def _record(source: Any, pictures: int) -> RecordingSink:
    async with _attempt(source) as sink:
        await sink.until_online()
        wanted = {track.is_video for track in sink.tracks}
        await sink.until(lambda: wanted <= {unit.track.is_video for unit in sink.units})
        await sink.until(lambda: len(sink.units) >= pictures and (not sink.video or len(sink.video) >= pictures))
    return sink


def _run_and_expect_no_threads(work: Callable[[], Any]) -> None:
    before = set(threading.enumerate())
    run_in_reactor(work)
    assert [thread.name for thread in set(threading.enumerate()) - before] == []


@contextlib.contextmanager
def _log() -> Iterator[EventLoggingObserver]:
    """What is logged meanwhile."""
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    try:
        yield observer
    finally:
        globalLogPublisher.removeObserver(observer)


def _expect_no_secrets(secrets: Iterable[str], texts: Iterable[str]) -> None:
    for text in texts:
        for secret in secrets:
            assert secret not in text


def _expect_described(track: Track) -> None:
    if track.is_video:
        assert track.clock_rate == VIDEO_CLOCK_RATE
        assert track.width > 0
        assert track.height > 0
    else:
        assert track.clock_rate > 0
    if track.codec in (H264, H265):
        assert track.extradata.startswith(nal.START_CODE)
    if track.codec == AAC:
        assert aac.AudioSpecificConfig.parse(track.extradata).channels == track.channels


def _expect_form(unit: AccessUnit) -> None:
    assert unit.data
    if unit.track.codec in (H264, H265):
        assert unit.data.startswith(nal.START_CODE)
        assert unit.data.count(nal.START_CODE) == len(list(nal.nal_starts(unit.data)))
    elif unit.track.codec == MJPEG:
        assert mjpeg.size(unit.data) == (unit.track.width, unit.track.height)
    elif unit.track.codec == AAC:
        assert not aac.is_adts(unit.data)
    if not unit.track.is_video:
        assert unit.key


def _decoded_size(unit: AccessUnit) -> tuple[int, int]:
    decoder = av.CodecContext.create(unit.track.codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    pictures = [*decoder.decode(av.Packet(unit.data)), *decoder.decode(None)]
    return pictures[0].width, pictures[0].height
