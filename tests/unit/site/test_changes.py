"""What is different between two sites, and what that means for each camera."""

from dataclasses import replace
from pathlib import Path

import pytest

from ssplug.model.camera import Levels, Transform
from ssplug.site.changes import CameraChange, difference, until_restart
from ssplug.site.types import (
    ActionsConfig,
    CameraConfig,
    ContinuousConfig,
    MotionConfig,
    Overlay,
    ServerConfig,
    Site,
    Slot,
    UploadConfig,
    User,
)
from ssplug.testing import a_camera

PORCH = CameraConfig(a_camera(0, "Porch", "porch"), Slot("rtsp", {"url": "rtsp://a"}, "site.yaml:3:5"))
YARD = CameraConfig(a_camera(1, "Yard", "yard"), Slot("pattern"))


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "site.yaml", cameras=(PORCH, YARD))


def test_a_site_is_no_different_from_itself_wherever_its_lines_moved(site):
    """A comment above a camera changes the place of everything below it, and nothing else."""
    moved = replace(PORCH, where="site.yaml:9:3", source=replace(PORCH.source, where="site.yaml:10:5"))
    change = difference(site, replace(site, cameras=(moved, YARD), digest="other"))
    assert change.is_nothing
    assert change.summary() == "nothing is different"


def test_cameras_are_told_apart_by_id_and_number(site):
    """A camera that gets another's number is not that camera."""
    renamed = replace(PORCH, identity=a_camera(0, "Gate", "gate"))
    change = difference(site, replace(site, cameras=(renamed, YARD)))
    assert ([c.identity.id for c in change.removed], [c.identity.id for c in change.added]) == (["porch"], ["gate"])
    assert change.changed == ()


@pytest.mark.parametrize(
    ("new", "reconnects", "recaptures"),
    [
        ({"identity": a_camera(0, "Gate", "porch")}, False, True),
        ({"picture": Levels(contrast=20)}, False, False),
        ({"overlay": Overlay(enabled=True)}, False, False),
        ({"overlay": Overlay(record=True)}, False, False),
        ({"overlay": Overlay(enabled=True, record=True)}, False, True),
        ({"motion": MotionConfig(sensitivity=1)}, False, False),
        ({"transform": Transform.ROTATE_180}, False, True),
        ({"continuous": ContinuousConfig(schedule="armed-24-7")}, False, False),
        ({"source": Slot("rtsp", {"url": "rtsp://b"})}, True, False),
        ({"enabled": False}, True, True),
    ],
)
def test_only_what_must_is_begun_anew(site, new, reconnects, recaptures):
    """A change of name keeps the connection, a change of address the recording."""
    [change] = difference(site, replace(site, cameras=(replace(PORCH, **new), YARD))).changed
    assert (change.reconnects, change.recaptures) == (reconnects, recaptures)


@pytest.mark.parametrize(
    ("new", "reuploads"),
    [
        ({"uploads": (UploadConfig(Slot("ftp", {"host": "a"})),)}, True),
        ({"enabled": False}, True),
        ({"identity": a_camera(0, "Gate", "porch")}, False),
    ],
)
def test_other_uploads_do_not_end_what_is_recorded(site, new, reuploads):
    """They are another matter."""
    [change] = difference(site, replace(site, cameras=(replace(PORCH, **new), YARD))).changed
    assert change.reuploads is reuploads
    assert change.recaptures is ("enabled" in new or "identity" in new)


@pytest.mark.parametrize(
    ("new", "redetects"),
    [
        ({"motion": MotionConfig(sensitivity=80)}, True),
        ({"detect_source": Slot("pattern")}, True),
        ({"actions": ActionsConfig(trigger_on=("sound",))}, True),
        ({"source": Slot("mjpeg")}, True),
        ({"actions": ActionsConfig(reset=5.0)}, False),
        ({"transform": Transform.ROTATE_180}, False),
    ],
)
def test_a_camera_is_watched_anew_when_what_is_watched_for_is_another(new, redetects):
    assert CameraChange(PORCH, replace(PORCH, **new)).redetects is redetects


def test_users_and_the_server_are_general(site):
    """No camera is touched."""
    change = difference(site, replace(site, users=(User("alice", "hash"),)))
    assert (change.is_general, change.changed, change.added, change.removed) == (True, (), (), ())


def test_what_waits_for_a_restart_stays_and_is_named(site):
    """All that is remembered is open in the state folder; the realm is free."""
    wanted = replace(site, server=ServerConfig(state=Path("/elsewhere"), realm="New"), storage=Slot("filesystem"))
    kept, waiting = until_restart(site, wanted)
    assert (kept.server.state, kept.server.realm, kept.storage) == (site.server.state, "New", Slot("filesystem"))
    assert waiting == ("server.state",)
    assert difference(site, kept, waiting).summary() == "after a restart: server.state; general settings"
