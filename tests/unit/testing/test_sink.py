"""The recording sink remembers, and answers whoever waits."""

import pytest
from zope.interface.verify import verifyObject

from ssplug.interfaces import ISourceSink
from ssplug.testing import RecordingSink, WentOfflineError, a_video_track, an_access_unit, an_audio_track


def test_it_is_a_sink():
    """It has every method of the interface."""
    assert verifyObject(ISourceSink, RecordingSink())


def test_it_remembers_in_order():
    """The order of what was said is kept, and the units by kind of track."""
    sink = RecordingSink()
    video, audio = a_video_track(), an_audio_track()
    sink.online((video, audio))
    sink.access_unit(an_access_unit(track=video))
    sink.access_unit(an_access_unit(track=audio))
    sink.offline("gone")
    assert sink.told == ["online", "access_unit", "access_unit", "offline"]
    assert [unit.track for unit in sink.video] == [video]
    assert [unit.track for unit in sink.audio] == [audio]
    assert sink.reasons == ["gone"]


def test_a_unit_of_an_unknown_track_is_a_stranger():
    """Units must belong to an announced track."""
    sink = RecordingSink()
    sink.online((a_video_track(width=640),))
    sink.access_unit(an_access_unit(track=a_video_track(width=320)))
    assert len(sink.strangers) == 1


def test_waiting_ends_when_it_has_been_seen():
    """A Deferred fires at the event that makes its condition true."""
    sink = RecordingSink()
    fired = []
    sink.until_video(2).addCallback(fired.append)
    sink.access_unit(an_access_unit())
    assert not fired
    sink.access_unit(an_access_unit())
    assert fired == [None]


def test_waiting_ends_when_the_source_gives_up():
    """Whoever waits for a picture hears why there will be none."""
    sink = RecordingSink()
    heard = []
    sink.until_online().addErrback(lambda failure: heard.append(failure.value))
    sink.offline("no route")
    with pytest.raises(WentOfflineError, match="no route"):
        raise heard[0]


def test_whoever_is_answered_may_ask_again():
    """A test that goes on when it is answered, and waits for more, is answered once for each."""
    sink = RecordingSink()
    answers = []
    first = sink.until_video(1)
    first.addCallback(lambda _: sink.until_video(2)).addCallback(answers.append)
    sink.access_unit(an_access_unit())
    sink.access_unit(an_access_unit())
    assert answers == [None]
