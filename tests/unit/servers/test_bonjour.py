"""Announcing the server, and finding it with a browser of the same protocol; on loopback only."""

import threading
from dataclasses import replace

import pytest
from zeroconf import ServiceBrowser, Zeroconf

from ssplug.servers.bonjour import VENDOR_TYPE, WEB_TYPE, Announcement, Bonjour, announcement
from ssplug.site.types import ServerConfig
from ssplug.testing.reactor import in_reactor, the_reactor
from ssplug.workers import Workers

OPEN = ServerConfig(name="House", interface="0.0.0.0")


def test_a_server_that_others_can_reach_is_announced():
    """With the port that it listens on, which port 0 does not tell."""
    found = announcement(replace(OPEN, interface="192.0.2.1"), 8123)
    assert (found.name, found.port) == ("House", 8123)


@pytest.mark.parametrize("config", [ServerConfig(), ServerConfig(interface="::1"), replace(OPEN, bonjour=False)])
def test_a_server_for_this_machine_alone_is_not_announced(config):
    """Nor one that does not want to be."""
    assert announcement(config, 8000) is None


def test_names_fit_into_a_label():
    """63 bytes, not in the middle of a character, and without the dot that separates labels."""
    services = Announcement("Ä" * 40 + ".", "192.0.2.1", 80).services()
    assert [service.name.removesuffix(f".{service.type}") for service in services] == ["Ä" * 31] * 2


class Finder:
    """Notes what appears and what goes."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.found: dict[str, object] = {}
        self.gone: set[str] = set()

    def add_service(self, zeroconf, kind, name):
        info = zeroconf.get_service_info(kind, name, 5000)
        with self.news:
            self.found[kind] = info
            self.news.notify_all()

    def update_service(self, zeroconf, kind, name):
        pass

    def remove_service(self, zeroconf, kind, name):
        with self.news:
            self.gone.add(kind)
            self.news.notify_all()

    def wait(self, what) -> None:
        with self.news:
            assert self.news.wait_for(lambda: set(what()) == {VENDOR_TYPE, WEB_TYPE}, 20), (self.found, self.gone)


@in_reactor
async def test_a_browser_finds_the_server_and_hears_that_it_has_gone():
    """The port is in the TXT record as text, for that is where clients look."""
    workers = Workers(the_reactor())
    bonjour = Bonjour(workers.worker("bonjour"), ["127.0.0.1"])
    looking, finder = Zeroconf(["127.0.0.1"]), Finder()
    browser = ServiceBrowser(looking, [VENDOR_TYPE, WEB_TYPE], finder)
    waiting = workers.worker("test")
    try:
        await bonjour.announce(Announcement("House", "127.0.0.1", 8123))
        await waiting.call(finder.wait, lambda: finder.found)
        vendor = finder.found[VENDOR_TYPE]
        assert (vendor.properties, vendor.port) == ({b"portp": b"8123"}, 8123)
        assert vendor.parsed_addresses() == ["127.0.0.1"]
        await bonjour.stop()
        await waiting.call(finder.wait, lambda: finder.gone)
    finally:
        await bonjour.stop()
        await waiting.call(browser.cancel)
        await waiting.call(looking.close)
        await workers.stop()
