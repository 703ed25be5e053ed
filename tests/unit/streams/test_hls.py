"""One camera's segments: cut once, waited for, and ended when nobody asks any more."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug.media.access_unit import MJPEG, PCMU
from ssplug.media.gop import GOPBuffer
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.hls import FIRST_SECONDS, FULL_SECONDS, IDLE_SECONDS, HLSStream, NothingYetError
from ssplug.streams.hub import StreamHub
from ssplug.testing import InlineWorkers, a_video_track, an_access_unit, an_audio_track
from ssplug.testing.clips import a_clip
from ssplug.wire.hls import Position, TooFarError

TRACK, [KEY, OTHER] = a_clip(pictures=2, rate=10)
BEGINS = 5000.0
NOW = 1_795_342_920.7
FIRST = 1_795_342_920


def a_picture(number: int):
    """The one of that number at ten a second; every twentieth is a key frame."""
    data = KEY.data if number % 20 == 0 else OTHER.data
    return an_access_unit(BEGINS + number / 10, number % 20 == 0, data, TRACK)


class Scene:
    """A camera, and its segments once somebody has asked."""

    def __init__(self, pre_roll: float = 0.0, online: bool = True) -> None:
        self.clock = Clock()
        self.hub = StreamHub(GOPBuffer(pre_roll))
        self.ended = 0
        self.shown = 0
        if online:
            self.hub.came_online((TRACK,))

    def show(self, count: int) -> None:
        """Some further pictures."""
        for number in range(self.shown, self.shown + count):
            self.hub.publish(a_picture(number))
        self.shown += count

    def ask(self) -> HLSStream:
        self.stream = HLSStream(self.hub, None, self.clock, NOW, 0, self._count_end)
        return self.stream

    def _count_end(self) -> None:
        self.ended += 1


def asked(coroutine) -> "Deferred":
    return Deferred.fromCoroutine(coroutine)


def now(coroutine):
    """The answer, which must be there."""
    answers: list = []
    asked(coroutine).addCallback(answers.append)
    assert answers, "no answer yet"
    return answers[0]


def failed(deferred: "Deferred") -> type[BaseException] | None:
    kinds: list = []
    deferred.addErrback(lambda failure: kinds.append(failure.type))
    return kinds[0] if kinds else None


def a_stream(pictures: int = 45) -> Scene:
    """A stream that was asked for a while ago, with two segments and the beginning of a third."""
    scene = Scene()
    scene.ask()
    scene.clock.advance(FULL_SECONDS)
    scene.show(pictures)
    scene.stream.init(0)
    return scene


def test_it_begins_at_once_with_what_is_buffered() -> None:
    """With pre-roll there are whole segments before anybody has asked."""
    scene = Scene(pre_roll=6.0)
    scene.show(105)
    playlist = now(scene.ask().playlist())
    assert [(segment.number, segment.began) for segment in playlist.segments] == [
        (FIRST + index, BEGINS + 4.0 + 2 * index) for index in range(3)
    ]
    assert playlist.open is not None


def test_a_player_begins_with_three_target_durations() -> None:
    """Where they are not buffered it waits for them; the first segment is the GOP that is running when it asks."""
    scene = Scene()
    scene.show(35)
    answer = asked(scene.ask().playlist())
    scene.show(45)
    assert not answer.called
    scene.show(1)
    assert answer.result.segments[0].began == BEGINS + 2.0
    assert len(answer.result.segments) == 3


def test_a_player_does_not_wait_long_for_three_target_durations() -> None:
    """There may be no more than one GOP then; the next player gets it at once."""
    scene = Scene()
    answer = asked(scene.ask().playlist())
    scene.show(21)
    scene.clock.advance(FULL_SECONDS - 0.1)
    assert not answer.called
    scene.clock.advance(0.2)
    assert len(answer.result.segments) == 1
    assert len(now(scene.stream.playlist()).segments) == 1


def test_whoever_waits_for_a_part_has_it_as_soon_as_it_is_there() -> None:
    scene = a_stream()
    number = FIRST + 2
    answer = asked(scene.stream.playlist(Position(number, 1)))
    scene.show(1)
    assert not answer.called
    scene.show(1)
    assert len(answer.result.open.parts) == 2


def test_whoever_waits_for_a_segment_has_it_when_it_is_whole() -> None:
    scene = a_stream()
    answer = asked(scene.stream.playlist(Position(FIRST + 2)))
    scene.show(15)
    assert not answer.called
    scene.show(1)
    assert answer.result.segments[-1].number == FIRST + 2


def test_whoever_is_behind_has_the_playlist_at_once() -> None:
    """Whatever it is that was missed."""
    scene = a_stream()
    assert now(scene.stream.playlist(Position(3, 2))).segments[-1].number == FIRST + 1


def test_whoever_is_far_ahead_is_told_so() -> None:
    assert failed(asked(a_stream().stream.playlist(Position(FIRST + 4)))) is TooFarError


def test_the_part_of_the_hint_is_waited_for() -> None:
    """Then it is sent at once; also if the segment ends with it."""
    scene = a_stream(57)
    number = FIRST + 2
    part = len(now(scene.stream.playlist()).open.parts)
    answers = [asked(scene.stream.segment(Position(number, part)))]
    scene.show(3)
    answers.append(asked(scene.stream.segment(Position(number, part + 1))))
    assert [answer.called for answer in answers] == [True, False]
    scene.show(1)
    whole = now(scene.stream.segment(Position(number)))
    assert whole.endswith(answers[0].result + answers[1].result)
    assert now(scene.stream.segment(Position(number, part))) == answers[0].result


@pytest.mark.parametrize(
    "position", [Position(1), Position(FIRST + 2), Position(FIRST + 2, 9), Position(FIRST, 0), Position(FIRST + 1, 9)]
)
def test_what_is_not_there_and_not_next_is_not_waited_for(position: Position) -> None:
    """A whole segment that is being made, a part of the first segment, anything that never was."""
    assert now(a_stream().stream.segment(position)) is None


def test_the_init_segment_is_that_of_the_run() -> None:
    stream = a_stream().stream
    assert stream.init(0)[4:8] == b"ftyp"
    assert stream.init(1) is None


def test_who_waits_for_a_camera_that_is_gone_gives_up() -> None:
    """After three target durations; whoever asks without waiting gets what there was."""
    scene = a_stream()
    scene.hub.went_offline("gone")
    answer = asked(scene.stream.playlist(Position(FIRST + 3)))
    scene.clock.advance(5.9)
    assert not answer.called
    scene.clock.advance(0.2)
    assert failed(answer) is NothingYetError
    assert now(scene.stream.playlist()).open is None


def test_who_waits_has_what_comes_when_the_camera_is_back() -> None:
    """In another run, as time was lost."""
    scene = a_stream()
    answer = asked(scene.stream.playlist(Position(FIRST + 3)))
    scene.hub.went_offline("gone")
    scene.hub.came_online((TRACK,))
    scene.shown = 100
    scene.show(21)
    assert answer.result.segments[-1].run == 1


def test_who_waits_for_a_first_segment_that_does_not_come_gives_up() -> None:
    scene = Scene()
    answer = asked(scene.ask().playlist())
    scene.clock.advance(FULL_SECONDS)
    scene.clock.advance(FIRST_SECONDS)
    assert failed(answer) is NothingYetError


def test_it_ends_a_while_after_the_last_request() -> None:
    """Whatever was asked for; then nobody cuts anything, and nothing is left to happen."""
    scene = a_stream()
    for request in (scene.stream.playlist, lambda: scene.stream.segment(Position(FIRST)), lambda: None):
        scene.clock.advance(IDLE_SECONDS - 1)
        coroutine = request()
        if coroutine is not None:
            now(coroutine)
        else:
            scene.stream.init(0)
    scene.clock.advance(IDLE_SECONDS - 1)
    assert (scene.ended, scene.hub.subscribers) == (0, 1)
    scene.clock.advance(1)
    assert (scene.ended, scene.hub.subscribers) == (1, 0)
    assert scene.clock.getDelayedCalls() == []


def test_numbers_go_on_in_a_stream_that_begins_later() -> None:
    """So that a player that slept does not take new segments for those that it knows."""
    scene = a_stream(200)
    last = now(scene.stream.playlist()).segments[-1].number
    later = HLSStream(scene.hub, None, scene.clock, NOW + 20 + IDLE_SECONDS, scene.stream.next_run, lambda: None)
    scene.show(61)
    first = now(later.playlist()).segments[0]
    assert first.number > last
    assert first.run == 1


def test_sound_that_is_no_aac_is_converted_while_it_is_wanted() -> None:
    """And a codec that players do not know is not cut at all."""
    hub = StreamHub()
    forms = AudioForms(hub, InlineWorkers(), "camera 0")
    sound = an_audio_track(PCMU, 8000, b"")
    hub.came_online((TRACK, sound))
    clock = Clock()
    stream = HLSStream(hub, forms, clock, NOW, 0, lambda: None)
    clock.advance(FULL_SECONDS)
    assert [track.codec for track in stream.tracks] == ["h264", "aac"]
    assert hub.subscribers == 2
    for number in range(60):
        hub.publish(a_picture(number))
        hub.publish(an_access_unit(BEGINS + number / 10, True, bytes(800), sound))
    assert b"soun" in stream.init(0)
    assert now(stream.segment(Position(FIRST + 1))).count(b"traf") > len(now(stream.playlist()).segments[1].parts)
    hub.came_online((a_video_track(MJPEG), sound))
    assert hub.subscribers == 1
    clock.advance(IDLE_SECONDS)
    assert hub.subscribers == 0
