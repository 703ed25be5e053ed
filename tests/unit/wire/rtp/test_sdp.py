"""Session descriptions."""

from ssplug.media.access_unit import PCMU
from ssplug.testing import an_audio_track
from ssplug.wire.rtp import h264, samples
from ssplug.wire.rtp.sdp import MediaDescription, session_description

SPS = bytes.fromhex("6742c01e")
VIDEO = MediaDescription(h264.payload_format([SPS]), "trackID=0", 12.5)
SOUND = MediaDescription(samples.payload_format(an_audio_track(PCMU, 8000, b"")), "trackID=1")


def test_a_description_is_complete():
    assert session_description("Front Porch", 7, [VIDEO, SOUND]).decode() == (
        "v=0\r\n"
        "o=- 7 1 IN IP4 127.0.0.1\r\n"
        "s=Front Porch\r\n"
        "c=IN IP4 0.0.0.0\r\n"
        "t=0 0\r\n"
        "a=control:*\r\n"
        "m=video 0 RTP/AVP 97\r\n"
        "a=rtpmap:97 H264/90000\r\n"
        "a=fmtp:97 packetization-mode=1;profile-level-id=42C01E;sprop-parameter-sets=Z0LAHg==\r\n"
        "a=framerate:12.5\r\n"
        "a=control:trackID=0\r\n"
        "m=audio 0 RTP/AVP 0\r\n"
        "a=rtpmap:0 PCMU/8000\r\n"
        "a=control:trackID=1\r\n"
    )


def test_a_name_cannot_add_lines():
    assert b"\r\ns=one a=evil\r\n" in session_description("one\r\na=evil", 7, [])


def test_a_session_always_has_a_name():
    """RFC 8866, 5.3: it must not be empty."""
    assert b"\r\ns=-\r\n" in session_description(" ", 7, [])
