"""From a name of the specification, however it is written, to what answers to it, for whom it may."""

import pytest

from ssplug.access.attempts import LONGEST_PAUSE
from ssplug.servers.web.root import ENDPOINTS
from ssplug.site.types import ServerConfig
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CLERK, CLERK_AUTH, GUEST, GUEST_AUTH, UUID, Scene, a_camera_at_work

USERS = (ADMIN, GUEST, CLERK)
PARAMETERS = "?cameraNum=0"
WANTS_MORE = (
    b"There is no such footage file.",
    b"There is no such file in its folder.",
    b"start: ",
    b"command: ",
    b"405 ",
    b"426 ",
    b"The camera's pictures cannot be played",
)
"""What those say that are known by their name, but want a file, a time, a command, a WebSocket, real pictures."""


def a_scene() -> Scene:
    return Scene(a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"), users=USERS)


@pytest.mark.parametrize("name", [name for name in ENDPOINTS if name])
@pytest.mark.parametrize("form", ["/{0}{1}", "/++{0}{1}", "//{0}/{1}", "/%2B%2B{0}{1}", "http://nvr:8000/++{0}{1}"])
def test_every_name_is_known_in_every_form(name: str, form: str) -> None:
    scene = Scene(a_camera_at_work())
    for spelled in (name, name.upper(), name.lower()):
        response = scene.get(form.format(spelled, PARAMETERS))
        assert response.status == 200 or response.body.startswith(WANTS_MORE)


@pytest.mark.parametrize(
    "uri",
    [
        "/nothing",
        "/++nothing?cameraNum=0",
        "/ptz",
        "/ptz/nothing",
        "/pages",
        "/pages/",
        "/pages/x",
        "/pages/../root.py",
    ],
)
def test_unknown_names_are_not_found(uri: str) -> None:
    response = a_scene().get(uri)
    assert (response.status, response.body) == (404, b"404 Not Found")


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("prefix", ["/", "/++"])
def test_without_credentials_there_is_a_challenge(name: str, prefix: str) -> None:
    """The same bytes for every name, with and without the prefix: some clients compare them."""
    response = a_scene().get(f"{prefix}{name}{PARAMETERS}")
    assert response.status == 401
    assert response.header("WWW-Authenticate") == 'Basic realm="SecuritySpy"'
    assert response.header("Content-Type") == "text/plain"
    assert response.body == b"401 Unauthorized"


def test_every_response_says_which_server_this_is() -> None:
    """To the letter, with one space: one client looks for just that."""
    scene = a_scene()
    client = scene.client()
    for uri in ("/systemInfo", f"/systemInfo?auth={ADMIN_AUTH}", "/nothing", "/pages/live.css"):
        client.get(uri)
        assert f"\r\nServer: BBVS/6.0/{UUID}\r\n".encode() in client.received
        assert f"\r\nSS-UUID: {UUID}\r\n".encode() in client.received


def test_credentials_may_come_in_the_header_or_in_the_address() -> None:
    scene = a_scene()
    assert scene.get("/systemInfo", f"Authorization: Basic {ADMIN_AUTH}").status == 200
    assert scene.get(f"/systemInfo?auth={ADMIN_AUTH}").status == 200
    assert scene.get(f"/++systemInfo&auth={ADMIN_AUTH}").status == 200


def test_wrong_credentials_are_none() -> None:
    scene = a_scene()
    response = scene.get("/systemInfo?auth=YWRtaW46d3Jvbmc=")
    assert (response.status, response.body) == (401, b"401 Unauthorized")


def test_the_answer_to_wrong_credentials_takes_longer_each_time() -> None:
    """And meanwhile others are served."""
    scene = a_scene()
    scene.get("/systemInfo?auth=YWRtaW46d3Jvbmc=")
    client = scene.client()
    client.send("GET /systemInfo?auth=YWRtaW46d3Jvbmc= HTTP/1.1\r\n\r\n")
    assert client.received == b""
    assert scene.get(f"/systemInfo?auth={GUEST_AUTH}").status == 200
    scene.clock.advance(LONGEST_PAUSE)
    assert b" 401 " in client.received


def test_a_client_may_leave_while_its_credentials_wait() -> None:
    scene = a_scene()
    scene.get("/systemInfo?auth=YWRtaW46d3Jvbmc=")
    client = scene.client().send("GET /systemInfo?auth=YWRtaW46d3Jvbmc= HTTP/1.1\r\n\r\n")
    client.leave()
    scene.clock.advance(LONGEST_PAUSE)
    assert client.received == b""


def test_too_many_logins_at_a_time_are_asked_to_come_back() -> None:
    """A guesser cannot make a known password look wrong."""
    scene = a_scene()
    scene.get("/systemInfo?auth=YWRtaW46d3Jvbmc=")
    clients = [scene.client() for _ in range(12)]
    for number, client in enumerate(clients):
        client.send(f"GET /systemInfo?auth=YWRtaW46d3Jvbmc{number:x} HTTP/1.1\r\n\r\n")
    busy = [client for client in clients if b" 503 " in client.received]
    assert busy
    assert all(b"\r\nRetry-After: 5\r\n" in client.received for client in busy)


def test_the_realm_is_the_one_of_the_site_file() -> None:
    scene = Scene(users=USERS, server=ServerConfig(realm='The "House"'))
    assert scene.get("/image").header("WWW-Authenticate") == r'Basic realm="The \"House\""'


def test_without_accounts_nobody_has_to_log_in() -> None:
    """unifi-cam-proxy and others send no credentials at all."""
    assert Scene(a_camera_at_work()).get("/image?cameraNum=0").status == 200


@pytest.mark.parametrize("name", ["image", "video", "getptzcapabilities", "cameramodes"])
@pytest.mark.parametrize("number", ["1", "-1", "99999", "abc", ""])
def test_a_camera_that_is_not_there_is_not_found(name: str, number: str) -> None:
    response = a_scene().get(f"/++{name}?cameraNum={number}&auth={ADMIN_AUTH}")
    assert response.status == 404
    assert response.text.startswith("The specified camera")


@pytest.mark.parametrize("name", ["image", "video", "getptzcapabilities", "cameramodes"])
def test_a_camera_that_an_account_may_not_see_does_not_exist_for_it(name: str) -> None:
    scene = a_scene()
    seen = scene.get(f"/{name}?cameraNum=0&auth={GUEST_AUTH}")
    hidden = scene.get(f"/{name}?cameraNum=3&auth={GUEST_AUTH}")
    missing = scene.get(f"/{name}?cameraNum=7&auth={GUEST_AUTH}")
    assert seen.status == 200
    assert (hidden.status, hidden.body) == (missing.status, missing.body) == (404, missing.body)


@pytest.mark.parametrize("name", ["image", "video"])
def test_an_account_without_live_gets_the_challenge_where_pictures_are(name: str) -> None:
    """Byte for byte what a wrong password gets; `systemInfo` tells the two apart."""
    scene = a_scene()
    response = scene.get(f"/{name}?cameraNum=0&auth={CLERK_AUTH}")
    assert (response.status, response.body) == (401, b"401 Unauthorized")
    assert scene.get(f"/systemInfo?auth={CLERK_AUTH}").status == 200


@pytest.mark.parametrize("parameters", ["width=abc", "width=99999999", "height=-5", "quality=best"])
@pytest.mark.parametrize("name", ["image", "video"])
def test_numbers_that_are_none_are_a_bad_request(name: str, parameters: str) -> None:
    response = Scene(a_camera_at_work()).get(f"/{name}?cameraNum=0&{parameters}")
    assert response.status == 400
    assert response.text.startswith(parameters.partition("=")[0])


def test_a_disabled_camera_is_not_there() -> None:
    scene = Scene(a_camera_at_work(enabled=False))
    assert scene.get("/image?cameraNum=0").status == 404


def test_unknown_parameters_change_nothing() -> None:
    """golift adds `format=xml` to everything."""
    scene = Scene(a_camera_at_work())
    assert scene.get("/++getptzcapabilities?cameraNum=0&format=xml&_=17").body == b"0"
