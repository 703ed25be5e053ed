"""What an RTSP session does with each request."""

import pytest

from ssplug.wire.rtsp.message import Headers, Method, Request, Response, Status, plain_text
from ssplug.wire.rtsp.session import (
    TABLE,
    Act,
    JoinPoint,
    LookUp,
    Presentation,
    Reply,
    Session,
    StartDelivery,
    State,
    StopDelivery,
    rtp_info,
)
from ssplug.wire.rtsp.transport import Channels

URI = "rtsp://h:8000/stream?cameraNum=3"
TCP = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
PRESENTATION = Presentation(sdp=b"v=0\r\n", ssrcs=(0xA, 0xB), ptz=61)
IDENTITY = (("Server", "BBVS/6.0/abc"), ("SS-UUID", "abc"))


def a_session() -> Session:
    return Session(IDENTITY, lambda: "5e5510")


def a_request(method: str, *fields: tuple[str, str], uri: str = URI, body: bytes = b"", version: str = "RTSP/1.0"):
    return Request(method, uri, Headers((("CSeq", "7"), *fields)), body, version)


def _answer(session: Session, request: Request, presentation: Presentation = PRESENTATION) -> Response:
    """The one response to a request, whose look-up succeeds."""
    effects = session.receive(request)
    if isinstance(effects[0], LookUp):
        effects = session.found(request, presentation)
    [reply] = [effect for effect in effects if isinstance(effect, Reply | StartDelivery)]
    return reply.response


def _set_up(session: Session, track: int = 0, *fields: tuple[str, str]) -> Response:
    return _answer(session, a_request("SETUP", TCP, *fields, uri=f"{URI}/trackID={track}"))


def a_ready_session() -> Session:
    session = a_session()
    _set_up(session)
    return session


def a_playing_session() -> Session:
    session = a_ready_session()
    _answer(session, a_request("PLAY"))
    return session


SESSIONS = {State.INIT: a_session, State.READY: a_ready_session, State.PLAYING: a_playing_session}


def test_the_table_has_a_row_for_every_state_and_method():
    assert set(TABLE) == {(state, method) for state in State for method in Method}


@pytest.mark.parametrize(("state", "method"), list(TABLE), ids=lambda value: value.value)
def test_every_row_is_what_happens(state, method):
    session = SESSIONS[state]()
    act, becomes = TABLE[state, method]
    refusals = {Act.NOT_NOW: Status.METHOD_NOT_VALID_IN_THIS_STATE, Act.NO_SESSION: Status.SESSION_NOT_FOUND}

    response = _answer(session, a_request(method, TCP, uri=f"{URI}/trackID=0"))

    assert response.status is refusals.get(act, Status.OK)
    assert session.state is becomes


def test_every_response_says_who_answers_and_to_what():
    response = _answer(a_session(), a_request("OPTIONS"))

    assert response.headers.fields[:4] == (("CSeq", "7"), *IDENTITY, ("Cache-Control", "no-cache"))


def test_options_lists_the_methods_to_anybody():
    response = _answer(a_session(), a_request("OPTIONS", uri="*"))

    assert response.headers.get("Public") == (
        "OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER"
    )


def test_describe_answers_with_sdp_and_the_base_for_its_tracks():
    response = _answer(a_session(), a_request("DESCRIBE"))

    assert response.body == b"v=0\r\n"
    assert response.headers.get("Content-Type") == "application/sdp"
    assert response.headers.get("Content-Base") == URI


@pytest.mark.parametrize("accept", ["application/sdp", "text/html, application/sdp;q=0.5", "*/*", "application/*"])
def test_describe_is_for_those_who_accept_sdp(accept):
    assert _answer(a_session(), a_request("DESCRIBE", ("Accept", accept))).status is Status.OK


def test_describe_in_another_form_is_not_acceptable():
    response = _answer(a_session(), a_request("DESCRIBE", ("Accept", "application/mheg")))

    assert response.status is Status.NOT_ACCEPTABLE


def test_setup_gives_the_channels_the_source_and_a_session():
    response = _set_up(a_session())

    assert response.headers.get("Transport") == "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0000000A"
    assert response.headers.get("Session") == "5e5510;timeout=60"


def test_two_tracks_belong_to_one_session():
    session = a_ready_session()

    response = _set_up(session, 1, ("Session", "5e5510"))
    effects = session.receive(a_request("PLAY", ("Session", "5e5510")))

    assert response.headers.get("Transport") == "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=0000000B"
    assert [effect.channels for effect in effects] == [{0: Channels(0, 1), 1: Channels(2, 3)}]


def test_a_track_may_be_set_up_again_on_its_own_channels():
    assert _set_up(a_ready_session()).headers.get("Transport").startswith("RTP/AVP/TCP;unicast;interleaved=0-1;")


@pytest.mark.parametrize(
    ("uri", "transport", "status"),
    [
        (f"{URI}/trackID=2", TCP[1], Status.NOT_FOUND),
        (URI, TCP[1], Status.AGGREGATE_OPERATION_NOT_ALLOWED),
        (f"{URI}/trackID=0", "RTP/AVP;unicast;client_port=5000-5001", Status.UNSUPPORTED_TRANSPORT),
        (f"{URI}/trackID=0", "", Status.UNSUPPORTED_TRANSPORT),
    ],
    ids=["no such track", "no track", "UDP", "no transport"],
)
def test_setup_that_cannot_be_leaves_the_session_as_it_was(uri, transport, status):
    session = a_session()

    response = _answer(session, a_request("SETUP", ("Transport", transport), uri=uri))

    assert (response.status, session.state) == (status, State.INIT)


def test_a_single_track_need_not_be_named():
    session = a_session()

    response = _answer(session, a_request("SETUP", TCP), Presentation(b"", (0xA,)))

    assert response.status is Status.OK


def test_a_session_shows_one_camera():
    session = a_ready_session()

    response = _answer(session, a_request("SETUP", TCP, uri="rtsp://h:8000/stream?cameraNum=4/trackID=1"))

    assert response.status is Status.METHOD_NOT_VALID_IN_THIS_STATE


def test_play_starts_delivery_with_range_and_ptz():
    [start] = a_ready_session().receive(a_request("PLAY"))

    assert start.uri == URI
    assert start.response.headers.get("Range") == "npt=0.0000-"
    assert start.response.headers.get("SS-PTZ") == "61"
    assert start.response.headers.get("Session") == "5e5510;timeout=60"


def test_rtp_info_says_where_each_track_begins():
    assert rtp_info(URI + "/", {1: JoinPoint(7, 8), 0: JoinPoint(5, 6)}) == (
        "RTP-Info",
        f"url={URI}/trackID=0;seq=5;rtptime=6,url={URI}/trackID=1;seq=7;rtptime=8",
    )


def test_two_tracks_are_played_together():
    session = a_ready_session()
    _set_up(session, 1)

    assert _answer(session, a_request("PLAY", uri=f"{URI}/trackID=1")).status is Status.ONLY_AGGREGATE_OPERATION_ALLOWED


def test_play_again_does_not_start_delivery_again():
    effects = a_playing_session().receive(a_request("PLAY"))

    assert [type(effect) for effect in effects] == [Reply]


def test_play_before_setup_is_told_what_is_valid():
    response = _answer(a_session(), a_request("PLAY"))

    assert response.headers.get("Allow") == "OPTIONS, DESCRIBE, SETUP, GET_PARAMETER, SET_PARAMETER"


def test_pause_stops_delivery_for_now_and_teardown_for_good():
    assert a_playing_session().receive(a_request("PAUSE"))[0] == StopDelivery(for_good=False)
    assert a_playing_session().receive(a_request("TEARDOWN"))[0] == StopDelivery(for_good=True)


def test_after_teardown_the_session_is_not_found():
    session = a_playing_session()
    _answer(session, a_request("TEARDOWN", ("Session", "5e5510")))

    assert _answer(session, a_request("PLAY", ("Session", "5e5510"))).status is Status.SESSION_NOT_FOUND


def test_after_teardown_another_camera_may_be_set_up():
    session = a_playing_session()
    _answer(session, a_request("TEARDOWN"))

    assert _answer(session, a_request("SETUP", TCP, uri="rtsp://h/stream?cameraNum=4/trackID=0")).status is Status.OK


def test_a_session_of_somebody_else_is_not_found():
    assert _answer(a_ready_session(), a_request("PLAY", ("Session", "1"))).status is Status.SESSION_NOT_FOUND


def test_a_stale_session_does_no_harm_to_options():
    assert _answer(a_session(), a_request("OPTIONS", ("Session", "1"))).status is Status.OK


@pytest.mark.parametrize("method", ["GET_PARAMETER", "SET_PARAMETER"])
def test_parameters_keep_a_session_alive_and_are_not_understood(method):
    session = a_playing_session()

    assert _answer(session, a_request(method)).headers.get("Session") == "5e5510;timeout=60"
    assert _answer(session, a_request(method, body=b"packets_received\r\n")).status is Status.PARAMETER_NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("request_", "status", "header"),
    [
        (a_request("PLAY", version="RTSP/2.0"), Status.RTSP_VERSION_NOT_SUPPORTED, ("CSeq", "7")),
        (Request("PLAY", URI), Status.BAD_REQUEST, ("CSeq", None)),
        (Request("PLAY", URI, Headers((("CSeq", "one"),))), Status.BAD_REQUEST, ("CSeq", None)),
        (a_request("RECORD"), Status.METHOD_NOT_ALLOWED, ("Allow", ", ".join(Method))),
        (a_request("FLY"), Status.NOT_IMPLEMENTED, ("Allow", ", ".join(Method))),
        (a_request("SETUP", ("Require", "a.b")), Status.OPTION_NOT_SUPPORTED, ("Unsupported", "a.b")),
        (a_request("SETUP", ("Proxy-Require", "c")), Status.OPTION_NOT_SUPPORTED, ("Unsupported", "c")),
    ],
    ids=["version", "no CSeq", "bad CSeq", "not allowed", "unknown", "Require", "Proxy-Require"],
)
def test_what_is_wrong_in_any_state_is_refused_before_anybody_is_asked(request_, status, header):
    session = a_session()

    [reply] = session.receive(request_)

    assert reply.response.status is status
    assert reply.response.headers.get(header[0]) == header[1]
    assert session.state is State.INIT


def test_a_look_up_that_fails_is_answered_and_changes_nothing():
    session = a_session()
    request = a_request("SETUP", TCP, uri=f"{URI}/trackID=0")
    [look_up] = session.receive(request)

    reply = session.refused(look_up.request, plain_text(Status.NOT_FOUND, "No."))

    assert look_up.target.track == 0
    assert reply.response.headers.fields[0] == ("CSeq", "7")
    assert (reply.response.status, session.state) == (Status.NOT_FOUND, State.INIT)
