"""What a mail says: from values to a message, without a clock and without a network.

Names of cameras come from people and from the web.  Whatever is in them, it is text: in a header on
one line (`one_line`), in HTML escaped.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from typing import Any, Final

from ssplug.media.caption import caption_text
from ssplug.model.action import Trigger
from ssplug.model.event import Scores, TriggerReason
from ssplug.model.text import one_line

LONGEST_SUBJECT: Final = 250

_PLACES: Final = re.compile(r"(\{(?:what|server)\})")
_REASONS: Final = {
    TriggerReason.HUMAN: "human",
    TriggerReason.VEHICLE: "vehicle",
    TriggerReason.ANIMAL: "animal",
    TriggerReason.MOTION: "motion",
    TriggerReason.AUDIO: "sound",
    TriggerReason.CAMERA: "the camera's own detection",
    TriggerReason.OTHER_CAMERA: "another camera",
    TriggerReason.SCRIPT: "a script",
    TriggerReason.WEB: "request of a client",
    TriggerReason.MANUAL: "by hand",
}
"""The telling ones first."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and when."""

    sender: str
    to: tuple[str, ...]
    server: str
    """What the sender is called."""
    at: datetime
    """With its offset: what `Date` says."""
    message_id: str


def what_happened(reason: TriggerReason) -> str:
    """The reasons of a trigger, for people."""
    return ", ".join(words for flag, words in _REASONS.items() if flag in reason) or "trigger"


def subject_of(template: str, trigger: Trigger, server: str, at: datetime) -> str:
    """`template` with its codes and places replaced, on one line; what is in names is not looked at again."""
    known = {"{what}": what_happened(trigger.reason), "{server}": server}
    pieces = _PLACES.split(template)
    told = (known[piece] if piece in known else caption_text(piece, trigger.camera.name, at) for piece in pieces)
    return one_line("".join(told))[:LONGEST_SUBJECT]


def text_of(trigger: Trigger, server: str, at: datetime, note: str = "") -> str:
    """What the mail about a trigger says, line by line; `note` is about its pictures."""
    lines = [
        f"Camera: {one_line(trigger.camera.name)}",
        f"Time:   {at:%Y-%m-%d %H:%M:%S %z}",
        f"Reason: {what_happened(trigger.reason)}",
    ]
    if trigger.scores is not None:
        lines.append(f"Seen:   {_seen(trigger.scores)}")
    lines.append(f"Server: {one_line(server)}")
    return "\n".join([*lines, *([note] if note else [])]) + "\n"


def _seen(scores: Scores) -> str:
    return f"human {scores.human} %, vehicle {scores.vehicle} %, animal {scores.animal} %"


class _Subject(UniqueUnstructuredHeader):
    """The library's own folding loses blanks between encoded words; that of its older part does not."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        charset = "us-ascii" if text.isascii() else "utf-8"
        coded = Header(text, charset, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {coded}{policy.linesep}"


def _header_kinds() -> HeaderRegistry:
    kinds = HeaderRegistry()
    kinds.map_to_type("subject", _Subject)  # type: ignore[arg-type] # the registry adds the base class itself
    return kinds


_POLICY: Final = SMTP.clone(header_factory=_header_kinds())


def letter(envelope: Envelope, subject: str, text: str, pictures: Sequence[bytes] = ()) -> EmailMessage:
    """The message: plain text, and where there are pictures (JPEG) the same as HTML with them in it."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(one_line(envelope.server), addr_spec=envelope.sender)
    message["To"] = [Address(addr_spec=address) for address in envelope.to]
    message["Subject"] = one_line(subject)
    message["Date"] = envelope.at
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    if pictures:
        _add_pictures(message, envelope, text, pictures)
    return message


def _add_pictures(message: EmailMessage, envelope: Envelope, text: str, pictures: Sequence[bytes]) -> None:
    names = [f"{number}.{envelope.message_id.strip('<>')}" for number in range(1, len(pictures) + 1)]
    shown = "\n".join(f'<p><img src="cid:{html.escape(name)}" alt="" style="max-width: 100%"></p>' for name in names)
    body = f"<html><body>\n<pre>{html.escape(text)}</pre>\n{shown}\n</body></html>\n"
    message.add_alternative(body, subtype="html", cte="quoted-printable")
    page: Any = message.get_payload()[-1]  # type: ignore[index] # its type knows nothing of parts
    for number, (name, picture) in enumerate(zip(names, pictures, strict=True), 1):
        page.add_related(picture, "image", "jpeg", cid=f"<{name}>", disposition="inline", filename=f"{number}.jpg")
