"""Which handlers there are, who shares them, and what becomes of them when the site changes."""

import dataclasses
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.cameras.actions import Actions
from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder
from ssplug.cameras.sites import Sites
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.interfaces import IAction, ICompanion
from ssplug.model.event import EventType, Failure, TriggerReason
from ssplug.site.changes import difference
from ssplug.site.types import ActionsConfig, CameraConfig, Site, Slot
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.actions import FakeServerAtWork
from ssplug.testing.workers import InlineWorker


@implementer(IAction)
class Handler:
    def __init__(self, context, settings):
        self.context, self.settings = context, settings
        self.reasons = []

    def perform(self, trigger, server):
        self.reasons.append((trigger.camera.number, trigger.reason))
        return succeed(None)


@implementer(ICompanion)
class WithoutBeginning(Handler):
    def attach(self, server):
        raise OSError("no broker")

    def detach(self):
        return succeed(None)


@implementer(ICompanion)
class Companion(Handler):
    alive = 0

    def attach(self, server):
        self.alive += 1

    def detach(self):
        self.alive -= 1
        return succeed(None)


class WithoutEnd(Companion):
    def detach(self):
        return Deferred()


def broken(context, settings):
    raise RuntimeError("no such program")


SCHEMA = {"type": "object", "additionalProperties": False}
PHONE = Slot("handler", {"url": "a"}, "site.yaml:3:10", "phone")
BROKER = Slot("companion", {"url": "b"}, "site.yaml:4:10", "broker")
OWN = Slot("handler", {"url": "c"}, "site.yaml:9:20")
BROKEN = Slot("broken", {}, "site.yaml:9:30")


def a_config(number=0, *run, **changes):
    actions = ActionsConfig(run=run, **changes)
    return CameraConfig(a_camera(number, f"Camera {number}", f"camera{number}"), Slot("pattern"), actions=actions)


def a_site(*cameras, notify=(PHONE, BROKER)):
    return Site(Path("site.yaml"), notify={slot.name: slot for slot in notify}, cameras=cameras)


class House:
    """A site whose actions are at work."""

    def __init__(self, site, tmp_path):
        self.clock = Clock()
        self.bus = EventBus(self.clock.seconds)
        self.errors = []
        self.bus.listen(lambda event: self.errors.append(event) if event.type is EventType.ERROR else None)
        self.built = []
        kinds = {
            "handler": Handler,
            "companion": Companion,
            "without-beginning": WithoutBeginning,
            "without-end": WithoutEnd,
            "broken": broken,
        }
        drivers = Drivers()
        made = [Driver(name, SCHEMA, self.building(build)) for name, build in kinds.items()]
        drivers.add(DriverKind.ACTION, "some", made)
        builder = CameraBuilder(drivers, InlineWorkers(), self.clock, tmp_path, lambda *news: None)
        self.sites = Sites(site, drivers, self.bus, InlineWorker("site"))
        self.actions = Actions(self.sites, self.bus, builder, FakeServerAtWork())
        self.actions.start()

    def building(self, build):
        def made(context, settings):
            handler = build(context, settings)
            self.built.append(handler)
            return handler

        return made

    def trigger(self, number=0):
        self.bus.publish(EventType.TRIGGER_A, number, TriggerReason.MOTION)
        self.clock.advance(0)

    def change(self, site):
        change = difference(self.sites.site, site)
        self.sites.site = site
        following = Deferred.fromCoroutine(self.actions.follow(change))
        self.clock.advance(60)
        assert following.called

    def by_url(self):
        """What is built, by a setting of it."""
        return {handler.settings.get("url"): handler for handler in self.built}


@pytest.fixture
def house(tmp_path):
    return House(a_site(a_config(0, PHONE, OWN), a_config(1, PHONE), a_config(2)), tmp_path)


def test_a_destination_is_one_instance_for_all_that_name_it(house):
    """It belongs to no camera; what a camera has of its own knows which that is."""
    for number in range(3):
        house.trigger(number)
    shared, own = house.by_url()["a"], house.by_url()["c"]
    assert len(house.built) == 3
    assert shared.reasons == [(0, TriggerReason.MOTION), (1, TriggerReason.MOTION)]
    assert own.reasons == [(0, TriggerReason.MOTION)]
    assert shared.context.camera is None
    assert own.context.camera.number == 0


def test_a_destination_keeps_its_state_by_its_name(house, tmp_path):
    assert house.by_url()["a"].context.state == tmp_path / "drivers/handler/site/phone"
    assert house.by_url()["c"].context.state == tmp_path / "drivers/handler/camera0"


def test_a_companion_lives_from_the_start_to_the_end(house):
    """Whether or not a camera names it."""
    broker = house.by_url()["b"]
    assert broker.alive == 1
    assert house.actions.stop().called
    assert broker.alive == 0


def test_nothing_is_reacted_to_after_the_end(house):
    assert house.actions.stop().called
    house.trigger()
    assert house.by_url()["a"].reasons == []
    assert house.clock.getDelayedCalls() == []


def test_a_handler_that_cannot_be_built_costs_itself(tmp_path):
    """The error is the camera's, or everybody's, and names the place."""
    shared = dataclasses.replace(BROKEN, name="pager", where="site.yaml:3:5")
    house = House(a_site(a_config(0, BROKEN, OWN, shared), notify=(shared,)), tmp_path)
    house.trigger()
    assert house.by_url()["c"].reasons == [(0, TriggerReason.MOTION)]
    reason = "driver 'broken': RuntimeError: no such program"
    assert [(event.camera, event.info) for event in house.errors] == [
        (None, Failure(ERROR_DRIVER, f"site.yaml:3:5: {reason}")),
        (0, Failure(ERROR_DRIVER, f"site.yaml:9:30: {reason}")),
    ]


def test_a_companion_that_cannot_begin_costs_itself(tmp_path):
    slot = Slot("without-beginning", {}, "site.yaml:3:5", "broker")
    house = House(a_site(a_config(0, slot, OWN), notify=(slot,)), tmp_path)
    house.trigger()
    assert house.by_url()["c"].reasons == [(0, TriggerReason.MOTION)]
    [event] = house.errors
    assert event.info.text == "site.yaml:3:5: driver 'without-beginning': OSError: no broker"


def test_the_delay_and_the_reset_time_are_the_camera_s(tmp_path):
    house = House(a_site(a_config(0, PHONE, delay=5.0, reset=10.0), a_config(1, PHONE)), tmp_path)
    house.trigger(0)
    house.trigger(1)
    assert house.by_url()["a"].reasons == [(1, TriggerReason.MOTION)]
    house.clock.advance(5)
    assert len(house.by_url()["a"].reasons) == 2


def test_what_is_as_it_was_notices_nothing(house):
    """Another camera has other actions now."""
    before = list(house.built)
    house.change(a_site(a_config(0, PHONE, OWN), a_config(1, PHONE, BROKER), a_config(2)))
    assert house.built == before
    house.trigger(1)
    assert house.by_url()["b"].reasons == [(1, TriggerReason.MOTION)]
    assert house.by_url()["b"].alive == 1


def test_a_destination_that_is_different_is_built_anew(house):
    """The old one ends first."""
    other = dataclasses.replace(BROKER, settings={"url": "d"})
    house.change(a_site(a_config(0, PHONE, OWN), a_config(1, PHONE), notify=(PHONE, other)))
    assert [house.by_url()[url].alive for url in "bd"] == [0, 1]


def test_actions_come_and_go_with_their_cameras(house):
    house.change(a_site(a_config(1, PHONE), a_config(3, BROKER)))
    for number in range(4):
        house.trigger(number)
    assert house.by_url()["c"].reasons == []
    assert house.by_url()["b"].reasons == [(3, TriggerReason.MOTION)]


def test_a_camera_s_own_companion_goes_with_it(tmp_path):
    own = Slot("companion", {"url": "own"})
    house = House(a_site(a_config(0, own)), tmp_path)
    house.change(a_site(a_config(0)))
    assert house.by_url()["own"].alive == 0


def test_a_companion_without_end_does_not_hold_up_the_others(tmp_path):
    stuck = Slot("without-end", {"url": "stuck"}, name="broker")
    house = House(a_site(a_config(0), notify=(stuck,)), tmp_path)
    house.change(a_site(a_config(0), notify=(PHONE,)))
    assert "a" in house.by_url()
