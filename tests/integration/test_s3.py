"""Footage in a bucket: the same promises as on a disk, and a spool for when the bucket is away."""

import datetime as dt
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssplug.capture.film import Film
from ssplug.capture.reel import Reel
from ssplug.capture.repair import left_behind, mend, reindex
from ssplug.capture.tagging import set_tag
from ssplug.media.mp4_index import read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import TAG_KEEP, FootageFile, FootageState
from ssplug.testing import a_camera
from ssplug.testing.clips import a_clip
from ssplug.testing.storage import KEY
from tests.integration.s3_server import BUCKET, PART, Desk, S3Server, an_s3_server, wait_until
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration]

NOON = dt.datetime(2026, 11, 22, 12, 0, 0, tzinfo=dt.UTC).timestamp()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """A server for all tests; each has a prefix of its own."""
    with an_s3_server() as running:
        yield running


@pytest.fixture
def desk(server: S3Server, tmp_path: Path) -> Iterator[Desk]:
    """An empty store that uploads nothing yet."""
    made = Desk(server, tmp_path)
    yield made
    made.close()


def objects(server: S3Server, desk: Desk) -> dict[str, int]:
    """What is in the bucket, as another program sees it."""
    found = server.client().list_objects_v2(Bucket=BUCKET, Prefix=desk.settings.prefix).get("Contents", [])
    return {each["Key"].removeprefix(desk.settings.prefix): each["Size"] for each in found}


def test_a_long_movie_goes_up_in_parts_while_it_is_recorded(server: S3Server, desk: Desk) -> None:
    """Its beginning last, for that changes when it is finished."""
    desk.begin_uploading()
    data = os.urandom(3 * PART + 1000)
    writer = desk.store.begin(KEY)
    for begin in range(0, len(data), 2**20):
        writer.append(data[begin : begin + 2**20])
    wait_until(lambda: len(desk.uploads._uploads.get(KEY, None).tags if KEY in desk.uploads._uploads else ()) == 2)
    assert objects(server, desk) == {}
    writer.finish(b"the head")
    desk.wait_until_uploaded()
    assert objects(server, desk) == {KEY: len(data)}
    reader = desk.store.open(KEY)
    assert reader.read(0, len(data)) == b"the head" + data[8:]
    assert reader.read(PART - 3, 6) == data[PART - 3 : PART + 3]


def test_a_long_movie_is_labelled_anew_inside_the_bucket(server: S3Server, desk: Desk) -> None:
    """Without being downloaded."""
    desk.begin_uploading()
    data = os.urandom(2 * PART)
    writer = desk.store.begin(KEY)
    writer.append(data)
    writer.finish(b"")
    desk.wait_until_uploaded()
    desk.store.rewrite(KEY, b"another head")
    body = server.client().get_object(Bucket=BUCKET, Key=desk.settings.prefix + KEY)["Body"].read()
    assert body == b"another head" + data[12:]


def test_a_key_that_the_server_does_not_take_keeps_everything_in_the_spool(server: S3Server, tmp_path: Path) -> None:
    """Signatures are checked; nothing is lost, and a store with the right key finds it there."""
    wrong = Desk(server, tmp_path, "same/", secret="wrong")
    wrong.begin_uploading()
    writer = wrong.store.begin(KEY)
    writer.append(b"footage")
    writer.finish(b"")
    wait_until(lambda: not wrong.uploads.is_reachable)
    wrong.close()
    right = Desk(server, tmp_path, "same/")
    assert objects(server, right) == {}
    right.begin_uploading()
    right.wait_until_uploaded()
    assert objects(server, right) == {KEY: 7}
    right.close()


def test_a_bucket_that_is_away_is_not_missed(tmp_path: Path) -> None:
    """Recording goes on into the spool, and everything goes up when it is back."""
    with an_s3_server() as server:
        desk = Desk(server, tmp_path)
        desk.begin_uploading()
        server.process.send_signal(signal.SIGSTOP)
        desk.uploads.is_reachable = False
        writer = desk.store.begin(KEY)
        writer.append(b"while it was away")
        writer.finish(b"")
        assert {file.key: file.is_finished for file in desk.spool.files()} == {KEY: True}
        assert desk.store.open(KEY).read(0, 100) == b"while it was away"
        server.process.send_signal(signal.SIGCONT)
        desk.wait_until_uploaded()
        assert objects(server, desk) == {KEY: 17}
        desk.close()


def test_a_full_spool_is_a_full_disk(server: S3Server, tmp_path: Path) -> None:
    """The recorder says so, and waits."""
    desk = Desk(server, tmp_path)
    desk.store._spool_limit = 10
    writer = desk.store.begin(KEY)
    writer.append(b"more than ten bytes")
    with pytest.raises(OSError, match="spool is full"):
        desk.store.begin("another/key.m4v")
    desk.close()


def test_a_file_that_is_removed_while_it_goes_up_is_gone(server: S3Server, desk: Desk) -> None:
    """From the spool and from the bucket, and its upload with it."""
    desk.begin_uploading()
    writer = desk.store.begin(KEY)
    writer.append(bytes(2 * PART))
    wait_until(lambda: KEY in desk.uploads._uploads and desk.uploads._uploads[KEY].tags)
    desk.store.remove(KEY)
    wait_until(lambda: KEY not in desk.uploads._uploads)
    assert objects(server, desk) == {}
    uploads = server.client().list_multipart_uploads(Bucket=BUCKET, Prefix=desk.settings.prefix)
    assert uploads.get("Uploads", []) == []


def recorded(desk: Desk, finish: bool = True) -> FootageFile | None:
    """Two seconds of a camera."""
    track, pictures = a_clip(pictures=50)
    reel = Reel(desk.shelf, a_camera(3, "Porch"), CaptureMode.CONTINUOUS, Film([track]), lambda: 0.0)
    for begin in range(0, 50, 10):
        reel.write(pictures[begin : begin + 10], NOON)
    return reel.finish().completed[0] if finish else None


def pictures_of(desk: Desk, key: str) -> int:
    """How many pictures a movie has, read where it is."""
    reader = desk.store.open(key)
    index = read_index(reader.read, reader.size)
    reader.close()
    assert index.finished
    return len(index.tables[0])


def test_a_movie_is_an_ordinary_one_in_the_bucket_too(desk: Desk) -> None:
    """And found again when the catalogue is lost, by its label."""
    desk.begin_uploading()
    file = recorded(desk)
    assert file is not None
    desk.wait_until_uploaded()
    assert pictures_of(desk, file.key) == 50
    set_tag(desk.shelf, file, TAG_KEEP)
    desk.shelf.catalogue.clear()
    assert reindex(desk.shelf).files == 1
    assert desk.shelf.catalogue.find(3, file.date, file.name).label.tag == TAG_KEEP


def test_a_tag_waits_for_nothing(desk: Desk) -> None:
    """A file that is still on its way has its tag in the catalogue."""
    file = recorded(desk)
    assert file is not None
    assert set_tag(desk.shelf, file, TAG_KEEP).label.tag == TAG_KEEP


def test_what_a_killed_server_left_in_the_spool_is_mended_and_goes_up(server: S3Server, tmp_path: Path) -> None:
    """At the next start."""
    killed = Desk(server, tmp_path, "killed/")
    recorded(killed, finish=False)
    killed.close()
    again = Desk(server, tmp_path, "killed/")
    again.begin_uploading()
    (left,) = left_behind(again.shelf.catalogue, again.store, FootageState.RECORDING)
    mended = mend(again.shelf, left)
    assert mended is not None
    again.wait_until_uploaded()
    assert objects(server, again) == {mended.key: mended.size}
    assert pictures_of(again, mended.key) == 50
    again.close()


def test_the_server_records_to_a_bucket(server: S3Server, tmp_path: Path) -> None:
    """As the site file says; the key is not in the log."""
    storage = (
        f"storage: {{driver: s3, bucket: {BUCKET}, prefix: whole/, endpoint: '{server.endpoint}', "
        f"access_key: {server.access_key}, secret_key: {{$env: S3_SECRET}}}}\n"
    )
    capture = "continuous: {schedule: armed-24-7, movie: {length: 2s}}"
    site = write_site(tmp_path, f"yard: {{name: Yard, source: {{driver: pattern}}, {capture}}}\n", rest=storage)
    with running(site, env={"S3_SECRET": server.secret_key}) as running_server:
        running_server.wait_for("recorded Yard/")
        wait_until(lambda: server.client().list_objects_v2(Bucket=BUCKET, Prefix="whole/Yard/").get("Contents"))
    assert not [line for line in running_server.lines if server.secret_key in line]
