"""The control socket: one line asks, one line answers."""

import stat

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread

from ssplug.cameras.roster import Roster
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.running import CONTROL_SOCKET, NotRunningError, RefusalError, ask
from ssplug.servers.control import CONNECTIONS_LIMIT, IDLE_SECONDS, LINE_LIMIT, Control, ControlProtocol, Triggers
from ssplug.testing import in_reactor, the_reactor
from tests.unit.web.scene import a_camera_at_work


class House:
    """Three cameras, one of them disabled."""

    def __init__(self, state, reactor=None):
        self.triggered = []
        self.armed = {(0, CaptureMode.MOTION), (3, CaptureMode.ACTIONS)}
        cameras = (
            a_camera_at_work(),
            a_camera_at_work(3, "Drive", "drive"),
            a_camera_at_work(4, "Old", "old", enabled=False),
        )
        triggers = Triggers(Roster(cameras), self.trigger, lambda number, mode: (number, mode) in self.armed)
        self.clock = Clock()
        self.control = Control(state, reactor, {"trigger": triggers})

    def trigger(self, number, reason):
        self.triggered.append((number, reason))

    def connect(self):
        protocol, transport = ControlProtocol(self.control, self.clock), StringTransport()
        protocol.makeConnection(transport)
        return protocol, transport


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.mark.parametrize(
    ("wanted", "triggered"), [("drive", [3]), ("3", [3]), ("0", [0]), ("all", [0, 3]), ("  drive  ", [3])]
)
def test_a_camera_is_triggered_as_by_a_script(house, wanted, triggered):
    """By its id, by its number, or with all others; reason 4."""
    assert house.control.answer(f"trigger {wanted}").startswith("OK triggered ")
    assert house.triggered == [(number, TriggerReason.SCRIPT) for number in triggered]


@pytest.mark.parametrize("wanted", ["", "gate", "old", "4", "-1"])
def test_a_camera_that_is_not_there_is_said(house, wanted):
    assert house.control.answer(f"trigger {wanted}") == f"NO no camera {wanted!r} is enabled. There are: porch, drive"
    assert house.triggered == []


def test_it_is_said_that_nothing_follows_where_nothing_is_armed(house):
    house.armed = {(3, CaptureMode.ACTIONS)}
    assert house.control.answer("trigger all") == (
        "OK triggered porch (nothing follows: neither motion capture nor actions are armed), drive"
    )


@pytest.mark.parametrize("line", ["", "stop", "\ufffd"])
def test_what_is_no_command_is_refused(house, line):
    assert house.control.answer(line) == f"NO this server has no command {line!r}"


@pytest.mark.parametrize("pieces", [[b"trigger 3\n"], [b"t", b"rigger", b" 3", b"\n"], [b"trigger 3\nmore"]])
def test_a_line_may_come_in_pieces(house, pieces):
    """What stands behind it is nothing."""
    protocol, transport = house.connect()
    for piece in pieces:
        protocol.dataReceived(piece)
    assert transport.value() == b"OK triggered drive\n"
    assert transport.disconnecting


def test_who_says_nothing_or_too_much_is_hung_up_on(house):
    _, silent = house.connect()
    house.clock.advance(IDLE_SECONDS)
    assert silent.disconnecting
    protocol, endless = house.connect()
    protocol.dataReceived(b"x" * (LINE_LIMIT + 1))
    assert endless.disconnecting


def test_so_many_at_once(house):
    connections = [house.connect() for _ in range(CONNECTIONS_LIMIT + 1)]
    assert [transport.disconnecting for _, transport in connections] == [False] * CONNECTIONS_LIMIT + [True]
    for protocol, _ in connections:
        protocol.connectionLost()
    assert not house.connect()[1].disconnecting


@in_reactor
async def test_only_its_own_user_may_use_it_however_long_its_path_is(tmp_path):
    """A socket's address has 107 bytes."""
    state = tmp_path / ("state" * 30)
    state.mkdir()
    house = House(state, the_reactor())
    (state / CONTROL_SOCKET).write_text("left by a run that was killed")
    house.control.listen()
    assert stat.S_IMODE((state / CONTROL_SOCKET).stat().st_mode) == 0o600
    assert await deferToThread(ask, state, "trigger\ndrive") == "triggered drive"
    with pytest.raises(RefusalError, match="no camera 'gate'"):
        await deferToThread(ask, state, "trigger gate")
    await house.control.close()
    assert list(state.iterdir()) == []


def test_without_a_server_that_is_said(tmp_path):
    with pytest.raises(NotRunningError, match="no server runs for this site"):
        ask(tmp_path / "nowhere", "trigger 0")
    with pytest.raises(NotRunningError, match="no server runs for this site"):
        ask(tmp_path, "trigger 0")
