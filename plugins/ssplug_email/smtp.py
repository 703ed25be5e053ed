"""Handing a message to a mail server (RFC 5321, STARTTLS of RFC 3207, AUTH of RFC 4954). A thread of its own."""

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Final

from ssplug.tls import client_context

STARTTLS: Final = "starttls"
TLS: Final = "tls"
_PORTS: Final = {STARTTLS: 587, TLS: 465, "none": 25}


class MailError(Exception):
    """A mail that was not taken; the text is for people, and holds no password."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int | None = None
    security: str = STARTTLS
    verify: bool = True
    ca: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or _PORTS[self.security]


def deliver(server: MailServer, sender: str, to: Sequence[str], message: EmailMessage) -> dict[str, str]:
    """Hand `message` in; the recipients that the server does not take, with its reasons. Blocks; MailError."""
    try:
        with contextlib.closing(_connected(server)) as smtp:
            _log_in(smtp, server)
            refused = smtp.send_message(message, sender, list(to))
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()  # the mail is taken: how the server says goodbye does not matter
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise MailError(f"{':'.join(map(str, server.address))}: {_reason(error)}") from error
    return {address: _answer(*reply) for address, reply in refused.items()}


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == TLS:
        return smtplib.SMTP_SSL(
            *server.address, timeout=server.timeout, context=client_context(server.verify, server.ca)
        )
    smtp = smtplib.SMTP(*server.address, timeout=server.timeout)
    try:
        if server.security == STARTTLS:
            smtp.starttls(context=client_context(server.verify, server.ca))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    if server.user:
        smtp.login(server.user, server.password)


def _reason(error: Exception) -> str:
    """Most telling first, for each is a kind of the next."""
    for kind, say in _REASONS.items():
        if isinstance(error, kind):
            return say(error)
    return f"{type(error).__name__}: {error}"


def _refused_recipients(error: smtplib.SMTPRecipientsRefused) -> str:
    said = (f"{address}: {_answer(*reply)}" for address, reply in error.recipients.items())
    return f"no recipient was taken: {'; '.join(said)}"


def _disconnected(error: smtplib.SMTPServerDisconnected) -> str:
    """The library calls it so, too, when it has waited for long enough."""
    return "no answer in time" if isinstance(error.__context__, TimeoutError) else "the mail server hung up"


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}".replace("\n", " ")


_REASONS: Final[dict[type[Exception], Callable[[Any], str]]] = {
    smtplib.SMTPAuthenticationError: lambda e: f"user name or password refused ({_answer(e.smtp_code, e.smtp_error)})",
    smtplib.SMTPNotSupportedError: lambda e: f"the mail server cannot do what is asked of it: {e}",
    smtplib.SMTPRecipientsRefused: _refused_recipients,
    smtplib.SMTPSenderRefused: lambda e: f"sender refused ({_answer(e.smtp_code, e.smtp_error)})",
    smtplib.SMTPServerDisconnected: _disconnected,
    smtplib.SMTPResponseException: lambda e: f"refused ({_answer(e.smtp_code, e.smtp_error)})",
    ssl.SSLCertVerificationError: lambda e: f"its certificate is not right: {e.verify_message}",
    ssl.SSLError: lambda e: f"no TLS: {e.reason}; is `security` right?",
    UnicodeEncodeError: lambda _: "user name and password can have ASCII characters only",
    TimeoutError: lambda _: "no answer in time",
    ConnectionRefusedError: lambda _: "nobody listens there",
    OSError: lambda e: e.strerror or str(e),
}
