"""Looking for cameras: every plugin is asked, and what they find is a site file."""

import io

import pytest
from ruamel.yaml import YAML

from ssplug import hookimpl
from ssplug.cameras.discovery import Discovered, discover, site_lines
from ssplug.model.discovery import Found, Search
from ssplug.plugins import plugin_manager
from ssplug.testing import in_reactor, the_reactor

PORCH = Found("Porch Cam", "http://10.0.0.5:80/", {"driver": "onvif", "host": "10.0.0.5"})


class Finder:
    """A plugin that finds what it is told to."""

    def __init__(self, *found, problem=None):
        self._found = found
        self._problem = problem
        self.searches = []

    @hookimpl
    async def ssplug_discover(self, search):
        self.searches.append(search)
        if self._problem is not None:
            raise self._problem
        return self._found


def discovered(*plugins):
    """What these plugins find together."""
    manager = plugin_manager()
    for plugin in plugins:
        manager.register(plugin)
    outcome = []

    @in_reactor
    async def run():
        outcome.append(await discover(manager, the_reactor(), Search(hosts=("10.0.0.5",))))

    run()
    return outcome[0]


def test_every_plugin_looks():
    """For the same; what they find is told together."""
    other = Found("", "http://10.0.0.6/", {"driver": "other"})
    first, second = Finder(PORCH), Finder(other)
    assert sorted(found.place for found in discovered(first, second).cameras) == [PORCH.place, other.place]
    assert first.searches[0] == Search(hosts=("10.0.0.5",))


def test_a_plugin_that_cannot_look_costs_only_what_it_would_have_found():
    """Why is told."""
    problem = OSError("no such network card")
    assert discovered(Finder(PORCH), Finder(problem=problem)) == Discovered(
        (PORCH,), ("OSError: no such network card",)
    )


def test_without_plugins_nothing_is_found():
    """And nothing is wrong."""
    assert discovered() == Discovered((), ())


def cameras_of(*found):
    return YAML(typ="safe").load(io.StringIO(site_lines(found)))["cameras"]


def test_what_was_found_is_a_site_file():
    """It needs no more than a password."""
    assert site_lines([PORCH]) == (
        "# http://10.0.0.5:80/  Porch Cam\n"
        "cameras:\n"
        "  porch-cam:\n"
        "    name: Porch Cam\n"
        "    source: {driver: onvif, host: 10.0.0.5, username: viewer, password: {$env: PORCH_CAM_PASSWORD}}"
    )


@pytest.mark.parametrize(
    ("names", "identifiers"),
    [
        (["Drive", "drive", "DRIVE"], ["drive", "drive-2", "drive-3"]),
        (["a", "a-2", "a"], ["a", "a-2", "a-3"]),
        (["10.0.0.5"], ["camera-10-0-0-5"]),
        (["門", "Ä/../x: [y]"], ["camera", "x-y"]),
        (["x" * 100], ["x" * 40]),
    ],
)
def test_cameras_have_ids_that_a_site_file_takes(names, identifiers):
    """Whatever they call themselves; each its own."""
    assert list(cameras_of(*(Found(name, "place", {}) for name in names))) == identifiers


def test_a_camera_without_a_name_is_called_after_its_place():
    """And gets none in the site file."""
    ((identifier, camera),) = cameras_of(Found("", "http://10.0.0.6/", {"driver": "other"})).items()
    assert (identifier, set(camera)) == ("http-10-0-0-6", {"source"})


def test_names_that_mean_something_in_yaml_are_only_names():
    """A camera may call itself what it likes."""
    names = ["yes", "a: b", "# c", "{d}", "&e", "x\ny", "\x1b[31m"]
    assert [camera["name"] for camera in cameras_of(*(Found(name, "p", {}) for name in names)).values()] == names
    assert "\x1b" not in site_lines([Found(names[-1], "p", {})])
