"""Mail to a real mail server: encrypted, logged in, and when something is wrong."""

import contextlib
import socket
import threading

import pytest

from ssplug.interfaces import IAction, IMailer
from ssplug.model.event import TriggerReason
from ssplug.model.mail import MailStyle
from ssplug.testing import a_real_context, in_reactor
from ssplug.testing.actions import FakeServerAtWork, a_trigger
from ssplug_email.mailer import Mailer, settings_of
from ssplug_email.smtp import MailError
from tests.unit.plugins.mail_server import a_mail_server

USERS = {"nvr": "secret"}
LOGIN = {"user": "nvr", "password": "secret"}
FEW = MailStyle(images=2, image_rate=20, image_width=320)
NONE = MailStyle(images=0)


def a_mailer(tmp_path, server, **settings):
    written = {"from": "nvr@example.org", "to": ["alice@example.org"], **server, **settings}
    return Mailer(a_real_context(tmp_path), settings_of(written), lambda: 1_774_000_000.0)


def at_work(style):
    """A server whose mails are so."""
    server = FakeServerAtWork()
    server.mail = style
    return server


async def refusal(mailer):
    """Why a mail was not taken."""
    with pytest.raises(MailError) as caught:
        await mailer.perform(a_trigger(), at_work(NONE))
    assert "secret" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@in_reactor
async def test_a_trigger_becomes_a_mail_with_pictures(tmp_path, security):
    """Encrypted and logged in; as many pictures as the server says, as wide as it says."""
    with a_mail_server(tmp_path, security, USERS if security == "starttls" else None) as (mailbox, server):
        login = LOGIN if security == "starttls" else {}
        porch = at_work(FEW)
        await a_mailer(tmp_path, server, **login).perform(a_trigger(TriggerReason.HUMAN), porch)
    [mail] = mailbox.messages
    assert mail["Subject"] == "Front Porch: human"
    assert mail["Date"].datetime.timestamp() == 1_774_000_000
    assert porch.stills == [(0, 320), (0, 320)]
    assert len([part for part in mail.walk() if part.get_content_type() == "image/jpeg"]) == 2


@in_reactor
async def test_a_camera_without_a_picture_is_no_reason_to_be_silent(tmp_path):
    """The mail says what is missing."""
    porch = at_work(FEW)
    porch.picture = None
    with a_mail_server(tmp_path, "none") as (mailbox, server):
        await a_mailer(tmp_path, server).perform(a_trigger(), porch)
    assert "0 of 2 pictures: the camera is offline" in mailbox.messages[0].get_content()


@in_reactor
async def test_the_server_s_own_mail_goes_the_same_way(tmp_path):
    """To whom it says, without pictures."""
    with a_mail_server(tmp_path, users=USERS) as (mailbox, server):
        await a_mailer(tmp_path, server, **LOGIN).send(("bob@example.org",), "Errors", "802 no driver\n")
    assert mailbox.envelopes[0].rcpt_tos == ["bob@example.org"]
    assert mailbox.messages[0].get_content().splitlines() == ["802 no driver"]


@in_reactor
async def test_a_camera_s_own_recipients_get_it_instead(tmp_path):
    with a_mail_server(tmp_path) as (mailbox, server):
        porch = at_work(NONE)
        await a_mailer(tmp_path, server).perform_to(("bob@example.org",), a_trigger(), porch)
    assert mailbox.envelopes[0].rcpt_tos == ["bob@example.org"]
    assert mailbox.messages[0]["To"] == "bob@example.org"


@in_reactor
async def test_one_recipient_who_is_not_known_does_not_cost_the_others_theirs(tmp_path):
    with a_mail_server(tmp_path, unknown="bob@example.org") as (mailbox, server):
        mailer = a_mailer(tmp_path, server, to=["bob@example.org", "alice@example.org"])
        await mailer.send(("bob@example.org", "alice@example.org"), "Errors", "text")
    assert mailbox.envelopes[0].rcpt_tos == ["alice@example.org"]


@in_reactor
async def test_nobody_takes_it(tmp_path):
    with a_mail_server(tmp_path, unknown="alice@example.org") as (_, server):
        reason = await refusal(a_mailer(tmp_path, server))
    assert "no recipient was taken: alice@example.org: 550 5.1.1 no such user" in reason


@in_reactor
async def test_a_wrong_password(tmp_path):
    with a_mail_server(tmp_path, users=USERS) as (mailbox, server):
        reason = await refusal(a_mailer(tmp_path, server, user="nvr", password="secret?"))
    assert "user name or password refused (535" in reason
    assert mailbox.envelopes == []


@in_reactor
async def test_a_login_that_is_left_out(tmp_path):
    with a_mail_server(tmp_path, users=USERS) as (_, server):
        assert "530" in await refusal(a_mailer(tmp_path, server))


@in_reactor
async def test_a_certificate_that_nobody_trusts(tmp_path):
    """Nothing is said to such a server, least of all the password."""
    with a_mail_server(tmp_path, users=USERS) as (_, server):
        reason = await refusal(a_mailer(tmp_path, {**server, "ca": ""}, **LOGIN))
    assert "its certificate is not right: self-signed certificate" in reason


@in_reactor
async def test_a_certificate_for_somebody_else(tmp_path):
    """Trusted, but not this host's."""
    with a_mail_server(tmp_path, names=("mail.example.org",)) as (_, server):
        assert "its certificate is not right: IP address mismatch" in await refusal(a_mailer(tmp_path, server))


@in_reactor
async def test_a_password_that_cannot_be_sent(tmp_path):
    """The reason holds no part of it."""
    with a_mail_server(tmp_path, users=USERS) as (_, server):
        reason = await refusal(a_mailer(tmp_path, server, user="nvr", password="grün"))
    assert reason.endswith(": user name and password can have ASCII characters only")


@in_reactor
async def test_a_certificate_need_not_be_right(tmp_path):
    """If the site file says so."""
    with a_mail_server(tmp_path, users=USERS) as (mailbox, server):
        mailer = a_mailer(tmp_path, {**server, "ca": ""}, verify=False, **LOGIN)
        await mailer.send(("alice@example.org",), "Errors", "text")
    assert len(mailbox.envelopes) == 1


@in_reactor
async def test_a_server_without_starttls_is_told_nothing(tmp_path):
    with a_mail_server(tmp_path, "none") as (mailbox, server):
        assert "cannot do what is asked of it" in await refusal(a_mailer(tmp_path, {**server, "security": "starttls"}))
    assert mailbox.envelopes == []


@in_reactor
async def test_the_wrong_kind_of_encryption(tmp_path):
    """What is right is asked for."""
    with a_mail_server(tmp_path) as (_, server):
        assert "is `security` right?" in await refusal(a_mailer(tmp_path, {**server, "security": "tls"}))


@in_reactor
async def test_a_ca_file_that_is_not_there(tmp_path):
    with a_mail_server(tmp_path) as (_, server):
        assert "none.pem: No such file" in await refusal(
            a_mailer(tmp_path, {**server, "ca": str(tmp_path / "none.pem")})
        )


@in_reactor
async def test_nobody_listens(tmp_path):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    reason = await refusal(a_mailer(tmp_path, {"host": "127.0.0.1", "port": port}))
    assert reason == f"127.0.0.1:{port}: nobody listens there"


@in_reactor
async def test_a_server_that_goes_away(tmp_path):
    """In the middle of the conversation."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        greeting = threading.Thread(target=_greet_and_leave, args=(listening,))
        greeting.start()
        port = listening.getsockname()[1]
        reason = await refusal(a_mailer(tmp_path, {"host": "127.0.0.1", "port": port}))
        greeting.join()
    assert "the mail server hung up" in reason


def _greet_and_leave(listening):
    client, _ = listening.accept()
    client.sendall(b"220 hello\r\n")
    client.recv(100)
    client.close()


@in_reactor
async def test_a_server_that_says_nothing(tmp_path):
    """Is not waited for for ever."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = {"host": "127.0.0.1", "port": listening.getsockname()[1]}
        assert "no answer in time" in await refusal(a_mailer(tmp_path, server, timeout=1))


@in_reactor
async def test_no_thread_is_left(tmp_path):
    """A mail's thread ends with it."""
    before = set(threading.enumerate())
    with a_mail_server(tmp_path, "none") as (_, server):
        await a_mailer(tmp_path, server).send(("alice@example.org",), "Errors", "text")
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before


def test_it_is_an_action_and_a_mailer(tmp_path):
    mailer = a_mailer(tmp_path, {"host": "h"})
    assert IAction.providedBy(mailer)
    assert IMailer.providedBy(mailer)
