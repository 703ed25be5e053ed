"""`twistd ssplug`: its options, and the service that they ask for.

Whatever is wrong with the site file is said before the process goes to the background, with exit
status 1 and without a traceback.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from twisted.application.service import MultiService
from twisted.logger import ILogObserver, LogLevel
from twisted.python import usage

from ssplug import __version__
from ssplug.drivers import Drivers, DuplicateDriverError
from ssplug.logs import FORMATS, LineObserver
from ssplug.plugins import load_plugins, plugin_manager
from ssplug.running import STATE_VARIABLE
from ssplug.service import Server, StartError
from ssplug.site.load import load_site
from ssplug.site.numbers import assign_numbers
from ssplug.site.problem import SiteError

LEVELS = tuple(level.name for level in LogLevel.iterconstants())


class Options(usage.Options):
    """What stands after `twistd ssplug`."""

    synopsis = "[options] --site FILE"
    longdesc = "A network video recorder. The site file is explained in docs/configuration.md."
    optParameters = [
        ["site", "s", None, "The site file (required)."],
        ["log-format", None, "text", f"How log lines look: {' or '.join(FORMATS)}."],
        ["log-level", None, "info", f"The least important level that is logged: {', '.join(LEVELS)}."],
    ]

    def opt_version(self) -> None:
        """Print the version and exit."""
        print(f"ssplug {__version__}")  # noqa: T201 - that is what was asked for
        sys.exit(0)

    def postOptions(self) -> None:
        """Check what can be checked without reading a file."""
        if not self["site"]:
            raise usage.UsageError("--site FILE is missing: which cameras? Try --site etc/site.demo.yaml")
        if self["log-format"] not in FORMATS:
            raise usage.UsageError(f"--log-format is {' or '.join(FORMATS)}, not {self['log-format']!r}")
        if self["log-level"] not in LEVELS:
            raise usage.UsageError(f"--log-level is one of {', '.join(LEVELS)}, not {self['log-level']!r}")


def makeService(options: Options) -> "LoggedService":
    """The whole server for the site that `options` name; SystemExit(1) when it is not to be had."""
    from twisted.internet import reactor

    _keep_time(reactor)
    manager = plugin_manager()
    try:
        drivers: Drivers = load_plugins(manager)
        site = assign_numbers(load_site(Path(options["site"]), drivers))
        os.environ[STATE_VARIABLE] = str(site.server.state)  # for the scripts that this process runs
        server = Server(site, drivers, manager, reactor)
    except (SiteError, DuplicateDriverError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    return LoggedService(server, options)


def _keep_time(reactor: Any) -> None:
    """Let the reactor count on the monotonic clock.

    Twisted's own `seconds` is wall time: when somebody sets the clock back an hour, every timer of
    the server, heartbeats and reconnects among them, would wait for that hour.
    """
    reactor.seconds = time.monotonic


class LoggedService(MultiService):
    """The server, and our log lines unless twistd was told where else to log."""

    def __init__(self, server: Server, options: Options) -> None:
        MultiService.__init__(self)
        self._options = options
        MultiService.addService(self, server)

    def setServiceParent(self, parent: Any) -> None:  # noqa: N802 - Twisted calls it so
        """Join the application and hand it the observer that writes our lines."""
        MultiService.setServiceParent(self, parent)
        twistd = getattr(self._options, "parent", None) or {}
        if not any(twistd.get(option) for option in ("logfile", "syslog", "logger")):
            level = LogLevel.lookupByName(self._options["log-level"])
            line = FORMATS[self._options["log-format"]]
            parent.setComponent(ILogObserver, LineObserver(sys.stdout, line, level))
