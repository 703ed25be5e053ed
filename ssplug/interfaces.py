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

        Reactor thread; asked once, and holds over all attempts. What moved when an attempt ended is over.
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

        `picture` is luma, a numpy uint8 array of (height, width) whose size is the sampler's choice,
        turned as people see it; what the site file masks is 0. It may be kept, but not changed. `at`
        is media time in seconds: a fifth of a second apart while something may be moving, else as
        far apart as key frames are. Returns a `Motion` (regions in pixels of `picture`) or None.
        """

    def reset():
        """Forget the scene: the next picture starts afresh (camera moved, came back, was transformed)."""


class IFootageStore(Interface):
    """Keeps footage files.

    A file is known by its key: folders and a name with "/" between them, none of them empty, "." or
    "..".  A key that is not of that kind names no file.  Errors are OSErrors whose errno says what is
    the matter (ENOSPC: no room, which retention may mend).

    `open` and the readers it returns: any thread but the reactor's.  `where`: any thread.  All else,
    also of writers, but for their `sync`: the one writing thread that the stores of a volume share.
    """

    name = Attribute("str: which store this is, now and after a restart; the catalogue notes it for each file.")
    volume = Attribute("str: stores of one volume wait for one another, and so share a writing thread.")
    rewrites = Attribute(
        "bool: whether the beginning of a file can be replaced. Where it cannot, movies stay fragmented MP4."
    )

    def begin(key):
        """Begin a new file: an IFootageWriter. FileExistsError where the key is taken."""

    def resume(key, size):
        """Go on with a file that was begun and not finished: an IFootageWriter behind its first `size` bytes.

        FileNotFoundError where there is none, as when the power failed just after `begin`.
        """

    def open(key):
        """Read a file, also one that is still being written: an IFootageReader, or FileNotFoundError."""

    def rewrite(key, head):
        """Replace the first bytes of a finished file; safe from a loss of power when it returns.

        BlockingIOError where that has to wait, as while the file is on its way to another place.
        """

    def remove(key):
        """Delete a file; nothing happens where there is none."""

    def where(key):
        """Where a file is, for people and FILE events: its absolute path, or its address."""

    def find():
        """Every file of the store, finished or not: an iterable of (key, size in bytes)."""

    def usage():
        """How full the volume is: a `ssplug.model.footage.Usage`."""


class IFootageWriter(Interface):
    """One file that is being written."""

    def append(data):
        """Put `data` behind the file: all of it, or none of it and an OSError.

        When it returns, killing the process no longer loses it.
        """

    def sync():
        """Return when a loss of power no longer loses what was appended.

        A thread of its own, also while the writing thread appends, so that what is appended never
        waits for the disk; nothing happens once the file is finished or closed.
        """

    def finish(head):
        """Replace the first bytes of the file by `head` (of any length; b"" for none), sync, and close it.

        After an OSError it can be called again.
        """

    def close():
        """Let go of the file as it is, to be resumed some day. Never raises; harmless twice."""


class IFootageReader(Interface):
    """One file that is being read."""

    size = Attribute("int: bytes when it was opened.")
    path = Attribute("pathlib.Path | None: where it is a plain file of this machine, that file.")

    def read(offset, count):
        """Up to `count` bytes at `offset`; b"" behind the end."""

    def close():
        """Let go of it. Never raises; harmless twice."""


class IClassifier(Interface):
    """Tells people, vehicles and animals apart. This camera's decoding thread."""

    def classify(picture, regions):
        """Say what there is in the moving parts of a picture.

        `picture` is RGB, a numpy uint8 array of (height, width, 3), turned as people see it; `regions`
        is a tuple of `Region` in its pixels.  Returns a tuple of `ssplug.model.classification.Finding`
        in pixels of `picture`, also those with a low score: what counts is the core's to say.  A score
        of 50 is what a sensitivity of 50 just takes; what does not move may be among them.
        Called at most twice a second; after an exception not for a while.
        """


class IModelInformation(Interface):
    """A classifier that can say what model it works with."""

    def describe():
        """What the model wants and what it tells apart: a tuple of lines for people. Reactor thread."""


class IPTZDriver(Interface):
    """Moves a camera. All methods: reactor thread."""

    def capabilities():
        """A Deferred with the camera's `PTZCapability` sum; asked once the driver is built, again if that failed."""

    def perform(command, speed):
        """Carry out one `PTZCommand` at `speed` (1-100).

        Returns a Deferred that fires with None when the camera has accepted it; its failure's text is
        for people.  The core calls it again only when the last call is done.
        """


class IPTZPresetNames(Interface):
    """A PTZ driver that knows what its presets are called. Reactor thread."""

    def preset_names():
        """A Deferred with the names of presets 1 to 8, in order: a tuple of `str`, "" for one that is not set."""


class ITalkback(Interface):
    """Where the sound goes that a client sends to a camera. Reactor thread."""

    def open():
        """Begin to talk: a Deferred with an ITalk; its failure's text is for people. One at a time."""


class ITalk(Interface):
    """One person talking. Reactor thread."""

    lost = Attribute(
        "A Deferred that fires with a reason (str) for people if the camera ends it, with None after `close`."
    )

    def write(samples):
        """Send G.711 mu-law, 8 kHz mono, `bytes` of any length.

        They come as fast as they are to be heard, at most half a second ahead.
        Returns a Deferred that fires with None when more is welcome.  It may be cancelled.
        """

    def close():
        """End it when what was written has been sent; a Deferred that fires when all is closed. Harmless twice."""


class IAction(Interface):
    """Does something when actions are triggered. Reactor thread."""

    def perform(trigger, server):
        """React to `trigger`, a `ssplug.model.action.Trigger`; `server` is an IServerAtWork.

        Returns a Deferred that fires when it is done.  Its failure's text is for people; the core then
        tries again a few times, and reports what still fails.
        """


class ICompanion(Interface):
    """An action handler that also lives beside the server from its start to its end. Reactor thread."""

    def attach(server):
        """Begin; `server` is an IServerAtWork. The server runs."""

    def detach():
        """End; a Deferred that fires when all is closed."""


class IMailer(Interface):
    """An action handler that can send other mail too; its settings' schema says `"x-mailer": true`. Reactor thread."""

    def send(to, subject, text):
        """Send a plain mail to `to`, a tuple of addresses.

        Returns a Deferred that fires when a mail server has taken it; its failure's text is for people.
        """

    def perform_to(to, trigger, server):
        """As `IAction.perform`, but to the addresses `to` instead of its own."""


class IServerAtWork(Interface):
    """What action handlers may ask of the server. Reactor thread."""

    name = Attribute("str: what the site file calls it.")
    identity = Attribute("str: of this installation, for ever the same.")
    zone = Attribute("datetime.tzinfo: of the times that people are told.")
    mail = Attribute("ssplug.model.mail.MailStyle: what mails are like where the destination does not say otherwise.")

    def cameras():
        """The enabled cameras: a tuple of `ssplug.model.action.CameraState`, by number."""

    def still(number, width=None):
        """A Deferred with the newest picture of a camera as JPEG, at most `width` pixels wide."""

    def move(number, command, speed):
        """Have a camera carry out a `PTZCommand`: a Deferred, as `IPTZDriver.perform`."""

    def arm(number, mode, armed):
        """Arm or disarm a `CaptureMode` of a camera until further notice, as somebody at a client does.

        A Deferred that fires when that is in effect.
        """

    def play(file):
        """Play a sound on this machine: a path, which starts at the folder of `sounds`. One at a time.

        A Deferred that fires when it has been played; its failure's text is for people.
        """

    def report(number, text):
        """Publish an ERROR event of a camera: an action has failed that was thought to be done."""

    def listen(listener):
        """Call `listener` with every `Event` from now on; returns what ends that. It must return at once."""


class IUploader(Interface):
    """Sends files to another place. All methods: a thread of the uploader's own."""

    def upload(name, file):
        """Send one file, replacing what is there under that name.

        `name` is folders and a name with "/" between them; `file` is a binary file to be read to its
        end.  Returns when the other side has all of it; raises OSError (or what its library raises)
        with a text for people, and may then be called again.
        """

    def close():
        """Let go of connections. Harmless twice; `upload` may be called again."""
