"""SOAP requests (SOAP 1.2; ONVIF Core, 5.2 and 5.9): the envelope and what stands in its header. No clock, no I/O."""

import base64
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from onveef.envelopes import NS_DECL, WSA_ANONYMOUS

CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"


@dataclass(frozen=True, slots=True)
class Token:
    """A UsernameToken with a digest (WS-Security UsernameToken Profile 1.0, 3.1)."""

    username: str
    password: str = field(repr=False)
    nonce: bytes
    """Used once; 16 bytes."""
    created: datetime
    """Now, by the camera's clock, in UTC."""

    def header(self) -> str:
        """The header block."""
        created = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        secret = self.nonce + created.encode() + self.password.encode()
        digest = hashlib.sha1(secret, usedforsecurity=False).digest()
        return (
            f'<wsse:Security s:mustUnderstand="1" xmlns:wsse="{_WSS}wssecurity-secext-1.0.xsd" '
            f'xmlns:wsu="{_WSS}wssecurity-utility-1.0.xsd"><wsse:UsernameToken>'
            f"<wsse:Username>{escape(self.username)}</wsse:Username>"
            f'<wsse:Password Type="{_WSS}username-token-profile-1.0#PasswordDigest">{_base64(digest)}</wsse:Password>'
            f'<wsse:Nonce EncodingType="{_WSS}soap-message-security-1.0#Base64Binary">'
            f"{_base64(self.nonce)}</wsse:Nonce>"
            f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"
        )


@dataclass(frozen=True, slots=True)
class Addressing:
    """Whom a request is for, where one address serves many (WS-Addressing 1.0): subscriptions."""

    to: str
    action: str
    message: bytes
    """16 random bytes."""
    references: Sequence[str] = ()
    """What the camera gave with the address, as XML: it wants it back (WS-Addressing SOAP Binding, 3.5)."""

    def header(self) -> str:
        """The header blocks."""
        return (
            f'<wsa:Action s:mustUnderstand="1">{escape(self.action)}</wsa:Action>'
            f"<wsa:MessageID>{uuid.UUID(bytes=self.message, version=4).urn}</wsa:MessageID>"
            f"<wsa:ReplyTo><wsa:Address>{WSA_ANONYMOUS}</wsa:Address></wsa:ReplyTo>"
            f'<wsa:To s:mustUnderstand="1">{escape(self.to)}</wsa:To>'
            f"{''.join(self.references)}"
        )


def envelope(body: str, *blocks: "Token | Addressing | None") -> bytes:
    """The whole request; `body` is what an operation of `onveef.envelopes` builds."""
    header = "".join(block.header() for block in blocks if block is not None)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {NS_DECL}>'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def operation_of(body: str) -> str:
    """What people call the operation that `body` asks for: GetProfiles."""
    return body.partition(">")[0].partition(":")[2].rstrip("/").split()[0]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
