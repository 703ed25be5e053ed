"""When the server writes mail of its own, by clocks that the test drives."""

import dataclasses
import json
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from ssplug.actions.mail import (
    AGAIN_SECONDS,
    DAY_FILE,
    GATHER_SECONDS,
    LOOK_SECONDS,
    DailyMail,
    ErrorMail,
    MailRoom,
    MailTo,
    NoMailerError,
    Records,
)
from ssplug.events.bus import EventBus
from ssplug.model.event import Event, EventType, Failure
from ssplug.model.footage import Amount, Usage
from ssplug.site.types import CameraConfig, MailConfig, ServerConfig, Site, Slot
from ssplug.testing import a_camera
from ssplug.testing.actions import FakeServerAtWork, a_trigger
from ssplug.testing.workers import InlineWorker

LONDON = ZoneInfo("Europe/London")
ALICE, BOB = ("alice@example.org",), ("bob@example.org",)
EVERY = 900.0


class Mailer:
    """Notes what is sent; `trouble` is what it fails with."""

    def __init__(self):
        self.sent = []
        self.trouble = None

    def send(self, to, subject, text):
        if self.trouble is not None:
            return fail(self.trouble)
        self.sent.append((to, subject, text))
        return succeed(None)

    def perform_to(self, to, trigger, server):
        self.sent.append((to, trigger))
        return succeed(None)


class House:
    """A site with a porch, its mail, and clocks that go together."""

    def __init__(self, tmp_path, now, **mail):
        self.clock = Clock()
        self.offset = now.timestamp()
        self.bus = EventBus(self.now)
        self.mailer = Mailer()
        camera = CameraConfig(a_camera(), Slot("pattern"))
        self.site = Site(Path("site.yaml"), ServerConfig(name="Home", mail=MailConfig(**mail)), cameras=(camera,))
        self.room = MailRoom(lambda: self.site, lambda: self.mailer, lambda: LONDON, self.now)
        self.asked = []
        self.events = []
        self.records = Records(
            SimpleNamespace(between=self._between, last_before=self._last_before),
            lambda day, cameras: succeed({number: Amount(2, 2000) for number in cameras}),
            lambda: succeed([("disk", Usage(1, 2))]),
            lambda number: True,
        )
        self.state = tmp_path

    def now(self):
        return self.offset + self.clock.seconds()

    def _between(self, begin, end, types):
        self.asked.append((begin, end))
        return succeed([event for event in self.events if begin <= event.at < end and event.type in types])

    def _last_before(self, at, types):
        return succeed([event for event in self.events if event.at < at and event.type in types][-1:])

    def configure(self, **mail):
        self.site = dataclasses.replace(self.site, server=ServerConfig(name="Home", mail=MailConfig(**mail)))

    def daily(self):
        mail = DailyMail(self.room, self.records, self.state, InlineWorker("mail"), self.clock)
        mail.start()
        return mail

    def error(self, text="no answer", camera=0):
        self.bus.publish(EventType.ERROR, camera, Failure(803, text))

    def pass_time(self, seconds):
        self.clock.pump([LOOK_SECONDS] * int(seconds // LOOK_SECONDS) + [seconds % LOOK_SECONDS])


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


# -- errors ---------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path, at("2026-03-20 12:00:00"), errors_to=ALICE, errors_every=EVERY)
    house.errors = ErrorMail(house.room, house.bus, house.clock)
    house.errors.start()
    yield house
    house.errors.stop()
    assert house.clock.getDelayedCalls() == []


def test_errors_of_a_moment_are_one_mail(house):
    """The first waits for those that come with it."""
    house.error("no answer")
    house.clock.advance(GATHER_SECONDS / 2)
    house.error("401")
    house.clock.advance(GATHER_SECONDS / 2)
    [(to, subject, text)] = house.mailer.sent
    assert (to, subject) == (ALICE, "Home: errors")
    assert text.splitlines() == [
        "2026-03-20 12:00:00  Front Porch: 803 no answer",
        "2026-03-20 12:00:05  Front Porch: 803 401",
    ]


def test_a_mail_is_sent_seldom_however_much_goes_wrong(house):
    """Every quarter of an hour, and nothing is left out."""
    for _ in range(60 * 60):
        house.error()
        house.clock.advance(1)
    assert len(house.mailer.sent) == 4
    counts = [text.partition("(")[2].partition(" times")[0] for _, _, text in house.mailer.sent]
    assert sum(map(int, counts)) == 10 + 3 * EVERY


def test_a_mail_that_is_not_taken_is_part_of_the_next_one(house):
    house.mailer.trouble = RuntimeError("the mail server is away")
    house.error("first")
    house.clock.advance(GATHER_SECONDS)
    house.mailer.trouble = None
    house.error("second")
    house.clock.advance(EVERY - 1)
    assert house.mailer.sent == []
    house.clock.advance(1)
    [(_, _, text)] = house.mailer.sent
    assert [line.rpartition(" ")[2] for line in text.splitlines()] == ["first", "second"]


def test_where_nobody_wants_to_know_nothing_is_gathered(house):
    house.configure()
    house.error()
    house.clock.advance(GATHER_SECONDS)
    house.configure(errors_to=ALICE)
    house.clock.advance(EVERY)
    assert house.mailer.sent == []


def test_whoever_is_not_to_be_told_any_more_is_not(house):
    """Not even what was gathered before."""
    house.error()
    house.configure(errors_to=BOB)
    house.clock.advance(GATHER_SECONDS)
    assert [to for to, _, _ in house.mailer.sent] == [BOB]


def test_without_a_mailer_nothing_is_lost_until_there_is_one(house):
    """The site may be changed meanwhile."""
    mailer, house.mailer = house.mailer, None
    house.error()
    house.clock.advance(GATHER_SECONDS)
    house.mailer = mailer
    house.clock.advance(EVERY)
    assert len(mailer.sent) == 1


def test_a_mail_under_way_is_not_overtaken(house):
    """The next one waits until the mail server has said something; the end does not wait."""
    under_way = Deferred()
    house.mailer.send = lambda *mail: under_way
    house.error()
    house.clock.advance(GATHER_SECONDS)
    house.error()
    house.clock.advance(2 * EVERY)
    assert house.clock.getDelayedCalls() == []
    assert not under_way.called


# -- statistics -----------------------------------------------------------------------------------


def test_a_day_is_told_when_it_is_over(tmp_path):
    """Once, with what happened in it."""
    house = House(tmp_path, at("2026-03-20 23:30:00"), statistics_to=ALICE)
    house.events = [
        Event(1, at(f"2026-03-{day} 12:00:00").timestamp(), 0, EventType.MOTION_END) for day in (19, 20, 21)
    ]
    daily = house.daily()
    house.pass_time(29 * 60)
    assert house.mailer.sent == []
    house.pass_time(2 * 60)
    [(to, subject, text)] = house.mailer.sent
    assert (to, subject) == (ALICE, "Home: statistics of 2026-03-20")
    assert "  motion:  once" in text
    assert "  movies:  2, 2.0 kB" in text
    assert "Free on disk: 1 bytes of 2 bytes (50%)" in text
    house.pass_time(23 * 3600)
    assert len(house.mailer.sent) == 1
    daily.stop()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_the_clocks_change_are_told_once_and_whole(tmp_path, day, hours):
    house = House(tmp_path, at(f"{day} 00:00:30"), statistics_to=ALICE)
    daily = house.daily()
    house.pass_time(hours * 3600 - 120)
    assert house.mailer.sent == []
    house.pass_time(3600)
    assert [subject for _, subject, _ in house.mailer.sent] == [f"Home: statistics of {day}"]
    [(begin, end)] = house.asked
    assert (end - begin) / 3600 == hours
    daily.stop()


def test_every_day_has_its_mail(tmp_path):
    house = House(tmp_path, at("2026-03-20 12:00:00"), statistics_to=ALICE)
    daily = house.daily()
    house.pass_time(3 * 86400)
    assert [subject[-2:] for _, subject, _ in house.mailer.sent] == ["20", "21", "22"]
    daily.stop()


def test_a_server_that_did_not_run_at_midnight_tells_it_when_it_does(tmp_path):
    """It remembers which day it was."""
    House(tmp_path, at("2026-03-20 12:00:00"), statistics_to=ALICE).daily().stop()
    house = House(tmp_path, at("2026-03-24 08:00:00"), statistics_to=ALICE)
    daily = house.daily()
    house.pass_time(10 * 60)
    assert [subject for _, subject, _ in house.mailer.sent] == ["Home: statistics of 2026-03-20"]
    assert json.loads((tmp_path / DAY_FILE).read_text()) == {"day": "2026-03-24"}
    daily.stop()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"day": 5}', '{"day": "yesterday"}'])
def test_a_file_that_says_nothing_is_no_reason_not_to_start(tmp_path, content):
    (tmp_path / DAY_FILE).write_text(content)
    daily = House(tmp_path, at("2026-03-20 12:00:00")).daily()
    assert json.loads((tmp_path / DAY_FILE).read_text()) == {"day": "2026-03-20"}
    daily.stop()


def test_a_mail_that_is_not_taken_is_tried_again(tmp_path):
    """Not every minute, and not for another day."""
    house = House(tmp_path, at("2026-03-20 23:59:30"), statistics_to=ALICE)
    house.mailer.trouble = RuntimeError("the mail server is away")
    daily = house.daily()
    house.pass_time(120)
    attempts = len(house.asked)
    house.mailer.trouble = None
    house.pass_time(AGAIN_SECONDS - 120)
    assert (len(house.asked), house.mailer.sent) == (attempts, [])
    house.pass_time(180)
    assert [subject for _, subject, _ in house.mailer.sent] == ["Home: statistics of 2026-03-20"]
    daily.stop()


def test_nobody_to_tell(tmp_path):
    """The days go by; nothing is asked for."""
    house = House(tmp_path, at("2026-03-20 23:59:30"))
    daily = house.daily()
    house.pass_time(86400)
    assert (house.mailer.sent, house.asked) == ([], [])
    assert json.loads((tmp_path / DAY_FILE).read_text()) == {"day": "2026-03-21"}
    daily.stop()


def test_a_clock_that_was_in_the_future_is_no_reason_to_wait_until_then(tmp_path):
    (tmp_path / DAY_FILE).write_text(json.dumps({"day": str(date(2040, 1, 1))}))
    house = House(tmp_path, at("2026-03-20 23:00:00"), statistics_to=ALICE)
    daily = house.daily()
    house.pass_time(2 * 3600)
    assert [subject for _, subject, _ in house.mailer.sent] == ["Home: statistics of 2026-03-20"]
    daily.stop()


# -- a camera's own addresses ---------------------------------------------------------------------


def test_a_trigger_is_mailed_to_a_camera_s_own_addresses():
    mailer = Mailer()
    MailTo(lambda: mailer, BOB).perform(a_trigger(), FakeServerAtWork())
    assert mailer.sent == [(BOB, a_trigger())]


def test_a_trigger_without_a_mailer_fails_with_the_reason():
    failures = []
    MailTo(lambda: None, BOB).perform(a_trigger(), FakeServerAtWork()).addErrback(failures.append)
    assert failures[0].check(NoMailerError)
    assert "notify" in failures[0].getErrorMessage()
