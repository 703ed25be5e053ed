"""What is decided about RTSP cameras from values alone."""

import errno
from types import SimpleNamespace

import pytest
from av import error

from ssplug.media.rtsp.beginning import PATIENCE_SECONDS, CameraTimes, Gate
from ssplug.media.rtsp.reasons import opening_reason, watching_reason
from ssplug.media.rtsp.stream import RTSPStream
from ssplug.model.url import CameraURL
from ssplug.testing import a_video_track, an_access_unit, an_audio_track

VIDEO, AUDIO = a_video_track(), an_audio_track()


def a_packet(pts, stream=0, duration=9000):
    """As much of a packet as matters here."""
    return SimpleNamespace(stream_index=stream, pts=pts, dts=7, duration=duration)


def passed(*packets):
    """The times of what is passed on, packet by packet."""
    times = CameraTimes()
    return [[(p.stream_index, p.pts) for p in times.packets(packet)] for packet in packets]


def test_a_first_packet_without_time_waits_for_the_second():
    """It was one duration before it, wherever that is."""
    assert passed(a_packet(None), a_packet(108_546), a_packet(117_500)) == [
        [],
        [(0, 99_546), (0, 108_546)],
        [(0, 117_500)],
    ]


def test_a_first_packet_with_a_time_does_not_wait():
    """Nothing is to be found out."""
    assert passed(a_packet(5), a_packet(10)) == [[(0, 5)], [(0, 10)]]


def test_each_stream_waits_for_itself():
    """Sound is not held up by a picture."""
    assert passed(a_packet(None), a_packet(7, stream=1), a_packet(9000)) == [
        [],
        [(1, 7)],
        [(0, 0), (0, 9000)],
    ]


def test_a_time_that_nobody_knows_stays_unknown():
    """Where the second has none either, both go on without; later gaps are not waited for."""
    assert passed(a_packet(None), a_packet(None), a_packet(None)) == [
        [],
        [(0, None), (0, None)],
        [(0, None)],
    ]


def test_decoding_times_are_not_believed():
    """RTP has none: what FFmpeg gives is a guess."""
    (packet,) = CameraTimes().packets(a_packet(5))
    assert packet.dts is None


def test_nothing_passes_before_the_first_key_frame():
    """A client joins in the middle of a GOP, whose rest can not be decoded."""
    gate = Gate(has_video=True)
    units = [
        an_access_unit(key=False, track=VIDEO),
        an_access_unit(track=AUDIO),
        an_access_unit(key=True, track=VIDEO),
        an_access_unit(key=False, track=VIDEO),
        an_access_unit(track=AUDIO),
    ]
    assert [gate.admits(unit, 0.0) for unit in units] == [False, False, True, True, True]


def test_sound_without_a_picture_passes_after_a_while():
    """A camera whose picture is broken can still be heard; its picture may begin later."""
    gate = Gate(has_video=True)
    sound = an_access_unit(track=AUDIO)
    assert [gate.admits(sound, at) for at in (10.0, 10.0 + PATIENCE_SECONDS, 99.0)] == [False, True, True]
    assert not gate.admits(an_access_unit(key=False, track=VIDEO), 99.1)
    assert gate.admits(sound, 99.2)
    assert gate.admits(an_access_unit(key=True, track=VIDEO), 99.3)


def test_sound_waits_as_long_as_pictures_come():
    """A GOP may be long: its key frame will come."""
    gate = Gate(has_video=True)
    gate.admits(an_access_unit(key=False, track=VIDEO), 0.0)
    assert not any(gate.admits(an_access_unit(track=AUDIO), at) for at in (0.0, PATIENCE_SECONDS, 15.0))


def test_sound_of_a_microphone_passes_at_once():
    """No picture was promised."""
    assert Gate(has_video=False).admits(an_access_unit(track=AUDIO), 0.0)


def a_url(text="rtsp://camera/live", username="u", password="hunter2"):
    return CameraURL.parse(text, username, password)


def an_error(kind, number=0):
    """FFmpeg's errors name the URL, with everything in it."""
    return kind(number, "it failed", "rtsp://u:hunter2@camera/live")


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (an_error(error.HTTPUnauthorizedError), "401: user name or password refused"),
        (an_error(error.HTTPForbiddenError), "403: this user may not see /live"),
        (an_error(error.HTTPNotFoundError), "404: the camera has no stream at /live"),
        (an_error(error.HTTPOtherClientError), "the camera refuses the request for /live (4xx)"),
        (
            an_error(error.HTTPServerError),
            "the camera answers with an error of its own (5xx): it may have too many clients",
        ),
        (
            an_error(error.ConnectionRefusedError, errno.ECONNREFUSED),
            "camera:554: connection refused: nothing listens there",
        ),
        (an_error(error.OSError, errno.EHOSTUNREACH), "camera:554: no route to the host"),
        (an_error(error.OSError, errno.EIO), "camera:554: no connection"),
        (an_error(error.OSError, errno.EPROTONOSUPPORT), "camera:554: the camera does not offer this transport"),
        (an_error(error.InvalidDataError), "camera:554: what answers there does not speak RTSP"),
        (an_error(error.ExitError), "camera:554: no answer"),
    ],
)
def test_reasons_for_a_stream_that_does_not_open(problem, reason):
    """A sentence without the password that FFmpeg's text has."""
    assert opening_reason(problem, a_url(), waited=False, resolved=True) == reason


def test_what_ffmpeg_does_not_tell():
    """That the name is unknown, that nobody answered, that nobody said who we are."""
    wrong = an_error(error.InvalidDataError)
    assert opening_reason(wrong, a_url(), waited=False, resolved=False) == "camera: host unknown"
    assert opening_reason(wrong, a_url(), waited=True, resolved=True) == "camera:554: no answer"
    asked = opening_reason(an_error(error.HTTPUnauthorizedError), a_url(username=""), waited=False, resolved=True)
    assert asked == "401: the camera asks for a user name and a password"


def test_a_failure_of_tls_names_the_setting():
    """FFmpeg does not tell a certificate that is not valid from a port that does not speak TLS."""
    reason = opening_reason(
        an_error(error.OSError, errno.EIO), a_url("rtsps://camera/live"), waited=False, resolved=True
    )
    assert "verify_certificate: false" in reason


def test_reasons_for_a_stream_that_ends():
    """Silence, or the end of the connection."""
    assert watching_reason(an_error(error.ExitError), a_url(), 8) == "camera:554: nothing came for 8 seconds"
    assert watching_reason(an_error(error.OSError, errno.EPIPE), a_url(), 8) == "camera:554: the connection was lost"


def test_options_for_ffmpeg():
    """The transport that is asked for, sound only if wanted, and never data such as ONVIF's."""
    chosen = RTSPStream(a_url(), transport="udp", audio=False).options()
    assert (chosen["rtsp_transport"], chosen["allowed_media_types"]) == ("udp", "video")
    assert "tls_verify" not in chosen


def test_certificates_are_verified_unless_the_site_says_otherwise(tmp_path, monkeypatch):
    """With the authorities that this machine trusts."""
    (tmp_path / "trusted.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    url = a_url("rtsps://camera/live")
    verified = RTSPStream(url).options()
    assert verified["tls_verify"] == "1"
    assert verified["ca_file"] == str(tmp_path / "trusted.pem")
    assert "tls_verify" not in RTSPStream(url, verify_certificate=False).options()


def test_credentials_that_ffmpeg_would_cut_are_refused():
    """With 127 characters they fit; with one more they do not, and the message does not repeat them."""
    RTSPStream(a_url(password="p" * 125))
    with pytest.raises(ValueError, match="more than 127 characters") as caught:
        RTSPStream(a_url(password="p" * 126))
    assert "ppp" not in str(caught.value)
