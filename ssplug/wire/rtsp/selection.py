"""Which of a camera's tracks a client gets, and in what codec."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU, Track
from ssplug.wire.rtp.samples import L16

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


@dataclass(frozen=True, slots=True)
class Selection:
    """What is offered."""

    video: Track | None
    audio_codec: str | None
    """The camera's own or one to convert to; None: no sound."""


class UnsupportedMediaError(Exception):
    """The camera does not send what was asked for; the text is for whoever asked."""


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
    if video.codec not in _ASK_FOR:
        raise UnsupportedMediaError(f"This camera sends {video.codec}, which RTSP is not served with.")
    if video.codec not in _VIDEO_WORDS[word]:
        raise UnsupportedMediaError(
            f"This camera sends {_NAMES[video.codec]}, and video is not converted: "
            f"ask for vcodec={_ASK_FOR[video.codec]}."
        )


def _audio_codec(audio: Track | None, word: str) -> str | None:
    if word not in (*_AUDIO_WORDS, "src", "none"):
        raise UnsupportedMediaError("acodec is one of aac, ulaw, pcm, src and none.")
    if audio is None or word == "none":
        return None
    if word == "src":
        return audio.codec if audio.codec in _CARRIED_AUDIO else None
    return _AUDIO_WORDS[word]
