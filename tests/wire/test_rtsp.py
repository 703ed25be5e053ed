"""Transcripts of RTSP: what real clients send, and every byte of what they are answered.

Lines of a request begin with ">", lines of its response with "<"; what is interleaved is not shown.
"""

import re
from pathlib import Path

import pytest

from tests.unit.servers.rtsp_scene import Scene

TRANSCRIPTS = sorted((Path(__file__).parent / "rtsp").glob("*.txt"))


def _exchanges(transcript: str) -> list[tuple[bytes, bytes]]:
    """Each request with its response."""
    blocks = re.findall(r"((?:^>.*\n)+)((?:^<.*\n)+)", transcript, re.MULTILINE)
    return [(_bytes(request), _bytes(response)) for request, response in blocks]


def _bytes(lines: str) -> bytes:
    return "".join(f"{line[2:]}\r\n" for line in lines.splitlines()).encode()


def _without_frames(data: bytes) -> bytes:
    while data[:1] == b"$":
        data = data[4 + int.from_bytes(data[2:4], "big") :]
    return data


def _response(data: bytes) -> bytes:
    """The response in `data`, by its own length, with frames before and after it taken away."""
    data = _without_frames(data)
    head, _, _ = data.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    end = len(head) + 4 + (int(length[1]) if length else 0)
    assert _without_frames(data[end:]) == b""
    return data[:end]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [1, 1 << 20], ids=["byte by byte", "whole"])
def test_a_client_is_answered_as_it_was(path, piece):
    client = Scene().client()
    exchanges = _exchanges(path.read_text())

    for request, response in exchanges:
        client.transport.clear()
        for start in range(0, len(request), piece):
            client.send(request[start : start + piece])
        # Sentences for people do not end their line.
        assert _response(client.transport.value()) in (response, response.removesuffix(b"\r\n"))
    assert exchanges


def test_there_are_transcripts():
    assert len(TRANSCRIPTS) >= 5
