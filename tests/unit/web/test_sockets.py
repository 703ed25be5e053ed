"""Clients on real sockets that do not read what they asked for."""

import dataclasses
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from twisted.internet.defer import maybeDeferred

from ssplug.model.event import EventType, FilePath
from ssplug.servers.web.root import WebSite, web_site
from ssplug.testing import in_reactor, pause, the_reactor
from tests.unit.web.scene import FakeViews, Scene, a_camera_at_work

LIMIT = 5000


@asynccontextmanager
async def listening(scene: Scene) -> AsyncIterator[tuple[WebSite, int]]:
    """The scene's server on a port of this machine."""
    site = web_site(dataclasses.replace(scene.context, reactor=the_reactor(), monotonic=time.monotonic))
    port = the_reactor().listenTCP(0, site, interface="127.0.0.1")
    try:
        yield site, port.getHost().port
    finally:
        await maybeDeferred(port.stopListening)


def a_lazy_client(port: int, uri: str) -> socket.socket:
    """Asks, and does not read; its own buffer is as small as can be."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {uri} HTTP/1.1\r\nHost: nvr\r\n\r\n".encode())
    return client


@in_reactor
async def test_a_client_that_does_not_read_its_events_is_disconnected() -> None:
    """However many there are, what waits in memory is bounded; the next client is served."""
    scene = Scene(a_camera_at_work())
    async with listening(scene) as (site, port):
        with a_lazy_client(port, "/eventStream?version=3"):
            for _ in range(LIMIT):
                scene.bus.publish(EventType.FILE, 0, FilePath("/v/" + "x" * 8000))
                if site.counters.dropped:
                    break
                await pause(0)
        assert site.counters.dropped == 1
        while site.connections:
            await pause(0.01)


@in_reactor
async def test_a_viewer_that_does_not_read_is_shown_the_newest_picture_when_it_does() -> None:
    """Skipped pictures are counted, and none of them waits."""
    camera = a_camera_at_work()
    views: FakeViews = camera.views
    async with listening(Scene(camera)) as (site, port):
        with a_lazy_client(port, "/video?cameraNum=0") as client:
            number = 0
            while site.counters.pictures_skipped < 10:
                number += 1
                assert number < LIMIT
                views.show(b"\xff\xd8%08d" % number + b"." * 50_000)
                await pause(0)
            sent = site.counters.pictures_sent
            assert sent < 20, "more than a megabyte is on its way to somebody who does not read"
            client.setblocking(False)
            received = b""
            while site.counters.pictures_sent == sent or b"%08d" % number not in received:
                received = received[-100_000:] + read(client)
                await pause(0)
            assert site.counters.pictures_sent == sent + 1


def read(client: socket.socket) -> bytes:
    try:
        return client.recv(1 << 20)
    except BlockingIOError:
        return b""
