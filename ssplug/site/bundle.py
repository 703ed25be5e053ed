"""The composed schema: core and drivers in one, for editors.

It describes the file as it is written (shorthands, references to secrets), while the core schemas
describe it spelled out.  It does not demand what `camera_defaults` may supply.  It is never used to
validate: with one composed schema a single wrong value also makes every right key of its slot look
unexpected.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from ssplug.drivers import DriverKind, Drivers
from ssplug.site.schema import CORE, KINDS, core_schemas, with_core_keys

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def composed_schema(drivers: Drivers) -> Schema:
    """One JSON Schema for a site file that may use any of `drivers`."""
    site, *parts = (_core(name) for name in CORE)
    definitions = {_stem(name): part for name, part in zip(CORE[1:], parts, strict=True)}
    definitions |= {_slug(kind): _slot(kind, drivers) for kind in DriverKind}
    definitions["common"]["$defs"]["secret"] = core_schemas()["common.schema.json"]["$defs"]["secret"]
    cameras = site["properties"]["cameras"]
    cameras["additionalProperties"] = {"anyOf": [{"$ref": "#/$defs/shorthand"}, {"$ref": "#/$defs/camera"}]}
    return {"$schema": DIALECT, **site, "$defs": site["$defs"] | definitions}


def _core(file_name: str) -> Schema:
    base = "#" if file_name == CORE[0] else f"#/$defs/{_stem(file_name)}"
    return _embedded(core_schemas()[file_name], base)


def _slot(kind: DriverKind, drivers: Drivers) -> Schema:
    """What a slot of `kind` may hold: any of the drivers, each with its own settings."""
    names = drivers.names(kind)
    choices = [
        {
            "if": {"type": "object", "properties": {"driver": {"const": name}}, "required": ["driver"]},
            "then": {"$ref": f"#/$defs/{_slug(kind)}/$defs/{name}"},
        }
        for name in names
    ]
    settings = {name: _settings(kind, name, drivers) for name in names}
    slot = {"description": f"A {kind.noun}.", "properties": {"driver": {"enum": names}}, "$defs": settings}
    return slot | {"allOf": choices} if choices else slot


def _settings(kind: DriverKind, name: str, drivers: Drivers) -> Schema:
    driver = drivers.get(kind, name)
    assert driver is not None
    schema = _embedded(with_core_keys(kind, driver.schema), f"#/$defs/{_slug(kind)}/$defs/{name}")
    about = {"const": name, "description": driver.summary}
    settings = {key: value for key, value in schema.items() if key != "required"}
    return settings | {"properties": {"driver": about} | schema.get("properties", {})}


def _slug(kind: DriverKind) -> str:
    return kind.noun.replace(" ", "_").lower()


def _stem(file_name: str) -> str:
    return file_name.removesuffix(".schema.json")


def _embedded(schema: Mapping[str, Any], base: str) -> Schema:
    """`schema` as it can stand at `base` of the composed one."""
    body = {key: value for key, value in schema.items() if key not in ("$id", "$schema")}

    def change(part: Schema) -> Schema:
        return _or_secret(_with_slot(_rebased(part, base)))

    return cast("Schema", _changed(body, change))


def _changed(part: Any, change: Callable[[Schema], Schema]) -> Any:
    """`part` with every mapping in it put through `change`, the inner ones first."""
    if isinstance(part, Mapping):
        return change({key: _changed(value, change) for key, value in part.items()})
    if isinstance(part, list):
        return [_changed(value, change) for value in part]
    return part


def _rebased(part: Schema, base: str) -> Schema:
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return part
    file_name, _, fragment = reference.partition("#")
    return part | {"$ref": f"#/$defs/{_stem(file_name)}{fragment}" if file_name else f"{base}{fragment}"}


def _with_slot(part: Schema) -> Schema:
    noun = part.pop("x-slot", None)
    return part | {"allOf": [{"$ref": f"#/$defs/{_slug(KINDS[noun])}"}]} if noun else part


def _or_secret(part: Schema) -> Schema:
    """Text may be written as {$env: NAME} or {$file: PATH}."""
    if part.get("type") != "string" or "enum" in part:
        return part
    about = {key: part[key] for key in ("title", "description", "default", "examples") if key in part}
    text = {key: value for key, value in part.items() if key not in about}
    return about | {"anyOf": [text, {"$ref": "#/$defs/common/$defs/secret"}]}
