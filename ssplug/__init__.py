"""ssplug: a network video recorder that speaks the SecuritySpy web-server protocol.

This is what a plugin author imports first: `hookimpl` marks the functions of a plugin
that contribute drivers (see `ssplug.hookspecs`).
"""

from typing import Final

import pluggy

__version__: Final = "0.1.0"

hookimpl: Final = pluggy.HookimplMarker("ssplug")

__all__ = ["__version__", "hookimpl"]
