"""The page that moves cameras, in a real browser: what is told to the pattern camera is seen in its picture."""

import io
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.integration.browser import PHONE, a_browser, complaints, until
from tests.integration.cameras import a_free_port
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

TIMEOUT = 8.0
"""Less than the time after which the server ends a movement by itself."""
PICTURES_APART = 0.35
"""Seconds, in which a camera that moves moves some pixels."""
SLOWLY = "const s = document.getElementById('speed'); s.value = 20; s.dispatchEvent(new Event('input'))"
"""The edge of the scene is far away then: what stands elsewhere was stopped."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    away = f"{{driver: http, url: 'http://127.0.0.1:{a_free_port()}', commands: {{left: /left, stop: /stop}}}}"
    cameras = (
        "yard: {number: 0, source: {driver: pattern}, ptz: {driver: pattern}, motion: {enabled: false}}",
        f"gate: {{number: 1, source: {{driver: pattern}}, ptz: {away}, motion: {{enabled: false}}}}",
        "wall: {number: 2, source: {driver: pattern}, motion: {enabled: false}}",
    )
    with running(write_site(tmp_path_factory.mktemp("ptz"), "\n".join(cameras))) as server:
        for name in ("0 (yard)", "1 (gate)", "2 (wall)"):
            server.wait_for(f"camera={name} online")
        yield server


class Yard:
    """What the camera sees: where its picture has the green house."""

    def __init__(self, server):
        self._still = f"{server.http}/image?cameraNum=0"

    def house(self):
        """Where its middle is, in pixels from the left, and how wide it is; nothing where it is out of sight."""
        with urllib.request.urlopen(self._still) as reply:
            pixels = np.asarray(Image.open(io.BytesIO(reply.read())).convert("RGB")).astype(int)
        red, green, blue = pixels[:, :, 0], pixels[:, :, 1], pixels[:, :, 2]
        columns = np.flatnonzero(((green > 140) & (red < 80) & (blue < 80)).sum(axis=0) > 10)
        return (round(columns.mean()), len(columns)) if len(columns) else (None, 0)

    def until(self, is_so):
        """What the camera sees once that is so."""
        end = time.monotonic() + TIMEOUT
        while not is_so(seen := self.house()):
            assert time.monotonic() < end, f"never so, last seen {seen}"
        return seen

    def at_rest(self):
        """What the camera sees once it stands: the same in pictures that are some time apart."""
        last = []

        def is_same(seen):
            last.append(seen)
            time.sleep(PICTURES_APART)
            return len(last) > 2 and len(set(last[-3:])) == 1

        return self.until(is_same)


@pytest.fixture
def yard(server):
    return Yard(server)


@pytest.fixture(scope="module")
def browser():
    with a_browser() as browser:
        yield browser


@pytest.fixture
def page(server, browser, yard):
    """Opened, and the camera at home."""
    browser.get(f"{server.http}/ptz/controls?cameraNum=0")
    until(browser, "document.querySelector('#picture img').naturalWidth")
    find(browser, '[data-command="7"]').click()
    yard.until(lambda seen: near(seen[0], 320) and near(seen[1], 130))
    browser.execute_script(SLOWLY)
    yield browser
    assert complaints(browser) == []


def find(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def near(value, wanted):
    return value is not None and abs(value - wanted) < 4


def test_a_camera_moves_while_the_mouse_is_held(page, yard):
    """And stands when it is let go."""
    hand = ActionChains(page)
    hand.click_and_hold(find(page, '[data-command="1"]')).perform()
    yard.until(lambda seen: seen[0] is not None and seen[0] > 360)
    hand.release().perform()
    assert 360 < yard.at_rest()[0] < 560


def test_a_camera_moves_while_a_key_is_held(page, yard):
    """An arrow turns, and plus zooms."""
    ActionChains(page).key_down(Keys.ARROW_RIGHT).perform()
    yard.until(lambda seen: seen[0] is not None and seen[0] < 280)
    ActionChains(page).key_up(Keys.ARROW_RIGHT).perform()
    assert 80 < yard.at_rest()[0] < 280
    ActionChains(page).key_down("+").perform()
    yard.until(lambda seen: seen[1] > 150)
    ActionChains(page).key_up("+").perform()
    assert 150 < yard.at_rest()[1] < 400


def test_a_camera_stands_when_nobody_looks_any_more(page, yard):
    """Nobody would let go of what is held."""
    ActionChains(page).key_down(Keys.ARROW_RIGHT).perform()
    yard.until(lambda seen: seen[0] is not None and seen[0] < 300)
    page.get("about:blank")
    assert 80 < yard.at_rest()[0] < 300
    page.back()


def test_a_preset_is_gone_to(page, yard):
    """By its button, and by its digit; `h` is home."""
    find(page, '[data-command="12"]').click()
    yard.until(lambda seen: seen[0] is None)
    ActionChains(page).send_keys("h").perform()
    yard.until(lambda seen: near(seen[0], 320) and near(seen[1], 130))
    ActionChains(page).send_keys("2").perform()
    yard.until(lambda seen: near(seen[0], 320) and seen[1] > 240)


def test_a_preset_is_saved(page, yard):
    """And gone to, from elsewhere."""
    hand = ActionChains(page)
    hand.click_and_hold(find(page, '[data-command="1"]')).perform()
    yard.until(lambda seen: seen[0] is not None and seen[0] > 350)
    hand.release().perform()
    saved = yard.at_rest()
    find(page, "#saving").click()
    find(page, '[data-command="16"]').click()
    until(page, "document.getElementById('said').textContent === 'Preset 5 is here now'")
    find(page, '[data-command="7"]').click()
    yard.until(lambda seen: near(seen[0], 320))
    find(page, '[data-command="16"]').click()
    yard.until(lambda seen: near(seen[0], saved[0]))


def test_what_goes_wrong_is_said(server, browser):
    """In the camera's words; and a camera that nothing moves has no controls."""
    browser.get(f"{server.http}/ptz/controls?cameraNum=1")
    assert [each.get_attribute("data-command") for each in browser.find_elements(By.CSS_SELECTOR, ".zoom button")] == []
    ActionChains(browser).click(find(browser, '[data-command="1"]')).perform()
    text = until(browser, "document.querySelector('#said.wrong')?.textContent")
    assert "connection refused" in text
    browser.get(f"{server.http}/ptz/controls?cameraNum=2")
    assert browser.find_elements(By.TAG_NAME, "button") == []
    assert "cannot be moved" in find(browser, "#controls").text


def test_a_camera_moves_while_a_finger_is_held(server, yard):
    """On a telephone."""
    with a_browser(PHONE) as phone:
        phone.get(f"{server.http}/ptz/controls?cameraNum=0")
        until(phone, "document.querySelector('#picture img').naturalWidth")
        find(phone, '[data-command="7"]').click()
        yard.until(lambda seen: near(seen[0], 320) and near(seen[1], 130))
        phone.execute_script(SLOWLY)
        place = phone.execute_script(
            "const r = document.querySelector('[data-command=\"1\"]').getBoundingClientRect();"
            "return {x: r.x + r.width / 2, y: r.y + r.height / 2}"
        )
        phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})
        yard.until(lambda seen: seen[0] is not None and seen[0] > 360)
        phone.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert 360 < yard.at_rest()[0] < 560
        assert complaints(phone) == []
