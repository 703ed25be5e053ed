"""Plugins are found by entry point and loaded one by one; a broken one costs only its own drivers."""

import pytest

from ssplug.drivers import Driver, DriverKind, Drivers, DuplicateDriverError, packaged_schema
from ssplug.plugins import installed_plugins, load_plugins, plugin_manager

GOOD = """
    from ssplug import hookimpl
    from ssplug.drivers import Driver

    SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}

    def build(context, settings):
        return object()

    @hookimpl
    def ssplug_camera_drivers():
        return [Driver("NAME", SCHEMA, build, "A camera")]
"""


class Environment:
    """Plugins to install and load."""

    def __init__(self, folder) -> None:
        self._folder = folder

    def install(self, name: str, source: str = GOOD, module: str = "") -> None:
        """A plugin; NAME in its source is its name."""
        self._folder.install(name, source.replace("NAME", name), module)

    def load(self, manager=None) -> Drivers:
        """Load these plugins and no other that may be installed."""
        mine = [entry for entry in installed_plugins() if entry.name in self._folder.names]
        return load_plugins(manager or plugin_manager(), lambda: mine)


@pytest.fixture
def environment(plugin_folder):
    return Environment(plugin_folder)


def cameras(drivers: Drivers) -> list[str]:
    return drivers.names(DriverKind.CAMERA)


def test_a_plugin_s_drivers_are_known_by_kind_and_name(environment):
    environment.install("thermal")
    drivers = environment.load()
    assert drivers.get(DriverKind.CAMERA, "thermal").summary == "A camera"
    assert drivers.plugin_of(DriverKind.CAMERA, "thermal") == "thermal"
    assert drivers.get(DriverKind.PTZ, "thermal") is None
    assert drivers.failures == {}


BROKEN = {
    "an import that fails": ("import flir_sdk", "ModuleNotFoundError: No module named 'flir_sdk'"),
    "no Python": ("def", "SyntaxError"),
    "an exit": ("import sys; sys.exit('needs a licence')", "SystemExit: needs a licence"),
    "an unknown hook": (GOOD.replace("ssplug_camera_drivers", "ssplug_camera_driver"), "unknown hook"),
    "an unknown argument": (GOOD.replace("drivers():", "drivers(site):"), "'site'"),
    "a hook that raises": (GOOD.replace("return [", "raise OSError('no bus'); return ["), "OSError: no bus"),
    "a driver outside a list": (GOOD.replace("return [", "return (").replace('camera")]', 'camera"))'), "not iterable"),
    "something else for a driver": (GOOD.replace('Driver("', 'str("'), "TypeError"),
    "a text for a driver": (GOOD.replace("return [", "return ['rtsp', "), "a hook returned 'rtsp', which is not"),
    "an open schema": (GOOD.replace(', "additionalProperties": False', ""), "is not closed"),
    "a schema that is none": (GOOD.replace('"type": "object"', '"type": "objekt"'), "no JSON Schema: 'objekt' is not"),
    "true for a schema": (GOOD.replace("SCHEMA = {", "SCHEMA = True or {"), "is not closed"),
    "nothing for a schema": (GOOD.replace("SCHEMA = {", "SCHEMA = None and {"), "no JSON Schema: None is not"),
    "a setting named driver": (
        GOOD.replace('"properties": {}', '"properties": {"driver": {}}'),
        "a setting named 'driver'",
    ),
    "one name twice": (
        GOOD.replace("return [", 'return [Driver("NAME", SCHEMA, build), '),
        "more than one camera driver named broken",
    ),
}


@pytest.mark.parametrize(("source", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_costs_only_its_own_drivers(environment, source, why):
    """Those that come before and after it in the alphabet are loaded; the reason is kept, in one line."""
    environment.install("alpha")
    environment.install("broken", source)
    environment.install("thermal")
    manager = plugin_manager()
    drivers = environment.load(manager)
    assert cameras(drivers) == ["alpha", "thermal"]
    assert list(drivers.failures) == ["broken"]
    assert why in drivers.failures["broken"]
    assert "\n" not in drivers.failures["broken"]
    assert not manager.has_plugin("broken")


def test_hooks_of_a_broken_plugin_are_not_called_later(environment):
    """Some of its hooks may have been registered before the bad one was found."""
    bad = GOOD + "\n    @hookimpl\n    def ssplug_started(sight):\n        raise AssertionError\n"
    environment.install("broken", bad)
    manager = plugin_manager()
    environment.load(manager)
    assert manager.hook.ssplug_camera_drivers() == []
    manager.hook.ssplug_started(site=None)


def test_two_plugins_of_one_name_cost_the_second_only(environment):
    environment.install("thermal", module="ssplug_test_first")
    environment.install("thermal", module="ssplug_test_second")
    drivers = environment.load()
    assert cameras(drivers) == ["thermal"]
    assert "is installed twice" in drivers.failures["thermal"]


def test_one_module_under_two_names_costs_the_second_only(environment):
    environment.install("first", module="ssplug_test_shared")
    environment.install("second", module="ssplug_test_shared")
    drivers = environment.load()
    assert len(cameras(drivers)) == 1
    assert "is installed twice" in drivers.failures["second"]


def test_two_plugins_with_one_driver_stop_the_start_and_are_both_named(environment):
    """Neither can be chosen for the other, and a site must not depend on the order of loading."""
    environment.install("first", GOOD.replace("NAME", "thermal"))
    environment.install("second", GOOD.replace("NAME", "thermal"))
    with pytest.raises(
        DuplicateDriverError, match=r"'first' and 'second' both contribute a camera driver named 'thermal'"
    ):
        environment.load()


def test_one_name_may_stand_for_drivers_of_several_kinds(environment):
    both = GOOD + "\n    @hookimpl\n    def ssplug_ptz_drivers():\n        return [Driver('NAME', SCHEMA, build)]\n"
    environment.install("onvif", both)
    drivers = environment.load()
    assert (cameras(drivers), drivers.names(DriverKind.PTZ)) == (["onvif"], ["onvif"])


def test_plugins_are_loaded_in_the_order_of_their_names(environment):
    environment.install("b")
    environment.install("a")
    assert [entry.name for entry in installed_plugins() if entry.name in {"a", "b"}] == ["a", "b"]


def test_the_schema_beside_a_package_is_read_from_it(tmp_path, monkeypatch):
    package = tmp_path / "ssplug_test_packaged"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "settings.schema.json").write_text('{"additionalProperties": false}')
    monkeypatch.syspath_prepend(str(tmp_path))
    assert packaged_schema("ssplug_test_packaged") == {"additionalProperties": False}


def test_names_of_drivers_are_sorted():
    drivers = Drivers()
    drivers.add(DriverKind.CAMERA, "test", [Driver(name, {}, lambda context, settings: None) for name in ("b", "a")])
    assert cameras(drivers) == ["a", "b"]
