"""RTSP messages as values."""

from ssplug.wire.rtsp.message import Headers, Request, Response, Status, plain_text


def test_a_response_is_serialised_with_its_length():
    response = Response(Status.OK, Headers((("CSeq", "2"), ("Content-Type", "application/sdp"))), b"v=0\r\n")

    assert response.serialize() == (
        b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    )


def test_a_response_without_body_has_no_length():
    assert Response(Status.UNSUPPORTED_TRANSPORT).serialize() == b"RTSP/1.0 461 Unsupported Transport\r\n\r\n"


def test_a_sentence_is_plain_text():
    assert plain_text(Status.NOT_FOUND, "No such thing.").serialize() == (
        b"RTSP/1.0 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nNo such thing."
    )


def test_more_header_fields_come_last():
    response = Response(Status.OK, Headers((("CSeq", "2"),))).plus(("RTP-Info", "url=x"))

    assert response.headers.fields == (("CSeq", "2"), ("RTP-Info", "url=x"))


def test_header_names_have_no_case_and_the_first_field_counts():
    headers = Headers((("cseq", "1"), ("CSeq", "2")))

    assert headers.get("CSEQ") == "1"
    assert headers.get("Session") is None


def test_a_session_is_known_by_its_identifier_alone():
    assert Request("PLAY", "*", Headers((("Session", "abc;timeout=60"),))).session == "abc"
    assert Request("PLAY", "*").session is None
