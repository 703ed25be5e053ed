"""No movement goes on for ever: who began it may have lost the connection, or the button."""

from collections.abc import Callable
from typing import Any, Final

MOVE_SECONDS: Final = 10.0
"""A movement ends then, if nobody has ended it or asked for more."""
AGAIN_SECONDS: Final = 2.0
ATTEMPTS: Final = 5
"""To stop a camera that does not hear."""


class MovementLimit:
    """Stops a camera that nobody stops. Reactor thread."""

    def __init__(self, reactor: Any, stop: Callable[[], None]) -> None:
        """`stop` is called when it is time to tell the camera."""
        self._reactor = reactor
        self._stop = stop
        self._call: Any = None
        self._attempts = 0

    @property
    def is_moving(self) -> bool:
        """Whether the camera may be moving."""
        return self._call is not None

    def began(self) -> None:
        """A movement begins, or goes on."""
        self.ended()
        self._attempts = 0
        self._call = self._reactor.callLater(MOVE_SECONDS, self._stop)

    def ended(self) -> None:
        """The camera stands, or goes to where it will stand."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def did_not_stop(self) -> None:
        """The camera was told to stop, and did not hear."""
        if not self.is_moving:
            return
        self.ended()
        self._attempts += 1
        if self._attempts < ATTEMPTS:
            self._call = self._reactor.callLater(AGAIN_SECONDS, self._stop)
