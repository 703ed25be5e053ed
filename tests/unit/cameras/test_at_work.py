"""What action handlers see of the server."""

import pytest
from zope.interface.verify import verifyObject

from ssplug.actions.performer import ERROR_ACTION
from ssplug.cameras.at_work import ServerAtWork
from ssplug.interfaces import IServerAtWork
from ssplug.model.action import CameraState
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType, Failure
from ssplug.model.ptz import GoToPreset
from ssplug.testing import a_video_track
from tests.unit.web.scene import FakeModeState, Scene, a_camera_at_work

OLD = a_camera_at_work(4, "Old", "old", enabled=False)


class House:
    """A server, and what handlers see of it."""

    def __init__(self):
        self.porch = a_camera_at_work(tracks=(a_video_track(width=1280, height=720),))
        self.yard = a_camera_at_work(3, "Yard", "yard", online=False)
        self.scene = Scene(self.porch, self.yard, OLD)
        scene = self.scene
        scene.arming.states[0, CaptureMode.ACTIONS] = FakeModeState(armed=True)
        self.server = ServerAtWork(scene.sites, "uuid", scene.roster, scene.arming, scene.bus, sounds=None)
        self.events = []
        self.stop_listening = self.server.listen(self.events.append)


@pytest.fixture
def house():
    return House()


def why(deferred):
    reasons = []
    deferred.addErrback(lambda failure: reasons.append(failure.getErrorMessage()))
    return reasons


def test_it_is_what_handlers_are_promised(house):
    assert verifyObject(IServerAtWork, house.server)
    assert house.server.name == "House NVR"


def test_enabled_cameras_are_shown_as_they_are(house):
    porch, yard = house.porch.identity, house.yard.identity
    assert house.server.cameras() == (
        CameraState(porch, online=True, armed=frozenset({CaptureMode.ACTIONS})),
        CameraState(yard, online=False, armed=frozenset()),
    )


@pytest.mark.parametrize(("wanted", "width"), [(None, None), (640, 640), (4000, 1280)])
def test_a_still_is_no_wider_than_the_camera_s_picture(house, wanted, width):
    assert house.server.still(0, wanted).result.startswith(b"\xff\xd8")
    assert [form.width for form in house.porch.views.asked] == [width]


def test_a_still_that_is_not_to_be_had_says_why(house):
    assert why(house.server.still(3)) == ["offline"]
    assert why(house.server.still(9)) == ["there is no camera 9"]
    assert why(house.server.still(OLD.number)) == ["there is no camera 4"]


def test_a_camera_that_cannot_be_moved_says_so(house):
    assert len(why(house.server.move(0, GoToPreset(1), 50))) == 1
    assert why(house.server.move(9, GoToPreset(1), 50)) == ["there is no camera 9"]


def test_what_a_handler_reports_is_an_event_of_its_camera(house):
    """Or of the whole server, if the camera is gone by now."""
    house.server.report(0, "webhook: 503")
    house.server.report(9, "webhook: 503")
    failure = Failure(ERROR_ACTION, "webhook: 503")
    assert [(event.type, event.camera, event.info) for event in house.events] == [
        (EventType.ERROR, 0, failure),
        (EventType.ERROR, None, failure),
    ]


def test_who_stops_to_listen_hears_nothing_more(house):
    house.stop_listening()
    house.server.report(0, "webhook: 503")
    assert house.events == []
