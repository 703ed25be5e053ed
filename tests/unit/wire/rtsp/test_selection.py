"""Which tracks a client gets."""

import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU
from ssplug.media.video_encoder import VideoForm
from ssplug.testing import a_video_track, an_audio_track
from ssplug.wire.rtsp.selection import Selection, UnsupportedMediaError, needed_form, selection
from ssplug.wire.rtsp.target import StreamRequest

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
        (H265_TRACK, "jpeg", "sends H.265: ask for vcodec=h264 or h26x"),
        (H264_TRACK, "h265", r"sends H.264: ask for vcodec=h264\."),
        (MJPEG_TRACK, "h265", "sends JPEG: ask for vcodec=h264 or jpeg"),
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


@pytest.mark.parametrize(
    ("track", "asked", "form"),
    [
        (H264_TRACK, {}, None),
        (H264_TRACK, {"width": 640}, None),
        (H264_TRACK, {"width": 640, "height": 360, "fps": 25.0}, None),
        (H264_TRACK, {"fps": 30.0}, None),
        (H264_TRACK, {"fps": 24.9}, None),
        (H264_TRACK, {"fps": 20.0}, VideoForm(fps=20.0)),
        (H264_TRACK, {"height": 180}, VideoForm(height=180)),
        (H264_TRACK, {"width": 320, "fps": 25.0}, VideoForm(width=320)),
        (H264_TRACK, {"width": 320, "height": 240, "fps": 5.0}, VideoForm(320, 240, 5.0)),
        (H264_TRACK, {"video_codec": "h26x", "width": 320}, VideoForm(width=320)),
        (H265_TRACK, {}, None),
        (H265_TRACK, {"video_codec": "h26x"}, None),
        (H265_TRACK, {"video_codec": "h264"}, VideoForm()),
        (H265_TRACK, {"video_codec": "h264", "width": 640}, VideoForm()),
        (H265_TRACK, {"width": 320}, VideoForm(width=320)),
        (MJPEG_TRACK, {}, None),
        (MJPEG_TRACK, {"video_codec": "h264"}, VideoForm()),
        (MJPEG_TRACK, {"video_codec": "h26x"}, VideoForm()),
        (a_video_track("mpeg4"), {}, VideoForm()),
        (a_video_track(width=0, height=0), {"width": 320}, VideoForm(width=320)),
        (None, {"width": 320}, None),
    ],
)
def test_video_is_made_only_where_the_camera_does_not_send_it(track, asked, form):
    """Of a camera with 640x360 at 25 a second."""
    assert needed_form(track, 25.0, StreamRequest(3, **asked)) == form


def test_a_rate_that_nobody_knows_is_held_to():
    assert needed_form(H264_TRACK, 0.0, StreamRequest(3, fps=30.0)) == VideoForm(fps=30.0)


@pytest.mark.parametrize(("track", "word"), [(H265_TRACK, "h265"), (MJPEG_TRACK, "jpeg")])
def test_only_h264_is_made(track, word):
    """In the camera's own size such a codec is passed through."""
    assert needed_form(track, 25.0, StreamRequest(3, word)) is None
    with pytest.raises(UnsupportedMediaError, match="ask for vcodec=h264"):
        needed_form(track, 25.0, StreamRequest(3, word, width=320))


def test_what_is_neither_there_nor_made_is_left_to_the_selection():
    assert needed_form(H264_TRACK, 25.0, StreamRequest(3, "h265", width=320)) is None
    assert needed_form(H264_TRACK, 25.0, StreamRequest(3, "vp9", width=320)) is None
