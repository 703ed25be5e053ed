"""Finding plugins: entry points of the group `ssplug`, loaded one by one.

A plugin that cannot be imported, or whose hooks do not fit the specifications, costs only its own
drivers: what went wrong is remembered under its name in `Drivers.failures` and told to whoever
asks for one of its drivers.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

import pluggy
from twisted.logger import Logger

from ssplug import hookspecs
from ssplug.drivers import Driver, DriverKind, Drivers, DuplicateDriverError

_log = Logger()

ENTRY_POINT_GROUP = "ssplug"


def plugin_manager() -> pluggy.PluginManager:
    """A manager that knows the hooks and, as yet, no plugin."""
    manager = pluggy.PluginManager("ssplug")
    manager.add_hookspecs(hookspecs)
    return manager


def installed_plugins() -> list[EntryPoint]:
    """The entry points of all installed distributions, sorted by name."""
    return sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)


def load_plugins(
    manager: pluggy.PluginManager, found: Callable[[], Iterable[EntryPoint]] = installed_plugins
) -> Drivers:
    """Register every plugin found and collect the drivers that they contribute.

    Raises DuplicateDriverError when two contribute one name of one kind; everything else that is
    wrong with a plugin is logged and kept in `failures`.
    """
    drivers = Drivers()
    for entry in found():
        try:
            _load(manager, entry, drivers)
        except DuplicateDriverError:
            raise
        except Exception as error:  # noqa: BLE001 - a guest may fail in any way; it costs only itself
            if manager.has_plugin(entry.name):
                manager.unregister(name=entry.name)
            drivers.failures[entry.name] = f"{type(error).__name__}: {error}"
            _log.error(
                "plugin {plugin} could not be loaded: {why}", plugin=entry.name, why=drivers.failures[entry.name]
            )
    return drivers


def _load(manager: pluggy.PluginManager, entry: EntryPoint, drivers: Drivers) -> None:
    plugin = entry.load()
    manager.register(plugin, name=entry.name)
    manager.check_pending()
    others = [other for other in manager.get_plugins() if other is not plugin]
    contributions = {
        kind: [_checked(d) for group in manager.subset_hook_caller(kind.value, others)() for d in group]
        for kind in DriverKind
    }
    for kind, contributed in contributions.items():
        drivers.add(kind, entry.name, contributed)


def _checked(driver: object) -> Driver:
    if not isinstance(driver, Driver):
        raise TypeError(f"a hook returned {driver!r}, which is not a ssplug.drivers.Driver")
    if driver.schema.get("additionalProperties") is not False:
        raise TypeError(f"the schema of driver {driver.name!r} is not closed: set additionalProperties to false")
    return driver
