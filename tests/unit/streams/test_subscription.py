"""One consumer's queue, and what becomes of it when it is full."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.streams.subscription import Subscription, WhenFull
from ssplug.testing import a_video_track, an_access_unit, an_audio_track

SOUND = an_audio_track()


def pictures(pattern, size=10):
    """Units by letters: K a key frame, P another picture, a sound."""
    tracks = {"a": SOUND}
    return [
        an_access_unit(number / 25, key=letter != "P", data=bytes(size), track=tracks.get(letter))
        for number, letter in enumerate(pattern)
    ]


def letters(units):
    return "".join("a" if not unit.track.is_video else "K" if unit.key else "P" for unit in units)


class Consumer:
    """A subscription, and how often it was called."""

    def __init__(self, when_full, **limits):
        self.calls = 0
        self.queue = Subscription(self._ready, when_full, **limits)

    def _ready(self):
        self.calls += 1

    def offer(self, units):
        for unit in units:
            self.queue.offer(unit)
        return self


@pytest.mark.parametrize("rule", WhenFull)
def test_units_come_out_as_they_went_in(rule):
    consumer, units = Consumer(rule), pictures("KPaP")
    consumer.offer(units)
    assert len(consumer.queue) == 4
    assert [consumer.queue.take() for _ in range(5)] == [*units, None]


@pytest.mark.parametrize("rule", WhenFull)
def test_the_consumer_is_called_when_there_is_something_again(rule):
    """Once for each time that the queue was empty, not for each unit."""
    consumer = Consumer(rule).offer(pictures("KPP"))
    assert consumer.calls == 1
    consumer.queue.drain()
    consumer.offer(pictures("PP"))
    assert consumer.calls == 2


def test_drain_takes_all():
    consumer, units = Consumer(WhenFull.CLOSE), pictures("KPP")
    assert consumer.offer(units).queue.drain() == tuple(units)
    assert len(consumer.queue) == 0


@pytest.mark.parametrize("limits", [{"units_limit": 3}, {"bytes_limit": 39}])
def test_a_viewer_that_is_too_slow_goes_on_at_the_next_key_frame(limits):
    """Pictures that could not be decoded are of no use to it."""
    consumer = Consumer(WhenFull.SKIP_TO_KEY_FRAME, **limits).offer(pictures("KPPPPaKP"))
    assert letters(consumer.queue.drain()) == "KP"
    assert consumer.queue.dropped == 6
    assert consumer.calls == 2


def test_a_key_frame_that_does_not_fit_begins_the_queue_anew():
    consumer = Consumer(WhenFull.SKIP_TO_KEY_FRAME, units_limit=3).offer(pictures("KPPKP"))
    assert letters(consumer.queue.drain()) == "KP"


def test_a_listener_without_pictures_goes_on_with_the_next_sound():
    """A camera that only has a microphone never has a key frame of video."""
    consumer = Consumer(WhenFull.SKIP_TO_KEY_FRAME, units_limit=3)
    consumer.queue.tracks_changed((SOUND,))
    consumer.offer(pictures("aaaaa"))
    assert letters(consumer.queue.drain()) == "aa"


def test_live_sound_loses_the_oldest():
    units = pictures("aaaaa")
    consumer = Consumer(WhenFull.DROP_OLDEST, units_limit=3).offer(units)
    assert consumer.queue.drain() == tuple(units[2:])
    assert consumer.queue.dropped == 2


def test_a_unit_larger_than_the_queue_takes_its_place_alone():
    consumer = Consumer(WhenFull.DROP_OLDEST, bytes_limit=30).offer(pictures("aa") + pictures("a", size=100))
    assert [len(unit.data) for unit in consumer.queue.drain()] == [100]


def test_the_recorder_is_told_and_finishes_what_is_queued():
    """Nothing is dropped in the middle: what it wrote is complete up to there."""
    units = pictures("KPPPP")
    consumer = Consumer(WhenFull.CLOSE, units_limit=3).offer(units)
    assert consumer.queue.closed
    assert consumer.calls == 2
    assert consumer.queue.drain() == tuple(units[:3])
    assert consumer.queue.dropped == 2


def test_a_closed_subscription_takes_nothing_more():
    consumer = Consumer(WhenFull.CLOSE, units_limit=1).offer(pictures("KP"))
    consumer.queue.drain()
    consumer.offer(pictures("K"))
    assert len(consumer.queue) == 0
    assert consumer.calls == 2


def test_the_hub_s_news_are_passed_on():
    news = []
    queue = Subscription(lambda: None, WhenFull.CLOSE, tracks_changed=news.append, went_offline=news.append)
    queue.tracks_changed((SOUND,))
    queue.went_offline("unplugged")
    assert news == [(SOUND,), "unplugged"]


def test_who_does_not_ask_for_news_gets_none():
    queue = Subscription(lambda: None, WhenFull.CLOSE)
    queue.tracks_changed((a_video_track(),))
    queue.went_offline("unplugged")
    assert len(queue) == 0


@given(
    st.sampled_from(WhenFull),
    st.lists(st.sampled_from("KPa!"), max_size=60).map("".join),
    st.integers(1, 6),
    st.integers(10, 100),
)
@settings(max_examples=200)
def test_whatever_happens_the_queue_is_bounded_and_every_unit_accounted_for(rule, story, units_limit, bytes_limit):
    """`!` is the consumer that takes one."""
    consumer, taken, offered = Consumer(rule, units_limit=units_limit, bytes_limit=bytes_limit), [], 0
    for letter in story:
        if letter == "!":
            unit = consumer.queue.take()
            taken += [unit] if unit else []
            continue
        consumer.offer(pictures(letter))
        offered += 1
        assert len(consumer.queue) <= units_limit
        assert len(consumer.queue) * 10 <= max(bytes_limit, 10)
    assert len(taken) + len(consumer.queue) + consumer.queue.dropped == offered


@given(st.lists(st.sampled_from("KPa!"), max_size=60).map("".join))
@settings(max_examples=200)
def test_who_skips_never_gets_a_picture_that_cannot_be_decoded(story):
    """After a gap the first picture is a key frame."""
    consumer, taken = Consumer(WhenFull.SKIP_TO_KEY_FRAME, units_limit=3), []
    for number, letter in enumerate("K" + story):
        if letter == "!":
            unit = consumer.queue.take()
            taken += [unit] if unit and unit.track.is_video else []
        else:
            track = SOUND if letter == "a" else None
            consumer.queue.offer(an_access_unit(float(number), key=letter != "P", track=track))
    taken += [unit for unit in consumer.queue.drain() if unit.track.is_video]
    published = [number for number, letter in enumerate("K" + story) if letter in "KP"]
    positions = [published.index(round(unit.seconds)) for unit in taken]
    gaps = [after for before, after in itertools.pairwise(positions) if after != before + 1]
    assert all(("K" + story)[published[after]] == "K" for after in gaps)
