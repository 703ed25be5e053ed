"""HLS over HTTP: who may have which playlist and which file, and what is said otherwise."""

import re

import pytest

from ssplug.cameras.camera import Camera
from ssplug.media.access_unit import MJPEG
from ssplug.streams.hls import FULL_SECONDS
from ssplug.testing import a_video_track, an_access_unit
from ssplug.testing.clips import a_clip, a_sound
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CLERK, CLERK_AUTH, GUEST, GUEST_AUTH, Scene, a_camera_at_work

TRACK, [KEY, OTHER] = a_clip(pictures=2, rate=10)
SOUND, _ = a_sound(0.1)
PLAYLIST_TYPE = "application/x-mpegURL"


def a_camera(**config) -> Camera:
    """With H.264 and AAC."""
    return a_camera_at_work(tracks=(TRACK, SOUND), **config)


def show(camera: Camera, count: int = 45, begins: int = 0) -> None:
    """Pictures of 4.5 seconds, every twentieth a key frame."""
    for number in range(begins, begins + count):
        key = number % 20 == 0
        camera.hub.publish(an_access_unit(number / 10, key, (KEY if key else OTHER).data, TRACK))


def a_scene(**config) -> Scene:
    """A camera that somebody has watched for a while; without accounts unless some are named."""
    camera = a_camera()
    scene = Scene(camera, **config)
    token = f"&auth={ADMIN_AUTH}" if config else ""
    scene.client().send(f"GET /hls_mediaplaylist?cameraNum=0{token} HTTP/1.1\r\n\r\n")
    show(camera)
    scene.clock.advance(FULL_SECONDS)
    return scene


def addresses(playlist: str) -> list[str]:
    """All that a playlist names."""
    return re.findall(r'URI="([^"]*)"', playlist) + [line for line in playlist.splitlines() if line and line[0] != "#"]


@pytest.mark.parametrize("uri", ["/hls?cameraNum=0", "/++hls?cameraNum=0", "/HLS/?cameraNum=0"])
def test_the_list_of_playlists_leads_to_the_files(uri: str) -> None:
    """Each address of each playlist is there, but the hint, which is waited for."""
    scene = a_scene()
    master = scene.get(uri)
    assert (master.status, master.header("Content-Type")) == (200, PLAYLIST_TYPE)
    [address] = addresses(master.text)
    media = scene.get(f"/{address}")
    assert (media.status, media.header("Content-Type"), media.header("Cache-Control")) == (
        200,
        PLAYLIST_TYPE,
        "no-store",
    )
    files = addresses(re.sub("#EXT-X-PRELOAD-HINT.*", "", media.text))
    answers = [scene.get(f"/{file}") for file in files]
    assert {(answer.status, answer.header("Content-Type")) for answer in answers} == {(200, "video/mp4")}
    assert answers[0].body[4:8] == b"ftyp"
    assert all(answer.body[4:8] == b"moof" for answer in answers[1:])


def test_a_small_picture_is_the_same_in_every_quality() -> None:
    """There is nothing to be made smaller, and nothing is cut twice."""
    scene = a_scene()
    texts = [scene.get(f"/hls_mediaplaylist?&cameraNum=0&quality={quality}").text for quality in (0, 1, 2)]
    assert len({re.sub("quality=[012]", "", text) for text in texts}) == 1
    assert "quality=2" in texts[2]


def test_credentials_of_the_address_are_in_every_address() -> None:
    """A player repeats no header, and does not know that it should."""
    scene = a_scene(users=(ADMIN,))
    master = scene.get(f"/hls?cameraNum=0&auth={ADMIN_AUTH}").text
    media = scene.get(f"/{addresses(master)[0]}").text
    named = addresses(master) + addresses(media)
    assert len(named) > 5
    assert all(address.endswith(f"auth={ADMIN_AUTH}") for address in named)


def test_credentials_of_the_header_are_in_no_address() -> None:
    scene = a_scene(users=(ADMIN,))
    header = f"Authorization: Basic {ADMIN_AUTH}"
    assert "auth" not in scene.get("/hls?cameraNum=0", header).text
    assert "auth" not in scene.get("/hls_mediaplaylist?cameraNum=0", header).text


def test_whoever_may_not_watch_gets_neither_playlist_nor_file() -> None:
    scene = a_scene(users=(ADMIN, CLERK))
    number = re.search(r"SEQUENCE:(\d+)", scene.get(f"/hls_mediaplaylist?cameraNum=0&auth={ADMIN_AUTH}").text)[1]
    for uri in ("hls?cameraNum=0", "hls_mediaplaylist?cameraNum=0", f"hls/{number}.m4s?cameraNum=0"):
        assert scene.get(f"/{uri}").status == 401
        assert scene.get(f"/{uri}&auth={CLERK_AUTH}").status == 401
        assert scene.get(f"/{uri}&auth={ADMIN_AUTH}").status == 200


def test_sound_is_for_those_who_may_hear() -> None:
    """The guest may not; neither the list nor the files have any. Others can leave it out."""
    scene = Scene(a_camera(), users=(ADMIN, GUEST))
    accounts = ((ADMIN_AUTH, "", True), (GUEST_AUTH, "", False), (ADMIN_AUTH, "&acodec=none", False))
    for turn, (auth, more, sound) in enumerate(accounts):
        uri = f"cameraNum=0&auth={auth}{more}"
        scene.client().send(f"GET /hls?{uri} HTTP/1.1\r\n\r\n")
        show(scene.roster.get(0), 65, begins=65 * turn)
        master = scene.get(f"/hls?{uri}").text
        assert ("mp4a" in master) is sound
        media = scene.get(f"/{addresses(master)[0]}").text
        assert ("acodec=none" in media) is bool(more)
        assert (b"soun" in scene.get(f"/{addresses(media)[0]}").body) is sound


@pytest.mark.parametrize("uri", ["hls?cameraNum=0", "hls_mediaplaylist?cameraNum=0", "hls/1.m4s?cameraNum=0"])
def test_a_camera_that_is_offline_is_to_be_asked_again(uri: str) -> None:
    response = Scene(a_camera_at_work(online=False)).get(f"/{uri}")
    assert (response.status, response.header("Retry-After"), response.body) == (503, "5", b"The camera is offline.")


def test_a_camera_that_went_offline_still_has_what_it_had() -> None:
    """A player shows what it has not shown yet, and waits for more."""
    scene = a_scene()
    scene.roster.get(0).hub.went_offline("gone")
    playlist = scene.get("/hls_mediaplaylist?cameraNum=0").text
    assert all(scene.get(f"/{address}").status == 200 for address in addresses(playlist))


def test_a_camera_without_pictures_is_refused() -> None:
    response = Scene(a_camera_at_work(tracks=(SOUND,))).get("/hls?cameraNum=0")
    assert (response.status, response.body) == (415, b"The camera sends no pictures.")


def test_what_would_have_to_be_encoded_is_refused_when_that_is_too_much() -> None:
    """Motion JPEG, or less than a large picture: with the words of the budget."""
    for tracks, quality in (((a_video_track(MJPEG),), 0), ((a_video_track(height=1080),), 1)):
        camera = a_camera_at_work(tracks=tracks)
        camera.forms.budget.set_limit(0)
        response = Scene(camera).get(f"/hls?cameraNum=0&quality={quality}")
        assert (response.status, response.header("Retry-After")) == (503, "5")
        assert response.body != b"The camera is offline."


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("hls?cameraNum=7", 404),
        ("hls", 404),
        ("hls_mediaplaylist?cameraNum=0&quality=9", 400),
        ("hls_mediaplaylist?cameraNum=0&_HLS_msn=99999999999", 400),
        ("hls/1.m4s?cameraNum=0", 404),
        ("hls/init1.mp4?cameraNum=0", 404),
        ("hls/nonsense?cameraNum=0", 404),
        ("hls/1.m4s/2.m4s?cameraNum=0", 404),
    ],
)
def test_what_cannot_be_is_said_to_be_so(uri: str, status: int) -> None:
    assert a_scene().get(f"/{uri}").status == status


def test_a_reload_is_answered_when_there_is_more() -> None:
    """The request waits, and others are served meanwhile."""
    scene = a_scene()
    last = re.findall(r"hls/(\d+)\.m4s", scene.get("/hls_mediaplaylist?cameraNum=0").text)[-1]
    client = scene.client().send(f"GET /hls_mediaplaylist?cameraNum=0&_HLS_msn={int(last) + 1} HTTP/1.1\r\n\r\n")
    assert client.received == b""
    show(scene.roster.get(0), 16, begins=45)
    assert f"hls/{int(last) + 1}.m4s".encode() in client.received


def test_a_reload_of_a_client_that_left_is_forgotten() -> None:
    scene = a_scene()
    last = re.findall(r"hls/(\d+)\.m4s", scene.get("/hls_mediaplaylist?cameraNum=0").text)[-1]
    client = scene.client().send(f"GET /hls_mediaplaylist?cameraNum=0&_HLS_msn={int(last) + 1} HTTP/1.1\r\n\r\n")
    client.leave()
    show(scene.roster.get(0), 40, begins=45)
    assert client.received == b""


def test_however_many_watch_the_camera_is_cut_once() -> None:
    """And for nobody, a while after the last of them."""
    scene = a_scene()
    for _ in range(5):
        assert scene.get("/hls_mediaplaylist?cameraNum=0").status == 200
    assert (scene.roster.get(0).hub.subscribers, scene.context.live.segmented) == (1, 1)
    scene.clock.advance(100)
    assert (scene.roster.get(0).hub.subscribers, scene.context.live.segmented) == (0, 0)
