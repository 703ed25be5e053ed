"""`getfile`: footage itself, whole and in parts, and nothing else of the machine."""

from pathlib import Path

import pytest

from ssplug.capture.retention import Limits
from ssplug.model.footage import TAG_KEEP, FootageFile
from ssplug.servers.web import downloads, footage_access
from ssplug.site.types import Retention
from ssplug.testing.storage import MemoryStore
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore
from tests.unit.web.footage_scene import VIEWER_AUTH, FootageScene, path_of
from tests.unit.web.scene import ADMIN_AUTH, GUEST_AUTH, Client, Response, Scene, a_camera_at_work

AUTH = f"auth={ADMIN_AUTH}"
NAME = "22-11-2026 13-00-00 M Front Porch.m4v"


@pytest.fixture
def scene(tmp_path: Path) -> FootageScene:
    return FootageScene(tmp_path)


@pytest.fixture
def file(scene: FootageScene) -> FootageFile:
    return scene.record()


def fetched(scene: Scene, path: str, *headers: str, method: str = "GET") -> Response:
    return scene.get(f"/++getfile/{path}?{AUTH}", *headers, method=method)


@pytest.mark.parametrize(
    "uri",
    [
        "/getfile/0/2026-11-22/22-11-2026+13-00-00+M+Front+Porch.m4v?auth={0}",
        "/++getfile/0/2026-11-22/22-11-2026%2013-00-00%20M%20Front%20Porch.m4v?archive=0&auth={0}",
        "//++getfile/0/2026-11-22/22-11-2026+13-00-00%20M+Front%20Porch.m4v?auth={0}",
        "/++getfile/0/2026-11-22/22-11-2026+13-00-00+M+Front+Porch.m4v&auth={0}",
        "/++getfile/0/2026%2D11%2D22/22-11-2026+13-00-00+M+Front+%50orch.m4v/?auth={0}",
        "/getfile?0/2026-11-22/22-11-2026+13-00-00+M+Front+Porch.m4v&auth={0}",
        "/++getfile?/0/2026-11-22/22-11-2026%2013-00-00%20M%20Front%20Porch.m4v?archive=0&auth={0}",
    ],
)
def test_a_file_is_found_in_every_spelling(scene: FootageScene, file: FootageFile, uri: str) -> None:
    response = scene.get(uri.format(ADMIN_AUTH))
    assert (response.status, response.header("Content-Type")) == (200, "video/quicktime")
    assert response.header("Content-Length") == str(file.size)
    assert response.body == scene.content(file)


def test_an_image_is_a_jpeg(scene: FootageScene) -> None:
    image = scene.image()
    response = fetched(scene, path_of(image))
    assert (response.header("Content-Type"), response.body) == ("image/jpeg", scene.content(image))


def test_a_plus_sign_in_a_name_may_be_escaped_or_not(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, "A+B")
    file = scene.record()
    for name in ("22-11-2026+13-00-00+M+A%2BB.m4v", "22-11-2026%2013-00-00%20M%20A+B.m4v"):
        assert fetched(scene, f"0/2026-11-22/{name}").body == scene.content(file)


def test_a_browser_can_be_told_to_save_a_file(scene: FootageScene, file: FootageFile) -> None:
    response = scene.get(f"/getfile/{path_of(file)}?forceDownload=1&{AUTH}")
    assert response.header("Content-Type") == "application/force-download"
    assert response.header("Content-Disposition") == "attachment"


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-99", slice(0, 100)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-100", slice(-100, None)),
        ("bytes=-999999999", slice(0, None)),
        ("bytes=500-999999999", slice(500, None)),
        ("Bytes = 5 - 9", slice(5, 10)),
    ],
)
def test_a_part_of_a_file_can_be_had(scene: FootageScene, file: FootageFile, header: str, part: slice) -> None:
    content = scene.content(file)
    response = fetched(scene, path_of(file), f"Range: {header}")
    begin, end, _ = part.indices(len(content))
    assert (response.status, response.body) == (206, content[part])
    assert response.header("Content-Range") == f"bytes {begin}-{end - 1}/{len(content)}"
    assert response.header("Content-Length") == str(end - begin)


@pytest.mark.parametrize(
    "header", ["bytes=999999999-", "bytes=9-5", "bytes=-0", "bytes=", "bytes=-", "bytes=a-b", "bytes=1-2-3", "bytes=1"]
)
def test_ranges_that_make_no_sense_are_not_satisfiable(scene: FootageScene, file: FootageFile, header: str) -> None:
    response = fetched(scene, path_of(file), f"Range: {header}")
    assert response.status == 416
    assert response.header("Content-Range") == f"bytes */{file.size}"


@pytest.mark.parametrize("header", ["bytes=0-1,5-9", "seconds=1-2", "lines=x"])
def test_other_ranges_are_answered_with_the_whole_file(scene: FootageScene, file: FootageFile, header: str) -> None:
    response = fetched(scene, path_of(file), f"Range: {header}")
    assert (response.status, response.body) == (200, scene.content(file))


def test_a_range_is_only_of_the_version_that_the_client_has(scene: FootageScene, file: FootageFile) -> None:
    whole = fetched(scene, path_of(file))
    etag, modified = whole.header("ETag"), whole.header("Last-Modified")
    assert modified == "Sun, 22 Nov 2026 12:00:01 GMT"
    for condition, status in ((etag, 206), (modified, 206), ('"other"', 200), (f"W/{etag}", 200), ("yesterday", 200)):
        response = fetched(scene, path_of(file), "Range: bytes=0-9", f"If-Range: {condition}")
        assert (response.status, len(response.body)) == (status, 10 if status == 206 else file.size)


def test_what_the_client_has_is_not_sent_again(scene: FootageScene, file: FootageFile) -> None:
    etag = fetched(scene, path_of(file)).header("ETag")
    again = fetched(scene, path_of(file), f"If-None-Match: {etag}")
    assert (again.status, again.body, again.header("ETag")) == (304, b"", etag)
    scene.library.tag(file, TAG_KEEP)
    assert fetched(scene, path_of(file), f"If-None-Match: {etag}").status == 200


def test_head_says_how_large_a_file_is(scene: FootageScene, file: FootageFile) -> None:
    client = scene.client()
    response = client.get(f"/getfile/{path_of(file)}?{AUTH}", method="HEAD")
    assert (response.status, response.header("Content-Length")) == (200, str(file.size))
    assert response.header("Accept-Ranges") == "bytes"
    assert client.received.endswith(b"\r\n\r\n")


def test_a_connection_goes_on_behind_a_file(scene: FootageScene, file: FootageFile) -> None:
    client = scene.client()
    for method in ("GET", "HEAD", "GET"):
        assert client.get(f"/getfile/{path_of(file)}?{AUTH}", method=method).status == 200
    assert client.is_open


NONSENSE = [
    "",
    "0",
    "0/2026-11-22",
    f"0/2026-11-21/{NAME}",
    f"0/2026-11-22/{NAME}x",
    f"0/2026-13-01/{NAME}",
    f"0/2026-02-30/{NAME}",
    f"x/2026-11-22/{NAME}",
    f"-1/2026-11-22/{NAME}",
    f"99/2026-11-22/{NAME}",
    f"99999999999999999999/2026-11-22/{NAME}",
    f"3/2026-11-22/{NAME}",
    f"0/2026-11-22/x/{NAME}",
    "0/2026-11-22/..",
    "0/2026-11-22/../../../../etc/passwd",
    "0/2026-11-22/..%2F..%2F..%2F..%2Fetc%2Fpasswd",
    "0/2026-11-22/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "0/2026-11-22/%252e%252e%252fetc%252fpasswd",
    "0/2026-11-22/..%5C..%5Cetc%5Cpasswd",
    "0/2026-11-22/%2Fetc%2Fpasswd",
    "0/%2e%2e/passwd",
    "../../../etc/passwd",
    "0/2026-11-22/secret.txt",
    "0/2026-11-22/%00",
    f"0/2026-11-22/{NAME}%00.jpg",
    "0/2026-11-22/%FF%FE%ED%A0%80",
    "0/2026-11-22/%c0%ae%c0%ae%c0%af",
    "0/2026-11-22/" + "x" * 5000,
    "0/2026-11-22/%F0%9F%90%BB",
    "0/2026-11-22/'%20OR%20''='",
]


@pytest.mark.parametrize("path", [path.replace(" ", "%20") for path in NONSENSE])
@pytest.mark.parametrize("separator", ["/", "?"])
def test_nothing_is_found_but_footage(scene: FootageScene, file: FootageFile, path: str, separator: str) -> None:
    response = scene.get(f"/getfile{separator}{path}", f"Authorization: Basic {ADMIN_AUTH}")
    assert response.status == 404
    assert b"root:" not in response.body


def on_disk(tmp_path: Path) -> tuple[FootageScene, Path, FootageFile]:
    store = FilesystemStore(FilesystemSettings(str(tmp_path / "footage")))
    scene = FootageScene(tmp_path / "state", store=store)
    file = scene.record()
    return scene, tmp_path / "footage" / file.key, file


def test_a_symbolic_link_leads_nowhere(tmp_path: Path) -> None:
    """Also where it stands in the place of a file that the catalogue knows."""
    scene, place, file = on_disk(tmp_path)
    (tmp_path / "secret").write_text("secret")
    place.unlink()
    place.symlink_to(tmp_path / "secret")
    assert fetched(scene, path_of(file)).status == 404


def test_a_link_in_the_place_of_a_folder_leads_nowhere(tmp_path: Path) -> None:
    scene, place, file = on_disk(tmp_path)
    place.parent.rename(tmp_path / "elsewhere")
    place.parent.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert fetched(scene, path_of(file)).status == 404


def test_a_file_that_somebody_took_away_is_not_found(tmp_path: Path) -> None:
    scene, place, file = on_disk(tmp_path)
    place.unlink()
    assert fetched(scene, path_of(file)).status == 404


def test_no_file_stays_open(tmp_path: Path) -> None:
    """Whether it was sent, refused, known already or only asked about."""
    scene, _, file = on_disk(tmp_path)
    etag = fetched(scene, path_of(file)).header("ETag")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for header in ("X: y", "Range: bytes=5-9", "Range: bytes=999999999-", f"If-None-Match: {etag}"):
        for method in ("GET", "HEAD"):
            fetched(scene, path_of(file), header, method=method)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_who_may_not_read_footage_is_challenged(scene: FootageScene, file: FootageFile) -> None:
    """With the same bytes as one whose password is wrong: clients tell them apart by systemInfo."""
    refused = scene.get(f"/++getfile/{path_of(file)}?auth={GUEST_AUTH}")
    assert (refused.status, refused.body) == (401, b"401 Unauthorized")
    assert refused.header("WWW-Authenticate") == 'Basic realm="SecuritySpy"'


def test_a_camera_that_the_account_does_not_see_has_no_files(scene: FootageScene) -> None:
    ours, theirs = scene.record(), scene.record(camera=3)
    assert scene.get(f"/getfile/{path_of(ours)}?auth={VIEWER_AUTH}").status == 200
    assert scene.get(f"/getfile/{path_of(theirs)}?auth={VIEWER_AUTH}").status == 404


def test_a_server_that_records_nothing_has_no_files() -> None:
    assert Scene(a_camera_at_work()).get(f"/getfile/0/2026-11-22/{NAME.replace(' ', '+')}").status == 404


# -- at the pace of the client ------------------------------------------------------------------


def a_large_file(tmp_path: Path, pieces: int = 5) -> tuple[FootageScene, FootageFile]:
    store = MemoryStore()
    scene = FootageScene(tmp_path, store=store)
    file = scene.record()
    store.files[file.key] += bytes(pieces * footage_access.PIECE - file.size)
    return scene, file


def a_slow_reader(scene: FootageScene, file: FootageFile) -> Client:
    """Takes one piece, and then no more until its channel is resumed."""
    client = scene.client()
    write = client.transport.write

    def write_and_pause(data: bytes) -> None:
        write(data)
        if len(data) == footage_access.PIECE:
            client.transport.write = write
            client.channel.pauseProducing()

    client.transport.write = write_and_pause
    return client.send(f"GET /getfile/{path_of(file)}?{AUTH} HTTP/1.1\r\nHost: x\r\n\r\n")


def body_size(client: Client) -> int:
    return len(client.received.partition(b"\r\n\r\n")[2])


def test_a_client_that_does_not_read_is_not_read_for(tmp_path: Path) -> None:
    scene, file = a_large_file(tmp_path)
    client = a_slow_reader(scene, file)
    assert body_size(client) == footage_access.PIECE
    client.channel.resumeProducing()
    assert body_size(client) == 5 * footage_access.PIECE


def test_retention_leaves_a_file_alone_while_it_is_sent(tmp_path: Path) -> None:
    scene = FootageScene(tmp_path, limits=Limits(Retention(max_age=60)))
    file = scene.record(at=-3600)
    scene.store.files[file.key] += bytes(footage_access.PIECE)
    client = a_slow_reader(scene, file)
    scene.library.sweep()
    assert file.key in scene.store.files
    client.leave()
    scene.library.sweep()
    assert file.key not in scene.store.files


def test_too_many_readers_are_asked_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage_access, "MOST_DOWNLOADS", 1)
    scene, file = a_large_file(tmp_path)
    first = a_slow_reader(scene, file)
    refused = fetched(scene, path_of(file), "Range: bytes=0-0")
    assert (refused.status, refused.header("Retry-After")) == (503, "5")
    first.leave()
    assert fetched(scene, path_of(file), "Range: bytes=0-0").status == 206


def test_a_client_that_takes_nothing_for_ten_minutes_is_dropped(tmp_path: Path) -> None:
    """Its place is somebody else's; a film that is paused for a while goes on."""
    scene, file = a_large_file(tmp_path)
    client = a_slow_reader(scene, file)
    scene.clock.advance(downloads.STALL_SECONDS - 1)
    assert client.is_open
    scene.clock.advance(2)
    assert not client.is_open


def test_a_file_that_becomes_shorter_breaks_the_connection(tmp_path: Path) -> None:
    """A client must not take what is there for all of it."""
    scene, file = a_large_file(tmp_path)
    client = a_slow_reader(scene, file)
    del scene.store.files[file.key][2 * footage_access.PIECE :]
    client.channel.resumeProducing()
    assert not client.is_open
