"""A real mail server (aiosmtpd) on loopback, with STARTTLS or TLS, and with users."""

import email
import email.policy
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from ssplug.servers.certificate import CERTIFICATE_NAME, KEY_NAME, kept_certificate


class Mailbox:
    """What was handed in."""

    def __init__(self, unknown: str = ""):
        self.unknown = unknown
        self.envelopes = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address == self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self):
        return [email.message_from_bytes(each.content, policy=email.policy.default) for each in self.envelopes]


class OnAnyPort(Controller):
    """Looks whether it listens where it listens, also at port 0."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def a_mail_server(
    folder: Path,
    security: str = "starttls",
    users: Mapping[str, str] | None = None,
    unknown: str = "",
    names: tuple[str, ...] = ("127.0.0.1",),
    port: int = 0,
) -> Iterator[tuple[Mailbox, dict[str, object]]]:
    """What it was handed in, and the settings by which it is reached."""
    kept_certificate(folder, names, datetime.now(UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / CERTIFICATE_NAME, folder / KEY_NAME)
    mailbox = Mailbox(unknown)
    options = {"starttls": {"tls_context": context, "require_starttls": True}, "tls": {}, "none": {}}[security]
    if users is not None:
        options |= {
            "authenticator": _authenticator(users),
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    controller = OnAnyPort(
        mailbox, hostname="127.0.0.1", port=port, ssl_context=context if security == "tls" else None, **options
    )
    controller.start()
    try:
        settings = {
            "host": "127.0.0.1",
            "port": controller.port,
            "security": security,
            "ca": str(folder / CERTIFICATE_NAME),
        }
        yield mailbox, settings
    finally:
        controller.stop()


def _authenticator(users):
    def authenticate(_server, _session, _envelope, _mechanism, data):
        right = isinstance(data, LoginPassword) and users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=False)

    return authenticate
