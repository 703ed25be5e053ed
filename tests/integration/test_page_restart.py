"""Pages that stay open, in a real browser: while the server is started anew, and behind others."""

from pathlib import Path

import pytest

from tests.integration.browser import a_browser, until
from tests.integration.cameras import a_free_port
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

BRIGHTNESS = """(() => {
  const [image, canvas] = [document.querySelector("img"), document.createElement("canvas")];
  [canvas.width, canvas.height] = [16, 9];
  const context = canvas.getContext("2d");
  if (image.naturalWidth) context.drawImage(image, 0, 0, 16, 9);
  return context.getImageData(0, 0, 16, 9).data.reduce((sum, value, at) => at % 4 === 3 ? sum : sum + value, 0);
})()"""


@pytest.mark.parametrize("page", ["ptz/controls?cameraNum=0", "tuning?cameraNum=0", "live?viewMethod=4"])
def test_a_picture_comes_back_with_the_server(tmp_path: Path, page: str) -> None:
    """Browsers say nothing when server push breaks off, and show nothing any more."""
    site = write_site(tmp_path, "yard: {number: 0, source: {driver: pattern}, ptz: {driver: pattern}}")
    site.write_text(site.read_text().replace("port: 0", f"port: {a_free_port()}", 1))
    with a_browser() as browser:
        with running(site) as server:
            server.wait_for("(yard) online")
            browser.get(f"{server.http}/{page}")
            until(browser, f"{BRIGHTNESS} > 0")
        until(browser, f"{BRIGHTNESS} === 0")
        with running(site):
            until(browser, f"{BRIGHTNESS} > 0", 30)


def test_pages_in_the_background_leave_the_connections_to_the_one_in_front(tmp_path: Path) -> None:
    """A browser has six of them for all its pages."""
    site = write_site(tmp_path, "yard: {number: 0, source: {driver: pattern}, ptz: {driver: pattern}}")
    pages = ["ptz/controls?cameraNum=0", "tuning?cameraNum=0", "live?viewMethod=4"] * 2
    with running(site) as server, a_browser() as browser:
        server.wait_for("(yard) online")
        for page in pages:
            browser.switch_to.new_window("tab")
            browser.get(f"{server.http}/{page}")
            until(browser, f"{BRIGHTNESS} > 0", 40)
        browser.switch_to.window(browser.window_handles[1])
        until(browser, f"{BRIGHTNESS} > 0")
