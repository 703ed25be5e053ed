"""A real browser for tests: Debian's Chromium without a screen, driven by Selenium.

    with a_browser() as browser:
        browser.get(f"{server.http}/")
        until(browser, "document.querySelector('[data-motion]')")

What a machine lacks skips the test with a reason; with CI=true it fails.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from tests.integration.cameras import skip_or_fail

DESKTOP = (1280, 800)
PHONE = (390, 844)

_OPTIONS = (
    "--headless",
    "--no-sandbox",  # for root has none
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)


@contextlib.contextmanager
def a_browser(size: tuple[int, int] = DESKTOP) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own; PHONE makes it one with a touch screen."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    for name, program in programs.items():
        if program is None:
            skip_or_fail(f"{name} is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs["chromium"])
    with tempfile.TemporaryDirectory() as profile:
        for option in (*_OPTIONS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(option)
        browser = webdriver.Chrome(options=options, service=Service(programs["chromedriver"]))
        try:
            if size == PHONE:
                screen = {"width": size[0], "height": size[1], "deviceScaleFactor": 2, "mobile": True}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
                browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
            yield browser
        finally:
            browser.quit()


def until(browser: webdriver.Chrome, script: str, seconds: float = 20.0) -> Any:
    """What the JavaScript expression gives, once that is neither false nor empty."""
    return WebDriverWait(browser, seconds, poll_frequency=0.1).until(
        lambda _: browser.execute_script(f"return {script}"), f"never true: {script}"
    )


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser has to say of the page: errors of scripts, what its policy forbids, what is missing."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
