"""The client's side of HTTP authentication: Basic (RFC 7617) and Digest (RFC 7616, 2617, 2069).

No Twisted, no randomness: the challenge and the client's nonce go in, the header comes out.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

# A token68, an auth-param or the name of a scheme (RFC 9110, 11.2-11.6); several challenges may share a header.
_PIECE: Final = re.compile(
    r"""[\s,]*(?:
        [\w.~+/-]+=+(?=\s*(?:,|$))|
        (?P<name>[\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]+))|
        (?P<scheme>[\w!#$%&'*+.^`|~-]+)(?![\w=])
    )""",
    re.VERBOSE,
)

_HASHES: Final[Mapping[str, Callable[[bytes], "hashlib._Hash"]]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),  # what cameras ask for
    "SHA-256": hashlib.sha256,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in which the server is willing to be told who we are."""

    scheme: str
    """In lower case."""
    parameters: Mapping[str, str]
    """Names in lower case."""

    @property
    def strength(self) -> int:
        """The strongest that we can answer is chosen; 0: we can not."""
        if self.scheme == "basic":
            return 1
        qop = {word.strip().lower() for word in self.parameters.get("qop", "auth").split(",")}
        if self.scheme != "digest" or "nonce" not in self.parameters or "auth" not in qop:
            return 0
        return {"MD5": 2, "SHA-256": 3}.get(self.algorithm.removesuffix("-SESS"), 0)

    @property
    def algorithm(self) -> str:
        """Of Digest, in capitals."""
        return self.parameters.get("algorithm", "MD5").upper()


def challenges(headers: Iterable[str]) -> list[Challenge]:
    """The challenges in all `WWW-Authenticate` headers of a reply; what makes no sense is left out."""
    found: list[Challenge] = []
    for header in headers:
        parameters: dict[str, str] = {}
        for scheme, name, value in _pieces(header):
            if scheme:
                parameters = {}
                found.append(Challenge(scheme.lower(), parameters))
            elif name:
                parameters[name.lower()] = value
    return found


def _pieces(header: str) -> Iterator[tuple[str, str, str]]:
    """Scheme, or name and value, in the order of the header; all empty for a token68, which no scheme of ours has."""
    at = 0
    while piece := _PIECE.match(header, at):
        at = piece.end()
        quoted = piece["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else piece["bare"] or ""
        yield piece["scheme"] or "", piece["name"] or "", value


def strongest(headers: Iterable[str]) -> Challenge | None:
    """The challenge to answer; None when there is none that we can."""
    return max((c for c in challenges(headers) if c.strength), key=lambda c: c.strength, default=None)


@dataclass(slots=True)
class Authorizer:
    """Answers one server's challenges."""

    username: str
    password: str
    nonce: Callable[[], str]
    """A new nonce of the client, letters and digits."""
    _challenge: Challenge | None = None
    _count: int = 0

    def challenged(self, headers: Iterable[str]) -> bool:
        """Take note of the server's challenges; whether another request has hope."""
        self._challenge = strongest(headers) if self.username else None
        self._count = 0
        return self._challenge is not None

    def header(self, method: str, target: str) -> str | None:
        """The `Authorization` header of the next request; None as long as nobody asked."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return basic(self.username, self.password)
        self._count += 1
        return digest(self._challenge, self.username, self.password, method, target, self.nonce(), self._count)


def basic(username: str, password: str) -> str:
    """The header's value for Basic; UTF-8 (RFC 7617, 2.1)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def digest(
    challenge: Challenge, username: str, password: str, method: str, target: str, cnonce: str, count: int
) -> str:
    """The header's value for Digest; `count` is how often the server's nonce has been used, this time included."""
    asked = challenge.parameters
    algorithm = challenge.algorithm
    realm, nonce = asked.get("realm", ""), asked["nonce"]
    who = _hash(algorithm, username, realm, password)
    if algorithm.endswith("-SESS"):
        who = _hash(algorithm, who, nonce, cnonce)
    what = _hash(algorithm, method, target)
    if "qop" in asked:
        response = _hash(algorithm, who, nonce, f"{count:08x}", cnonce, "auth", what)
        counted = f', qop=auth, nc={count:08x}, cnonce="{cnonce}"'
    else:  # RFC 2069
        response = _hash(algorithm, who, nonce, what)
        counted = f', cnonce="{cnonce}"' if algorithm.endswith("-SESS") else ""
    echoed = "".join(f", {name}={_as_asked(name, asked[name])}" for name in ("algorithm", "opaque") if name in asked)
    return (
        f'Digest username="{_escaped(username)}", realm="{_escaped(realm)}", nonce="{_escaped(nonce)}", '
        f'uri="{_escaped(target)}", response="{response}"{counted}{echoed}'
    )


def _hash(algorithm: str, *parts: str) -> str:
    return _HASHES[algorithm.removesuffix("-SESS")](":".join(parts).encode()).hexdigest()


def _as_asked(name: str, value: str) -> str:
    """`algorithm` is never quoted (RFC 7616, 3.4)."""
    return value if name == "algorithm" else f'"{_escaped(value)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
