"""Which payload format carries a track."""

import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU
from ssplug.media.nal import annex_b
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from ssplug.wire.rtp.formats import payload_format
from ssplug.wire.rtp.payload_format import NotCarriedError

SPS = bytes.fromhex("6742c01e")
NEWER = bytes.fromhex("6764001f")
PPS = bytes.fromhex("68ce3c80")
VPS_265, SPS_265 = b"\x40\x01vps", b"\x42\x01sps"


@pytest.mark.parametrize(
    ("track", "encoding"),
    [
        (a_video_track(H264), "H264/90000"),
        (a_video_track(H265), "H265/90000"),
        (a_video_track(MJPEG), "JPEG/90000"),
        (an_audio_track(AAC, 48000), "MPEG4-GENERIC/48000/1"),
        (an_audio_track(PCMU, 8000), "PCMU/8000"),
        (an_audio_track(PCMA, 8000), "PCMA/8000"),
        (an_audio_track("pcm_s16be", 16000), "L16/16000/1"),
    ],
)
def test_every_codec_that_is_carried(track, encoding):
    found = payload_format(track)

    assert (found.encoding, found.clock_rate) == (encoding, track.clock_rate)


def test_a_codec_that_is_not_carried_is_named():
    with pytest.raises(NotCarriedError, match="opus"):
        payload_format(an_audio_track("opus", 48000))


def test_parameter_sets_are_those_of_the_track():
    track = a_video_track(extradata=annex_b([SPS, PPS]))

    assert "profile-level-id=42C01E" in payload_format(track).fmtp


def test_parameter_sets_of_the_last_key_frame_are_newer():
    track = a_video_track(extradata=annex_b([SPS, PPS]))
    key_frame = an_access_unit(data=annex_b([NEWER, PPS, b"\x65idr"]), track=track)

    assert "profile-level-id=64001F" in payload_format(track, key_frame).fmtp


def test_a_key_frame_without_parameter_sets_tells_nothing_newer():
    track = a_video_track(extradata=annex_b([SPS, PPS]))
    key_frame = an_access_unit(data=annex_b([b"\x65idr"]), track=track)

    assert "profile-level-id=42C01E" in payload_format(track, key_frame).fmtp


def test_h265_likewise():
    track = a_video_track(H265, extradata=annex_b([VPS_265]))
    key_frame = an_access_unit(data=annex_b([SPS_265, b"\x26\x01idr"]), track=track)

    assert payload_format(track).fmtp == "sprop-vps=QAF2cHM="
    assert payload_format(track, key_frame).fmtp == "sprop-sps=QgFzcHM="


def test_a_picture_that_rtp_cannot_carry_is_found_out_before_it_is_offered():
    track = a_video_track(MJPEG)

    with pytest.raises(NotCarriedError):
        payload_format(track, an_access_unit(data=b"no jpeg", track=track))
