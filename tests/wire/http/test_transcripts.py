"""Replays what real clients send; see README.md."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ssplug.model.access import EVERYTHING, Permission
from ssplug.model.event import EventType, Region
from ssplug.site.types import User
from tests.unit.web.scene import Client, FakeFolder, Scene, a_camera_at_work, responses

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*/*.txt"))
PICTURE = b"\xff\xd8picture\xff\xd9"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
USERS = (
    User("user", CHEAP.hash("pa~~s?>"), admin=True, permissions=EVERYTHING),
    User("guest", "guest", permissions=Permission.LIVE, cameras=frozenset({"door"})),
)


@dataclass
class Transcript:
    request: bytes = b""
    happenings: list[list[str]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    body: str | None = None
    contains: list[str] = field(default_factory=list)
    is_open: bool = True


def transcript(path: Path) -> Transcript:
    found = Transcript()
    for line in path.read_text("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == ">":
            found.request += rest.encode("latin-1") + b"\r\n"
        elif mark == "!":
            found.happenings.append(rest.split())
        elif mark == "<":
            found.head.append(rest)
        elif mark == "=":
            found.body = (found.body or "") + rest.replace("\\r", "\r").replace("\\n", "\n")
        elif mark == "~":
            found.contains.append(rest)
        elif mark in {"closed", "open"}:
            found.is_open = mark == "open"
        else:
            assert mark in {"#", ""}, f"{path}: {line!r}"
    return found


def happen(scene: Scene, what: str, *details: str) -> None:
    if what == "publish":
        event, camera = EventType(details[0]), int(details[1])
        scene.bus.publish(event, camera, Region(760, 423, 320, 296) if event is EventType.MOTION else None)
    elif what == "picture":
        for camera in scene.roster:
            camera.views.show(PICTURE)
    else:
        assert what == "advance"
        scene.clock.advance(float(details[0]))


def send(client: Client, request: bytes, piece: int) -> None:
    for start in range(0, len(request), piece):
        client.send(request[start : start + piece])


@pytest.mark.parametrize("piece", [1 << 20, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[f"{path.parent.name}/{path.stem}" for path in TRANSCRIPTS])
def test_a_transcript_is_answered_as_it_says(path: Path, piece: int) -> None:
    expected = transcript(path)
    scene = Scene(
        a_camera_at_work(0, "Front Door", "door"),
        a_camera_at_work(3, "Garage & Yard", "garage", online=False),
        users=USERS,
        sounds=FakeFolder("Ding.aif", "Sosumi & Co.aiff"),
        scripts=FakeFolder("Lights On.sh"),
    )
    client = scene.client()
    send(client, expected.request, piece)
    for happening in expected.happenings:
        happen(scene, *happening)
    method = expected.request.split(b" ", 1)[0].decode("latin-1")
    *_, response = responses(client.received, method)
    any_length = "Content-Length: *" in expected.head
    head = [
        f"{name}: {'*' if any_length and name == 'Content-Length' else value}"
        for name, value in response.headers
        if name != "Date"
    ]
    assert expected.head[0] == f"{response.version} {response.status} {response.reason}"
    assert sorted(expected.head[1:]) == sorted(head)
    if expected.body is not None:
        assert response.body.decode("latin-1") == expected.body
    for text in expected.contains:
        assert text.encode() in response.body
    assert client.is_open is expected.is_open


def test_every_chapter_has_transcripts() -> None:
    """So that a folder that was moved does not go unnoticed."""
    assert {path.parent.name for path in TRANSCRIPTS} == {path.name for path in HERE.iterdir() if path.is_dir()} - {
        "__pycache__"
    }
