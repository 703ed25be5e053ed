"""Whether a client is still there."""

from ssplug.servers.liveness import MESSAGE_SECONDS, STALL_SECONDS, Liveness, Verdict

SILENCE = 60.0


def _verdict(liveness, now, queued=0, playing=False):
    return liveness.verdict(now, queued, playing)


def test_a_client_that_says_nothing_is_silent_in_the_end():
    liveness = Liveness(0.0, SILENCE)

    assert _verdict(liveness, SILENCE) is Verdict.ALIVE
    assert _verdict(liveness, SILENCE + 1) is Verdict.SILENT


def test_whatever_it_says_keeps_it_alive():
    liveness = Liveness(0.0, SILENCE)

    liveness.heard(50.0)

    assert _verdict(liveness, SILENCE + 1) is Verdict.ALIVE


def test_a_client_that_plays_need_not_say_anything():
    assert _verdict(Liveness(0.0, SILENCE), 3600.0, playing=True) is Verdict.ALIVE


def test_a_message_must_come_whole_in_time():
    liveness = Liveness(0.0, SILENCE)
    liveness.message_began(5.0)
    liveness.heard(14.0)
    liveness.message_began(14.0)

    assert _verdict(liveness, 5.0 + MESSAGE_SECONDS, playing=True) is Verdict.ALIVE
    assert _verdict(liveness, 6.0 + MESSAGE_SECONDS, playing=True) is Verdict.UNFINISHED


def test_each_message_has_its_own_time():
    liveness = Liveness(0.0, SILENCE)
    liveness.message_began(5.0)
    liveness.message_ended()
    liveness.message_began(14.0)

    assert _verdict(liveness, 6.0 + MESSAGE_SECONDS) is Verdict.ALIVE


def test_a_client_that_takes_nothing_has_stalled():
    liveness = Liveness(0.0, SILENCE)
    liveness.filled(10.0, queued=1000)

    assert _verdict(liveness, 10.0 + STALL_SECONDS, queued=1000, playing=True) is Verdict.ALIVE
    assert _verdict(liveness, 11.0 + STALL_SECONDS, queued=1000, playing=True) is Verdict.STALLED


def test_a_client_that_takes_a_little_at_a_time_is_only_slow():
    liveness = Liveness(0.0, SILENCE)
    liveness.filled(10.0, queued=1000)

    assert _verdict(liveness, 25.0, queued=999, playing=True) is Verdict.ALIVE
    assert _verdict(liveness, 11.0 + STALL_SECONDS, queued=999, playing=True) is Verdict.ALIVE
    assert _verdict(liveness, 26.0 + STALL_SECONDS, queued=999, playing=True) is Verdict.STALLED


def test_a_client_that_took_everything_is_no_longer_measured_by_it():
    liveness = Liveness(0.0, SILENCE)
    liveness.filled(10.0, queued=1000)
    liveness.emptied()

    assert _verdict(liveness, 3600.0, playing=True) is Verdict.ALIVE
