"""Finding plugins: entry points of the group `ssplug`, loaded one by one.

A plugin that cannot be imported, or whose hooks do not fit the specifications, costs only its own
drivers: what went wrong is remembered under its name in `Drivers.failures` and told to whoever
asks for one of its drivers.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import pluggy
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from twisted.logger import Logger

from ssplug import hookspecs
from ssplug.drivers import Driver, DriverKind, Drivers

_log = Logger()

ENTRY_POINT_GROUP = "ssplug"


class PluginError(Exception):
    """A plugin keeps to the hooks, but not to what is promised for them."""


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
            contributed = _contributions(manager, entry)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a guest may fail in any way; it costs only itself
            why = " ".join(f"{type(error).__name__}: {error}".split())
            drivers.failures[entry.name] = why
            _log.error("plugin {plugin} could not be loaded: {why}", plugin=entry.name, why=why)
        else:
            for kind, described in contributed.items():
                drivers.add(kind, entry.name, described)
    return drivers


def _contributions(manager: pluggy.PluginManager, entry: EntryPoint) -> dict[DriverKind, list[Driver]]:
    plugin = entry.load()
    if manager.has_plugin(entry.name) or manager.is_registered(plugin):
        raise PluginError(f"{entry.name} ({entry.value}) is installed twice, perhaps by two distributions")
    try:
        manager.register(plugin, name=entry.name)
        manager.check_pending()
        others = [other for other in manager.get_plugins() if other is not plugin]
        return {kind: _described(kind, manager.subset_hook_caller(kind.value, others)()) for kind in DriverKind}
    except BaseException:
        if manager.has_plugin(entry.name):  # older releases of pluggy register before they look
            manager.unregister(name=entry.name)
        raise


def _described(kind: DriverKind, groups: Iterable[Iterable[object]]) -> list[Driver]:
    described = [_checked(driver) for group in groups for driver in group]
    names = [driver.name for driver in described]
    if twice := {name for name in names if names.count(name) > 1}:
        raise PluginError(f"it contributes more than one {kind.noun} named {', '.join(sorted(twice))}")
    return described


def _checked(driver: object) -> Driver:
    if not isinstance(driver, Driver):
        raise PluginError(f"a hook returned {driver!r}, which is not a ssplug.drivers.Driver")
    try:
        Draft202012Validator.check_schema(driver.schema)
    except SchemaError as error:
        raise PluginError(f"the schema of driver {driver.name!r} is no JSON Schema: {error.message}") from error
    if not isinstance(driver.schema, Mapping) or driver.schema.get("additionalProperties") is not False:
        raise PluginError(f"the schema of driver {driver.name!r} is not closed: set additionalProperties to false")
    if "driver" in driver.schema.get("properties", {}):
        raise PluginError(f"driver {driver.name!r} has a setting named 'driver', the word that chooses the driver")
    return driver
