"""Which tracks a client gets."""

import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU
from ssplug.testing import a_video_track, an_audio_track
from ssplug.wire.rtsp.selection import Selection, UnsupportedMediaError, selection

H264_TRACK, H265_TRACK, MJPEG_TRACK = a_video_track(H264), a_video_track(H265), a_video_track(MJPEG)
AAC_TRACK, PCMA_TRACK = an_audio_track(AAC), an_audio_track(PCMA, 8000)


@pytest.mark.parametrize(
    ("track", "word"),
    [
        (H264_TRACK, ""),
        (H264_TRACK, "h264"),
        (H264_TRACK, "h26x"),
        (H265_TRACK, ""),
        (H265_TRACK, "h265"),
        (H265_TRACK, "h26x"),
        (MJPEG_TRACK, ""),
        (MJPEG_TRACK, "jpeg"),
    ],
)
def test_video_is_passed_through(track, word):
    assert selection([track], word, "", may_hear=True) == Selection(track, None)


@pytest.mark.parametrize(
    ("track", "word", "sentence"),
    [
        (H265_TRACK, "h264", "sends H.265, and video is not converted: ask for vcodec=h26x"),
        (H264_TRACK, "h265", "sends H.264, and video is not converted: ask for vcodec=h264"),
        (MJPEG_TRACK, "h264", "sends JPEG, and video is not converted: ask for vcodec=jpeg"),
        (H264_TRACK, "vp9", "vcodec is one of"),
        (a_video_track("mpeg4"), "", "sends mpeg4"),
    ],
)
def test_what_cannot_be_had_is_said(track, word, sentence):
    with pytest.raises(UnsupportedMediaError, match=sentence):
        selection([track], word, "", may_hear=True)


@pytest.mark.parametrize(
    ("track", "word", "codec"),
    [
        (AAC_TRACK, "", AAC),
        (AAC_TRACK, "ulaw", PCMU),
        (AAC_TRACK, "pcm", "pcm_s16be"),
        (AAC_TRACK, "src", AAC),
        (AAC_TRACK, "none", None),
        (PCMA_TRACK, "", AAC),
        (PCMA_TRACK, "src", PCMA),
        (an_audio_track("adpcm_g726"), "src", None),
    ],
)
def test_sound_is_offered_in_the_codec_that_was_asked_for(track, word, codec):
    assert selection([H264_TRACK, track], "", word, may_hear=True) == Selection(H264_TRACK, codec)


def test_a_camera_without_sound_offers_none():
    assert selection([H264_TRACK], "", "aac", may_hear=True).audio_codec is None


def test_an_account_that_may_not_hear_is_offered_no_sound():
    assert selection([H264_TRACK, AAC_TRACK], "", "aac", may_hear=False).audio_codec is None


def test_a_camera_without_pictures_offers_its_sound():
    assert selection([AAC_TRACK], "", "", may_hear=True) == Selection(None, AAC)


def test_an_unknown_codec_of_sound_is_said():
    with pytest.raises(UnsupportedMediaError, match="acodec is one of"):
        selection([H264_TRACK, AAC_TRACK], "", "opus", may_hear=True)
