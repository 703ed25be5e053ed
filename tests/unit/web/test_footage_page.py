"""`download` as a page for people."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from ssplug.model.camera import CaptureMode
from ssplug.model.footage import TAG_KEEP, ObjectClass
from tests.unit.web.footage_scene import VIEWER_AUTH, FootageScene
from tests.unit.web.scene import ADMIN_AUTH, GUEST_AUTH, Response, Scene, a_camera_at_work
from tests.unit.web.test_home import Elements

AUTH = f"auth={ADMIN_AUTH}"


@pytest.fixture
def scene(tmp_path: Path) -> FootageScene:
    return FootageScene(tmp_path)


def a_page(scene: Scene, parameters: str = "") -> Elements:
    response = scene.get(f"/download?{parameters}&{AUTH}")
    assert (response.status, response.header("Content-Type")) == (200, "text/html; charset=utf-8")
    return Elements(response.text)


def shots(page: Elements) -> list[str]:
    """The times of the files that are shown."""
    return [str(each["data-title"]).rpartition(" ")[2] for each in page.all("a") if each.get("class") == "shot"]


def links(page: Elements) -> dict[str, str]:
    """The addresses of those links that are no files, by their parameters."""
    found = [str(each["href"]) for each in page.all("a") if each.get("class") != "shot" and each.get("href")]
    return {href: urlsplit(href).query for href in found}


@pytest.mark.parametrize(("parameters", "form"), [("", "list"), ("format=grid", "grid"), ("format=list", "list")])
def test_whoever_just_looks_sees_everything(scene: FootageScene, parameters: str, form: str) -> None:
    """Nothing ticked hides nothing: only a feed wants to be told what to contain."""
    scene.record(mode=CaptureMode.CONTINUOUS)
    scene.record(60, camera=3)
    scene.image(30)
    page = a_page(scene, parameters)
    assert shots(page) == ["13:01:00", "13:00:30", "13:00:00"]
    assert page.all("ul")[0]["class"] == f"shots {form}"


def test_what_is_ticked_stays_ticked_and_filters(scene: FootageScene) -> None:
    scene.record(classes=ObjectClass.HUMAN)
    scene.record(60, classes=ObjectClass.ANIMAL)
    scene.record(120, camera=3, classes=ObjectClass.HUMAN)
    page = a_page(scene, "cameraNum=0&mcFilesCheck=1&classes=1&classes=2&date1=2026-11-22&date2Text=22/11/2026")
    assert shots(page) == ["13:00:00"]
    ticked = [(each["name"], each["value"]) for each in page.all("input") if "checked" in each]
    assert ticked == [("cameraNum", "0"), ("mcFilesCheck", "1"), ("classes", "1"), ("classes", "2")]
    dates = [each["value"] for each in page.all("input") if each.get("type") == "date"]
    assert dates == ["2026-11-22", "2026-11-22"]


def test_all_pages_are_reached_by_their_links(scene: FootageScene) -> None:
    """With the filters and the credentials that the first page had; and from the last back to the first."""
    times = [f"13:{minute:02}:00" for minute in range(7)]
    for minute in range(7):
        scene.record(60.0 * minute)
    seen: list[str] = []
    address = f"download?format=grid&cameraNum=0&mcFilesCheck=1&results=3&{AUTH}"
    for _ in range(3):
        page = Elements(scene.get(f"/{address}").text)
        seen += shots(page)
        older = [href for href, query in links(page).items() if "continuation" in query and "format=grid" in query]
        address = next((href for href in older if href != address), "")
    assert seen == times[::-1]
    first = next(href for href, query in links(page).items() if "results=3" in query and "continuation" not in query)
    assert shots(Elements(scene.get(f"/{first}").text)) == times[:3:-1]


def test_the_form_brings_the_credentials_along(scene: FootageScene) -> None:
    page = a_page(scene, "results=5")
    hidden = {each["name"]: each["value"] for each in page.all("input") if each.get("type") == "hidden"}
    assert hidden == {"format": "list", "auth": ADMIN_AUTH, "results": "5"}
    assert all(parse_qs(query)["auth"] == [ADMIN_AUTH] for query in links(page).values())


def test_everything_that_a_page_names_is_there(scene: FootageScene) -> None:
    scene.record()
    scene.image(30)
    page = a_page(scene, "format=grid")
    own = [each.get("href") or each.get("src") for tag in ("a", "link", "script", "img") for each in page.all(tag)]
    addresses = [urljoin("/", address) for address in own if address]
    assert len(addresses) >= 10
    assert {scene.get(address).status for address in addresses} == {200}


def test_names_are_text_and_not_html(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, "<script>alert(\"1\")</script> & 'Söhne'")
    scene.record()
    text = scene.get(f'/download?{AUTH}&cameraNum="><script>&date1=&format="><script>').text
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;Söhne&#x27;" in text
    assert len(re.findall("<script", text)) == 1


def test_made_up_credentials_are_not_repeated_as_html(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, users=())
    scene.record()
    text = scene.get('/download?auth="><img/src=x>').text
    assert "<img/src" not in text


def test_nothing_on_a_page_runs_from_the_page_itself(scene: FootageScene) -> None:
    scene.record()
    response = scene.get(f"/download?{AUTH}")
    policy = response.header("Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    page = Elements(response.text)
    assert all(script.get("src") for script in page.all("script"))
    assert page.all("style") == []
    assert not [name for _, attributes in page.found for name in attributes if name == "style" or name.startswith("on")]
    assert "//" not in response.text


def test_badges_say_what_is_in_a_file(scene: FootageScene) -> None:
    file = scene.record(classes=ObjectClass.HUMAN | ObjectClass.VEHICLE)
    text = scene.get(f"/download?{AUTH}").text
    assert [name for name in ("motion", "person", "vehicle", "animal") if f">{name}</span>" in text] == [
        "motion",
        "person",
        "vehicle",
    ]
    assert "0:01" in text
    assert "data-kept" not in text
    scene.library.tag(file, TAG_KEEP)
    assert "data-kept" in scene.get(f"/download?{AUTH}").text


def test_only_who_may_delete_is_offered_to(scene: FootageScene) -> None:
    def offered(auth: str) -> Response:
        return scene.get(f"/download?auth={auth}")

    assert 'id="delete"' in offered(ADMIN_AUTH).text
    assert 'id="delete"' not in offered(VIEWER_AUTH).text
    assert "Garage" not in offered(VIEWER_AUTH).text
    assert offered(GUEST_AUTH).status == 401


def test_an_empty_page_says_what_to_do(scene: FootageScene) -> None:
    assert "Arm them" in scene.get(f"/download?{AUTH}").text
    filtered = scene.get(f"/download?mcFilesCheck=1&{AUTH}").text
    assert "show everything" in filtered
    assert "Show everything</a>" in filtered


def test_a_server_that_records_nothing_has_an_empty_page() -> None:
    assert "No footage yet" in Scene(a_camera_at_work()).get("/download").text


def test_the_live_page_leads_to_footage_where_there_may_be_some(scene: FootageScene) -> None:
    assert f"download?format=grid&amp;auth={VIEWER_AUTH}" in scene.get(f"/?auth={VIEWER_AUTH}").text
    assert "download" not in scene.get(f"/?auth={GUEST_AUTH}").text
    assert "download" not in Scene(a_camera_at_work()).get("/").text
