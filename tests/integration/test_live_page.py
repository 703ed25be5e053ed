"""The live page in a real browser: each way to show pictures moves, and is as far behind as it may be.

How far behind a picture is, its clock says: that of the pattern camera, compared with the browser's.
"""

import base64
import io
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ssplug_pattern.scene import Scene
from tests.integration.browser import DESKTOP, PHONE, a_browser, complaints, until
from tests.integration.cameras import an_ffmpeg_http_camera, an_rtsp_camera
from tests.integration.server import Server, running, write_site

pytestmark = pytest.mark.integration

WIDTH, HEIGHT = 640, 360
CAMERAS = "\n".join(
    f"{name}: {{number: {number}, source: {{driver: pattern, width: {WIDTH}, height: {HEIGHT}}}}}"
    for number, name in enumerate(("yard", "gate", "drive", "porch"))
)
SECONDS_BACK = 20.0
TICK = 0.1

# What the first tile shows just now, and the browser's time: [milliseconds, PNG].
PICTURE = """(() => {
  const tile = document.querySelector('article');
  const element = tile.querySelector(tile.dataset.shows === 'video' ? 'video' : 'img');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  if (!(element.videoWidth || element.naturalWidth)) return null;
  canvas.getContext('2d').drawImage(element, 0, 0, canvas.width, canvas.height);
  return [Date.now(), canvas.toDataURL('image/png')];
})()""".replace("[WIDTH, HEIGHT]", f"[{WIDTH}, {HEIGHT}]")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = write_site(tmp_path_factory.mktemp("live"), CAMERAS)
    with running(site) as server:
        for name in ("yard", "gate", "drive", "porch"):
            server.wait_for(f"({name}) online")
        yield server


class Clock:
    """Reads the clock of the pattern camera."""

    def __init__(self) -> None:
        self._scene = Scene(WIDTH, HEIGHT, "yard")
        left, top, width, height = self._scene._clock_box()
        self._box = np.s_[top : top + height, left : left + width]

    def shown(self, picture: NDArray[np.uint8], at: float) -> float:
        """The time that `picture`, of shades of grey, shows: in tenths of a second, some time before `at`."""
        seen = picture[self._box].astype(float)
        latest = int(at / TICK) + 1
        candidates = [tick * TICK + TICK / 2 for tick in range(latest, latest - int(SECONDS_BACK / TICK), -1)]
        return min(candidates, key=lambda time: float(np.abs(self._drawn(time) - seen).mean())) - TICK / 2

    def _drawn(self, at: float) -> NDArray[Any]:
        planes = np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8)
        self._scene._draw_clock(planes, at)
        return planes[self._box].astype(float)


CLOCK = Clock()


def age(browser: Chrome) -> float:
    """How many seconds old the picture of the first tile is."""
    milliseconds, url = until(browser, PICTURE)
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L")
    now = milliseconds / 1000
    return now - CLOCK.shown(np.asarray(image), now)


def until_it_moves(browser: Chrome) -> None:
    """That there is no picture for a moment does not count."""
    first = until(browser, PICTURE)[1]
    until(browser, f"({PICTURE} ?? [0, {first!r}])[1] !== {first!r}")


def youngest(browser: Chrome, enough: float, seconds: float = 20.0) -> float:
    """The age of the youngest picture seen until one is young enough."""
    until_then = time.monotonic() + seconds
    found = age(browser)
    while found > enough and time.monotonic() < until_then:
        found = min(found, age(browser))
    return found


@pytest.mark.parametrize(
    ("method", "name", "limit"),
    [(0, "mse", 0.5), (3, "script", 1.0), (4, "push", 0.5), (5, "stills", 1.5), (7, "hls", 2.0)],
)
def test_each_method_is_really_that_one_and_moves(server: Server, method: int, name: str, limit: float) -> None:
    """The picture is never older than is said of it, but for the start."""
    with a_browser() as browser:
        browser.get(f"{server.http}/live?cameraNum=0&viewMethod={method}")
        until(browser, f"document.querySelector('article').dataset.method === '{name}'")
        assert youngest(browser, limit) <= limit
        until_it_moves(browser)
        assert complaints(browser) == []


def test_what_happens_is_shown_without_reloading(server: Server) -> None:
    """Arming, by somebody else; the badge says so to those who cannot see it too."""
    badge = "document.querySelector('#camera-2 [data-mode=C]')"
    with a_browser() as browser:
        browser.get(f"{server.http}/")
        until(browser, "document.getElementById('connection').textContent === '4 cameras, 4 online'")
        browser.execute_script("window.isTheSamePage = true")
        for arm in (1, 0):
            with urllib.request.urlopen(f"{server.http}/ssControlContinuous?cameraNum=2&arm={arm}") as answer:
                answer.read()
            until(browser, f"{badge}.hasAttribute('data-armed') === {'true' if arm else 'false'}")
            assert browser.execute_script(f"return {badge}.title").endswith("disarmed" if not arm else ": armed")
        assert browser.execute_script("return window.isTheSamePage")


def test_motion_is_outlined_where_it_is(server: Server) -> None:
    """The ball of the pattern camera moves all the time."""
    with a_browser() as browser:
        browser.get(f"{server.http}/live?cameraNum=0")
        until(browser, "document.querySelector('article[data-motion]')")
        until(browser, "!document.querySelector('.region').hidden")
        box = browser.find_element(By.CSS_SELECTOR, ".region").rect
        stage = browser.find_element(By.CSS_SELECTOR, ".picture").rect
        assert 0 < box["width"] < stage["width"]
        assert stage["y"] - 3 <= box["y"] <= stage["y"] + stage["height"]


def test_one_camera_is_enlarged_by_keyboard_and_put_back(server: Server) -> None:
    """Enter on a picture, arrows to the next, Escape back to the grid with the focus where it was."""
    enlarged = "document.querySelector('[data-enlarged]')?.dataset.camera"
    reachable = "[...document.querySelectorAll('body > header, article')].filter((e) => !e.inert).map((e) => e.id)"
    with a_browser() as browser:
        browser.get(f"{server.http}/")
        until(browser, "document.documentElement.hasAttribute('data-live')")
        browser.find_element(By.CSS_SELECTOR, "#camera-1 .picture").send_keys(Keys.ENTER)
        until(browser, f"{enlarged} === '1'")
        for key, camera in ((Keys.ARROW_RIGHT, "2"), (Keys.ARROW_LEFT, "1"), (Keys.ARROW_LEFT, "0")):
            browser.switch_to.active_element.send_keys(key)
            until(browser, f"{enlarged} === '{camera}'")
            assert browser.execute_script(f"return {reachable}") == [f"camera-{camera}"]
        browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        until(browser, "!document.querySelector('[data-enlarged]')")
        assert browser.switch_to.active_element.get_attribute("href").endswith("#camera-0")
        assert len(browser.execute_script(f"return {reachable}")) == 5


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_four_cameras_fit_the_screen(server: Server, size: tuple[int, int]) -> None:
    """Side by side on a desktop, one below the other on a phone; nothing sticks out at the side."""
    with a_browser(size) as browser:
        browser.get(f"{server.http}/")
        until(browser, "document.documentElement.hasAttribute('data-live')")
        tiles = [tile.rect for tile in browser.find_elements(By.CSS_SELECTOR, "article")]
        across = {round(tile["x"]) for tile in tiles}
        assert len(across) == (2 if size == DESKTOP else 1)
        assert all(tile["x"] >= 0 and tile["x"] + tile["width"] <= size[0] for tile in tiles)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_camera_that_was_away_is_shown_again(tmp_path: Path) -> None:
    """By the page that was open all the time."""
    state = "document.querySelector('article').dataset.state"
    with an_rtsp_camera() as camera:
        site = write_site(tmp_path, f"porch: {{number: 0, source: {{driver: rtsp, url: '{camera.url}'}}}}")
        with running(site) as server, a_browser() as browser:
            server.wait_for("(porch) online")
            browser.get(f"{server.http}/")
            until(browser, PICTURE)
            camera.drop()
            until(browser, f"{state} === 'offline'")
            until(browser, f"{state} === 'online'", 40)
            until_it_moves(browser)


LISTENING = """
  window.heard = 0;
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    if (this.buffer.getChannelData(0).some((sample) => Math.abs(sample) > 0.01)) window.heard += this.buffer.duration;
    return start.apply(this, when);
  };
"""


def test_sound_is_heard_where_pictures_bring_none(server: Server) -> None:
    """On demand, from one camera at a time."""
    speakers = "[...document.querySelectorAll('.sound')].map((each) => each.ariaPressed).join()"
    with a_browser() as browser:
        browser.get(f"{server.http}/live?cameraNum=0&cameraNum=1&viewMethod=4")
        until(browser, "document.documentElement.hasAttribute('data-live')")
        browser.execute_script(LISTENING)
        for number, pressed in ((0, "true,false"), (1, "false,true")):
            browser.find_element(By.CSS_SELECTOR, f"#camera-{number} .sound").click()
            before = browser.execute_script("return window.heard")
            until(browser, f"window.heard > {before} + 0.5")
            assert browser.execute_script(f"return {speakers}") == pressed
        assert complaints(browser) == []


def test_sound_comes_with_the_video_where_it_can(server: Server) -> None:
    with a_browser() as browser:
        browser.get(f"{server.http}/live?cameraNum=0")
        until(browser, "document.querySelector('video')?.currentTime > 0")
        browser.find_element(By.CSS_SELECTOR, ".sound").click()
        until(browser, "!document.querySelector('video').muted")
        until(browser, "document.querySelector('video').webkitAudioDecodedByteCount > 0")


def test_a_camera_that_browsers_cannot_play_is_shown_in_another_way(tmp_path: Path) -> None:
    """One that sends JPEG, which is no video to a browser: the page finds the way by itself."""
    with an_ffmpeg_http_camera() as camera:
        site = write_site(tmp_path, f"gate: {{number: 0, source: {{driver: mjpeg, url: '{camera.url}'}}}}")
        with running(site) as server, a_browser() as browser:
            server.wait_for("(gate) online")
            browser.get(f"{server.http}/")
            until_it_moves(browser)
