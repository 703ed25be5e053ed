"""What the URI of an RTSP request asks for: `stream?cameraNum=N&...`, and one of its tracks."""

import re
from dataclasses import dataclass
from typing import Self

from ssplug.wire.requests import Parameters, RequestError, Target, UnknownCameraError, VideoRequest

_TRACK = re.compile(r"/?trackID=(\d{1,3})/?", re.IGNORECASE)
_RESOURCE = "stream"


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """Which camera, and what of it."""

    camera: int | None
    """None where `cameraNum` is missing or no number."""
    video_codec: str = ""
    """The word of `vcodec` or `codec`, in lower case; empty: not asked for."""
    audio_codec: str = ""
    """The word of `acodec`, in lower case; empty: not asked for."""
    auth: str | None = None
    """The `auth` parameter as it stands in the URI."""
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    problem: str = ""
    """What is wrong with it, for whoever sent it."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Never fails: what is wrong stands in `problem`."""
        video, problem = _video(parameters)
        return cls(
            camera=None if video is None else video.still.camera,
            width=None if video is None else video.still.width,
            height=None if video is None else video.still.height,
            fps=None if video is None else video.fps,
            problem=problem,
            video_codec=_word(parameters.text("vcodec", "codec")),
            audio_codec=_word(parameters.text("acodec")),
            auth=parameters.raw("auth"),
        )


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """A URI taken apart."""

    presentation: str
    """The URI without its track."""
    track: int | None
    stream: StreamRequest | None
    """None where the path is not that of a stream."""

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read the URI of a request.

        The track comes after the query (`stream?cameraNum=3/trackID=0`), for that is where players
        put a relative `a=control`, or after the path.
        """
        found = _TRACK.search(uri)
        presentation = uri[: found.start()] + uri[found.end() :] if found else uri
        named = Target.parse(presentation)
        stream = StreamRequest.parse(named.parameters) if named.name == _RESOURCE else None
        return cls(presentation, int(found[1]) if found else None, stream)


def _video(parameters: Parameters) -> tuple[VideoRequest | None, str]:
    """Camera, size and rate, and what is wrong with them; an unknown camera is found by nobody, which says enough."""
    try:
        return VideoRequest.parse(parameters), ""
    except UnknownCameraError:
        return None, ""
    except RequestError as error:
        return None, str(error)


def _word(value: str | None) -> str:
    return (value or "").strip("/ ").lower()
