"""Who a client says it is: the `Authorization` header and the `auth` parameter.

Clients write the same user and password in many ways: UTF-8 or latin-1, the standard or the
URL-safe Base64 alphabet, padded or not, percent-encoded or raw.  All of them end as one value.
"""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password, as a client sent them."""

    user: str
    password: str = field(repr=False)


def from_authorization(header: str) -> Credentials | None:
    """The credentials of an `Authorization: Basic` header (RFC 7617); None for anything else."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    return _decode(token.strip())


def from_auth_parameter(value: str) -> Credentials | None:
    """The credentials of an `auth` parameter, given as it stands in the URL; None where it holds none.

    A plus sign is a letter of Base64 here, never a space; a space can only have been one.
    """
    token = unquote_to_bytes(value).decode("latin-1")
    return _decode(token.strip("\r\n").replace(" ", "+"))


def _decode(token: str) -> Credentials | None:
    if not token or len(token) > _LONGEST:
        return None
    letters = token.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        plain = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = _text(plain).partition(":")
    return Credentials(user, password) if colon else None


def _text(plain: bytes) -> str:
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("latin-1")
