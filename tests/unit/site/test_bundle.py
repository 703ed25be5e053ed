"""The composed schema for editors."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.site.bundle import composed_schema

CONTRACT = (Path(__file__).parent / "contract.yaml").read_text()


def complaints(drivers: Drivers, text: str) -> list[str]:
    """What an editor would underline."""
    validator = Draft202012Validator(composed_schema(drivers))
    return [error.json_path for error in validator.iter_errors(YAML(typ="safe").load(text))]


def test_it_is_a_schema(drivers):
    Draft202012Validator.check_schema(composed_schema(drivers))


def test_the_contract_is_right_as_it_is_written(drivers):
    """With references to secrets, shorthands and defaults."""
    assert complaints(drivers, CONTRACT) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("server: {nmae: Home}", "$.server"),
        ("server: {port: 80000}", "$.server.port"),
        ("cameras: {a: {source: {driver: rtps}}}", "$.cameras.a"),
        ("cameras: {a: {source: {driver: rtsp, transport: tcp, trnsport: tcp}}}", "$.cameras.a"),
        ("camera_defaults: {source: {driver: rtsp, trnsport: tcp}}", "$.camera_defaults.source"),
        ("storage: {driver: filesystem, pth: x}", "$.storage"),
        ("notify: {phone: {driver: webhook, url: {$evn: X}}}", "$.notify.phone.url"),
    ],
)
def test_what_is_wrong_is_underlined(drivers, text, path):
    assert path in complaints(drivers, text)


def test_nothing_is_demanded_that_the_defaults_may_supply(drivers):
    text = "camera_defaults: {source: {driver: rtsp, username: v}}\ncameras: {a: {source: {url: rtsp://x}}}"
    assert complaints(drivers, text) == []


def test_definitions_of_a_driver_are_found_where_they_are_moved_to(drivers):
    schema = {
        "type": "object",
        "properties": {
            "mode": {"$ref": "#/$defs/mode"},
            "every": {"$ref": "common.schema.json#/$defs/period"},
        },
        "$defs": {"mode": {"enum": ["day", "night"]}},
        "additionalProperties": False,
    }
    drivers.add(DriverKind.CAMERA, "test", [Driver("thermal", schema, lambda context, settings: None)])
    assert complaints(drivers, "cameras: {a: {source: {driver: thermal, mode: night, every: 5s}}}") == []
    assert complaints(drivers, "camera_defaults: {source: {driver: thermal, mode: dusk}}") != []
    assert complaints(drivers, "camera_defaults: {source: {driver: thermal, every: 0s}}") != []


def test_an_action_may_be_a_name_and_a_slot_may_be_null(drivers):
    text = "cameras: {a: {source: {driver: pattern}, ptz: null, actions: {run: [phone]}}}"
    assert complaints(drivers, text) == []


def test_composing_leaves_the_drivers_schemas_alone(drivers):
    before = repr(drivers.get(DriverKind.CAMERA, "rtsp").schema)
    composed_schema(drivers)
    assert repr(drivers.get(DriverKind.CAMERA, "rtsp").schema) == before


def test_without_any_driver_it_is_a_schema_too():
    Draft202012Validator.check_schema(composed_schema(Drivers()))
