"""`sounds`, `scripts`, `doSound` and `doScript`."""

import re
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from ssplug.actions.performer import ERROR_ACTION
from ssplug.model.event import EventType, Failure
from ssplug.processes import ProgramError
from ssplug.site.types import Site
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CLERK, CLERK_AUTH, HOUSE, FakeFolder, Scene

NAMES = ("Ding & Dong.aif", "bark.wav", "c+d.wav")


class Stage:
    """A server with the same names for both."""

    def __init__(self, *names, error=None):
        self.folder = FakeFolder(*names, error=error)
        folder = Path("/etc/ssplug")
        site = Site(Path("site.yaml"), server=HOUSE, users=(ADMIN, CLERK), sounds=folder, scripts=folder)
        self.scene = Scene(users=(ADMIN, CLERK), site=site, sounds=self.folder, scripts=self.folder)

    def get(self, request, auth=ADMIN_AUTH, headers=(), **options):
        return self.scene.get(f"/++{request}{'&' if '?' in request else '?'}auth={auth}", *headers, **options)


both = pytest.mark.parametrize("what", ["sounds", "scripts"])
commands = pytest.mark.parametrize("command", ["doSound", "doScript"])


@both
def test_programs_get_a_list_of_names(what):
    response = Stage(*NAMES).get(f"{what}?format=xml")
    root = ET.fromstring(response.text)
    assert (root.tag, [each.text for each in root.findall("name")]) == (what, list(NAMES))
    assert response.header("Content-Type").startswith("text/xml")


@both
def test_people_get_links(what):
    """Those that Cynical's expression finds, and no others."""
    page = Stage(*NAMES).get(what).text
    assert re.findall("<a href=.*?>([^<]+)</a>", page) == ["Ding &amp; Dong.aif", "bark.wav", "c+d.wav"]


@both
def test_every_link_does_what_it_says(what):
    stage = Stage(*NAMES)
    for address in re.findall('<a href="([^"]*)"', stage.get(what).text):
        assert stage.scene.get("/" + address.replace("&amp;", "&")).text == "OK"
    assert stage.folder.done == list(NAMES)


@both
def test_an_empty_list_says_why(what):
    assert "nothing in the folder" in Stage().get(what).text
    assert f"{what}: {{path: FOLDER}}" in Scene(users=(ADMIN,)).get(f"/{what}?auth={ADMIN_AUTH}").text


@pytest.mark.parametrize("request_", ["sounds", "scripts", "doSound?name=bark.wav", "doScript?name=bark.wav"])
def test_they_are_for_administrators(request_):
    stage = Stage(*NAMES)
    assert stage.get(request_, CLERK_AUTH).status == 401
    assert stage.folder.done == []


@commands
@pytest.mark.parametrize("sent", ["bark.wav", "Ding+%26+Dong.aif", "Ding%20%26%20Dong.aif", "c%2Bd.wav", "c+d.wav"])
def test_a_name_may_be_spelled_as_clients_do(command, sent):
    stage = Stage(*NAMES)
    assert stage.get(f"{command}?name={sent}").text == "OK"
    assert len(stage.folder.done) == 1


TRAVERSALS = [
    "../bark.wav",
    "..%2fbark.wav",
    "/etc/passwd",
    "%2e%2e/bark.wav",
    "./bark.wav",
    "bark.wav%00",
    "..\\bark.wav",
]


@commands
@pytest.mark.parametrize(
    "sent", ["", "other.wav", "BARK.wav", *TRAVERSALS, *(quote(quote(each)) for each in TRAVERSALS)]
)
def test_whatever_else_is_asked_for_is_not_there(command, sent):
    stage = Stage(*NAMES)
    assert stage.get(f"{command}?name={sent}").status == 404
    assert stage.get(command).status == 404
    assert stage.folder.done == []


@commands
def test_another_site_cannot_ask_for_it(command):
    """By a picture of that address, say, with the password that a browser keeps."""
    stage, kept = Stage(*NAMES), f"Authorization: Basic {ADMIN_AUTH}"
    for header in ("Sec-Fetch-Site: cross-site", "Origin: https://elsewhere.example"):
        assert stage.get(f"{command}?name=bark.wav", headers=(header, kept)).status == 403
    assert stage.folder.done == []
    assert stage.get(f"{command}?name=bark.wav", headers=("Sec-Fetch-Site: same-origin",)).text == "OK"


@commands
def test_head_does_nothing(command):
    stage = Stage(*NAMES)
    assert stage.get(f"{command}?name=bark.wav", method="HEAD").status == 405
    assert stage.folder.done == []


@commands
def test_what_goes_wrong_is_an_event(command):
    """Whoever asked has long had an answer."""
    stage = Stage(*NAMES, error=ProgramError("bark.wav: exit status 1"))
    heard = []
    stage.scene.bus.listen(heard.append)
    assert stage.get(f"{command}?name=bark.wav").text == "OK"
    [event] = heard
    expected = Failure(ERROR_ACTION, f"{command} bark.wav: bark.wav: exit status 1")
    assert (event.type, event.camera, event.info) == (EventType.ERROR, None, expected)


def test_the_home_page_shows_administrators_the_way():
    stage = Stage()
    assert re.findall(r'href="(sounds|scripts)\?auth', stage.scene.get(f"/?auth={ADMIN_AUTH}").text) == [
        "sounds",
        "scripts",
    ]
    assert "scripts" not in stage.scene.get(f"/?auth={CLERK_AUTH}").text
