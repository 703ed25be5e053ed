"""What moves the cameras, as the site file says: built, reported on, and taken away."""

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder
from ssplug.cameras.ptz import ERROR_PTZ, Heads
from ssplug.cameras.roster import Roster
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.interfaces import ICameraSource, IDeviceInformation, IPTZDriver
from ssplug.model.event import EventType, Failure
from ssplug.model.ptz import PTZCapability, PTZMove
from ssplug.ptz.head import FIRST_PAUSE
from ssplug.ptz.limit import MOVE_SECONDS
from ssplug.site.changes import CameraChange
from ssplug.site.types import Slot
from ssplug.testing import InlineWorkers
from ssplug.testing.ptz import EVERYTHING, RecordingPTZ
from tests.unit.web.scene import a_camera_at_work

CLOSED = {"type": "object", "additionalProperties": False}


@implementer(IDeviceInformation)
class Device(RecordingPTZ):
    """A driver that knows where its camera is."""

    device_name, address, port, path = "Crane", "10.0.0.9", 80, "/"


@implementer(ICameraSource, IPTZDriver)
class MovableSource(RecordingPTZ):
    """A source that can move its camera."""

    def start(self, sink):
        """Nothing comes."""

    def stop(self):
        return succeed(None)


class Stage:
    """A camera, with drivers: `crane`, and `broken`, which cannot be built."""

    def __init__(self, tmp_path, slot="crane", driver=None, **config):
        self.clock = Clock()
        self.ptz = Device()
        drivers = Drivers()
        crane = Driver("crane", CLOSED, lambda context, settings: self.ptz)
        drivers.add(DriverKind.PTZ, "crane", [crane, Driver("broken", CLOSED, lambda context, settings: object())])
        self.events = []
        bus = EventBus(self.clock.seconds)
        bus.listen(self.events.append)
        builder = CameraBuilder(drivers, InlineWorkers(), self.clock, tmp_path, lambda *_: None)
        where = Slot(slot, where="site.yaml:7:5") if slot else None
        self.camera = a_camera_at_work(3, driver=driver, ptz=where, **config)
        self.heads = Heads(Roster([self.camera]), bus, builder)

    @property
    def reported(self):
        return [event.info for event in self.events if event.type is EventType.ERROR]

    def move(self, command=PTZMove.LEFT):
        self.camera.move(command, 50).addErrback(lambda failure: None)


def test_a_camera_is_moved_by_its_driver(tmp_path):
    stage = Stage(tmp_path)
    stage.heads.start()
    stage.move()
    assert (stage.camera.ptz_capabilities, stage.ptz.commands) == (EVERYTHING, [PTZMove.LEFT])


def test_without_a_slot_a_camera_is_moved_by_its_source(tmp_path):
    """If that can."""
    source = MovableSource()
    stage = Stage(tmp_path, slot=None, driver=source)
    stage.heads.start()
    stage.move()
    assert source.commands == [PTZMove.LEFT]


@pytest.mark.parametrize("config", [{"slot": None}, {"disable_ptz": True}, {"enabled": False}])
def test_a_camera_that_is_not_moved(tmp_path, config):
    """It can do nothing, and whoever moves it is told."""
    stage = Stage(tmp_path, **config)
    stage.heads.start()
    told = []
    stage.camera.move(PTZMove.LEFT, 50).addErrback(lambda failure: told.append(failure.getErrorMessage()))
    assert (stage.camera.ptz, stage.camera.ptz_capabilities) == (None, PTZCapability(0))
    assert told == ["this camera cannot be moved"]
    assert stage.reported == []


@pytest.mark.parametrize("name", ["broken", "unknown"])
def test_a_driver_that_cannot_be_built_costs_the_moving(tmp_path, name):
    """With the place in the site file."""
    stage = Stage(tmp_path, slot=name)
    stage.heads.start()
    [failure] = stage.reported
    assert (failure.code, stage.camera.ptz) == (ERROR_DRIVER, None)
    assert "site.yaml:7:5" in failure.text
    assert stage.camera.ptz_failure == failure


def test_a_camera_that_does_not_answer_is_reported_once_for_each_reason(tmp_path):
    """With the driver and its address; and no more when it answers again."""
    stage = Stage(tmp_path)
    stage.ptz.problem = OSError("no route")
    stage.heads.start()
    stage.clock.advance(FIRST_PAUSE)
    expected = Failure(ERROR_PTZ, "PTZ driver 'crane' (10.0.0.9:80): no route")
    assert (stage.reported, stage.camera.ptz_failure) == ([expected], expected)
    stage.ptz.problem = None
    stage.move()
    assert stage.camera.ptz_failure is None
    stage.clock.pump([FIRST_PAUSE, MOVE_SECONDS])


def test_a_source_that_is_away_says_so_itself(tmp_path):
    """Its head need not say it again."""
    source = MovableSource()
    source.problem = OSError("no route")
    stage = Stage(tmp_path, slot=None, driver=source, online=False)
    stage.heads.start()
    assert stage.reported == []
    stage.heads.drop(stage.camera)


def test_a_camera_stands_when_it_is_moved_no_more(tmp_path):
    """Before something else moves it."""
    stage = Stage(tmp_path)
    stage.heads.start()
    stage.move()
    assert stage.heads.drop(stage.camera).called
    assert (stage.camera.ptz, stage.ptz.commands) == (None, [PTZMove.LEFT, PTZMove.STOP])
    assert stage.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("config", "is_anew"),
    [
        ({}, False),
        ({"ptz": Slot("crane")}, True),
        ({"disable_ptz": True}, True),
        ({"enabled": False}, True),
        ({"source": Slot("other")}, True),
    ],
)
def test_what_moves_a_camera_is_built_anew_when_it_is_another(config, is_anew):
    """Also when the source is, for that may be what moves it."""
    old, new = a_camera_at_work().config, a_camera_at_work(**config).config
    assert CameraChange(old, new).remounts is is_anew
