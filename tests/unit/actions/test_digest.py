"""Errors in one mail."""

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.actions.digest import KINDS_LIMIT, NOTHING, joined
from ssplug.model.event import Event, EventType, Failure

NOON = 1_700_000_000.0
"""14 November 2023, 22:13:20 UTC."""


def an_error(at=0.0, camera=0, code=803, text="no answer"):
    return Event(1, NOON + at, camera, EventType.ERROR, Failure(code, text))


def gathered(*events):
    digest = NOTHING
    for event in events:
        digest = digest.with_(event)
    return digest


def text(digest):
    return digest.text({0: "Porch"}, UTC).splitlines()


def test_errors_are_told_with_time_and_camera():
    """A camera that is no more is told by its number; the server is the server."""
    digest = gathered(an_error(), an_error(1, camera=9), an_error(2, camera=None, code=812, text="the disk is full"))
    assert text(digest) == [
        "2023-11-14 22:13:20  Porch: 803 no answer",
        "2023-11-14 22:13:21  camera 9: 803 no answer",
        "2023-11-14 22:13:22  server: 812 the disk is full",
    ]


def test_what_repeats_is_one_line():
    """With how often and until when."""
    digest = gathered(an_error(), an_error(5, text="401"), an_error(60))
    assert text(digest) == [
        "2023-11-14 22:13:20  Porch: 803 no answer (2 times, last at 2023-11-14 22:14:20)",
        "2023-11-14 22:13:25  Porch: 803 401",
    ]


def test_neither_a_name_nor_what_a_server_says_can_look_like_another_error():
    digest = gathered(an_error(text="550 no\r\nroom\u2028here"))
    assert digest.text({0: "Porch\n2023-11-14 22:13:20  server"}, UTC) == (
        "2023-11-14 22:13:20  Porch 2023-11-14 22:13:20 server: 803 550 no room here\n"
    )


def test_a_mail_has_an_end():
    """Of what is beyond it the number is told."""
    digest = gathered(*(an_error(text=str(number)) for number in range(KINDS_LIMIT + 3)))
    assert len(text(digest)) == KINDS_LIMIT + 1
    assert text(digest)[-1] == "... and 3 more: the log has them all"


def test_other_events_are_none():
    assert not gathered(Event(1, NOON, 0, EventType.ONLINE))


_events = st.lists(st.builds(an_error, st.just(0.0), st.integers(0, 2), st.integers(0, KINDS_LIMIT)), max_size=200)


@given(_events, _events)
@settings(max_examples=40)
def test_two_digests_are_the_digest_of_both(first, second):
    """A mail that could not be sent loses nothing."""
    assert joined(gathered(*first), gathered(*second)) == gathered(*first, *second)
