"""What is said on the WebSocket of `mse`, besides binary messages of MP4.

The text messages are JSON objects with a `type`: `codecs` comes before each init segment, `offline`
when nothing comes until the next `codecs`.
"""

import json
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ssplug.wire.hls import quality_of, wants_sound
from ssplug.wire.requests import Parameters, camera_number


@dataclass(frozen=True, slots=True)
class MSERequest:
    """`mse`."""

    camera: int
    quality: int = 0
    """0 is the camera's own, 1 and 2 are less."""
    sound: bool = True

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """RequestError for numbers that cannot be."""
        return cls(camera_number(parameters), quality_of(parameters), wants_sound(parameters))


def codecs_message(mime_type: str, width: int, height: int) -> str:
    """What the browser is to be asked whether it plays it."""
    return json.dumps({"type": "codecs", "mimeType": mime_type, "width": width, "height": height})


def offline_message(reason: str) -> str:
    """For people."""
    return json.dumps({"type": "offline", "reason": reason})


def is_of_this_site(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from a page of this server, or from no page at all.

    Browsers let any page open a WebSocket to anywhere, with the credentials that they know for it
    (RFC 6455, 10.2).
    """
    return origin is None or urlsplit(origin).netloc.lower() == (host or "").lower() != ""
