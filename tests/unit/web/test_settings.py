"""Settings by request: every spelling that clients have, all or nothing, and what the file says afterwards."""

import html.parser
import json
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.model.camera import Transform
from ssplug.model.settings import CAMERA_SETTINGS, GENERAL_PAGES
from ssplug.servers.web.channel import BODY_LIMIT
from ssplug.site.load import load_site
from ssplug.site.numbers import assign_numbers
from tests.unit.model.test_settings import KNOWN_TO_CLIENTS
from tests.unit.web.scene import ADMIN_AUTH, CHEAP, Scene, a_camera_at_work, responses

GUEST_AUTH, JOE_AUTH = "Z3Vlc3Q6c2VzYW1l", "am9lOnNlc2FtZQ=="
TEXT = f"""\
# Our house
server: {{state: STATE, realm: House}}   # and its realm
users:
  - {{name: admin, password: "{CHEAP}", role: admin}}
  - {{name: guest, password: "{CHEAP}", permissions: [live]}}
  - {{name: joe, password: "{CHEAP}", permissions: [live, settings], cameras: [yard]}}
cameras:
  porch:
    name: Front Porch   # its name
    source: {{driver: pattern, password: {{$env: PORCH_PASSWORD}}}}
  yard: {{source: {{driver: pattern, password: hunter2}}, enabled: false}}
"""
PAGE = "Accept: text/html,application/xhtml+xml"


class House:
    """A porch (0) and a yard (1), which is disabled, of a real site file."""

    def __init__(self, folder):
        self.drivers = drivers = Drivers()
        schema = {
            "type": "object",
            "properties": {
                "password": {"type": "string", "writeOnly": True},
                "rate": {"type": "integer", "minimum": 1, "maximum": 30, "default": 12, "x-setting": "ndFrameRate"},
            },
            "additionalProperties": False,
        }
        drivers.add(DriverKind.CAMERA, "test", [Driver("pattern", schema, lambda *_: None)])
        self.path = folder / "site.yaml"
        self.path.write_text(TEXT.replace("STATE", str(folder / "state")))
        site = assign_numbers(load_site(self.path, drivers))
        self.cameras = [a_camera_at_work(camera.identity.number) for camera in site.cameras]
        for camera, config in zip(self.cameras, site.cameras, strict=True):
            camera.config = config
        self.scene = Scene(*self.cameras, users=site.users, site=site, drivers=drivers)
        self.scene.sites.follow(self._follow)

    async def _follow(self, change):
        for camera in self.cameras:
            new = [each.new for each in change.changed if each.new.identity.id == camera.identity.id]
            camera.config = new[0] if new else camera.config

    def get(self, uri, auth=ADMIN_AUTH):
        return self.scene.get(f"{uri}{'&' if '?' in uri else '?'}auth={auth}")

    def post(self, uri, body, *headers, auth=ADMIN_AUTH):
        return self.scene.post(f"{uri}?auth={auth}", body, *headers)

    def added(self):
        """What is different in the file, line by line."""
        before = TEXT.splitlines()
        return [line.strip() for line in self.path.read_text().splitlines()[2:] if line not in before]


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setenv("PORCH_PASSWORD", "s3cret")
    return House(tmp_path)


# -- what clients send ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "body", "headers", "answer"),
    [
        (
            "/camerasettings",
            "cameraNum=0&camEnabledCheck=0&action=save",
            ["Content-Type: text/plain; charset=utf-8"],
            "OK",
        ),
        ("/settings-camera", "cameraNum=0&enabled=False", [], '{"camUpdate": {"num": "0", "name": "Front Porch"}}'),
        (
            "/++settings-cameras",
            "formData&cameraNum=0&enabled=no",
            ["Content-Type: application/x-www-form-urlencoded"],
            '{"camUpdate": {"num": "0", "name": "Front Porch"}}',
        ),
        ("/++camerasetup", "cameraNum=0&camEnabledCheck=false&action=save&Submit=Submit", [], "OK"),
        ("/++overlaysettings", "cameraNum=0&camEnabledCheck=0&action=save&Save=Save", [], "OK"),
    ],
)
def test_a_camera_is_disabled_in_every_dialect(house, uri, body, headers, answer):
    """Whatever the Content-Type says, with a sentinel or without."""
    response = house.post(uri, body, *headers)
    assert (response.status, response.text) == (200, answer)
    assert house.cameras[0].config.enabled is False
    assert house.added() == ["enabled: false"]


@pytest.mark.parametrize("word", ["True", "1", "yes", "TRUE"])
def test_a_disabled_camera_is_enabled_again(house, word):
    """It is not in systemInfo, but its settings are there."""
    assert house.post("/settings-camera", f"cameraNum=1&enabled={word}").status == 200
    assert house.cameras[1].config.enabled is True


def test_many_fields_at_once_are_one_write(house):
    """Percent-encoded as clients do, in UTF-8."""
    body = "cameraNum=0&cameraName=T%C3%BCr+1&transformationMenu=3&overlayCheck=1&overlayText=%25c%20%2Bd&mcMoviePre=8"
    assert house.post("/camerasettings", body + "&action=save").text == "OK"
    config = house.cameras[0].config
    assert (config.transform, config.overlay.enabled, config.overlay.text) == (Transform.ROTATE_180, True, "%c +d")
    assert config.motion_capture.movie.pre_capture == 8
    text = house.path.read_text()
    assert 'name: "Tür 1"   # its name' in text
    assert "password: {$env: PORCH_PASSWORD}" in text


@pytest.mark.parametrize("name", ["Tür", "T%C3%BCr", "Tür".encode("latin-1")])
def test_letters_of_all_languages_arrive_whether_or_not_they_are_encoded(house, name):
    """Clients that send a form as text forget to."""
    body = name if isinstance(name, bytes) else name.encode()
    house.post("/camerasettings", b"cameraNum=0&cameraName=" + body)
    assert house.cameras[0].config.identity.name == "Tür"


def test_a_field_of_the_device_is_written_to_the_source_where_its_driver_knows_it(house):
    """What it does not know is kept."""
    assert house.post("/camerasettings", "cameraNum=1&ndFrameRate=25&ndVideoWidth=640").text == "OK"
    config = house.cameras[1].config
    assert (config.source.settings["rate"], config.kept) == (25, {"ndVideoWidth": 640})
    shown = json.loads(house.get("/camerasettings?cameraNum=1&format=json").body)
    assert (shown["ndFrameRate"], shown["ndVideoWidth"]) == (25, 640)


def test_general_settings_are_saved_and_programs_told(house):
    """In both versions' words; what is without effect is kept."""
    assert house.post("/preferences", "realmText=Our%20House&autoSleepCheck=1&action=save").text == "OK"
    assert house.post("/++settings-web", "bonjourCheck=0").text == '{"result":"OK"}'
    server = house.scene.sites.site.server
    assert (server.realm, server.bonjour, server.kept) == ("Our House", False, {"autoSleepCheck": True})
    assert json.loads(house.get("/preferences?format=json").body)["autoSleepCheck"] is True
    assert 'Basic realm="Our House"' in house.scene.get("/systemInfo").header("WWW-Authenticate")


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("cameraNum=0&mdSensitivityText=loud&enabled=0", 400, "mdSensitivityText: it is a whole number from 0 to 100"),
        ("cameraNum=0&mdSensitivityText=101", 400, "mdSensitivityText: it is a whole number from 0 to 100"),
        ("cameraNum=0&ndFrameRate=31", 400, "ndFrameRate: it is a whole number from 1 to 30"),
        ("cameraNum=0&overlayText=a%0Ab", 400, "overlayText: it is one line of text"),
        ("cameraNum=0&enabled=0&action=delete", 400, "action: only save"),
        ("cameraNum=7&enabled=0", 404, "The specified camera does not exist."),
        ("enabled=0", 404, "The specified camera does not exist."),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_written(house, body, status, text):
    """Not even the fields that are right."""
    before = house.path.read_text()
    response = house.post("/camerasettings", body)
    assert (response.status, response.text) == (status, text)
    assert house.path.read_text() == before


@pytest.mark.parametrize("uri", ["/camerasettings?cameraNum=0", "/settings-cameras?cameraNum=0", "/preferences"])
def test_without_the_permission_there_is_nothing_to_see_or_to_save(house, uri):
    """403, which tells clients that the password is right."""
    assert house.get(uri, GUEST_AUTH).status == 403
    assert house.post(uri.partition("?")[0], "cameraNum=0&enabled=0", auth=GUEST_AUTH).status == 403


def test_an_account_has_settings_of_its_own_cameras_only(house):
    """Others do not exist for it."""
    assert house.get("/camerasettings?cameraNum=1", JOE_AUTH).status == 200
    assert house.get("/camerasettings?cameraNum=0", JOE_AUTH).status == 404
    assert house.get("/preferences", JOE_AUTH).status == 403
    assert "General settings" not in house.get("/camerasettings?cameraNum=1", JOE_AUTH).text


def test_a_read_only_file_is_409_with_the_reason(house):
    """So is one that somebody changed meanwhile."""
    house.path.chmod(0o444)
    response = house.post("/camerasettings", "cameraNum=0&enabled=0")
    assert response.status == 409
    assert "read-only" in response.text
    house.path.chmod(0o644)
    house.path.write_text(house.path.read_text() + "# mine\n")
    response = house.post("/camerasettings", "cameraNum=0&enabled=0")
    assert (response.status, "changed by another program" in response.text) == (409, True)
    assert house.cameras[0].config.enabled is True


def test_a_body_without_end_is_not_taken_in(house):
    """More than any form can have."""
    client = house.scene.client()
    client.send(
        f"POST /camerasettings?auth={ADMIN_AUTH} HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n"
    )
    [response] = responses(client.received, "POST")
    assert response.status == 413


def test_another_site_s_page_cannot_use_the_browser_s_password(house):
    """Browsers say where a form comes from, programs say nothing."""
    body, kept = "cameraNum=0&enabled=0", f"Authorization: Basic {ADMIN_AUTH}"
    assert house.post("/camerasettings", body, kept, "Origin: https://evil.example").status == 403
    assert house.post("/camerasettings", body, kept, "Origin: null").status == 403
    assert house.post("/camerasettings", body, kept, "Origin: http://nvr.local:8000").status == 200


NAMES = [name for setting in CAMERA_SETTINGS for name in setting.names]
TEXTS = st.sampled_from(["", "0", "1", "-1", "50", "1.5", "yes", "nan", "{$env: HOME}", "*x", "a: b #"]) | st.text(
    max_size=9
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=4))
def test_whatever_is_sent_is_taken_or_refused_and_the_file_stays_right(house, form):
    """No form is our own fault, and none leaves a file that a server would not take."""
    response = house.post("/camerasettings", urlencode({"cameraNum": "0", **form}))
    assert response.status in (200, 400)
    assert load_site(house.path, house.drivers).cameras[0].source.settings["password"] == "s3cret"


# -- what is shown --------------------------------------------------------------------------------


def test_json_has_every_key_that_clients_know(house):
    """Switches are true and false."""
    response = house.get("/++settings-cameras?cameraNum=0&format=json")
    document = json.loads(response.body)
    assert response.header("Content-Type") == "application/json"
    assert set(KNOWN_TO_CLIENTS.split()) <= set(document)
    assert (document["enabled"], document["name"], document["motionSensitivity"]) == (True, "Front Porch", 50)


@pytest.mark.parametrize("page", [page for page in GENERAL_PAGES if page != "preferences"] + ["cameras"])
def test_xml_is_a_flat_list_in_a_settings_element(house, page):
    """For each page that clients ask for."""
    response = house.get(f"/++settings-{page}?cameraNum=0&format=xml")
    root = ET.fromstring(response.body)
    assert root.tag == "settings"
    assert [len(child) for child in root] == [0] * len(root)
    wanted = CAMERA_SETTINGS if page == "cameras" else GENERAL_PAGES[page]
    assert sorted(child.tag for child in root) == sorted(setting.new_name for setting in wanted)


class FormReader(html.parser.HTMLParser):
    """The fields of a page as a browser would send them, and the labels."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields, self.labels, self.ids, self.select = [], set(), set(), ""
        self.feed(page)

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        self.ids.add(attributes.get("id"))
        if tag == "label":
            self.labels.add(attributes["for"])
        elif tag == "input" and (attributes["type"] != "checkbox" or "checked" in attributes):
            self.fields.append((attributes["name"], attributes["value"]))
        elif tag == "select":
            self.select = attributes["name"]
        elif tag == "option" and "selected" in attributes:
            self.fields.append((self.select, attributes["value"]))


@pytest.mark.parametrize("uri", ["/camerasettings?cameraNum=0", "/preferences"])
def test_the_form_can_be_sent_as_it_is(house, uri):
    """Every field has a label, and nothing is different afterwards."""
    page = house.get(uri)
    reader = FormReader(page.text)
    assert page.header("Content-Type") == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.header("Content-Security-Policy")
    assert reader.labels <= reader.ids
    assert {name for name, _ in reader.fields} >= reader.labels
    before = house.path.read_text()
    response = house.post(uri.partition("?")[0], urlencode(reader.fields), PAGE)
    assert (response.status, house.path.read_text()) == (303, before)
    assert "saved=1" in response.header("Location")


def test_a_box_that_is_not_ticked_any_more_is_off(house):
    """Browsers send nothing for it."""
    fields = FormReader(house.get("/camerasettings?cameraNum=0").text).fields
    fields.remove(("camEnabledCheck", "1"))
    house.post("/camerasettings", urlencode(fields), PAGE)
    assert house.cameras[0].config.enabled is False


def test_a_mistake_stands_next_to_its_field_and_what_was_typed_stays(house):
    """With what was typed elsewhere."""
    body = urlencode([("cameraNum", "0"), ("overlayFontSize", "9000"), ("overlayText", "<b>"), ("enabled", "0")])
    response = house.post("/camerasettings", body, PAGE)
    assert response.status == 400
    assert 'aria-invalid="true"' in response.text
    fields = dict(FormReader(response.text).fields)
    assert (fields["overlayFontSize"], fields["overlayText"], fields["camEnabledCheck"]) == ("9000", "<b>", "0")
    assert "<b>" not in response.text


def test_the_live_page_leads_to_the_settings_of_who_may_change_them(house):
    """With the login that is in the address."""
    assert f'href="preferences?auth={ADMIN_AUTH}"' in house.get("/").text
    assert 'href="preferences' not in house.get("/", GUEST_AUTH).text


def test_passwords_never_leave_the_server(house):
    """Nor hashes, nor the names of what they are kept in."""
    for uri in ("camerasettings", "settings-cameras", "preferences", *(f"settings-{page}" for page in GENERAL_PAGES)):
        for form in ("", "xml", "json"):
            body = house.get(f"/{uri}?cameraNum=1&format={form}").text
            assert not [word for word in ("s3cret", "hunter2", "$argon2", "PORCH_PASSWORD") if word in body]
