"""What is said about a site file that is wrong: all of it, in order, where it stands, and what would be right."""

import contextlib
import copy
import functools
import json
import operator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.site.document import Node, dotted, parse
from ssplug.site.load import SiteError, load_site

HERE = Path(__file__).parent
CONTRACT = (HERE / "contract.yaml").read_text()


def _transcripts():
    """The cases of complaints.txt: a name, a text, and what is said about it."""
    for case in (HERE / "complaints.txt").read_text().split("\n== ")[1:]:
        written, said = case.split("-- says\n")
        name, text = written.split("\n", 1)
        yield pytest.param(text, said.split("\n\n")[0].strip().splitlines(), id=name)


@pytest.mark.parametrize(("text", "said"), list(_transcripts()))
def test_what_is_said(complaints, text, said):
    """The whole of it, for each kind of mistake."""
    assert complaints(text) == said


@pytest.mark.parametrize("interface", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_server_that_nobody_else_can_reach_needs_no_users(load, interface):
    assert load(f"server: {{interface: '{interface}'}}").users == ()


def test_a_driver_whose_plugin_failed_is_told_with_the_reason(complaints, drivers):
    drivers.failures["thermal"] = "ImportError: No module named 'flir'"
    [said] = complaints("cameras: {porch: {source: {driver: thermal}}}")
    place, text = said.split(", for its ")
    assert place == "site.yaml:1:36: cameras.porch.source.driver: no camera driver named 'thermal'"
    assert text == "plugin could not be loaded: ImportError: No module named 'flir'"


def test_a_driver_that_may_be_of_a_failed_plugin_is_told_with_all_of_them(complaints, drivers):
    drivers.failures["flir-suite"] = "ImportError: No module named 'flir'"
    [said] = complaints("cameras: {porch: {source: {driver: thermal}}}")
    assert said.endswith("Plugins that could not be loaded: flir-suite (ImportError: No module named 'flir')")


def test_a_kind_of_which_nothing_is_installed(tmp_path):
    """What the site asks for is not a misspelling of anything."""
    site = tmp_path / "site.yaml"
    site.write_text("storage: {driver: filesystem}\n")
    with pytest.raises(SiteError, match="There is no storage backend at all"):
        load_site(site, Drivers())


def test_alternatives_of_a_driver_are_answered_by_the_one_that_was_meant(complaints, drivers):
    choice = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}], "examples": ["all"]}
    drivers.add(DriverKind.CAMERA, "test", [_choosy(choice)])
    [said] = complaints("cameras: {porch: {source: {driver: choosy, choice: [1, x]}}}")
    assert said == "site.yaml:1:56: cameras.porch.source.choice[1]: 'x' is not a whole number"


def test_a_reference_to_nowhere_in_a_driver_s_schema_is_the_plugin_s_mistake(complaints, drivers):
    drivers.add(DriverKind.CAMERA, "test", [_choosy({"$ref": "https://example.org/nowhere.json"})])
    [said] = complaints("cameras: {porch: {source: {driver: choosy, choice: 1}}}")
    assert "which does not exist: a mistake of its plugin" in said


def _choosy(choice) -> Driver:
    schema = {"type": "object", "properties": {"choice": choice}, "additionalProperties": False}
    return Driver("choosy", schema, lambda context, settings: None)


def _below(node: Node):
    """All entries of all mappings."""
    for child in node.children():
        yield from [child] if isinstance(node.value, dict) else []
        yield from _below(child)


WRITTEN = list(_below(parse(CONTRACT)[0]))
CHOSEN = ("groups", "schedules", "presets", "notify", "cameras")


def _is_word(node: Node) -> bool:
    """Whether its key is a word of ours or of a driver, and not a name that somebody chose."""
    chosen = (len(node.path) == 2 and node.path[0] in CHOSEN) or node.path[-2:-1] == ("zones",)
    return not chosen and not str(node.path[-1]).startswith("$") and node.path[-1] != "driver"


@given(st.sampled_from([node for node in WRITTEN if _is_word(node)]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_misspelt_key_anywhere_is_told_at_its_place(complaints, node):
    lines = CONTRACT.splitlines()
    line, column = node.key_place.line - 1, node.key_place.column - 1
    key = str(node.path[-1])
    lines[line] = f"{lines[line][:column]}{key}q{lines[line][column + len(key) :]}"
    path = dotted((*node.path[:-1], f"{key}q"))
    wanted = f"site.yaml:{line + 1}:{column + 1}: {path}: unknown key '{key}q'; did you mean "
    assert [said for said in complaints("\n".join(lines)) if said.startswith(wanted)]


ODD = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "@x",
    "camera:x",
    "~nobody/x",
    "rtsp://[::1",
    "a\0",
    "5s\n",
    [],
    [[]],
    {},
]
ODD += [
    [None],
    ["x", 5, {"driver": "script"}],
    {"driver": "rtsp"},
    {"driver": None},
    {"$env": "X"},
    {"x": {"polygon": 3}},
]


@given(st.lists(st.tuples(st.sampled_from(WRITTEN), st.sampled_from(ODD)), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_in_place_of_a_value_is_loaded_or_told(load, changes):
    """No value at any place of the file causes anything but a SiteError."""
    site = parse(CONTRACT.replace("{$file: /etc/ssplug/mail.pw}", "x"))[0].plain()
    for node, value in changes:
        with contextlib.suppress(LookupError, TypeError):  # a change before this one may have taken the place away
            functools.reduce(operator.getitem, node.path[:-1], site)[node.path[-1]] = copy.deepcopy(value)
    try:
        load(json.dumps(site))  # JSON is YAML
    except SiteError as error:
        assert error.errors  # noqa: PT017 - that it loads is as good
