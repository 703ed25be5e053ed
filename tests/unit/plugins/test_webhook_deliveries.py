"""Deliveries: in order, kept until they are taken, also over a restart."""

import os

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.testing.workers import InlineWorker
from ssplug_webhook.deliveries import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    REPORTED_ATTEMPT,
    Deliveries,
    RefusedError,
    UndeliverableError,
)
from ssplug_webhook.spool import LONGEST_SECONDS, Delivery, Spool

NOON = 1_700_000_000.0
HOURS = 3600.0


class House:
    """A hook, and another side that does as the test says."""

    def __init__(self, folder, keep=24 * HOURS):
        self.clock = Clock()
        self.spool = Spool(folder)
        self.taken, self.tried, self.reports, self.logged = [], [], [], []
        self.down = None
        self.refused = set()
        self.slow = None
        self.keep = keep
        self.deliveries = self.a_run()

    def a_run(self):
        log = Logger("ssplug.testing", observer=self.logged.append)
        worker = InlineWorker("webhook")
        run = Deliveries(self.send, self.report, self.spool, worker, self.clock, self.now, self.keep, log)
        run.start()
        return run

    def now(self):
        return NOON + self.clock.seconds()

    def report(self, delivery, why):
        self.reports.append((delivery.key, why))

    async def send(self, delivery, image):
        self.tried.append(delivery.key)
        if self.slow is not None:
            await self.slow
        if delivery.key in self.refused:
            raise RefusedError("400")
        if self.down:
            raise UndeliverableError(self.down)
        self.taken.append((delivery.key, image))

    def deliver(self, key, image=None):
        delivery = Delivery(key, self.now(), 0, {"reason": "motion"}, image is not None)
        assert self.deliveries.keep(delivery, image).called
        self.deliveries.send(delivery)

    @property
    def kept(self):
        return [delivery.key for delivery in self.spool.load()]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "spool")


def test_what_is_taken_is_forgotten(house):
    house.deliver("1", b"jpeg")
    assert house.taken == [("1", b"jpeg")]
    assert house.kept == []
    assert house.clock.getDelayedCalls() == []


def test_a_delivery_is_on_the_disk_while_it_is_tried(house):
    house.slow = Deferred()
    house.deliver("1")
    assert house.kept == ["1"]
    house.slow.callback(None)
    assert house.kept == []


def test_what_is_not_taken_is_sent_again(house):
    house.down = "503"
    house.deliver("1", b"jpeg")
    assert house.kept == ["1"]
    house.down = None
    house.clock.advance(FIRST_PAUSE)
    assert house.taken == [("1", b"jpeg")]
    assert house.kept == []


def test_pauses_grow(house):
    house.down = "503"
    house.deliver("1")
    for pause in (5, 10, 20, 40, 80, 160, LONGEST_PAUSE, LONGEST_PAUSE):
        tried = len(house.tried)
        house.clock.advance(pause - 0.1)
        assert len(house.tried) == tried
        house.clock.advance(0.1)
        assert len(house.tried) == tried + 1


def test_a_failure_is_reported_once(house):
    """Not the first, which may be a moment's; and not for each that waits behind it."""
    house.down = "503"
    house.deliver("1")
    house.deliver("2")
    for _ in range(REPORTED_ATTEMPT + 2):
        house.clock.advance(LONGEST_PAUSE)
    assert house.reports == [("1", "503")]


def test_something_new_is_an_occasion_to_try(house):
    """In order: what has waited for longest goes first."""
    house.down = "503"
    house.deliver("1")
    house.down = None
    house.deliver("2")
    assert [key for key, _ in house.taken] == ["1", "2"]
    assert house.clock.getDelayedCalls() == []


def test_where_nobody_answers_only_one_is_tried(house):
    house.down = "503"
    house.deliver("1")
    house.tried.clear()
    house.deliver("2")
    assert house.tried == ["1"]


def test_what_is_refused_does_not_hold_up_the_others(house):
    house.refused = {"1"}
    house.deliver("1")
    house.deliver("2")
    assert house.taken == [("2", None)]
    assert house.kept == ["1"]


def test_what_comes_while_something_is_sent_is_sent_behind_it(house):
    house.slow = slow = Deferred()
    house.deliver("1")
    house.deliver("2")
    house.slow = None
    slow.callback(None)
    assert [key for key, _ in house.taken] == ["1", "2"]


def test_nothing_is_lost_over_a_restart(house):
    """Nor the picture."""
    house.down = "503"
    house.deliver("1", b"jpeg")
    house.deliver("2")
    house.deliveries.stop()
    assert house.clock.getDelayedCalls() == []
    house.down = None
    house.a_run()
    assert house.taken == [("1", b"jpeg"), ("2", None)]
    assert house.kept == []


@pytest.mark.parametrize("error", [CancelledError(), ConnectingCancelledError(IPv4Address("TCP", "10.0.0.9", 80))])
def test_what_is_being_sent_when_the_server_stops_is_kept(house, error):
    """While it waits for an answer, or still for a connection: that is no news."""
    house.slow = Deferred(lambda waiting: waiting.errback(error))
    house.deliver("1")
    house.deliveries.stop()
    assert house.kept == ["1"]
    assert house.clock.getDelayedCalls() == []
    assert house.logged == []


def test_what_is_kept_and_never_sent_is_sent_by_the_next_run(house):
    """As when the server is killed while a picture is taken."""
    assert house.deliveries.keep(Delivery("1", NOON, 0, {"reason": "motion"})).called
    assert house.tried == []
    house.a_run()
    assert house.taken == [("1", None)]


def test_what_is_too_old_is_given_up(tmp_path):
    house = House(tmp_path, keep=1 * HOURS)
    house.down = "503"
    house.deliver("1")
    house.clock.advance(HOURS + 1)
    house.deliver("2")
    assert house.kept == ["2"]


def test_what_is_old_because_the_server_was_away_is_tried_once_more(tmp_path):
    house = House(tmp_path, keep=1 * HOURS)
    house.down = "503"
    house.deliver("1")
    house.deliveries.stop()
    house.down = None
    house.clock.advance(10 * HOURS)
    house.a_run()
    assert house.taken == [("1", None)]


def test_the_oldest_gives_way_when_too_many_wait(house, monkeypatch):
    """The newest is what somebody wants to know."""
    monkeypatch.setattr("ssplug_webhook.deliveries.LIMIT", 3)
    house.down = "503"
    for key in "12345":
        house.deliver(key)
    assert house.kept == ["3", "4", "5"]


def test_what_an_interrupted_write_left_is_nothing(tmp_path):
    """The rest is there all the same."""
    spool = Spool(tmp_path)
    spool.put(Delivery("2", NOON, 0, {}, has_image=True), b"jpeg")
    (tmp_path / "1.json").write_bytes(b"")
    (tmp_path / "1.jpg").write_bytes(b"half")
    (tmp_path / "3.json.new").write_bytes(b"{")
    assert [(each.key, each.has_image) for each in spool.load()] == [("2", True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.jpg", "2.json"]


def test_what_hooks_left_that_are_no_more_is_deleted_after_a_year(tmp_path):
    """What is younger may be another hook's of the same camera."""
    for name, age in (("old", LONGEST_SECONDS + 60), ("young", LONGEST_SECONDS - 60)):
        Spool(tmp_path / name).put(Delivery("1", NOON, 0, {}), b"jpeg")
        for path in (tmp_path / name).iterdir():
            os.utime(path, (NOON - age, NOON - age))
    Spool(tmp_path / "own").put(Delivery("1", NOON, 0, {}), None)
    os.utime(tmp_path / "own/1.json", (0, 0))
    Spool(tmp_path / "own").forget_others(NOON)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"own", "own/1.json", "young", "young/1.json", "young/1.jpg"}


def test_no_secret_is_on_the_disk(house, tmp_path):
    """Only what happened; what is made of it, and for whom, is in the site file."""
    house.down = "503"
    house.deliver("1")
    [path] = (tmp_path / "spool").iterdir()
    assert path.read_text() == '{"at": 1700000000.0, "camera": 0, "facts": {"reason": "motion"}, "has_image": false}'
