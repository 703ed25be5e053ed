"""What the JSON Schemas say about a site, as problems with a place.

Two steps in one pass: the core schemas know everything but the settings of drivers; where one of
them says `x-slot`, the driver that the slot names is looked up and its own schema is asked.
"""

import difflib
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

import ssplug
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.site.document import Node, Problem, at_key, at_value
from ssplug.site.problem import did_you_mean, unknown

CORE: Final = ("site.schema.json", "camera.schema.json", "schedule.schema.json", "common.schema.json")
KINDS: Final = {kind.noun: kind for kind in DriverKind}
"""What `x-slot` says -> the kind of driver that belongs there."""
CORE_KEYS: Final[Mapping[DriverKind, tuple[str, ...]]] = {DriverKind.UPLOADER: ("what", "webcam_name")}
"""What the core itself wants to know of a slot: drivers have it without saying so, and do not get it."""


def schemas_folder() -> Path:
    """Where the schemas lie: inside the package when installed, beside it in a checkout."""
    package = Path(ssplug.__file__).parent
    installed = package / "schemas"
    return installed if installed.is_dir() else package.parent / "schemas"


@functools.cache
def core_schemas() -> Mapping[str, Mapping[str, Any]]:
    """The core schemas by file name."""
    return {name: json.loads((schemas_folder() / name).read_text("utf-8")) for name in CORE}


def schema_problems(root: Node, drivers: Drivers) -> Iterator[Problem]:
    """What the schemas have against `root`, whose cameras have their defaults merged."""
    return _problems(root, _core_validator(_slot_keyword(drivers)))


def camera_defaults_problems(defaults: Node) -> Iterator[Problem]:
    """What the core schema has against `camera_defaults`, where a slot need not be complete."""
    return _problems(defaults, _validator({"$ref": "camera.schema.json"}))


# -- validators -----------------------------------------------------------------------------------

Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def _is_integer(_checker: Any, value: Any) -> bool:
    """8000.0 is a whole number to JSON Schema, but not to what is built from it."""
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """As JSON Schema wants it: unlike in Python, `$` does not match before a last newline."""
    ended = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
    if validator.is_type(value, "string") and not re.search(ended, value):
        yield ValidationError("")


_BASE: Final = extend(  # type: ignore[no-untyped-call] # the stubs leave it out
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def _validator(schema: Mapping[str, Any], cls: Any = _BASE) -> Validator:
    return cast("Validator", cls(schema, registry=_registry()))


def _core_validator(slot: Keyword) -> Validator:
    cls = extend(_BASE, {"x-slot": slot})  # type: ignore[no-untyped-call] # as above
    return _validator(core_schemas()["site.schema.json"], cls)


@functools.cache
def _registry() -> Registry[Any]:
    """The core schemas by name; with a registry of our own, no reference is ever fetched from the network."""
    # Without $schema: a reference to a schema that has one would be followed by the stock validator.
    plain = {
        name: {key: value for key, value in found.items() if key != "$schema"} for name, found in core_schemas().items()
    }
    return Registry().with_resources((name, DRAFT202012.create_resource(found)) for name, found in plain.items())


def _slot_keyword(drivers: Drivers) -> Keyword:
    """The keyword `x-slot`: whether the driver is known, and what its own schema says of the settings."""

    @functools.cache
    def settings_validator(kind: DriverKind, name: str) -> Validator:
        return _validator(with_core_keys(kind, _driver(drivers, kind, name).schema))

    def keyword(_validator: Any, noun: str, slot: Any, _schema: Any) -> Iterator[ValidationError]:
        if not isinstance(slot, dict):
            return
        kind, name = KINDS[noun], slot.get("driver")
        if "driver" not in slot:
            yield ValidationError(_driver_missing(slot, drivers.names(kind)), validator="x-slot")
        elif isinstance(name, str) and drivers.get(kind, name) is None:
            yield ValidationError(_no_driver(drivers, kind, name), validator="x-slot", path=["driver"])
        elif isinstance(name, str):
            settings = {key: value for key, value in slot.items() if key != "driver"}
            try:
                yield from settings_validator(kind, name).iter_errors(settings)
            except Unresolvable as error:
                text = f"the schema of {name!r} refers to {error.ref!r}, which does not exist: a mistake of its plugin"
                yield ValidationError(text, validator="x-slot")

    return keyword


def with_core_keys(kind: DriverKind, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a driver's settings for a slot as it is written; the core's own schema describes those keys."""
    own = dict.fromkeys(CORE_KEYS.get(kind, ()), True)
    return {**schema, "properties": {**schema.get("properties", {}), **own}} if own else schema


def _driver(drivers: Drivers, kind: DriverKind, name: str) -> Driver:
    driver = drivers.get(kind, name)
    assert driver is not None
    return driver


def _driver_missing(slot: Iterable[str], known: list[str]) -> str:
    near = difflib.get_close_matches("driver", slot, n=1)
    hint = f"; is {near[0]!r} meant?" if near else "."
    return f"'driver' is missing{hint} Known drivers: {', '.join(known) or 'none is installed'}"


def _no_driver(drivers: Drivers, kind: DriverKind, name: str) -> str:
    if name in drivers.failures:
        return f"no {kind.noun} named {name!r}, for its plugin could not be loaded: {drivers.failures[name]}"
    text = unknown(kind.noun, name, drivers.names(kind))
    failed = ", ".join(f"{plugin} ({why})" for plugin, why in sorted(drivers.failures.items()))
    return f"{text}. Plugins that could not be loaded: {failed}" if failed else text


# -- errors as problems ---------------------------------------------------------------------------

Error: TypeAlias = Any
"""A ValidationError; its attributes are typed as if they might not be set."""


def _problems(root: Node, validator: Validator) -> Iterator[Problem]:
    # best_match goes down into alternatives as long as one of them is clearly the one that was meant.
    errors = [best_match([error]) or error for error in validator.iter_errors(root.plain())]
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    for error in errors:
        node = root.get(*error.absolute_path) or root
        # A value of the wrong type need not be told that it is also not one of the right values.
        repeats = error.validator != "type" and tuple(error.absolute_path) in mistyped
        if not node.broken and not repeats:
            yield from _of(node, error)


def _of(node: Node, error: Error) -> Iterator[Problem]:
    if error.validator == "additionalProperties":
        yield from _unknown_keys(node, error)
    elif error.validator == "required":
        missing = [repr(key) for key in error.validator_value if key not in error.instance]
        yield at_key(node, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    elif "propertyNames" in error.absolute_schema_path:
        child = node.get(error.instance) or node
        yield at_key(child, f"{error.instance!r} cannot be a name here{_for_example(error.schema)}")
    elif error.instance is None or (error.validator == "x-slot" and isinstance(node.value, dict)):
        yield at_key(node, _text(error))
    else:
        yield at_value(node, _text(error))


def _unknown_keys(node: Node, error: Error) -> Iterator[Problem]:
    known = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    for key in error.instance:  # of a slot, this is without its `driver`
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            hint = did_you_mean(key, known) or "."
            text = f"unknown key {key!r}{hint} Known: {', '.join(sorted(known)) or 'none'}"
            yield at_key(node.get(key) or node, text)


def _text(error: Error) -> str:
    if isinstance(error.schema, Mapping) and error.schema.get("writeOnly") and error.validator != "type":
        return f"what stands here is not a usable value{_for_example(error.schema)}"
    say = _SAY.get(str(error.validator))
    return say(error) if say else str(error.message)


def _wrong_type(error: Error) -> str:
    types = error.validator_value
    wanted = " or ".join(_TYPES[each] for each in ([types] if isinstance(types, str) else types))
    if error.instance is None:
        return f"nothing stands here: {wanted} is expected"
    return f"{_shown(error.instance)} is not {wanted}{_quoting(error.instance, wanted)}"


def _quoting(value: Any, wanted: str) -> str:
    if "text" in wanted and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if "number" in wanted and isinstance(value, str) and re.fullmatch(r"[0-9.]+", value):
        return "; leave out the quotes"
    return ""


def _not_one_of(error: Error) -> str:
    words = [word for word in error.validator_value if isinstance(word, str)]
    hint = did_you_mean(error.instance, words) if isinstance(error.instance, str) else ""
    return f"{_shown(error.instance)} is not one of {', '.join(map(_shown, error.validator_value))}{hint}"


def _not_in_form(error: Error) -> str:
    return f"{_shown(error.instance)} is not written as it should be{_for_example(error.schema)}"


def _count(error: Error, noun: str) -> str:
    return f"{len(error.instance)} {noun}, but {error.validator_value} "


_SAY: dict[str, Callable[[Error], str]] = {
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": lambda e: f"{_shown(e.instance)} is not {_shown(e.validator_value)}",
    "pattern": _not_in_form,
    "anyOf": _not_in_form,
    "oneOf": _not_in_form,
    "minimum": lambda e: f"{_shown(e.instance)} is less than {e.validator_value}",
    "exclusiveMinimum": lambda e: f"{_shown(e.instance)} is too little: it must be more than {e.validator_value}",
    "maximum": lambda e: f"{_shown(e.instance)} is more than {e.validator_value}",
    "exclusiveMaximum": lambda e: f"{_shown(e.instance)} is too much: it must be less than {e.validator_value}",
    "minLength": lambda e: "no text stands here" if not e.instance else f"shorter than {e.validator_value} characters",
    "maxLength": lambda e: f"longer than {e.validator_value} characters",
    "minItems": lambda e: _count(e, "values") + "are needed",
    "maxItems": lambda e: _count(e, "values") + "are the most",
    "multipleOf": lambda e: f"{_shown(e.instance)} is not a multiple of {e.validator_value}",
    "uniqueItems": lambda _: "a value is given twice",
}

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _for_example(schema: Any) -> str:
    examples: Iterable[Any] = schema.get("examples", ()) if isinstance(schema, Mapping) else ()
    listed = ", ".join(str(example) for example in examples if not isinstance(example, dict | list))
    return f"; for example {listed}" if listed else ""


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
