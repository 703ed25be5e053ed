"""The rtsp driver with cameras that do what real ones do now and then."""

import contextlib
import dataclasses
import gc
import itertools
import os
import socket
import threading
from pathlib import Path

import pytest
from twisted.internet.defer import gatherResults
from twisted.internet.protocol import Factory, Protocol

from ssplug.media.access_unit import VIDEO_CLOCK_RATE
from ssplug.testing import RecordingSink, a_real_context, in_reactor, pause
from ssplug.testing.encoded import encoded_audio, encoded_video
from ssplug_rtsp.source import RTSPSettings, RTSPSource
from tests.conformance.http_camera import a_silent_port, listening
from tests.integration.scripted_camera import Script, a_scripted_camera

pytestmark = pytest.mark.integration

TICKS = VIDEO_CLOCK_RATE // 10


@contextlib.asynccontextmanager
async def watching(tmp_path, url, **settings):
    """A sink that hears of one attempt."""
    source, sink = RTSPSource(a_real_context(tmp_path), RTSPSettings(url, timeout=2, **settings)), RecordingSink()
    source.start(sink)
    try:
        yield sink
    finally:
        await source.stop()


def watch(tmp_path, script, seen):
    """What a camera with that script told, until `seen(sink)`."""
    sinks = []

    @in_reactor
    async def run(url):
        async with watching(tmp_path, url) as sink:
            await sink.until(lambda: seen(sink))
        sinks.append(sink)

    with a_scripted_camera(script) as url:
        run(url)
    return sinks[0]


def later(units, seconds):
    """The same units that much later."""
    ticks = round(seconds * units[0].track.clock_rate)
    return [dataclasses.replace(unit, pts=unit.pts + ticks, dts=unit.dts + ticks) for unit in units]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_parameter_sets_that_come_with_the_pictures_only(tmp_path, codec):
    """A camera whose session description says nothing of them."""
    _, units = encoded_video(codec, count=20)
    sink = watch(tmp_path, Script([units], describes_parameters=False), lambda sink: len(sink.video) >= 10)
    assert [(track.width, track.height) for track in sink.tracks] == [(320, 180)]
    assert [unit.data for unit in sink.video[:10]] == [unit.data for unit in units[:10]]


def test_no_picture_has_a_wrong_time(tmp_path):
    """Also the first, whose time FFmpeg does not tell, keeps its distance to the second."""
    _, units = encoded_video(count=12)
    _, sound = encoded_audio(seconds=1.2)
    sink = watch(tmp_path, Script([units, sound]), lambda sink: len(sink.video) >= 10 and len(sink.audio) >= 10)
    assert {after.pts - before.pts for before, after in itertools.pairwise(sink.video)} == {TICKS}
    assert {after.pts - before.pts for before, after in itertools.pairwise(sink.audio)} == {1024}


def test_pictures_out_of_order(tmp_path):
    """B pictures: RTP tells when to show, not when to decode; decoding times follow once the first B picture came."""
    _, units = encoded_video(count=30, options={"preset": "fast", "bf": "2", "keyint": "10"})
    assert any(after.pts < before.pts for before, after in itertools.pairwise(units))
    sink = watch(tmp_path, Script([units]), lambda sink: len(sink.video) >= 20)
    assert [unit.data for unit in sink.video[:20]] == [unit.data for unit in units[:20]]
    assert [unit.pts for unit in sink.video[1:20]] == [unit.pts for unit in units[1:20]]
    times = [unit.dts for unit in sink.video[2:]]
    assert times == sorted(times)
    assert all(unit.pts >= unit.dts for unit in sink.video)


def test_a_resolution_that_changes(tmp_path):
    """Somebody used the camera's own page: the tracks are announced anew before the first unit of that kind."""
    _, large = encoded_video(count=10)
    _, small = encoded_video(width=160, height=96, count=10)
    script = Script([[*large, *later(small, 1.0)]])
    sink = watch(tmp_path, script, lambda sink: len(sink.video) >= 15)
    assert [unit.track.width for unit in sink.video[:15]] == [320] * 10 + [160] * 5
    assert sink.told.count("online") == 2
    assert sink.strangers == []


def test_sound_that_was_promised_and_never_comes(tmp_path):
    """The picture does not wait for it."""
    _, units = encoded_video(count=12)
    _, sound = encoded_audio(seconds=0.1)
    sink = watch(tmp_path, Script([units, later(sound, 99)]), lambda sink: len(sink.video) >= 10)
    assert [track.is_video for track in sink.tracks] == [True, False]


def test_a_client_that_joins_in_the_middle(tmp_path):
    """What cannot be decoded is left out."""
    _, units = encoded_video(count=20, gop=5)
    sink = watch(tmp_path, Script([units[2:]]), lambda sink: len(sink.video) >= 10)
    assert [unit.data for unit in sink.video[:10]] == [unit.data for unit in units[5:15]]


@pytest.mark.parametrize(
    ("refusals", "reason"),
    [
        ({"DESCRIBE": 404}, "404: the camera has no stream at /live"),
        ({"DESCRIBE": 403}, "403: this user may not see /live"),
        ({"SETUP": 454}, "the camera refuses the request for /live (4xx)"),
        ({"PLAY": 453}, "the camera refuses the request for /live (4xx)"),
        ({"DESCRIBE": 503}, "the camera answers with an error of its own (5xx): it may have too many clients"),
    ],
)
def test_what_the_camera_refuses(tmp_path, refusals, reason):
    """The status is told in words."""
    _, units = encoded_video(count=2)
    sink = watch(tmp_path, Script([units], refusals=refusals), lambda sink: sink.reasons)
    assert sink.reasons == [reason]


def test_a_camera_with_nothing_to_see_or_hear(tmp_path):
    """A session description without a stream."""
    sink = watch(tmp_path, Script([]), lambda sink: sink.reasons)
    assert len(sink.reasons) == 1


class SomethingElse(Protocol):
    """Speaks, but not RTSP."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self.transport.loseConnection()


@pytest.fixture
def web_port():
    with listening(Factory.forProtocol(SomethingElse)) as port:
        yield port


@in_reactor
async def test_a_port_where_something_else_answers(web_port, tmp_path):
    """That it is no RTSP is told."""
    async with watching(tmp_path, f"rtsp://127.0.0.1:{web_port}/live") as sink:
        await sink.until_offline()
    assert sink.reasons == [f"127.0.0.1:{web_port}: what answers there does not speak RTSP"]


@in_reactor
async def test_a_host_that_does_not_exist(tmp_path):
    """The name is told."""
    async with watching(tmp_path, "rtsp://camera.invalid/live") as sink:
        await sink.until_offline()
    assert sink.reasons == ["camera.invalid: host unknown"]


@pytest.fixture
def silent():
    with a_silent_port() as port:
        yield port


@in_reactor
async def test_a_camera_that_never_answers_can_be_stopped(silent, tmp_path):
    """Within the time limit, without a word."""
    async with watching(tmp_path, f"rtsp://127.0.0.1:{silent}/live") as sink:
        await pause(0.1)
    assert sink.told == []


@pytest.fixture
def unattended():
    """A port whose connections the kernel accepts, and nobody takes: none of them is this process's."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listening_socket:
        yield listening_socket.getsockname()[1]


@in_reactor
async def test_a_camera_that_never_answers_costs_nothing(unattended, tmp_path):
    """However often it is tried: no thread, no socket and no memory stays behind."""
    context = a_real_context(tmp_path)
    url = f"rtsp://127.0.0.1:{unattended}/live"
    sources = [RTSPSource(context, RTSPSettings(url, "admin", "x" * 100, timeout=0.1)) for _ in range(8)]

    async def try_each(times):
        for _ in range(times):
            sinks = [RecordingSink() for _ in sources]
            for source, sink in zip(sources, sinks, strict=True):
                source.start(sink)
            await gatherResults([sink.until_offline() for sink in sinks])
            await gatherResults([source.stop() for source in sources])

    await try_each(5)  # libraries settle
    before = _what_is_used()
    await try_each(20)
    after = _what_is_used()
    assert after["threads"] <= before["threads"]
    assert after["files"] <= before["files"]
    assert after["memory"] - before["memory"] < 2 * 2**20  # of 160 attempts


def _what_is_used():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "threads": threading.active_count(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "memory": pages * os.sysconf("SC_PAGE_SIZE"),
    }
