"""What an RTSP session does with each request (RFC 2326, appendix A.2), decided without a connection.

`receive` answers a request with effects, which the caller performs in their order.  A request that
names a camera first yields `LookUp`; the caller finds out who asks and what they may see, and comes
back with `found` (or with `refused`).  All that a request can do is in `TABLE`, which the
documentation prints.
"""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ssplug.wire.rtp.sdp import MEDIA_TYPE
from ssplug.wire.rtsp.message import (
    NOT_ALLOWED,
    VERSION,
    Headers,
    Method,
    Request,
    Response,
    Status,
    plain_text,
)
from ssplug.wire.rtsp.target import StreamTarget
from ssplug.wire.rtsp.transport import Channels, interleaved_channels

TIMEOUT_SECONDS = 60
"""After so much silence of a client that takes no data either, its session is over."""

_CSEQ = re.compile(r"[0-9]{1,10}")
_METHODS = ", ".join(Method)
_SERVED = frozenset(map(str, Method))


class State(enum.Enum):
    """Of a session."""

    INIT = "Init"
    READY = "Ready"
    PLAYING = "Playing"


class Act(enum.Enum):
    """What a request leads to; the value says it to people."""

    LIST_METHODS = "200 with the methods"
    DESCRIBE = "who asks, which camera; 200 with the SDP"
    SET_UP = "who asks, which camera; 200 with the channels of the track"
    START = "200 with RTP-Info, then delivery from the last key frame on"
    CONTINUE = "200; delivery goes on"
    STOP = "delivery ends; 200"
    TEAR_DOWN = "delivery ends, channels are given up; 200"
    STAY = "200; 451 if it has a body"
    NO_SESSION = "454"
    NOT_NOW = "455"


TABLE: Mapping[tuple[State, Method], tuple[Act, State]] = {
    (State.INIT, Method.OPTIONS): (Act.LIST_METHODS, State.INIT),
    (State.INIT, Method.DESCRIBE): (Act.DESCRIBE, State.INIT),
    (State.INIT, Method.SETUP): (Act.SET_UP, State.READY),
    (State.INIT, Method.PLAY): (Act.NOT_NOW, State.INIT),
    (State.INIT, Method.PAUSE): (Act.NOT_NOW, State.INIT),
    (State.INIT, Method.TEARDOWN): (Act.NO_SESSION, State.INIT),
    (State.INIT, Method.GET_PARAMETER): (Act.STAY, State.INIT),
    (State.INIT, Method.SET_PARAMETER): (Act.STAY, State.INIT),
    (State.READY, Method.OPTIONS): (Act.LIST_METHODS, State.READY),
    (State.READY, Method.DESCRIBE): (Act.DESCRIBE, State.READY),
    (State.READY, Method.SETUP): (Act.SET_UP, State.READY),
    (State.READY, Method.PLAY): (Act.START, State.PLAYING),
    (State.READY, Method.PAUSE): (Act.STOP, State.READY),
    (State.READY, Method.TEARDOWN): (Act.TEAR_DOWN, State.INIT),
    (State.READY, Method.GET_PARAMETER): (Act.STAY, State.READY),
    (State.READY, Method.SET_PARAMETER): (Act.STAY, State.READY),
    (State.PLAYING, Method.OPTIONS): (Act.LIST_METHODS, State.PLAYING),
    (State.PLAYING, Method.DESCRIBE): (Act.NOT_NOW, State.PLAYING),
    (State.PLAYING, Method.SETUP): (Act.NOT_NOW, State.PLAYING),
    (State.PLAYING, Method.PLAY): (Act.CONTINUE, State.PLAYING),
    (State.PLAYING, Method.PAUSE): (Act.STOP, State.READY),
    (State.PLAYING, Method.TEARDOWN): (Act.TEAR_DOWN, State.INIT),
    (State.PLAYING, Method.GET_PARAMETER): (Act.STAY, State.PLAYING),
    (State.PLAYING, Method.SET_PARAMETER): (Act.STAY, State.PLAYING),
}


@dataclass(frozen=True, slots=True)
class Presentation:
    """What one account can be shown of one camera."""

    sdp: bytes = field(repr=False)
    ssrcs: tuple[int, ...]
    """Of the tracks, by their number in `trackID`."""
    ptz: int = 0
    """The sum of the camera's PTZ capabilities, for SS-PTZ."""


@dataclass(frozen=True, slots=True)
class JoinPoint:
    """Where a client joins a track: its first packet, and the timestamp of the moment that all tracks begin at."""

    sequence: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Send `response`."""

    response: Response


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find out who asks and what `target` shows them; then call `found` or `refused` with `request`."""

    request: Request
    target: StreamTarget


@dataclass(frozen=True, slots=True)
class StartDelivery:
    """Join, send `response` with `rtp_info`, then deliver the tracks on their channels."""

    response: Response
    channels: Mapping[int, Channels]
    uri: str
    """Of the presentation, for `rtp_info`."""


@dataclass(frozen=True, slots=True)
class StopDelivery:
    """Deliver nothing more; `for_good`: say so to the client (BYE)."""

    for_good: bool


Effect: TypeAlias = Reply | LookUp | StartDelivery | StopDelivery


def rtp_info(uri: str, joins: Mapping[int, JoinPoint]) -> tuple[str, str]:
    """The RTP-Info header (RFC 2326, 12.33)."""
    return "RTP-Info", ",".join(
        f"url={uri.rstrip('/')}/trackID={number};seq={join.sequence};rtptime={join.timestamp}"
        for number, join in sorted(joins.items())
    )


class Session:
    """The session of one connection; over TCP there is never more than one."""

    def __init__(self, identity: Sequence[tuple[str, str]], new_id: Callable[[], str]) -> None:
        """`identity`: header fields of every response (Server, SS-UUID)."""
        self._identity = (*identity, ("Cache-Control", "no-cache"))
        self._new_id = new_id
        self.state = State.INIT
        self._id = ""
        self._channels: dict[int, Channels] = {}
        self._uri = ""
        self._ptz = 0

    def receive(self, request: Request) -> list[Effect]:
        """What to do about `request`."""
        refusal = self._refusal(request)
        if refusal is not None:
            return [self.refused(request, refusal)]
        act, becomes = TABLE[self.state, Method(request.method)]
        if act in (Act.DESCRIBE, Act.SET_UP):
            return [LookUp(request, StreamTarget.parse(request.uri))]
        return self._carry_out(act, becomes, request)

    def found(self, request: Request, presentation: Presentation) -> list[Effect]:
        """What to do about a request whose `LookUp` has succeeded."""
        if request.method == Method.DESCRIBE:
            return [self._describe(request, presentation)]
        return [self._set_up(request, presentation)]

    def refused(self, request: Request, response: Response) -> Reply:
        """The reply to a request that is not granted; nothing changes."""
        return Reply(self._complete(request, response))

    def _refusal(self, request: Request) -> Response | None:
        """What is wrong with the request whatever the state, or None."""
        if request.version != VERSION:
            return Response(Status.RTSP_VERSION_NOT_SUPPORTED)
        if not _CSEQ.fullmatch(request.headers.get("CSeq") or ""):
            return plain_text(Status.BAD_REQUEST, "CSeq is missing or no number.")
        if request.method not in _SERVED:
            status = Status.METHOD_NOT_ALLOWED if request.method in NOT_ALLOWED else Status.NOT_IMPLEMENTED
            return Response(status, Headers((("Allow", _METHODS),)))
        required = request.headers.get("Require") or request.headers.get("Proxy-Require")
        if required:
            return Response(Status.OPTION_NOT_SUPPORTED, Headers((("Unsupported", required),)))
        if request.session is not None and request.session != self._id and request.method not in _SESSIONLESS:
            return Response(Status.SESSION_NOT_FOUND)
        return None

    def _carry_out(self, act: Act, becomes: State, request: Request) -> list[Effect]:
        if act is Act.START:
            return self._start(becomes, request)
        if act is Act.STAY and request.body.strip():
            return [self.refused(request, Response(Status.PARAMETER_NOT_UNDERSTOOD))]
        if act is Act.NOT_NOW:
            return [self.refused(request, Response(Status.METHOD_NOT_VALID_IN_THIS_STATE, self._allowed()))]
        if act is Act.NO_SESSION:
            return [self.refused(request, Response(Status.SESSION_NOT_FOUND))]
        reply = Reply(self._complete(request, self._plain(act)))
        stops = self.state is State.PLAYING and becomes is not State.PLAYING
        self.state = becomes
        if act is Act.TEAR_DOWN:
            self._forget()
        return [StopDelivery(act is Act.TEAR_DOWN), reply] if stops else [reply]

    def _describe(self, request: Request, presentation: Presentation) -> Reply:
        if not _accepts_sdp(request.headers.get("Accept")):
            return self.refused(request, Response(Status.NOT_ACCEPTABLE))
        uri = StreamTarget.parse(request.uri).presentation
        headers = Headers((("Content-Type", MEDIA_TYPE), ("Content-Base", uri)))
        return Reply(self._complete(request, Response(Status.OK, headers, presentation.sdp)))

    def _set_up(self, request: Request, presentation: Presentation) -> Reply:
        asked = StreamTarget.parse(request.uri)
        track = 0 if asked.track is None and len(presentation.ssrcs) == 1 else asked.track
        if track is None:
            return self.refused(request, Response(Status.AGGREGATE_OPERATION_NOT_ALLOWED))
        if track >= len(presentation.ssrcs):
            return self.refused(request, plain_text(Status.NOT_FOUND, f"There is no trackID={track}."))
        others = [channels for number, channels in self._channels.items() if number != track]
        channels = interleaved_channels(request.headers.get("Transport") or "", others)
        if channels is None:
            why = "Only RTP/AVP/TCP;unicast;interleaved is served; let your player use TCP."
            return self.refused(request, plain_text(Status.UNSUPPORTED_TRANSPORT, why))
        if self.state is not State.INIT and asked.presentation != self._uri:
            why = "A session shows one camera; use another connection."
            return self.refused(request, plain_text(Status.METHOD_NOT_VALID_IN_THIS_STATE, why))
        self._begin(asked.presentation, presentation.ptz)
        self._channels[track] = channels
        self.state = TABLE[self.state, Method.SETUP][1]
        header = ("Transport", channels.header(presentation.ssrcs[track]))
        return Reply(self._complete(request, Response(Status.OK, Headers((header, self._session_header())))))

    def _begin(self, uri: str, ptz: int) -> None:
        if self.state is State.INIT:
            self._id = self._new_id()
            self._uri, self._ptz = uri, ptz

    def _start(self, becomes: State, request: Request) -> list[Effect]:
        if len(self._channels) > 1 and StreamTarget.parse(request.uri).track is not None:
            return [self.refused(request, Response(Status.ONLY_AGGREGATE_OPERATION_ALLOWED))]
        self.state = becomes
        headers = Headers((self._session_header(), ("Range", "npt=0.0000-"), ("SS-PTZ", str(self._ptz))))
        response = self._complete(request, Response(Status.OK, headers))
        return [StartDelivery(response, dict(self._channels), self._uri)]

    def _forget(self) -> None:
        self._id = ""
        self._channels.clear()

    def _plain(self, act: Act) -> Response:
        fields = [("Public", _METHODS)] if act is Act.LIST_METHODS else []
        if self._id:
            fields.append(self._session_header())
        return Response(Status.OK, Headers(tuple(fields)))

    def _allowed(self) -> Headers:
        allowed = [method for method in Method if TABLE[self.state, method][0] not in (Act.NOT_NOW, Act.NO_SESSION)]
        return Headers((("Allow", ", ".join(allowed)),))

    def _session_header(self) -> tuple[str, str]:
        return "Session", f"{self._id};timeout={TIMEOUT_SECONDS}"

    def _complete(self, request: Request, response: Response) -> Response:
        cseq = request.headers.get("CSeq") or ""
        fields = [("CSeq", cseq)] if _CSEQ.fullmatch(cseq) else []
        return Response(response.status, Headers((*fields, *self._identity, *response.headers.fields)), response.body)


_SESSIONLESS = frozenset({Method.OPTIONS, Method.DESCRIBE})
"""Methods that a stale Session header does no harm to."""


def _accepts_sdp(accept: str | None) -> bool:
    if accept is None:
        return True
    types = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return not types.isdisjoint({MEDIA_TYPE, "application/*", "*/*"})
