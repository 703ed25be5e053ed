"""What is promised about site files: shipped ones are right, schemas explain everything and agree with the code."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.model import quantity
from ssplug.plugins import load_plugins, plugin_manager
from ssplug.site.bundle import composed_schema
from ssplug.site.load import load_site
from ssplug.site.schema import CORE, KINDS, core_schemas
from ssplug.site.types import Site

ROOT = Path(__file__).parents[2]
ENTRY_POINTS: Mapping[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][
    "ssplug"
]


def first_party() -> Drivers:
    """The drivers of this repository, whatever else is installed."""
    found = [EntryPoint(name, value, "ssplug") for name, value in sorted(ENTRY_POINTS.items())]
    return load_plugins(plugin_manager(), lambda: found)


DRIVERS = first_party()
EVERY_DRIVER = [
    pytest.param(kind, DRIVERS.get(kind, name), id=f"{kind.noun} {name}")
    for kind in DriverKind
    for name in DRIVERS.names(kind)
]
WITH_SETTINGS = [each for each in EVERY_DRIVER if each.values[1].schema.get("properties")]


def test_every_first_party_plugin_loads():
    assert DRIVERS.failures == {}


def test_every_folder_of_plugins_is_an_entry_point():
    folders = {path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py")}
    assert set(ENTRY_POINTS.values()) == folders


@pytest.mark.parametrize("name", ["site.demo.yaml", "site.example.yaml"])
def test_a_shipped_site_is_right(name):
    """With any value for the secrets that it refers to."""
    path = ROOT / "etc" / name
    secrets = dict.fromkeys(re.findall(r"\$env: (\w+)", path.read_text()), "x")
    assert load_site(path, DRIVERS, secrets).cameras


def test_the_demo_needs_nothing_and_is_open_to_nobody_else(tmp_path):
    """No secrets, no users, no paths but one below the home folder, since it may be installed read-only."""
    site = load_site(ROOT / "etc" / "site.demo.yaml", DRIVERS, {})
    assert (site.server.interface, site.server.port, site.server.tls_port) == ("127.0.0.1", 8000, 8001)
    assert site.users == ()
    assert site.server.state.is_relative_to(Path.home())


def test_the_bundle_is_current():
    """If not: ssplug schema > schemas/site.bundle.schema.json."""
    bundle = ROOT / "schemas" / "site.bundle.schema.json"
    assert json.loads(bundle.read_text("utf-8")) == composed_schema(DRIVERS)


# -- the schemas explain everything ---------------------------------------------------------------


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every setting that a schema describes, at any depth."""
    if isinstance(schema, Mapping):
        for name, described in schema.get("properties", {}).items():
            yield f"{path}.{name}", described
        for key, part in schema.items():
            if key not in ("examples", "default", "enum", "const"):
                yield from properties(part, f"{path}/{key}")
    elif isinstance(schema, list):
        for part in schema:
            yield from properties(part, path)


def _explains_itself(schema: Mapping[str, Any]) -> bool:
    """It says what it is, and shows how it is written."""
    shown = (
        any(key in schema for key in ("examples", "enum", "const", "$ref", "default"))
        or schema.get("type") == "boolean"
    )
    return bool(schema.get("description")) and shown


ALL_SCHEMAS = [pytest.param(core_schemas()[name], id=name) for name in CORE] + [
    pytest.param(case.values[1].schema, id=str(case.id)) for case in EVERY_DRIVER
]


@pytest.mark.parametrize("schema", ALL_SCHEMAS)
def test_every_setting_has_a_description_and_an_example(schema):
    assert [path for path, described in properties(schema) if not _explains_itself(described)] == []


def test_every_kind_of_driver_has_its_slot():
    slots = set(re.findall(r'"x-slot": "([^"]+)"', json.dumps(core_schemas())))
    assert slots == set(KINDS)


def test_every_key_is_in_the_manual():
    manual = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    keys = {path.rsplit(".", 1)[1] for name in CORE for path, _ in properties(core_schemas()[name])}
    assert keys - set(re.findall(r"[\w$]+", manual)) == set()


# -- the schemas agree with the code --------------------------------------------------------------


def _defaults(schema: Mapping[str, Any]) -> Any:
    """What a schema says of a setting that is not written; None where it says nothing."""
    if "default" in schema:
        return schema["default"]
    if "properties" not in schema and "$ref" in schema:
        file_name, _, fragment = schema["$ref"].partition("#/$defs/")
        target = core_schemas()[file_name]
        return _defaults(target["$defs"][fragment] if fragment else target)
    found = {name: _defaults(described) for name, described in schema.get("properties", {}).items()}
    return {name: value for name, value in found.items() if value is not None} or None


def _site(tmp_path: Path, **sections: Any) -> Site:
    """A site of one camera; JSON is YAML."""
    path = tmp_path / "site.yaml"
    camera = sections.pop("camera", {})
    path.write_text(json.dumps({"cameras": {"a": {**camera, "source": {"driver": "pattern"}}}, **sections}))
    return load_site(path, DRIVERS)


def test_to_spell_out_every_default_changes_nothing(tmp_path):
    """The defaults of the schemas are those of the dataclasses."""
    camera = _defaults(core_schemas()["camera.schema.json"])
    server = _defaults(core_schemas()["site.schema.json"]["properties"]["server"])
    assert {"port", "bandwidth"} <= set(server)
    assert {"motion", "continuous", "overlay"} <= set(camera)
    spelled_out = _site(tmp_path, server=server, camera=camera)
    left_out = _site(tmp_path)
    assert (spelled_out.server, _settings_of(spelled_out)) == (left_out.server, _settings_of(left_out))


def _settings_of(site: Site) -> list[Any]:
    """All of the camera's configuration but for where it stands in the file."""
    [camera] = site.cameras
    return [getattr(camera, each.name) for each in fields(camera) if each.name not in ("source", "where")]


@pytest.mark.parametrize(("kind", "driver"), WITH_SETTINGS)
def test_a_driver_s_settings_are_a_dataclass_with_the_schema_s_defaults(kind: DriverKind, driver: Driver):
    described = driver.schema["properties"]
    [settings] = _dataclasses(ENTRY_POINTS[DRIVERS.plugin_of(kind, driver.name)], set(described))
    assert {_name(each) for each in fields(settings) if _default(each) is MISSING} == set(
        driver.schema.get("required", ())
    )
    stated = {
        each.name: described[_name(each)].get("default") for each in fields(settings) if _default(each) is not MISSING
    }
    actual = {each.name: _default(each) for each in fields(settings) if _default(each) is not MISSING}
    assert json.loads(json.dumps(actual)) == stated


def _default(each: "Field[Any]") -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default


def _name(each: "Field[Any]") -> str:
    """As a site file has it: Python's own words have an underscore behind them in a dataclass."""
    return each.name.removesuffix("_")


def _dataclasses(package: str, names: set[str]) -> list[type]:
    """Those of a plugin whose fields have these names."""
    path = import_module(package).__path__
    modules = [import_module(f"{package}.{found.name}") for found in iter_modules(path)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return [each for each in classes if is_dataclass(each) and {_name(field) for field in fields(each)} == names]


def _pattern(name: str) -> str:
    return str(core_schemas()["common.schema.json"]["$defs"][name]["pattern"]).removesuffix("$") + r"\Z"


@given(st.from_regex(_pattern("duration")), st.from_regex(_pattern("period")))
def test_every_duration_that_the_schema_allows_can_be_read(duration, period):
    assert quantity.seconds(duration) >= 0
    assert quantity.seconds(period) > 0


@given(st.from_regex(_pattern("size")), st.from_regex(_pattern("rate")))
def test_every_size_and_rate_that_the_schema_allows_can_be_read(size, rate):
    assert quantity.byte_count(size) >= 0
    assert quantity.bits_per_second(rate) >= 0


@given(st.from_regex(_pattern("size_or_share")))
def test_every_amount_of_free_space_that_the_schema_allows_can_be_read(amount):
    if amount.endswith("%"):
        assert 0 <= quantity.per_cent(amount) <= 100
    else:
        assert quantity.byte_count(amount) >= 0
