"""Footage that is made when it is asked for: previews, lower bit rates, clips; and commands that change files."""

import io
import itertools
from pathlib import Path

import av
import pytest
from PIL import Image

from ssplug.media.access_unit import H264, H265, MJPEG, AccessUnit, Track
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import TAG_KEEP, FootageFile
from ssplug.servers.web import footage_access
from ssplug.site.types import Bandwidth, ServerConfig
from ssplug.testing.clips import a_clip, a_sound
from tests.unit.web.footage_scene import VIEWER_AUTH, FootageScene, path_of
from tests.unit.web.scene import ADMIN_AUTH, GUEST_AUTH, Client, Response, responses

AUTH = f"auth={ADMIN_AUTH}"
NARROW = ServerConfig(bonjour=False, bandwidth=Bandwidth(high=2_000_000, low=100_000))


@pytest.fixture
def scene(tmp_path: Path) -> FootageScene:
    return FootageScene(tmp_path, server=NARROW)


def with_sound(size: tuple[int, int] = (64, 48)) -> tuple[tuple[Track, Track], list[AccessUnit]]:
    """Two seconds."""
    track, pictures = a_clip(H264, pictures=50, size=size, gop=10)
    sound_track, sound = a_sound(2.0)
    return (track, sound_track), sorted(pictures + sound, key=lambda unit: unit.dts / unit.track.clock_rate)


def pictures(movie: bytes) -> list[float]:
    """When each picture is shown."""
    with av.open(io.BytesIO(movie)) as container:
        return [frame.time or 0.0 for frame in container.decode(video=0)]


def joined(response: Response) -> bytes:
    """A body that came in chunks."""
    assert response.header("Transfer-Encoding") == "chunked"
    data, body = response.body, b""
    while True:
        size, _, data = data.partition(b"\r\n")
        if size == b"0":
            return body
        body, data = body + data[: int(size, 16)], data[int(size, 16) + 2 :]


# -- other bit rates -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), [("getfilehb", "video/quicktime"), ("getfilelb", "video/mp4")])
def test_a_movie_that_is_small_enough_is_sent_as_it_is(tmp_path: Path, name: str, kind: str) -> None:
    scene = FootageScene(tmp_path, server=ServerConfig(bonjour=False, bandwidth=Bandwidth(10**8, 10**8)))
    file = scene.record()
    response = scene.get(f"/++{name}/{path_of(file)}?{AUTH}", "Range: bytes=0-99")
    assert (response.status, response.header("Content-Type")) == (206, kind)
    assert response.body == scene.content(file)[:100]


@pytest.mark.parametrize("codec", [H265, MJPEG])
def test_a_low_rate_is_always_h264(tmp_path: Path, codec: str) -> None:
    """However small the movie is: it is asked for by what cannot play anything else. High is as it was recorded."""
    scene = FootageScene(tmp_path, server=ServerConfig(bonjour=False, bandwidth=Bandwidth(10**8, 10**8)))
    track, units = a_clip(codec, pictures=25)
    file = scene.record(units=units, tracks=(track,))
    movie = joined(scene.get(f"/getfilelb/{path_of(file)}?{AUTH}"))
    with av.open(io.BytesIO(movie)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
    assert len(pictures(movie)) == 25
    assert scene.get(f"/getfilehb/{path_of(file)}?{AUTH}").body == scene.content(file)


def test_an_image_has_no_bit_rate(scene: FootageScene) -> None:
    image = scene.image()
    response = scene.get(f"/++getfilelb/{path_of(image)}?{AUTH}")
    assert (response.header("Content-Type"), response.body) == ("image/jpeg", scene.content(image))


@pytest.mark.parametrize("name", ["getfilelb", "getfilehb"])
def test_a_larger_movie_is_encoded_while_it_is_sent(scene: FootageScene, name: str) -> None:
    tracks, units = with_sound((640, 360))
    file = scene.record(units=units, tracks=tracks)
    movie = joined(scene.get(f"/++{name}/{path_of(file)}?{AUTH}"))
    with av.open(io.BytesIO(movie)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
    assert len(pictures(movie)) == 50
    assert len(movie) < file.size / 2


def test_no_more_movies_are_encoded_than_there_are_threads_for(scene: FootageScene) -> None:
    """Who comes too late is told when to come again; a place is free when a client goes."""
    tracks, units = with_sound((640, 360))
    file = scene.record(units=units, tracks=tracks)
    clients = [a_paused_client(scene, f"/getfilelb/{path_of(file)}?{AUTH}") for _ in range(2)]
    refused = scene.get(f"/getfilelb/{path_of(file)}?{AUTH}")
    assert (refused.status, refused.header("Retry-After")) == (503, "5")
    clients[0].leave()
    assert scene.get(f"/getfilelb/{path_of(file)}?{AUTH}").status == 200


def a_paused_client(scene: FootageScene, uri: str) -> Client:
    """Takes the first chunk of a body, and then no more."""
    client = scene.client()
    write = client.transport.writeSequence

    def write_and_pause(data: list[bytes]) -> None:
        write(data)
        client.channel.pauseProducing()

    client.transport.writeSequence = write_and_pause
    return client.send(f"GET {uri} HTTP/1.1\r\nHost: x\r\n\r\n")


def test_what_is_no_movie_is_not_found(scene: FootageScene) -> None:
    file = scene.record()
    scene.store.files[file.key][:] = b"no movie" * 10_000
    for name in ("getfilelb", "getpreview"):
        assert scene.get(f"/{name}/{path_of(file)}?{AUTH}").status == 404
    scene.store.files.clear()
    for name in ("getfilelb", "getpreview"):
        assert scene.get(f"/{name}/{path_of(file)}?{AUTH}").status == 404


# -- previews ------------------------------------------------------------------------------------


@pytest.mark.parametrize("uri", ["/++getpreview?/{0}?archive=0&{1}", "/getpreview/{0}?{1}", "/getpreview?{0}&{1}"])
def test_a_preview_is_a_small_jpeg(scene: FootageScene, uri: str) -> None:
    _, units = with_sound((640, 360))
    track = next(unit.track for unit in units if unit.track.is_video)
    file = scene.record(units=[unit for unit in units if unit.track == track], tracks=(track,))
    response = scene.get(uri.format(path_of(file), AUTH))
    assert (response.status, response.header("Content-Type")) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(response.body)).size == (320, 180)


def test_an_image_has_a_preview_too(scene: FootageScene) -> None:
    response = scene.get(f"/getpreview?/{path_of(scene.image())}?archive=1&{AUTH}")
    assert Image.open(io.BytesIO(response.body)).format == "JPEG"


def test_a_preview_is_made_once(scene: FootageScene) -> None:
    file = scene.record()
    first = scene.get(f"/getpreview?/{path_of(file)}&{AUTH}")
    scene.store.files[file.key].clear()
    assert scene.get(f"/getpreview?/{path_of(file)}&{AUTH}").body == first.body


# -- clips ---------------------------------------------------------------------------------------


def a_continuous_recording(scene: FootageScene, movies: int = 3) -> list[FootageFile]:
    """Movies of two seconds, one behind the other, with a key frame every 0.4 s."""
    tracks, units = with_sound()
    return [
        scene.record(2.0 * number, mode=CaptureMode.CONTINUOUS, units=units, tracks=tracks) for number in range(movies)
    ]


def a_clip_of(scene: FootageScene, start: str, end: str, camera: int = 0) -> Response:
    return scene.get(f"/clip?cameraNum={camera}&start={start}&end={end}&{AUTH}")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22T13:00:00.5", "2026-11-22T13:00:05.5"),
        ("2026-11-22T12:00:00.5Z", "2026-11-22T12:00:05.5Z"),
        ("2026-11-22T13:00:00.5+01:00", "2026-11-22T13:00:05.5%2B01:00"),
        ("1795348800.5", "1795348805.5"),
    ],
)
def test_a_clip_is_one_movie_of_several_files(scene: FootageScene, start: str, end: str) -> None:
    """From the key frame at 0.4 s to 5.5 s, with no gap and nothing twice where the files meet."""
    a_continuous_recording(scene)
    response = a_clip_of(scene, start, end)
    assert response.header("Content-Type") == "video/mp4"
    shown = pictures(joined(response))
    assert len(shown) == round((5.52 - 0.4) * 25)
    assert {round(after - before, 3) for before, after in itertools.pairwise(shown)} == {0.04}


def test_a_clip_is_named_after_what_it_is_of(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, 'Tür "1"')
    a_continuous_recording(scene)
    named = a_clip_of(scene, "2026-11-22T13:00:00", "2026-11-22T13:00:01").header("Content-Disposition")
    assert named == "attachment; filename*=UTF-8''2026-11-22%2013-00-00%20T%C3%BCr%20%221%22.mp4"


def test_a_clip_of_a_time_without_footage_is_not_found(scene: FootageScene) -> None:
    a_continuous_recording(scene)
    assert a_clip_of(scene, "2026-11-22T10:00:00", "2026-11-22T11:00:00").status == 404
    assert a_clip_of(scene, "2026-11-22T13:00:00", "2026-11-22T13:00:01", camera=3).status == 404
    assert a_clip_of(scene, "2026-11-22T13:00:00", "2026-11-22T13:00:01", camera=9).status == 404


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("", "2026-11-22"),
        ("2026-11-22T13:00:00", "2026-11-22T13:00:00"),
        ("2026-11-22T13:00:00", "2026-11-22T12:00:00"),
        ("2026-02-30T13:00:00", "2026-03-30T12:00:00"),
        ("0001-01-01", "9999-12-31"),
        ("99999999999", "99999999999999999999"),
        ("2026-11-22T13:00:00", "2026-11-24T13:00:00"),
    ],
)
def test_a_clip_of_an_impossible_time_is_a_bad_request(scene: FootageScene, start: str, end: str) -> None:
    assert a_clip_of(scene, start, end).status == 400


# -- commands ------------------------------------------------------------------------------------


def command(scene: FootageScene, uri: str, *headers: str, body: str = "", auth: str = ADMIN_AUTH) -> Response:
    """POST."""
    client = scene.client()
    head = (f"Authorization: Basic {auth}", "Host: nvr.local:8000", *headers)
    lines = (f"POST {uri} HTTP/1.1", *head, f"Content-Length: {len(body)}", "", body)
    client.send("\r\n".join(lines))
    return responses(client.received)[0]


def test_a_file_is_deleted(scene: FootageScene) -> None:
    file, other = scene.record(), scene.record(60)
    response = command(scene, f"/++delete/{path_of(file)}")
    assert (response.status, response.body) == (200, b"OK")
    assert set(scene.store.files) == {other.key}
    assert command(scene, f"/++delete/{path_of(file)}").status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_deletes_nothing(scene: FootageScene, method: str) -> None:
    """Any page could contain it, and a browser would send the credentials that it keeps."""
    file = scene.record()
    response = scene.get(f"/delete/{path_of(file)}?{AUTH}", method=method)
    assert (response.status, response.header("Allow")) == (405, "POST")
    assert file.key in scene.store.files


def test_several_files_are_deleted_or_none(scene: FootageScene) -> None:
    files = [scene.record(at) for at in (0, 60)]
    body = "&".join(f"file={path_of(file)}" for file in files)
    assert command(scene, "/delete", body=f"{body}&file=0/2026-11-22/nothing.m4v").status == 404
    assert len(scene.store.files) == 2
    assert command(scene, "/delete", body=body).body == b"OK"
    assert not scene.store.files


def test_a_file_is_tagged(scene: FootageScene) -> None:
    """Tag 1 keeps it; the tag is in `caplist`."""
    file = scene.record()
    assert command(scene, "/setTags", body=f"file={path_of(file)}&tag={TAG_KEEP}").body == b"OK"
    dates = "startDate=2026-11-22&endDate=2026-11-22"
    assert '"g": 1' in scene.get(f"/caplist?cams=0&{dates}&{AUTH}").text
    assert command(scene, f"/setTags?{path_of(file)}&tag=0").body == b"OK"
    assert '"g": 0' in scene.get(f"/caplist?cams=0&{dates}&{AUTH}").text


@pytest.mark.parametrize("tag", ["", "-1", "256", "keep"])
def test_a_tag_is_a_small_number(scene: FootageScene, tag: str) -> None:
    assert command(scene, f"/setTags?{path_of(scene.record())}&tag={tag}").status == 400


@pytest.mark.parametrize("name", ["delete", "setTags"])
@pytest.mark.parametrize("auth", [VIEWER_AUTH, GUEST_AUTH])
def test_who_may_not_delete_may_not_keep_either(scene: FootageScene, name: str, auth: str) -> None:
    file = scene.record()
    assert command(scene, f"/{name}/{path_of(file)}?tag=1", auth=auth).status == 401
    assert file.key in scene.store.files


@pytest.mark.parametrize(
    "headers",
    [
        ("Sec-Fetch-Site: cross-site",),
        ("Sec-Fetch-Site: same-site",),
        ("Origin: https://elsewhere.example",),
        ("Origin: null",),
    ],
)
def test_another_site_deletes_nothing(scene: FootageScene, headers: tuple[str, ...]) -> None:
    """A browser would send the credentials that it has along with what a page elsewhere makes it ask for."""
    file = scene.record()
    assert command(scene, "/delete", *headers, body=f"file={path_of(file)}").status == 403
    assert command(scene, f"/delete/{path_of(file)}", *headers).status == 403
    assert file.key in scene.store.files


@pytest.mark.parametrize(
    "headers", [("Sec-Fetch-Site: same-origin", "Origin: http://nvr.local:8000"), ("Origin: http://nvr.local:8000",)]
)
def test_our_own_page_deletes(scene: FootageScene, headers: tuple[str, ...]) -> None:
    assert command(scene, "/delete", *headers, body=f"file={path_of(scene.record())}").status == 200


@pytest.mark.parametrize("name", ["getfilehb", "getfilelb", "getpreview", "clip"])
def test_nobody_without_permission_sees_footage_in_any_form(scene: FootageScene, name: str) -> None:
    assert scene.get(f"/++{name}/{path_of(scene.record())}?auth={GUEST_AUTH}").status == 401


def test_threads_are_given_back(scene: FootageScene) -> None:
    """However a movie ends, there is a thread for the next one."""
    file = scene.record()
    scene.store.files[file.key][:] = b"no movie" * 10_000
    for _ in range(footage_access.MOST_TRANSCODES + 1):
        assert scene.get(f"/getfilelb/{path_of(file)}?{AUTH}").status == 404
