"""HLS and video over a WebSocket from the real server, to players and a browser that people use."""

import json
import os
import re
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from tests.integration.browser import a_browser, until
from tests.integration.cameras import an_rtsp_camera, need, skip_or_fail
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("live players")]

GOP_SECONDS = 2
CAMERAS = (
    "pattern: {number: 0, source: {driver: pattern, fps: 10, gop: 20}}\n"
    "h265: {number: 1, source: {driver: pattern, codec: h265, width: 320, height: 180, fps: 10, gop: 20}}\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Three cameras: H.264 and H.265 with AAC, and one whose sound is G.711."""
    need("ffmpeg", "ffprobe")
    with ExitStack() as stack:
        telephone = stack.enter_context(an_rtsp_camera(audio="pcmu"))
        cameras = f'{CAMERAS}g711: {{number: 2, source: {{driver: rtsp, url: "{telephone.url}"}}}}\n'
        server = stack.enter_context(running(write_site(tmp_path_factory.mktemp("site"), cameras)))
        for number in range(3):
            server.wait_for(f"camera={number} ")
        yield server


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read().decode()


def run(*command: object, **more) -> str:
    done = subprocess.run([str(w) for w in command], capture_output=True, text=True, timeout=90, check=False, **more)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}"
    return done.stdout


def streams(source: object) -> list[str]:
    """What ffprobe finds: the tag of each stream's codec."""
    shown = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_tag_string", "-of", "json", source)
    return [stream["codec_tag_string"] for stream in json.loads(shown)["streams"]]


@pytest.mark.parametrize(("camera", "tags"), [(0, ["avc1", "mp4a"]), (1, ["hvc1", "mp4a"]), (2, ["avc1", "mp4a"])])
def test_ffmpeg_plays_every_codec(server, camera, tags, tmp_path):
    """Five seconds, copied and then decoded, nothing of them broken."""
    url = f"{server.http}/hls?cameraNum={camera}"
    assert streams(url) == tags
    file = tmp_path / "copy.mp4"
    run("ffmpeg", "-v", "error", "-nostdin", "-i", url, "-t", 5, "-c", "copy", file)
    with av.open(str(file)) as container:
        pictures = list(container.decode(video=0))
    assert len(pictures) >= 40
    assert not any(picture.is_corrupt for picture in pictures)


@pytest.mark.parametrize(("quality", "height"), [(0, 432), (1, 432), (2, 360)])
def test_qualities_are_of_so_many_lines(server, quality, height):
    """Of 432; what is less is encoded here, and cut with the camera's sound."""
    master = fetch(f"{server.http}/hls?cameraNum=2&quality={quality}")
    assert re.search(r"RESOLUTION=\d+x(\d+)", master)[1] == str(height)
    media = f"{server.http}/{master.splitlines()[-1]}"
    shown = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,height", "-of", "json", media)
    video, audio = json.loads(shown)["streams"]
    assert (video["codec_name"], video["height"], audio["codec_name"]) == ("h264", height, "aac")


def test_vlc_plays(server):
    """It receives picture and sound, and goes on from segment to segment; it refuses to run as root."""
    need("cvlc")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "received.ts"
        Path(folder).chmod(0o777)
        sout = f"#std{{access=file,mux=ts,dst={target}}}"
        vlc = ["cvlc", "-I", "dummy", "--run-time", "6", "--play-and-exit", "--sout", sout]
        nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        home = {**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        run(*nobody, *vlc, f"{server.http}/hls?cameraNum=0", "vlc://quit", env=home, cwd=folder)
        kinds = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", target)
        # PAT and PMT come again and again: ffprobe names a stream once for each program that it finds.
        assert set(kinds.split()) >= {"h264", "aac"}
        assert float(run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", target)) > 3


def test_the_playlist_is_at_most_a_part_behind_the_camera(server):
    """By its own dates; a reload that waits is answered as soon as there is more."""
    url = f"{server.http}/hls_mediaplaylist?&cameraNum=0&quality=0"
    last = int(re.findall(r"hls/(\d+)\.m4s", fetch(url))[-1])
    playlist = fetch(f"{url}&_HLS_msn={last + 1}&_HLS_part=1")
    began = datetime.fromisoformat(re.findall("DATE-TIME:(.*)Z", playlist)[-1]).replace(tzinfo=UTC)
    parts = [float(seconds) for seconds in re.findall(rf"DURATION=([\d.]+),URI=.hls/{last + 1}\.", playlist)]
    behind = datetime.now(UTC).timestamp() - began.timestamp() - sum(parts)
    assert behind < GOP_SECONDS
    hold_back = float(re.search(r"PART-HOLD-BACK=([\d.]+)", playlist)[1])
    assert hold_back <= 1.5
    hint = re.search('PRELOAD-HINT:TYPE=PART,URI="(.*)"', playlist)[1]
    with urllib.request.urlopen(f"{server.http}/{hint}", timeout=10) as reply:
        assert reply.read()[4:8] == b"moof"


def test_hls_is_served_under_tls_too(server):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    url = f"https://127.0.0.1:{server.https_port}/hls?cameraNum=0"
    with urllib.request.urlopen(url, context=context, timeout=30) as reply:
        assert reply.read().startswith(b"#EXTM3U")


# -- a browser ---------------------------------------------------------------------------------

PLAY = """
const [module, name, url, options, done] = arguments;
const video = document.createElement("video");
Object.assign(window, { video, states: [] });
video.muted = true;
document.body.prepend(video);
import(module).then((module) => {
  window.stop = module[name](video, url, { ...options, onstate: (state, text) => states.push(`${state} ${text}`) });
  done("");
}, (error) => done(String(error)));
"""
MOVES = """
const done = arguments[0];
let pictures = 0;
const count = () => {
  if ((pictures += 1) >= 20) done(video.currentTime);
  else video.requestVideoFrameCallback(count);
};
video.requestVideoFrameCallback(count);
"""


@pytest.fixture(scope="module")
def browser():
    with a_browser() as chromium:
        chromium.set_script_timeout(25)
        yield chromium


def play(browser, server, module: str, name: str, url: str, **options) -> None:
    # A page of ours, with its Content-Security-Policy, that shows no video of its own.
    browser.get(f"{server.http}/live?cameraNum=0&viewMethod=5")
    assert browser.execute_async_script(PLAY, f"/pages/{module}", name, url, options) == ""


def behind(browser) -> float:
    """Seconds between what is shown and the newest that has come."""
    return browser.execute_script("return video.buffered.end(video.buffered.length - 1) - video.currentTime")


def test_a_browser_plays_what_is_pushed_and_stays_near_the_newest(server, browser):
    """Media Source Extensions: pictures move; the video stays within a second of what has come."""
    play(browser, server, "mse.js", "playMSE", "/mse?cameraNum=0")
    assert browser.execute_async_script(MOVES) > 0
    assert behind(browser) < 1.0
    states = browser.execute_script("return states")
    assert states[0].startswith("connecting")
    assert states[-1].startswith("playing")
    browser.execute_script("stop()")
    assert browser.execute_script("return [video.getAttribute('src'), video.buffered.length]") == [None, 0]


SHADES = """(() => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 36];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  const shades = [...context.getImageData(0, 0, 64, 36).data].filter((_, place) => place % 4 < 3).sort((a, b) => a - b);
  return [shades[Math.floor(shades.length / 2)]];
})()"""
"""The shade that half of the picture is darker than: of the one that says that there is none, nearly black."""


@pytest.mark.parametrize(("module", "name", "form"), [("mse.js", "playMSE", "mse"), ("hls_play.js", "playHLS", "hls")])
def test_a_browser_sees_that_there_is_no_signal_and_then_the_camera_again(browser, tmp_path, module, name, form):
    """On the connection that it has."""
    with an_rtsp_camera(audio="none", down=5) as camera:
        site = write_site(tmp_path, f'porch: {{number: 0, source: {{driver: rtsp, url: "{camera.url}"}}}}')
        with running(site) as server:
            server.wait_for("camera=0 (porch) online")
            play(browser, server, module, name, f"/{form}?cameraNum=0")
            until(browser, f"video.videoWidth && {SHADES}[0] > 60", 40)
            camera.drop()
            until(browser, f"{SHADES}[0] < 45", 40)
            until(browser, f"{SHADES}[0] > 60", 40)
            assert not [state for state in browser.execute_script("return states") if state.startswith("failed")]
            browser.execute_script("stop()")


def test_a_browser_that_cannot_decode_says_so(server, browser):
    """Chromium has no H.265 without hardware; then the caller shows stills."""
    if browser.execute_script("return MediaSource.isTypeSupported('video/mp4; codecs=\"hvc1.1.6.L93.B0\"')"):
        skip_or_fail("this Chromium plays H.265")
    play(browser, server, "mse.js", "playMSE", "/mse?cameraNum=1")
    wait_for_state(browser, "failed not played here")


def test_a_browser_may_have_less(server, browser):
    """Encoded here, it goes the same way."""
    play(browser, server, "mse.js", "playMSE", "/mse?cameraNum=2&quality=2")
    assert browser.execute_async_script(MOVES) > 0
    assert browser.execute_script("return video.videoHeight") == 360
    browser.execute_script("stop()")


def test_a_server_without_the_camera_is_given_up(server, browser):
    """After a second attempt: a WebSocket tells a page nothing of why it was refused."""
    play(browser, server, "mse.js", "playMSE", "/mse?cameraNum=9")
    wait_for_state(browser, "failed no WebSocket")


def test_hls_js_plays_at_low_latency(server, browser):
    """Within four seconds of now even while the machine is busy, by the dates of the playlist."""
    play(browser, server, "hls_play.js", "playHLS", "/hls?cameraNum=0")
    assert browser.execute_async_script(MOVES) > 0
    assert behind(browser) < 2 * GOP_SECONDS
    browser.execute_script("stop()")


def test_the_browser_itself_plays_hls(server, browser):
    """Chromium does since version 142; it begins with three target durations."""
    if not browser.execute_script(
        "return document.createElement('video').canPlayType('application/vnd.apple.mpegurl')"
    ):
        skip_or_fail("this Chromium plays no HLS by itself")
    play(browser, server, "hls_play.js", "playHLS", "/hls?cameraNum=0", native=True)
    assert browser.execute_async_script(MOVES) > 0
    browser.execute_script("stop()")


def test_a_page_of_another_site_gets_no_video(server, browser):
    """The same server under another name is another site to a browser."""
    browser.get(f"{server.http.replace('127.0.0.1', 'localhost')}/live?cameraNum=7")
    opened = browser.execute_async_script(
        "const done = arguments[1]; const socket = new WebSocket(arguments[0]);"
        "socket.onopen = () => done('open'); socket.onclose = () => done('closed');",
        f"{server.http.replace('http', 'ws')}/mse?cameraNum=0",
    )
    assert opened == "closed"


def wait_for_state(browser, text: str) -> None:
    found = browser.execute_async_script(
        "const [text, done] = arguments;"
        "const look = () => states.some((each) => each.startsWith(text)) ? done('') : setTimeout(look, 50);"
        "setTimeout(() => done(states.join('; ')), 20000); look();",
        text,
    )
    assert found == ""
