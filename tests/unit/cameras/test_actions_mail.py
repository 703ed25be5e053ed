"""Who sends the server's mail, and that of cameras with addresses of their own."""

import dataclasses
from pathlib import Path

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.cameras.actions import Actions
from ssplug.cameras.build import CameraBuilder
from ssplug.cameras.sites import Sites
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.interfaces import IAction, IMailer
from ssplug.model.event import EventType, TriggerReason
from ssplug.site.changes import difference
from ssplug.site.types import ActionsConfig, CameraConfig, Site, Slot
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.actions import FakeServerAtWork
from ssplug.testing.workers import InlineWorker


@implementer(IAction)
class Phone:
    def __init__(self, name):
        self.name = name
        self.mailed = []

    def perform(self, trigger, server):
        return succeed(None)


@implementer(IMailer)
class Office(Phone):
    """Sends other mail too."""

    def send(self, to, subject, text):
        return succeed(None)

    def perform_to(self, to, trigger, server):
        self.mailed.append((to, trigger.camera.number, trigger.reason))
        return succeed(None)


SCHEMA = {"type": "object", "additionalProperties": False}
PHONE, OFFICE, OTHER = (
    Slot(driver, {"name": name}, "site.yaml:3:10", name)
    for driver, name in (("phone", "phone"), ("office", "office"), ("office", "other"))
)
ALICE = ("alice@example.org",)


def a_config(number=0, mail_to=()):
    identity = a_camera(number, f"Camera {number}", f"camera{number}")
    return CameraConfig(identity, Slot("pattern"), actions=ActionsConfig(mail_to=mail_to))


class House:
    """A site whose actions are at work."""

    def __init__(self, tmp_path, *cameras, notify=(OFFICE,)):
        self.clock = Clock()
        self.bus = EventBus(self.clock.seconds)
        self.errors = []
        self.bus.listen(lambda event: self.errors.append(event.info.text) if event.type is EventType.ERROR else None)
        drivers = Drivers()
        kinds = {"phone": Phone, "office": Office}
        made = [Driver(name, SCHEMA, lambda _, settings, kind=kind: kind(**settings)) for name, kind in kinds.items()]
        drivers.add(DriverKind.ACTION, "some", made)
        builder = CameraBuilder(drivers, InlineWorkers(), self.clock, tmp_path, lambda *news: None)
        site = Site(Path("site.yaml"), notify={slot.name: slot for slot in notify}, cameras=cameras)
        self.sites = Sites(site, drivers, self.bus, InlineWorker("site"))
        self.actions = Actions(self.sites, self.bus, builder, FakeServerAtWork())
        self.actions.start()

    def trigger(self, number=0):
        self.bus.publish(EventType.TRIGGER_A, number, TriggerReason.MOTION)
        self.clock.pump([0, 15, 15, 60])

    def change(self, *cameras):
        change = difference(self.sites.site, dataclasses.replace(self.sites.site, cameras=cameras))
        self.sites.site = change.site
        following = Deferred.fromCoroutine(self.actions.follow(change))
        self.clock.advance(60)
        assert following.called


def test_the_first_destination_that_sends_mail_is_the_mailer(tmp_path):
    """In the order of the file; none where there is none."""
    assert House(tmp_path, notify=(PHONE, OFFICE, OTHER)).actions.mailer().name == "office"
    assert House(tmp_path, notify=(PHONE,)).actions.mailer() is None


def test_a_camera_with_addresses_mails_its_triggers_there(tmp_path):
    """Also where it does nothing else; others do not."""
    house = House(tmp_path, a_config(0, mail_to=ALICE), a_config(1))
    for number in (0, 1):
        house.trigger(number)
    assert house.actions.mailer().mailed == [(ALICE, 0, TriggerReason.MOTION)]


def test_new_addresses_hold_from_the_next_trigger_on(tmp_path):
    """And those that are taken away do not."""
    house = House(tmp_path, a_config(0))
    house.trigger(0)
    house.change(a_config(0, mail_to=ALICE))
    house.trigger(0)
    house.change(a_config(0))
    house.trigger(0)
    assert house.actions.mailer().mailed == [(ALICE, 0, TriggerReason.MOTION)]


def test_a_mail_that_nobody_can_send_is_an_error(tmp_path):
    """Its destination could not be built, for example."""
    house = House(tmp_path, a_config(0, mail_to=ALICE), notify=())
    house.trigger(0)
    assert house.errors == ["mail_to: nothing in `notify` of the site file sends mail"]
