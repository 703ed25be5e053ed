"""A PTZ driver whose fate the test decides."""

from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer

from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PTZCapability, PTZCommand

EVERYTHING = PTZCapability(63)


@implementer(IPTZDriver, IPTZPresetNames)
class RecordingPTZ:
    """A camera that remembers what it was told. Reactor thread."""

    def __init__(self, capability: PTZCapability = EVERYTHING, names: tuple[str, ...] = ("Door", "", "Gate")) -> None:
        self.capability = capability
        self.names = names
        self.told: list[tuple[PTZCommand, int]] = []
        """Commands and speeds, in the order in which they came."""
        self.problem: Exception | None = None
        """What everything fails with while it is set."""
        self.is_slow = False
        """Whether commands wait for `finish`."""
        self._under_way: Deferred[None] | None = None

    @property
    def commands(self) -> list[PTZCommand]:
        """What it was told, whatever the speed."""
        return [command for command, _ in self.told]

    def capabilities(self) -> "Deferred[PTZCapability]":
        """See IPTZDriver."""
        return succeed(self.capability) if self.problem is None else fail(self.problem)

    def perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """See IPTZDriver; AssertionError if the last command is not done."""
        assert self._under_way is None, f"{command!r} came while another command was under way"
        self.told.append((command, speed))
        if self.problem is not None:
            return fail(self.problem)
        if not self.is_slow:
            return succeed(None)
        self._under_way = Deferred(lambda _: self._forget())
        return self._under_way

    def preset_names(self) -> "Deferred[tuple[str, ...]]":
        """See IPTZPresetNames."""
        return succeed(self.names) if self.problem is None else fail(self.problem)

    def finish(self, problem: Exception | None = None) -> None:
        """Be done with the command that is under way, well or badly."""
        under_way = self._under_way
        assert under_way is not None, "no command is under way"
        self._forget()
        if problem is None:
            under_way.callback(None)
        else:
            under_way.errback(problem)

    def _forget(self) -> None:
        self._under_way = None
