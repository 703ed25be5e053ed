"""Where a camera is: a URL whose credentials cannot slip into a message."""

import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}

# Cheap cameras want them in the path: /user=admin_password=secret_channel=1_stream=0.sdp
_CREDENTIAL_IN_PATH: Final = re.compile(r"(?i)((?:user(?:name)?|usr|login|pass(?:word|wd)?|pwd)=)[^&_/;]*")


@dataclass(frozen=True, slots=True)
class CameraURL:
    """A URL, taken apart."""

    scheme: str
    host: str
    """A name or an address; IPv6 without brackets."""
    port: int
    target: str = field(repr=False)
    """Path and query, as the request has them. May hold a password: `path` is the one to show."""
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, username: str = "", password: str = "") -> Self:
        """The parts of `text`; credentials that it holds give way to those beside it.

        ValueError, whose text does not repeat the URL.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:  # whose text repeats a part of the URL
            raise ValueError("the url makes no sense: is there a special character that should be %-encoded?") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(
                f"the url must begin with {', '.join(f'{scheme}://' for scheme in _PORTS)} and name a host"
            )
        target = _ascii((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        own = (unquote(parts.username or ""), unquote(parts.password or ""))
        user, secret = (username, password) if username else own
        return cls(parts.scheme, _ascii_host(parts.hostname), port or _PORTS[parts.scheme], target, user, secret)

    @property
    def path(self) -> str:
        """The path for people: no query, and no credentials where they are part of the path."""
        return _CREDENTIAL_IN_PATH.sub(r"\1...", self.target.partition("?")[0])

    @property
    def place(self) -> str:
        """Host and port, as messages name them."""
        return f"{self._bracketed}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.path}"

    def plain(self) -> str:
        """The URL without the credentials before the host, for requests that carry them in a header."""
        return f"{self.scheme}://{self.place}{self.target}"

    def with_credentials(self) -> str:
        """The whole URL, credentials percent-encoded. Not for messages."""
        if not self.username:
            return self.plain()
        credentials = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"
        return f"{self.scheme}://{credentials}@{self.place}{self.target}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def _ascii(target: str) -> str:
    """Spaces and letters that no request may have, percent-encoded; what is so already stays."""
    return re.sub("[^!-~]", lambda letter: quote(letter[0]), target)


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise ValueError("the url names a host that cannot be") from None
