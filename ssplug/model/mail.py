"""Mail: what triggered mails are like where the destination does not say otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailStyle:
    """The general settings of triggered mails."""

    subject: str = "%c: {what}"
    """%c is the camera, {what} the reason; the codes of the time are those of overlays."""
    images: int = 3
    image_rate: float = 1.0
    """Images a second."""
    image_width: int | None = 640
    """Pixels, at most; None: as the camera sends them."""
