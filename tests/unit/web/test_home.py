"""The page at `/`."""

import re
from html.parser import HTMLParser

from ssplug.model.event import Failure
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CLERK, CLERK_AUTH, GUEST, GUEST_AUTH, Scene, a_camera_at_work


class Elements(HTMLParser):
    """The start tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_shows_the_cameras_that_the_account_sees() -> None:
    scene = Scene(a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"), users=(ADMIN, GUEST))
    page = Elements(scene.get(f"/?auth={GUEST_AUTH}").text)
    assert [tile["data-camera"] for tile in page.all("article")] == ["0"]
    assert page.all("article")[0]["data-state"] == "online"


def test_names_are_text_and_not_html() -> None:
    name = '<script>alert("1")</script> & "Söhne"'
    text = Scene(a_camera_at_work(name=name)).get("/").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &quot;Söhne&quot;" in text


def test_nothing_on_the_page_runs_from_the_page_itself() -> None:
    """No script, style or handler inline, nothing from elsewhere; the policy says so to the browser."""
    response = Scene(a_camera_at_work()).get("/")
    policy = response.header("Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'self'; img-src 'self'")
    assert "unsafe" not in policy
    page = Elements(response.text)
    assert all(script.get("src") for script in page.all("script"))
    assert page.all("style") == []
    assert not [name for _, attributes in page.found for name in attributes if name == "style" or name.startswith("on")]
    assert "//" not in re.sub(r'"rtsps?://[^"]*"', "", response.text)


def test_everything_that_the_page_names_is_there() -> None:
    scene = Scene(a_camera_at_work())
    page = Elements(scene.get("/").text)
    own = [link.get("href") or link.get("src") for tag in ("a", "link", "script", "img") for link in page.all(tag)]
    addresses = [address for address in own if address and not address.startswith(("#", "rtsp:"))]
    assert len(addresses) >= 6
    assert {scene.get(f"/{address}").status for address in addresses} == {200}


def test_who_came_with_credentials_in_the_address_goes_on_with_them() -> None:
    """As `?auth=` is for pages that are embedded elsewhere."""
    scene = Scene(a_camera_at_work(), users=(ADMIN,))
    page = Elements(scene.get(f"/?auth={ADMIN_AUTH}").text)
    [image] = page.all("img")
    assert image["src"] == f"image?cameraNum=0&width=640&auth={ADMIN_AUTH}"
    assert page.all("body")[0]["data-auth"] == f"&auth={ADMIN_AUTH}"
    assert f"systemInfo?auth={ADMIN_AUTH}" in [link.get("href") for link in page.all("a")]


def test_a_stream_is_named_as_the_client_reaches_the_server() -> None:
    page = Elements(Scene(a_camera_at_work()).get("/").text)
    assert "rtsp://nvr.local:8000/stream?cameraNum=0" in [link.get("href") for link in page.all("a")]


def test_a_camera_that_is_offline_says_why_and_has_no_picture() -> None:
    camera = a_camera_at_work(online=False)
    camera.failure = Failure(800, "no answer for 20 seconds")
    text = Scene(camera).get("/").text
    assert "Offline: no answer for 20 seconds" in text
    assert "src" not in Elements(text).all("img")[0]


def test_without_cameras_the_page_says_what_to_do() -> None:
    assert "cameras:" in Scene().get("/").text


def test_an_account_that_sees_no_camera_is_told_so() -> None:
    text = Scene(a_camera_at_work(), users=(CLERK,)).get(f"/?auth={CLERK_AUTH}").text
    assert "users:" in text
    assert "Front Porch" not in text


def test_looking_at_the_page_does_not_make_a_modern_client() -> None:
    """A browser beside an old client, with its account, must not change what that client hears."""
    scene = Scene(a_camera_at_work())
    scene.get("/")
    scene.get("/camStatus")
    assert scene.context.dialects.of("", "192.0.2.7") == 5
