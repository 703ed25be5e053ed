"""`download` as a feed, and `caplist`."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ssplug.model.camera import CaptureMode
from ssplug.model.footage import FootageFile, ObjectClass
from ssplug.site.types import ServerConfig
from tests.unit.web.footage_scene import VIEWER_AUTH, FootageScene
from tests.unit.web.scene import ADMIN_AUTH, GUEST_AUTH, Scene, a_camera_at_work

AUTH = f"auth={ADMIN_AUTH}"
EVERYTHING = "cameraNum=0&cameraNum=3&ccFilesCheck=1&mcFilesCheck=1&imageFilesCheck=1"
BSL = "{http://www.bensoftware.com/}"
DAY = 86400.0


@pytest.fixture
def scene(tmp_path: Path) -> FootageScene:
    return FootageScene(tmp_path)


def a_feed(scene: Scene, parameters: str) -> ET.Element:
    response = scene.get(f"/download?format=xml&{parameters}&{AUTH}")
    assert response.status == 200, response.text
    return ET.fromstring(response.body)


def names(feed: ET.Element) -> list[str | None]:
    return [entry.findtext("title") for entry in feed.findall("entry")]


def continuation(feed: ET.Element) -> str | None:
    return feed.findtext(f"{BSL}continuation")


def listed(scene: Scene, parameters: str) -> list[str | None]:
    return names(a_feed(scene, parameters))


def test_a_feed_is_written_as_its_readers_want_it(scene: FootageScene) -> None:
    file = scene.record(at=-23 * 3600)
    response = scene.get(f"/++download?format=xml&cameraNum=0&mcFilesCheck=1&{AUTH}")
    assert response.header("Content-Type") == "text/xml; charset=utf-8"
    assert response.text == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns:bsl="http://www.bensoftware.com/">\n'
        "<title>Downloads</title>\n"
        "<bsl:gmt-offset>3600</bsl:gmt-offset>\n"
        "<entry>\n"
        "<title>21-11-2026 14-00-00 M Front Porch.m4v</title>\n"
        f'<link rel="alternate" type="video/quicktime" length="{file.size}"'
        ' href="++getfile/0/2026-11-21/21-11-2026+14-00-00+M+Front+Porch.m4v" />\n'
        "<updated>2026-11-21T14:00:00+01:00</updated>\n"
        "<bsl:cameraNum>0</bsl:cameraNum>\n"
        "</entry>\n"
        "</feed>\n"
    )


def test_the_newest_comes_first(scene: FootageScene) -> None:
    files = [scene.record(at, camera) for at, camera in ((0, 0), (120, 3), (60, 0))]
    assert listed(scene, EVERYTHING) == [files[1].name, files[2].name, files[0].name]


def test_every_file_of_a_feed_can_be_fetched_by_its_link(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, 'A+B & "Ö" %2B.. #1 <🐻>', "C?d=e;f")
    files = [scene.record(), scene.record(10, camera=3), scene.image(20)]
    links = [entry.find("link") for entry in a_feed(scene, EVERYTHING).findall("entry")]
    hrefs = [link.attrib["href"] for link in links if link is not None]
    assert not [href for href in hrefs if ".." in href]
    assert [scene.get(f"/{href}?{AUTH}").body for href in hrefs] == [scene.content(file) for file in reversed(files)]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("ccFilesCheck=1", "c"),
        ("mcFilesCheck=1", "m"),
        ("imageFilesCheck=1", "i"),
        ("ccFilesCheck=1&mcFilesCheck=1", "mc"),
        ("ccFilesCheck=0&mcFilesCheck=1", "m"),
        ("", ""),
    ],
)
def test_only_the_kinds_that_are_ticked_are_listed(scene: FootageScene, parameters: str, expected: str) -> None:
    files = {"c": scene.record(0, mode=CaptureMode.CONTINUOUS), "m": scene.record(10), "i": scene.image(-10)}
    assert listed(scene, f"cameraNum=0&{parameters}") == [files[each].name for each in expected]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("date1=2026-11-21", [22, 21]),
        ("date2=2026-11-21", [21, 20]),
        ("date1=2026-11-21&date2=2026-11-21", [21]),
        ("date1Text=21/11/2026&date2Text=21/11/2026", [21]),
        ("date1Text=&date2Text=&ageText=", [22, 21, 20]),
        ("date1=2026-11-23", []),
        ("ageText=1.5", [22, 21]),
        ("ageText=999999999", [22, 21, 20]),
        ("ageText=0", []),
    ],
)
def test_dates_are_inclusive_and_of_the_wall(scene: FootageScene, parameters: str, expected: list[int]) -> None:
    for days in range(3):
        scene.record(at=-1 - days * DAY)
    found = [int(str(name)[:2]) for name in listed(scene, f"{EVERYTHING}&{parameters}")]
    assert found == expected


def test_dates_are_read_in_the_format_that_is_configured(tmp_path: Path) -> None:
    server = ServerConfig(date_format="MM-DD-YYYY", bonjour=False)
    scene = FootageScene(tmp_path, server=server)
    file = scene.record()
    assert listed(scene, f"{EVERYTHING}&date1Text=11-22-2026&date2Text=11-22-2026") == [file.name]


@pytest.mark.parametrize(
    "parameters",
    [
        "date1=2026-02-30",
        "date1=20261122",
        "date1=2026-11",
        "date2=0000-00-00",
        "date1Text=31/02/2026",
        "date1Text=2026-11-22",
        "date2Text=%D9%A1/11/2026",
        "ageText=-1",
        "ageText=soon",
        "results=many",
        "continuation=0",
        "continuation=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
        "continuation=000000000000000000000000000000",
        "continuation=0000000000000000000000000000zz",
        "continuation=..%2F..%2Fetc%2Fpasswd",
    ],
)
def test_what_makes_no_sense_is_a_bad_request(scene: FootageScene, parameters: str) -> None:
    response = scene.get(f"/download?format=xml&{EVERYTHING}&{parameters}&{AUTH}")
    assert response.status == 400
    assert response.text.startswith(parameters.partition("=")[0])


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_follow_one_another_until_there_are_no_more(scene: FootageScene, size: int) -> None:
    """Also where several begin at the same moment; no file twice, none left out, however many there are."""
    files = [scene.record(at, camera) for at in (0, 0, 60) for camera in (0, 3)]
    found, more = [], ""
    for _ in range(len(files)):
        page = a_feed(scene, f"{EVERYTHING}&results={size}{more}")
        found += names(page)
        value = continuation(page)
        if value is None:
            break
        more = f"&continuation={value}"
    assert continuation(page) is None
    assert sorted(map(str, found)) == sorted(file.name for file in files)


def test_pages_do_not_shift_when_files_come_and_go(scene: FootageScene) -> None:
    files = [scene.record(at) for at in (0, 60, 120, 180)]
    first = a_feed(scene, f"{EVERYTHING}&results=2")
    scene.record(240)
    scene.library.delete(files[3], "for a test")
    second = a_feed(scene, f"{EVERYTHING}&results=2&continuation={continuation(first)}")
    assert names(first) + names(second) == [file.name for file in reversed(files)]


def test_the_vendors_mark_of_the_end_is_the_end(scene: FootageScene) -> None:
    scene.record()
    assert listed(scene, f"{EVERYTHING}&continuation=FFFFFFFFFFFFFFFF") == []


def test_without_a_camera_a_feed_is_empty(scene: FootageScene) -> None:
    """As on the vendor's server."""
    scene.record()
    assert listed(scene, "mcFilesCheck=1") == []


def test_what_an_account_does_not_see_is_left_out(scene: FootageScene) -> None:
    ours, _ = scene.record(), scene.record(camera=3)
    response = scene.get(f"/download?format=xml&{EVERYTHING}&cameraNum=99&auth={VIEWER_AUTH}")
    assert names(ET.fromstring(response.body)) == [ours.name]


@pytest.mark.parametrize("name", ["download?format=xml&cameraNum=0", "caplist?cams=0"])
def test_who_may_not_see_footage_is_challenged(scene: FootageScene, name: str) -> None:
    assert scene.get(f"/++{name}&auth={GUEST_AUTH}").status == 401


def test_a_server_without_footage_has_empty_lists() -> None:
    scene = Scene(a_camera_at_work())
    assert b"<entry>" not in scene.get(f"/download?format=xml&{EVERYTHING}").body
    assert scene.get("/caplist?cams=0,&startDate=2026-11-22&endDate=2026-11-22").body == b"[]"


def captures(scene: Scene, parameters: str) -> list[dict[str, object]]:
    response = scene.get(f"/++caplist?{parameters}&{AUTH}")
    assert (response.status, response.header("Content-Type")) == (200, "application/json")
    found: list[dict[str, object]] = json.loads(response.body)
    return found


def test_caplist_says_all_of_each_capture(scene: FootageScene) -> None:
    """`s` counts from local midnight: noon in UTC is one o'clock here."""
    image, movie = scene.image(at=5), scene.record(classes=ObjectClass.HUMAN | ObjectClass.ANIMAL)
    assert captures(scene, "cams=0,3,&startDate=2026-11-22&endDate=2026-11-22&filter=0") == [
        _capture(image, s=13 * 3600 + 5, t=2, d=0, o=0),
        _capture(movie, s=13 * 3600, t=1, d=1, o=5),
    ]


def _capture(file: FootageFile, **values: int) -> dict[str, object]:
    common = {"c": 0, "f": "2026-11-22", "n": file.name, "a": 0, "u": 0, "g": 0}
    return common | {"m": round(file.size / 1_000_000, 3)} | values


@pytest.mark.parametrize(("filter_", "expected"), [(0, 2), (1, 1), (2, 0), (5, 1), (7, 1)])
def test_caplist_can_be_asked_for_classes(scene: FootageScene, filter_: int, expected: int) -> None:
    scene.record(classes=ObjectClass.HUMAN)
    scene.record(60)
    dates = "startDate=2026-11-22&endDate=2026-11-22"
    assert len(captures(scene, f"cams=0&{dates}&filter={filter_}")) == expected


@pytest.mark.parametrize("dates", ["", "startDate=2026-11-22", "startDate=2026-02-30&endDate=x", "endDate=2026-11-22"])
def test_caplist_without_dates_is_empty(scene: FootageScene, dates: str) -> None:
    scene.record()
    assert captures(scene, f"cams=0&{dates}") == []
