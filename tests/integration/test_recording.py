"""Real cameras recorded by the real server: what they sent is in the files, and other programs play them."""

import itertools
import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ssplug.capture.catalogue import Catalogue
from ssplug.media.mp4_index import read_label
from ssplug.model.footage import FootageKind, FootageQuery
from tests.integration.cameras import RunningCamera, an_rtsp_camera, footage
from tests.integration.elementary import coded_pictures, is_run_of
from tests.integration.server import Server, running, write_site

# Not rounded to the nominal frame rate: two pictures that a busy camera sent close together would share a time.
AT_THEIR_OWN_TIMES = ("-fps_mode", "passthrough", "-enc_time_base", "-1")

pytestmark = [pytest.mark.integration]

LENGTH = 4
FILES = 4
"""How many files of each camera are waited for; the first and last are shorter."""


@dataclass
class Subject:
    """A camera and what it sends."""

    id: str
    codec: str
    audio: str
    stream: str
    tag: str

    def files(self, server: Server) -> list[Path]:
        """Its movies, oldest first."""
        return sorted((server.site.parent / "footage").glob(f"{self.id}/*/*.m4v"))


SUBJECTS = [
    Subject("one", "h264", "aac", "video.h264", "avc1"),
    Subject("two", "h265", "pcmu", "video.h265", "hvc1"),
    Subject("three", "mjpeg", "none", "video.mjpeg", "mp4v"),
]


def a_site(folder: Path, cameras: dict[str, RunningCamera]) -> Path:
    """A site that records these cameras continuously, and looks for motion meanwhile."""
    modes = "motion_capture: {schedule: unarmed-24-7}"
    capture = f"continuous: {{schedule: armed-24-7, movie: {{length: {LENGTH}s}}}}, {modes}"
    lines = [
        f"{name}: {{source: {{driver: rtsp, url: '{camera.url}'}}, {capture}}}" for name, camera in cameras.items()
    ]
    return write_site(folder, "\n".join(lines) + "\n", rest="storage: {driver: filesystem, path: footage}\n")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that has recorded every subject for a while, and was stopped."""
    with ExitStack() as stack:
        cameras = {
            subject.id: stack.enter_context(an_rtsp_camera(subject.codec, subject.audio)) for subject in SUBJECTS
        }
        site = a_site(tmp_path_factory.mktemp("recording"), cameras)
        with running(site) as server:
            for subject in SUBJECTS:
                wait_for_recorded(server, subject.id, FILES - 1)
    return server


def wait_for_recorded(server: Server, camera: str, count: int, after: int = 0) -> None:
    """Until so many files of a camera are complete."""
    for _ in range(count):
        line = server.wait_for(f"({camera}) recorded ", after=after)
        after = server.lines.index(line, after) + 1


def probe(path: Path) -> dict:
    """What ffprobe says of a movie; an error or warning of its own fails the test."""
    command = ["ffprobe", "-v", "warning", "-show_streams", "-show_format", "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


def elementary(path: Path, stream: str, form: str, folder: Path) -> Path:
    """One elementary stream of a movie, taken out by ffmpeg without a change."""
    out = folder / f"{path.stem}.{form}"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        str(path),
        "-map",
        f"0:{stream}",
        "-c",
        "copy",
        "-f",
        form,
        str(out),
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
    return out


def adts_frames(path: Path) -> list[str]:
    """The frames of an ADTS stream, without their headers."""
    data, frames, at = path.read_bytes(), [], 0
    while at < len(data):
        length = int.from_bytes(data[at + 3 : at + 6], "big") >> 5 & 0x1FFF
        header = 7 if data[at + 1] & 1 else 9
        frames.append(data[at + header : at + length].hex())
        at += length
    return frames


each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: f"{subject.codec}-{subject.audio}")


@each_subject
def test_every_picture_of_all_files_is_what_the_camera_sent(server: Server, subject: Subject, tmp_path: Path) -> None:
    """Byte for byte, in order, none lost or doubled where one file ends and the next begins."""
    files = subject.files(server)
    assert len(files) >= FILES
    form = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}[subject.codec]
    pictures = [
        picture for file in files for picture in coded_pictures(subject.codec, elementary(file, "v", form, tmp_path))
    ]
    assert len(pictures) == sum(int(probe(file)["streams"][0]["nb_frames"]) for file in files)
    assert is_run_of(pictures, coded_pictures(subject.codec, footage() / subject.stream))


def test_every_piece_of_sound_of_all_files_is_what_the_camera_sent(server: Server, tmp_path: Path) -> None:
    """AAC is kept as it comes."""
    files = SUBJECTS[0].files(server)
    frames = [frame for file in files for frame in adts_frames(elementary(file, "a", "adts", tmp_path))]
    assert len(frames) > 100
    assert is_run_of(frames, adts_frames(footage() / "audio.aac"))


@each_subject
def test_other_programs_play_the_files_without_complaint(server: Server, subject: Subject) -> None:
    """ffprobe and a full decode by ffmpeg have nothing to say; the codec is tagged as players want it."""
    for file in subject.files(server):
        video = probe(file)["streams"][0]
        assert video["codec_tag_string"] == subject.tag
        assert (video["width"], video["height"]) == (768, 432)
        decode = subprocess.run(
            ["ffmpeg", "-v", "warning", "-xerror", "-i", str(file), *AT_THEIR_OWN_TIMES, "-f", "null", "-"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert decode.stderr == ""


@each_subject
def test_files_joined_have_no_gap(server: Server, subject: Subject) -> None:
    """Each begins at a full multiple of the length, as far as key frames allow, and lasts until the next begins."""
    for before, after in itertools.pairwise(subject.files(server)):
        duration = float(probe(before)["streams"][0]["duration"])
        assert started(after) - started(before) == pytest.approx(duration, abs=0.002)
        # Any zone is a multiple of a quarter of an hour from UTC; key frames are two seconds apart.
        assert started(after) % LENGTH < 2.1


def started(path: Path) -> float:
    """When a movie begins, by what it says itself."""
    data = path.read_bytes()
    return read_label(lambda at, count: data[at : at + count]).started


def test_telephone_sound_is_recorded_as_aac_without_a_gap(server: Server) -> None:
    """As long as the pictures are, but for what the encoder keeps at the end."""
    for file in SUBJECTS[1].files(server)[1:-1]:
        video, audio = probe(file)["streams"]
        assert audio["codec_name"] == "aac"
        assert float(audio["duration"]) == pytest.approx(float(video["duration"]), abs=0.3)


def test_a_camera_that_comes_back_begins_a_new_file(tmp_path: Path) -> None:
    """The old one was finished when it went."""
    with an_rtsp_camera("h264", "aac") as camera, running(a_site(tmp_path, {"one": camera})) as server:
        wait_for_recorded(server, "one", 1)
        seen = len(server.lines)
        camera.drop()
        server.wait_for("offline", after=seen)
        wait_for_recorded(server, "one", 1, seen)
        online = len(server.lines)
        server.wait_for("online", after=online - 1)
        wait_for_recorded(server, "one", 1, online)
    for file in SUBJECTS[0].files(server):
        probe(file)


def test_a_server_that_was_killed_completes_its_files_at_the_next_start(tmp_path: Path) -> None:
    """They are ordinary movies then."""
    with an_rtsp_camera("h264", "aac") as camera:
        site = a_site(tmp_path, {"one": camera})
        killed = Server(site)
        wait_for_recorded(killed, "one", 1)
        killed.kill()
        complete = SUBJECTS[0].files(killed)
        with running(site) as again:
            again.wait_for("mended one/")
            assert SUBJECTS[0].files(again)[: len(complete)] == complete
            for file in complete:
                assert int(probe(file)["streams"][0]["nb_frames"]) > 0


def test_the_catalogue_is_rebuilt_on_the_command_line(tmp_path: Path) -> None:
    """When it is lost; not while the server runs."""
    capture = "continuous: {schedule: armed-24-7, movie: {length: 2s}}"
    rest = "storage: {driver: filesystem, path: footage}\n"
    site = write_site(tmp_path, f"yard: {{source: {{driver: pattern}}, {capture}}}\n", rest=rest)
    with running(site) as server:
        wait_for_recorded(server, "yard", 2)
        refused = reindex(site)
        assert refused.returncode == 1
        assert "stop the server first" in refused.stderr
    catalogue = tmp_path / "state" / "catalogue.sqlite"
    before = listed(catalogue)
    catalogue.unlink()
    (tmp_path / "footage" / "notes.txt").write_text("not footage")
    done = reindex(site)
    assert done.returncode == 0, done.stderr
    assert f"{len(before)} files" in done.stdout
    assert "passed over: notes.txt" in done.stdout
    assert listed(catalogue) == before
    assert sorted(path.name for path in (tmp_path / "state").glob("catalogue*")) == ["catalogue.sqlite"]


def reindex(site: Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "ssplug", "reindex", "--site", str(site)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def listed(path: Path) -> list[tuple[str, float, int, float]]:
    """What a catalogue says of the files of camera 0, newest first."""
    catalogue = Catalogue(path)
    files = catalogue.page(FootageQuery(frozenset({0}), frozenset(FootageKind)))
    catalogue.close()
    return [(file.key, file.label.started, file.size, round(file.duration, 3)) for file in files]
