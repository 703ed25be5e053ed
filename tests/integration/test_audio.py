"""Hearing and speaking through the real server, with real players at both ends."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ssplug.media.g711 import SAMPLE_RATE, from_mulaw
from ssplug.testing.talkback import a_tone
from tests.integration.cameras import a_free_port, need
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration


def main_frequency(samples: np.ndarray) -> float:
    """Of the strongest tone, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples)


def test_the_tone_of_a_camera_is_heard_as_mulaw(tmp_path: Path) -> None:
    """The pattern camera sends AAC; its tone is of 440 Hz."""
    site = write_site(tmp_path, "yard: {number: 7, source: {driver: pattern}}")
    with running(site) as server:
        server.wait_for("camera=7 (yard) online")
        with urllib.request.urlopen(f"{server.http}/++audio?cameraNum=7", timeout=20) as sound:
            assert sound.headers["Content-Type"] == "audio/basic"
            heard = from_mulaw(sound.read(3 * SAMPLE_RATE))
    assert abs(main_frequency(heard[SAMPLE_RATE:].astype(float)) - 440) < 2


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes], Path]]:
    """A camera that takes sound as Axis cameras do: ffmpeg, which takes one request and writes what it heard."""
    need("ffmpeg")
    port, heard = a_free_port(), tmp_path / "heard.wav"
    url = f"http://127.0.0.1:{port}/axis-cgi/audio/transmit.cgi"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-listen",
        "1",
        "-f",
        "mulaw",
        "-ar",
        "8000",
        "-ac",
        "1",
        "-i",
        url,
        heard,
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield port, process, heard
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("form", [["-H", "Transfer-Encoding: chunked"], []], ids=["in chunks", "of known length"])
def test_what_is_posted_is_heard_by_the_camera(
    tmp_path: Path, listener: tuple[int, subprocess.Popen[bytes], Path], form: list[str]
) -> None:
    """Every sample, in order."""
    port, camera, heard = listener
    said = tmp_path / "say.ulaw"
    said.write_bytes(a_tone(2.0))
    talkback = f"{{driver: axis, url: 'http://127.0.0.1:{port}'}}"
    site = write_site(tmp_path, f"yard: {{number: 7, source: {{driver: pattern}}, talkback: {talkback}}}")
    with running(site) as server:
        url = f"{server.http}/++audio?cameraNum=7"
        command = ["curl", "-sS", "--retry", "20", "--retry-delay", "1", "--retry-all-errors", "--fail"]
        kind = ["-H", "Content-Type: audio/g711-ulaw"]
        answer = subprocess.run(
            [*command, *kind, *form, "--data-binary", f"@{said}", url], capture_output=True, text=True, timeout=60
        )
        assert answer.stdout == "OK", answer.stderr
        camera.wait(20)
    with wave.open(str(heard)) as file:
        assert file.getframerate() == SAMPLE_RATE
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert np.array_equal(samples, from_mulaw(a_tone(2.0)))


def test_a_camera_that_does_not_answer_is_said_to_be_so(tmp_path: Path) -> None:
    talkback = f"{{driver: axis, url: 'http://127.0.0.1:{a_free_port()}'}}"
    site = write_site(tmp_path, f"yard: {{number: 7, source: {{driver: pattern}}, talkback: {talkback}}}")
    with running(site) as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.http}/++audio?cameraNum=7", data=b"abc", timeout=20)
        with refused.value as answer:
            assert answer.code == 502
            assert b"refused" in answer.read()


def test_who_speaks_is_cut_off_when_the_talkback_is_another(tmp_path: Path) -> None:
    """By a reload, at once and not when the next one wants to speak; the next one may."""
    site = write_site(tmp_path, 'yard: {number: 7, source: {driver: pattern}, talkback: {driver: "null"}}')
    with running(site) as server, socket.create_connection(("127.0.0.1", server.ports["port"]), timeout=20) as speaker:
        head = "POST /audio?cameraNum=7 HTTP/1.1\r\nHost: nvr\r\nTransfer-Encoding: chunked\r\n\r\n"
        speaker.sendall(head.encode() + b"3\r\nabc\r\n")
        server.wait_for("somebody speaks through the camera")
        site.write_text(site.read_text().replace('{driver: "null"}', "null"))
        subprocess.run([sys.executable, "-m", "ssplug", "reload", "--site", site], check=True, timeout=60)
        server.wait_for("nobody speaks through the camera any more")
        speaker.sendall(b"3\r\nabc\r\n")
        assert speaker.recv(4096).startswith(b"HTTP/1.1 502 ")
