"""The tuning page, and what it is told."""

import json
from typing import Any

import pytest

from ssplug.detection.look import Look, Observer
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import MotionConfig, Zone
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, GUEST, GUEST_AUTH, Client, Scene, a_camera_at_work
from tests.unit.web.test_home import Elements

SQUARE = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))
MOTION = MotionConfig(sensitivity=60, masks=(SQUARE,), zones=(Zone("path", SQUARE, frozenset({"human", "animal"})),))
MOVES = Motion((MovingRegion(Region(10, 20, 30, 40), 71.26), MovingRegion(Region(1, 2, 3, 4), 20.0)))
LOOK = Look(
    12.3456,
    (640, 480),
    MOVES,
    MOVES.counting(60),
    (Finding(Classification.HUMAN, 88.6, Region(9, 18, 40, 80)),),
)


class TuningScene(Scene):
    """One camera, and whoever observes it."""

    def __init__(self) -> None:
        super().__init__(a_camera_at_work(name="Front <Porch>", motion=MOTION), users=(ADMIN, GUEST))
        self.observers: list[Observer] = []
        object.__setattr__(self.context, "observe", self._observe)

    def _observe(self, number: int, observer: Observer) -> Any:
        self.observers.append(observer)
        return lambda: self.observers.remove(observer)

    def watcher(self) -> Client:
        return self.client().send(f"GET /looks?cameraNum=0&auth={ADMIN_AUTH} HTTP/1.1\r\nHost: nvr\r\n\r\n")

    def show(self, look: Look = LOOK) -> None:
        for observer in tuple(self.observers):
            observer(look)


def events(client: Client) -> list[tuple[str, Any]]:
    body = client.received.partition(b"\r\n\r\n")[2].decode()
    found = []
    for event in body.removesuffix("\n\n").split("\n\n"):
        kind, data = event.split("\n")
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_page_says_which_camera_and_how_sensitive_it_is() -> None:
    response = TuningScene().get(f"/tuning?cameraNum=0&auth={ADMIN_AUTH}")
    assert response.status == 200
    assert "<h1>Motion of Front &lt;Porch&gt;</h1>" in response.text
    page = Elements(response.text)
    [slider] = [each for each in page.all("input") if each.get("type") == "range"]
    assert slider["value"] == "60"
    assert "default-src 'self'" in str(response.header("Content-Security-Policy"))


@pytest.mark.parametrize("name", ["tuning", "looks"])
def test_it_is_for_accounts_that_may_change_the_camera(name: str) -> None:
    scene = TuningScene()
    assert scene.get(f"/{name}?cameraNum=0&auth={GUEST_AUTH}").status == 403
    assert scene.get(f"/{name}?cameraNum=1&auth={ADMIN_AUTH}").status == 404


def test_a_watcher_is_told_the_configuration_and_then_each_look() -> None:
    scene = TuningScene()
    client = scene.watcher()
    scene.show()
    assert b"\r\nContent-Type: text/event-stream\r\n" in client.received
    square = [list(point) for point in SQUARE]
    assert events(client) == [
        (
            "setup",
            {
                "enabled": True,
                "sensitivity": 60,
                "masks": [square],
                "zones": [{"name": "path", "polygon": square, "classes": ["animal", "human"]}],
                "classifier": False,
            },
        ),
        (
            "look",
            {
                "at": 12.346,
                "size": [640, 480],
                "score": 71.3,
                "motion": [[10, 20, 30, 40], [1, 2, 3, 4]],
                "counting": [[10, 20, 30, 40]],
                "findings": [{"kind": "human", "score": 89, "region": [9, 18, 40, 80]}],
            },
        ),
    ]


def test_a_new_configuration_is_told_with_the_next_look() -> None:
    scene = TuningScene()
    client = scene.watcher()
    camera = scene.roster.get(0)
    assert camera is not None
    camera.config = a_camera_at_work(motion=MotionConfig(sensitivity=10)).config
    client.clear()
    scene.show()
    scene.show(Look(13.0, (640, 480), None, None))
    kinds = [line for line in client.received.decode().split("\n") if line.startswith("event: ")]
    assert kinds == ["event: setup", "event: look", "event: look"]
    assert b'"sensitivity":10' in client.received


def test_a_slow_page_misses_looks() -> None:
    scene = TuningScene()
    client = scene.watcher()
    client.transport.producer.pauseProducing()
    scene.show()
    assert scene.context.counters.looks_skipped == 1
    client.transport.producer.resumeProducing()
    scene.show()
    assert [kind for kind, _ in events(client)] == ["setup", "look"]


def test_nobody_observes_once_the_page_is_closed() -> None:
    scene = TuningScene()
    client = scene.watcher()
    assert len(scene.observers) == 1
    client.leave()
    assert scene.observers == []
