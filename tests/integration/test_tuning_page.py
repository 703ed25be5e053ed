"""The tuning page in a real browser, with footage in which people walk."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.integration.browser import a_browser, complaints, until
from tests.integration.cameras import SHARED, need
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

MOST = "Math.max(...[...document.getElementById('now').textContent.matchAll(/\\d+/g)].map(Number))"
IS_DRAWN = """(() => {
  const canvas = document.querySelector('#picture canvas');
  return canvas.width && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x);
})()"""


def test_what_moves_is_shown_and_sensitivity_is_saved(tmp_path: Path) -> None:
    """Of a running server, whose site file says so afterwards; without a reload the page knows it too."""
    need()
    clip = SHARED / "media" / "person-one-by-one.mp4"
    site = write_site(tmp_path, f"walk: {{number: 0, source: {{driver: file, path: {clip}}}}}")
    with running(site) as server, a_browser() as browser:
        server.wait_for("camera=0 (walk) online")
        browser.get(f"{server.http}/tuning?cameraNum=0")
        until(browser, f"{MOST} > 50")
        until(browser, IS_DRAWN)
        slider = browser.find_element(By.ID, "sensitivity")
        slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        assert browser.find_element(By.ID, "saved").text == "Not saved yet"
        browser.find_element(By.CSS_SELECTOR, "#tune button").click()
        until(browser, "document.getElementById('saved').textContent === 'Saved'")
        until(browser, "document.getElementById('sensitivity').value === '52'")
        assert complaints(browser) == []
    assert "sensitivity: 52" in site.read_text()
