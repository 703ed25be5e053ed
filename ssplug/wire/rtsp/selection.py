"""Which of a camera's tracks a client gets, and in what codec, size and rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU, Track
from ssplug.media.video_encoder import VideoForm
from ssplug.wire.rtp.samples import L16
from ssplug.wire.rtsp.target import StreamRequest

_VIDEO_WORDS: Final = {
    "": frozenset({H264, H265, MJPEG}),
    "h264": frozenset({H264}),
    "h265": frozenset({H265}),
    "hevc": frozenset({H265}),
    "h26x": frozenset({H264, H265}),
    "jpeg": frozenset({MJPEG}),
    "mjpeg": frozenset({MJPEG}),
}
_AUDIO_WORDS: Final = {"": AAC, "aac": AAC, "ulaw": PCMU, "pcm": L16}
_CARRIED_AUDIO: Final = frozenset({AAC, PCMU, PCMA, L16})
_NAMES: Final = {H264: "H.264", H265: "H.265", MJPEG: "JPEG"}
_ASK_FOR: Final = {H264: "h264", H265: "h26x", MJPEG: "jpeg"}
_RATE_TOLERANCE: Final = 1.02  # 29.97 pictures a second are those that somebody calls 30


@dataclass(frozen=True, slots=True)
class Selection:
    """What is offered."""

    video: Track | None
    audio_codec: str | None
    """The camera's own or one to convert to; None: no sound."""


class UnsupportedMediaError(Exception):
    """The camera does not send what was asked for; the text is for whoever asked."""


def needed_form(video: Track | None, rate: float, request: StreamRequest) -> VideoForm | None:
    """What must be made of a camera's `video`; None where it is what is asked for, or cannot become that.

    `rate` is how many pictures a second it has, 0 if nobody knows.  Raises UnsupportedMediaError.
    """
    codecs = _VIDEO_WORDS.get(request.video_codec)
    if video is None or codecs is None:
        return None
    form = _different(video, rate, request)
    if video.codec in codecs and form == VideoForm():
        return None
    if H264 in codecs:
        return form
    if video.codec in codecs:
        raise UnsupportedMediaError(
            "Only H.264 is made in another size or rate: leave them out, or ask for vcodec=h264."
        )
    return None


def _different(video: Track, rate: float, request: StreamRequest) -> VideoForm:
    """What is asked for and not the case; sizes are compared with those of the camera's own picture."""
    is_slower = request.fps is not None and not 0 < rate <= request.fps * _RATE_TOLERANCE
    form = VideoForm(request.width, request.height)
    own = video.width, video.height
    if all(own) and (form.size(*own) == own or form == VideoForm()):
        form = VideoForm()
    return VideoForm(form.width, form.height, request.fps if is_slower else None)


def selection(tracks: Sequence[Track], video_word: str, audio_word: str, may_hear: bool) -> Selection:
    """What of `tracks` the words of a request select; `may_hear`: the account may have sound."""
    video = next((track for track in tracks if track.is_video), None)
    audio = next((track for track in tracks if not track.is_video), None)
    if video is not None:
        _check_video(video, video_word)
    audio_codec = _audio_codec(audio, audio_word)
    return Selection(video, audio_codec if may_hear else None)


def _check_video(video: Track, word: str) -> None:
    if word not in _VIDEO_WORDS:
        raise UnsupportedMediaError("vcodec is one of h264, h265, h26x and jpeg.")
    if video.codec not in _VIDEO_WORDS[word]:
        name, words = _NAMES.get(video.codec, video.codec), {"h264", _ASK_FOR.get(video.codec, "h264")}
        raise UnsupportedMediaError(f"This camera sends {name}: ask for vcodec={' or '.join(sorted(words))}.")


def _audio_codec(audio: Track | None, word: str) -> str | None:
    if word not in (*_AUDIO_WORDS, "src", "none"):
        raise UnsupportedMediaError("acodec is one of aac, ulaw, pcm, src and none.")
    if audio is None or word == "none":
        return None
    if word == "src":
        return audio.codec if audio.codec in _CARRIED_AUDIO else None
    return _AUDIO_WORDS[word]
