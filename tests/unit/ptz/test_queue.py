"""Which commands wait, and which are replaced."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.ptz import GoToPreset, PTZMove, SavePreset
from ssplug.ptz.queue import PLACES_LIMIT, WAITING_LIMIT, Order, QueueFullError, queued

LEFT, UP, ZOOM_IN, STOP, HOME = PTZMove.LEFT, PTZMove.UP, PTZMove.ZOOM_IN, PTZMove.STOP, PTZMove.HOME

commands = st.one_of(
    st.sampled_from(PTZMove), st.builds(GoToPreset, st.integers(1, 8)), st.builds(SavePreset, st.integers(1, 8))
)


def waiting_after(*given_commands):
    """The commands that wait when all these came while the camera was busy; what is refused is left out."""
    waiting = ()
    for command in given_commands:
        try:
            waiting = queued(waiting, Order(command, 50))
        except QueueFullError:
            continue
    return [order.command for order in waiting]


def is_place(command):
    return Order(command, 50).is_place


def is_movement(command):
    return not is_place(command) and command is not STOP


@pytest.mark.parametrize(
    ("came", "waits"),
    [
        ([LEFT], [LEFT]),
        ([LEFT, UP, ZOOM_IN], [ZOOM_IN]),
        ([LEFT, STOP], [LEFT, STOP]),
        ([LEFT, STOP, UP], [STOP, UP]),
        ([LEFT, STOP, UP, STOP, ZOOM_IN, STOP], [STOP, ZOOM_IN, STOP]),
        ([STOP, STOP], [STOP]),
        ([GoToPreset(1), GoToPreset(2), HOME], [GoToPreset(1), GoToPreset(2), HOME]),
        ([LEFT, STOP, SavePreset(3), UP], [LEFT, STOP, SavePreset(3), UP]),
        ([SavePreset(3), LEFT, UP], [SavePreset(3), UP]),
    ],
)
def test_what_waits(came, waits):
    """The newest movement; every place, with what came before it; and what stops."""
    assert waiting_after(*came) == waits


def test_too_many_places_are_refused():
    """The next is an error, and all others wait on; a stop is always welcome."""
    full = tuple(Order(GoToPreset(number), 50) for number in range(1, PLACES_LIMIT + 1))
    with pytest.raises(QueueFullError):
        queued(full, Order(HOME, 50))
    assert len(queued(full, Order(STOP, 50))) == PLACES_LIMIT + 1


@given(st.lists(commands, max_size=60))
@settings(max_examples=200)
def test_a_stop_is_never_lost(came):
    """If the last of movements and stops that came was a stop, so is the last that waits."""
    of_motion = [command for command in came if not is_place(command)]
    waits = [command for command in waiting_after(*came) if not is_place(command)]
    assert waits[-1:] == of_motion[-1:]


@given(st.lists(commands, max_size=60))
@settings(max_examples=200)
def test_a_movement_that_was_stopped_is_stopped_before_another_begins(came):
    """Also the one that the camera is busy with: after any stop that came, one waits, or a stop is first."""
    waits = waiting_after(*came)
    if STOP in came:
        assert STOP in waits


@given(st.lists(commands, max_size=60))
@settings(max_examples=200)
def test_places_keep_their_order(came):
    """The first of them wait, as they came."""
    places = [command for command in came if is_place(command)]
    assert [command for command in waiting_after(*came) if is_place(command)] == places[:PLACES_LIMIT]


@given(st.lists(commands, max_size=60))
@settings(max_examples=200)
def test_what_a_place_was_given_after_stays_before_it(came):
    """A preset saves what the last movement before it reached."""
    if sum(map(is_place, came)) > PLACES_LIMIT:
        return
    waits = waiting_after(*came)
    for index, command in enumerate(place for place in waits if is_place(place)):
        assert _last_before(waits, index) == _last_before(came, index), command


def _last_before(given_commands, nth):
    """What came last between the `nth` place and the one before."""
    places = [at for at, command in enumerate(given_commands) if is_place(command)]
    begin = places[nth - 1] + 1 if nth else 0
    return given_commands[begin : places[nth]][-1:]


@given(st.lists(commands, max_size=200))
@settings(max_examples=100)
def test_the_queue_is_bounded(came):
    """However many come."""
    assert len(waiting_after(*came)) <= WAITING_LIMIT
