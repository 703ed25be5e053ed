"""The interfaces between the core and its drivers.

Every method says on which thread it runs.  A driver is checked against its interface when it is
built (`zope.interface.verify`), so a missing or mis-shaped method is an error at start-up.
Rarer abilities are interfaces of their own that a source may provide besides; the core asks for
them by adaptation: `ICameraEvents(source, None)`.
"""

from zope.interface import Attribute, Interface


class ICameraSource(Interface):
    """Where a camera's access units come from."""

    def start(sink):
        """Begin one attempt and tell `sink` (ISourceSink) what happens.

        Reactor thread; returns at once, raises nothing for a camera that does not answer.
        The core calls it again, after a pause, when an attempt has ended.
        """

    def stop():
        """End the attempt.

        Reactor thread. Returns a Deferred that fires with None when `sink` will be told nothing
        more and all threads, sockets and containers of the attempt are closed.  Harmless when no
        attempt is under way.
        """


class ISourceSink(Interface):
    """What a source tells the core. All methods: reactor thread only."""

    def online(tracks):
        """Say that the elementary streams are known: a tuple of `Track`.

        Before the first access unit, and again whenever a track changes (resolution, codec).
        Tracks are compared by value: each unit's `track` is one of the tuple's.
        """

    def access_unit(unit):
        """Give one `AccessUnit`, in decoding order for each track."""

    def offline(reason):
        """Say that the attempt is over and why (a `str` for people). Called at most once an attempt."""


class ICameraEvents(Interface):
    """A source that also reports what the camera itself noticed."""

    def watch(report):
        """Call `report(moving: bool, what: str)` whenever the camera's own detection begins or ends.

        Reactor thread; until `stop`.
        """


class IDeviceInformation(Interface):
    """A source that knows what it is connected to."""

    device_name = Attribute("What `device-name` of systemInfo says, for example 'AXIS Q6045-E'.")
    address = Attribute("Host name or address of the device, '' where there is none.")
    port = Attribute("The port it is reached at, 0 where there is none.")
    path = Attribute("The path of the request, '' where there is none.")


class IMotionDetector(Interface):
    """Finds movement in pictures. Both methods: this camera's decoding thread."""

    def examine(picture, at):
        """Look at one picture.

        `picture` is luma, a numpy uint8 array of (height, width) whose size is the sampler's
        choice; `at` is media time in seconds. Returns a `Motion` or None.
        """

    def reset():
        """Forget the scene: the next picture starts afresh (camera moved, came back, was transformed)."""


class IFootageStore(Interface):
    """Keeps footage files. All methods: the writing thread of this store's volume."""


class IPTZDriver(Interface):
    """Moves a camera. All methods: reactor thread."""

    def capabilities():
        """A Deferred with the camera's `PTZCapability` sum; asked once the driver has been built."""

    def perform(command, speed):
        """Carry out one `PTZCommand` at `speed` (1-100).

        Returns a Deferred that fires with None when the camera has accepted it.
        """


class IAction(Interface):
    """Does something when actions are triggered. All methods: reactor thread."""

    def perform(trigger):
        """React to `trigger`. Returns a Deferred; a failure is retried, then reported."""
