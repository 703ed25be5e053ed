"""Events as they happen, to each client as it may and can see them."""

import re

import pytest
from twisted.internet.defer import Deferred

from ssplug.model.event import Event, EventType, Region, TriggerReason
from ssplug.servers.web import event_stream
from tests.unit.web.scene import (
    ADMIN,
    ADMIN_AUTH,
    CLERK,
    CLERK_AUTH,
    GUEST,
    GUEST_AUTH,
    Client,
    Scene,
    a_camera_at_work,
)


def a_scene() -> Scene:
    cameras = (
        a_camera_at_work(),
        a_camera_at_work(3, "Garage", "garage"),
        a_camera_at_work(5, "Attic", "attic", enabled=False),
    )
    return Scene(*cameras, users=(ADMIN, GUEST, CLERK))


def a_listener(scene: Scene, parameters: str = "version=3", auth: str = ADMIN_AUTH) -> Client:
    client = scene.client()
    client.send(f"GET /++eventStream?{parameters}&auth={auth} HTTP/1.1\r\nHost: nvr\r\n\r\n")
    return client


def body(client: Client) -> bytes:
    return client.received.partition(b"\r\n\r\n")[2]


def test_the_head_promises_nothing_about_the_length() -> None:
    """Neither a length nor chunks: the stream ends with the connection."""
    head = a_listener(a_scene()).received.partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "\r\nContent-Type: text/plain\r\n" in head
    assert "\r\nConnection: close" in head
    assert "Transfer-Encoding" not in head
    assert "Content-Length" not in head


def test_a_stream_begins_with_a_heartbeat_and_has_one_every_ten_seconds() -> None:
    """One client takes 30 seconds of silence for the end of the world."""
    scene = a_scene()
    client = a_listener(scene)
    assert body(client) == b"20261122130000 0 X NULL\r"
    scene.clock.advance(10)
    scene.clock.advance(10)
    assert body(client) == b"20261122130000 0 X NULL\r20261122130010 1 X NULL\r20261122130020 2 X NULL\r"


def test_events_arrive_at_once_each_in_one_write() -> None:
    """One client understands only one event of each piece that it receives."""
    scene = a_scene()
    client = a_listener(scene)
    for event, expected in ((EventType.ARM_C, b"1 0 ARM_C"), (EventType.MOTION_END, b"2 0 MOTION_END")):
        client.clear()
        scene.bus.publish(event, 0)
        assert client.received == b"20261122130000 " + expected + b"\r"


def test_numbers_begin_at_0_on_each_connection() -> None:
    """Whatever happened before, to anybody: old events are not told."""
    scene = a_scene()
    scene.bus.publish(EventType.ONLINE, 0)
    first = a_listener(scene)
    scene.bus.publish(EventType.ONLINE, 0)
    second = a_listener(scene)
    scene.bus.publish(EventType.OFFLINE, 0)
    numbers = [[line.split()[1] for line in body(client).split(b"\r") if line] for client in (first, second)]
    assert numbers == [[b"0", b"1", b"2"], [b"0", b"1"]]


def test_an_account_hears_only_of_cameras_that_exist_for_it() -> None:
    """A number that is not in its systemInfo would become a ghost in some clients."""
    scene = a_scene()
    listeners = [a_listener(scene, auth=auth) for auth in (ADMIN_AUTH, GUEST_AUTH, CLERK_AUTH)]
    for camera in (0, 3, 5, 99):
        scene.bus.publish(EventType.ONLINE, camera)
    scene.bus.publish(EventType.CONFIGCHANGE)
    heard = [[line.split()[2] for line in body(client).split(b"\r") if line] for client in listeners]
    assert heard == [[b"X", b"0", b"3", b"X"], [b"X", b"0", b"X"], [b"X", b"X"]]


def test_old_versions_get_what_they_know() -> None:
    """An event that is not shown does not cost a number."""
    scene = a_scene()
    client = a_listener(scene, "version=2")
    scene.bus.publish(EventType.MOTION, 0, Region(1, 2, 3, 4))
    scene.bus.publish(EventType.MOTION_END, 0)
    scene.bus.publish(EventType.ARM_M, 0)
    scene.clock.advance(10)
    assert body(client) == b"20261122130000 0 CAM0 MOTION\r20261122130000 1 CAM0 ARM_M\r"


def test_the_multipart_form_sends_a_part_for_each_event() -> None:
    scene = a_scene()
    client = a_listener(scene, "version=3&format=multipart")
    assert b"\r\nContent-Type: multipart/mixed;boundary=ssBoundary8345\r\n" in client.received
    client.clear()
    scene.bus.publish(EventType.ARM_C, 0)
    assert client.received.startswith(b"--ssBoundary8345\r\n")
    assert client.received.endswith(b"\r\n\r\n20261122130000 1 0 ARM_C\r\n\r\n")


@pytest.mark.parametrize(("document", "code"), [("", b"512"), ("?format=xml", b"1024"), ("?format=json", b"1024")])
def test_a_client_is_spoken_to_in_the_version_that_it_asked_for_before(document: str, code: bytes) -> None:
    """An animal has another number in version 6; who asks for its documents knows that."""
    scene = a_scene()
    client = a_listener(scene)
    scene.get(f"/systemInfo{document}", f"Authorization: Basic {ADMIN_AUTH}")
    scene.bus.publish(EventType.TRIGGER_M, 0, TriggerReason.ANIMAL)
    assert body(client).endswith(b" TRIGGER_M " + code + b"\r")


def test_when_a_client_leaves_nothing_is_left() -> None:
    scene = a_scene()
    client = a_listener(scene)
    client.leave()
    client.clear()
    scene.bus.publish(EventType.ARM_C, 0)
    assert client.received == b""
    assert not [call for call in scene.clock.getDelayedCalls() if call.active()]


def test_a_client_that_does_not_read_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it is bounded; the others notice nothing."""
    scene = a_scene()
    slow, quick = a_listener(scene), a_listener(scene)
    # What a transport that cannot send would hold.
    slow.transport._appSendBuffer = [b"x" * (event_stream.QUEUE_LIMIT + 1)]
    slow.clear()
    scene.bus.publish(EventType.ARM_C, 0)
    assert slow.received == b""
    assert not slow.is_open
    assert scene.web.counters.dropped == 1
    scene.clock.advance(0)
    scene.bus.publish(EventType.DISARM_C, 0)
    assert re.findall(rb"\w*ARM_C", body(quick)) == [b"ARM_C", b"DISARM_C"]


def test_wrong_numbers_are_refused_before_the_stream_begins() -> None:
    assert a_scene().get(f"/eventStream?version=three&auth={ADMIN_AUTH}").status == 400


def test_head_of_a_stream_is_its_head() -> None:
    scene = a_scene()
    client = scene.client()
    response = client.get(f"/eventStream?version=3&auth={ADMIN_AUTH}", method="HEAD")
    assert (response.status, response.body) == (200, b"")
    assert not client.is_open
    scene.clock.advance(0)
    assert not [call for call in scene.clock.getDelayedCalls() if call.active()]


class Log:
    """An event log that answers when a test says so."""

    def __init__(self, scene: Scene) -> None:
        self.kept: list[Event] = []
        self.asked: list[tuple[int, Deferred[list[Event]]]] = []
        scene.bus.listen(self.kept.append)
        object.__setattr__(scene.context, "history", self.after)

    def after(self, number: int) -> "Deferred[list[Event]]":
        answer: Deferred[list[Event]] = Deferred()
        self.asked.append((number, answer))
        return answer

    def answer(self, known: int | None = None) -> None:
        """With what had happened by the event number `known`."""
        number, answer = self.asked.pop()
        until = self.kept[-1].number if known is None else known
        answer.callback([event for event in self.kept if number < event.number <= until][: event_stream.PAGE])


def lines(client: Client) -> list[str]:
    return [line.decode().split(" ", 1)[1] for line in body(client).split(b"\r") if line]


def test_who_says_what_it_knows_is_told_what_it_missed() -> None:
    """By the events' own numbers; a heartbeat has that of the last event that was told."""
    scene = a_scene()
    log = Log(scene)
    for event in (EventType.ONLINE, EventType.ARM_M, EventType.OFFLINE):
        scene.bus.publish(event, 0)
    client = a_listener(scene, "version=3&since=1")
    log.answer()
    scene.bus.publish(EventType.ONLINE, 0)
    scene.clock.advance(10)
    assert lines(client) == ["1 X NULL", "2 0 ARM_M", "3 0 OFFLINE", "4 0 ONLINE", "4 X NULL"]


def test_what_happens_while_the_log_is_read_is_told_once_and_in_order() -> None:
    scene = a_scene()
    log = Log(scene)
    scene.bus.publish(EventType.ONLINE, 0)
    client = a_listener(scene, "version=3&since=0")
    scene.bus.publish(EventType.ARM_M, 0)
    scene.bus.publish(EventType.ARM_A, 0)
    log.answer(known=2)
    assert lines(client)[1:] == ["1 0 ONLINE", "2 0 ARM_M", "3 0 ARM_A"]


def test_a_long_absence_is_told_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PAGE", 3)
    scene = a_scene()
    log = Log(scene)
    for _ in range(5):
        scene.bus.publish(EventType.ONLINE, 0)
    client = a_listener(scene, "version=3&since=0")
    scene.bus.publish(EventType.OFFLINE, 0)
    log.answer()
    assert [line.split()[0] for line in lines(client)[1:]] == ["1", "2", "3"]
    log.answer()
    log.answer()
    assert [line.split()[0] for line in lines(client)[1:]] == ["1", "2", "3", "4", "5", "6"]
    assert log.asked == []


def test_who_catches_up_is_told_no_more_than_it_can_take() -> None:
    """A page of long paths is more than may wait for a client; it is no reason to send it away."""
    scene = a_scene()
    log = Log(scene)
    scene.bus.publish(EventType.ONLINE, 0)
    client = a_listener(scene, "version=3&since=0")
    client.transport._appSendBuffer = [b"x" * (event_stream.QUEUE_LIMIT // 2 + 1)]
    log.answer()
    assert lines(client)[1:] == []
    client.transport._appSendBuffer = []
    log.answer()
    assert lines(client)[1:] == ["1 0 ONLINE"]


def test_more_than_a_page_that_happens_meanwhile_is_read_from_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PAGE", 2)
    scene = a_scene()
    log = Log(scene)
    client = a_listener(scene, "version=3&since=0")
    for _ in range(5):
        scene.bus.publish(EventType.ONLINE, 0)
    log.answer(known=0)
    log.answer()
    log.answer()
    assert [line.split()[0] for line in lines(client)[1:]] == ["1", "2", "3", "4", "5"]


def test_nobody_is_told_what_others_may_not_see() -> None:
    scene = a_scene()
    log = Log(scene)
    for camera in (0, 3, None):
        scene.bus.publish(EventType.CONFIGCHANGE, camera)
    client = a_listener(scene, "version=3&since=0", GUEST_AUTH)
    log.answer()
    assert lines(client)[1:] == ["1 0 CONFIGCHANGE", "3 X CONFIGCHANGE"]


def test_who_leaves_while_the_log_is_read_is_told_nothing() -> None:
    scene = a_scene()
    log = Log(scene)
    scene.bus.publish(EventType.ONLINE, 0)
    client = a_listener(scene, "version=3&since=0")
    client.leave()
    client.clear()
    log.answer()
    assert client.received == b""


def test_a_log_that_cannot_be_read_ends_the_stream() -> None:
    """Silence would be taken for nothing having happened."""
    scene = a_scene()
    log = Log(scene)
    client = a_listener(scene, "version=3&since=0")
    log.asked.pop()[1].errback(OSError("disk I/O error"))
    assert not client.is_open


def test_a_number_that_is_none_is_refused() -> None:
    assert b"400 " in a_listener(a_scene(), "version=3&since=yesterday").received
