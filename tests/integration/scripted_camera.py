"""An RTSP camera that does what a test wants: the session description, the packets and the refusals are given."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

from ssplug.media.access_unit import AccessUnit
from ssplug.wire.rtp.formats import payload_format
from ssplug.wire.rtp.packetizer import Origin, Packetizer
from ssplug.wire.rtp.sdp import MediaDescription, session_description
from tests.conformance.http_camera import listening


@dataclass(frozen=True, slots=True)
class Script:
    """What a camera does."""

    streams: Sequence[Sequence[AccessUnit]] = ()
    """The units of each track; all are sent at once after PLAY, in decoding order."""
    describes_parameters: bool = True
    """Whether the session description has the parameter sets."""
    refusals: dict[str, int] = field(default_factory=dict)
    """Method -> status."""


class _Camera(LineReceiver):
    def __init__(self, script: Script) -> None:
        self._script = script
        self._request: list[str] = []

    def lineReceived(self, line: bytes) -> None:
        if line:
            self._request.append(line.decode())
            return
        request, self._request = self._request, []
        self._answer(request[0].split()[0], next(line for line in request if line.lower().startswith("cseq")))

    def _answer(self, method: str, cseq: str) -> None:
        status = self._script.refusals.get(method, 200)
        headers, body = self._reply(method) if status == 200 else ([], b"")
        lines = [f"RTSP/1.0 {status} Reply", cseq, "Session: 1", f"Content-Length: {len(body)}", *headers, "", ""]
        self.transport.write("\r\n".join(lines).encode() + body)
        if method == "PLAY" and status == 200:
            self.transport.write(b"".join(_frames(self._script)))

    def _reply(self, method: str) -> tuple[list[str], bytes]:
        if method == "DESCRIBE":
            return ["Content-Type: application/sdp"], session_description("test", 1, _media(self._script))
        if method == "SETUP":
            self._channel = getattr(self, "_channel", -2) + 2
            return [f"Transport: RTP/AVP/TCP;unicast;interleaved={self._channel}-{self._channel + 1}"], b""
        return ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"], b""


def _media(script: Script) -> list[MediaDescription]:
    formats = [payload_format(units[0].track, units[0]) for units in script.streams]
    if not script.describes_parameters:
        formats = [dataclasses.replace(form, fmtp="packetization-mode=1") for form in formats]
    return [MediaDescription(form, f"track{number}") for number, form in enumerate(formats)]


def _frames(script: Script) -> Iterator[bytes]:
    timed = []
    for number, units in enumerate(script.streams):
        packetizer = Packetizer(payload_format(units[0].track, units[0]), Origin(number, 1, 1000), number * 2, "test")
        timed += [(unit.dts / unit.track.clock_rate, packetizer.packets_of(unit).frames) for unit in units]
    return (frames for _, frames in sorted(timed, key=lambda pair: pair[0]))


@contextlib.contextmanager
def a_scripted_camera(script: Script) -> Iterator[str]:
    """The URL of a camera that follows `script`."""
    factory = Factory()
    factory.buildProtocol = lambda _: _Camera(script)
    with listening(factory) as port:
        yield f"rtsp://127.0.0.1:{port}/live"
