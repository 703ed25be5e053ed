"""Who was away asks the real server for what it missed, whatever happened to the server meanwhile."""

import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.server import READY, Server, write_site

pytestmark = pytest.mark.integration

CAMERAS = "yard: {number: 7, source: {driver: pattern}, motion: {enabled: false}}"


def lines_until(server: Server, since: int, is_last: Callable[[str], bool]) -> list[tuple[int, str]]:
    """The lines of a stream that begins after `since`, without heartbeats."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["port"], timeout=20)
    connection.request("GET", f"/eventStream?version=3&since={since}")
    answer = connection.getresponse()
    found: list[tuple[int, str]] = []
    while not found or not is_last(found[-1][1]):
        line = b""
        while not line.endswith(b"\r"):
            byte = answer.read(1)
            assert byte, "the stream has ended"
            line += byte
        _, number, rest = line.decode().strip().split(" ", 2)
        if not rest.endswith("NULL"):
            found.append((int(number), rest))
    connection.close()
    return found


def armed(server: Server, on: int) -> None:
    urllib.request.urlopen(f"{server.http}/ssControlActions?cameraNum=7&arm={on}").read()


def test_events_outlive_the_server_and_are_told_once_and_in_order(tmp_path: Path) -> None:
    """One run ends properly, the next as by a power cut."""
    site = write_site(tmp_path, CAMERAS)
    known = 0
    told: list[tuple[int, str]] = []
    for end in (Server.stop, Server.kill, Server.stop):
        server = Server(site)
        server.wait_for(READY)
        armed(server, 1)
        armed(server, 0)
        seen = lines_until(server, known, lambda line: line == "7 DISARM_A")
        told += seen
        known = seen[-1][0]
        end(server)
    numbers = [number for number, _ in told]
    assert numbers == sorted(set(numbers))
    assert [line for _, line in told if line in ("7 ARM_A", "7 DISARM_A")] == ["7 ARM_A", "7 DISARM_A"] * 3


def test_a_new_listener_is_told_nothing_of_the_past(tmp_path: Path) -> None:
    site = write_site(tmp_path, CAMERAS)
    server = Server(site)
    try:
        server.wait_for(READY)
        armed(server, 1)
        with urllib.request.urlopen(f"{server.http}/eventStream?version=3", timeout=20) as stream:
            heartbeat = stream.read(len("20261122130000 0 X NULL\r"))
            armed(server, 0)
            news = stream.read(len("20261122130000 1 7 DISARM_A\r"))
        assert heartbeat.endswith(b" 0 X NULL\r")
        assert news.endswith(b" 1 7 DISARM_A\r")
    finally:
        server.stop()
