"""Every hook there is.

Two needs, kept apart: *drivers* are instances chosen per camera by name in the site file; *hooks*
contribute those drivers at start-up and carry rare questions and news.  No hook is called per
access unit or per picture.  Arguments are only ever added; an implementation names those it wants.
"""

import pluggy

hookspec = pluggy.HookspecMarker("ssplug")


@hookspec
def ssplug_camera_drivers():
    """Contribute drivers that provide ICameraSource: return an iterable of `Driver`."""


@hookspec
def ssplug_motion_detectors():
    """Contribute drivers that provide IMotionDetector: return an iterable of `Driver`."""


@hookspec
def ssplug_classifiers():
    """Contribute drivers that provide IClassifier: return an iterable of `Driver`."""


@hookspec
def ssplug_storage_backends():
    """Contribute drivers that provide IFootageStore: return an iterable of `Driver`."""


@hookspec
def ssplug_ptz_drivers():
    """Contribute drivers that provide IPTZDriver: return an iterable of `Driver`."""


@hookspec
def ssplug_talkback_drivers():
    """Contribute drivers that provide ITalkback: return an iterable of `Driver`."""


@hookspec
def ssplug_action_handlers():
    """Contribute drivers that provide IAction: return an iterable of `Driver`."""


@hookspec
def ssplug_uploaders():
    """Contribute drivers that provide IUploader: return an iterable of `Driver`."""


@hookspec
def ssplug_discover(reactor, search):
    """Look for cameras in the network, as `search` (a `ssplug.model.discovery.Search`) says.

    An `async def` that returns an iterable of `ssplug.model.discovery.Found`. The server does not run;
    `reactor` does.
    """


@hookspec(firstresult=True)
def ssplug_footage_name(camera, kind, started):
    """Name a new footage file of `camera` (a CameraIdentity) and `kind` (a FootageKind), without its folder.

    `started` is a datetime in local time. The name ends with ".m4v", or with ".jpg" for an image; a
    number is put before that where the name is taken. None leaves it to other plugins, then to the
    core, as does a name that no file can have. A writing thread; must return at once.
    """


@hookspec(firstresult=True)
def ssplug_may(avatar, permission, camera):
    """Allow or forbid `permission` for `avatar` and `camera` (a CameraIdentity, or None for the server).

    True or False decides; None leaves it to other plugins, then to the core.
    """


@hookspec
def ssplug_event(event):
    """Take note of an `Event` that has been published. Reactor thread; must return at once."""


@hookspec
def ssplug_started(site):
    """Take note that all services of `site` run. Reactor thread."""


@hookspec
def ssplug_stopping(site):
    """Take note that the services of `site` are about to stop; may return a Deferred to wait for."""
