"""What mails say, from values alone."""

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.event import Scores, TriggerReason
from ssplug.model.mail import MailStyle
from ssplug.testing import a_camera
from ssplug.testing.actions import a_trigger
from ssplug_email.letter import LONGEST_SUBJECT, Envelope, letter, subject_of, text_of, what_happened
from ssplug_email.mailer import EmailSettings, settings_of
from tests.conformance.http_camera import a_jpeg

NINE = datetime(2026, 3, 20, 9, 46, 40, tzinfo=timezone(timedelta(hours=1)))
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
CONTENT = {"Content-Type", "Content-Transfer-Encoding"}


def an_envelope(server="Home", to=("alice@example.org",)):
    return Envelope("nvr@example.org", to, server, NINE, "<1.2.3@example.org>")


def received(message):
    """As a mail program reads it."""
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


def test_the_headers_are_what_mail_programs_want():
    """Sender by name, date with its offset, and that no person wrote it."""
    mail = received(letter(an_envelope(to=("a@example.org", "b@example.org")), "Motion", "text"))
    assert mail["From"] == "Home <nvr@example.org>"
    assert mail["To"] == "a@example.org, b@example.org"
    assert parsedate_to_datetime(mail["Date"]) == NINE
    assert mail["Message-ID"] == "<1.2.3@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_pictures_are_shown_in_the_html_and_the_text_stays_readable():
    """Every picture that is attached is shown, in order."""
    pictures = [a_jpeg(size=(32, 16)), a_jpeg(size=(64, 32))]
    mail = received(letter(an_envelope(), "Motion", "a < b\n", pictures))
    assert mail.get_body(("plain",)).get_content().splitlines() == ["a < b"]
    page = mail.get_body(("html",)).get_content()
    assert "a &lt; b" in page
    attached = [part for part in mail.walk() if part.get_content_type() == "image/jpeg"]
    assert [part.get_content() for part in attached] == pictures
    assert [page.index(f"cid:{part['Content-ID'][1:-1]}") for part in attached] == sorted(
        page.index(f"cid:{part['Content-ID'][1:-1]}") for part in attached
    )
    assert {part.get_content_disposition() for part in attached} == {"inline"}


def test_a_mail_without_pictures_is_plain_text():
    assert received(letter(an_envelope(), "Motion", "text\n")).get_content_type() == "text/plain"


def test_umlauts_arrive():
    """In the subject, in the sender's name and in the text."""
    mail = received(letter(an_envelope(server="Häuschen"), "Tür: motion", "Größe\n"))
    assert mail["Subject"] == "Tür: motion"
    assert mail["From"] == "Häuschen <nvr@example.org>"
    assert mail.get_content().splitlines() == ["Größe"]


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\v", "\x85", "\u2028", "\0"])
def test_a_name_cannot_add_a_header(break_):
    """Nor a recipient: whatever breaks lines is a space."""
    name = f"Porch{break_}Bcc: mallory@example.org"
    subject = subject_of("%c", a_trigger(camera=a_camera(name=name)), "Home", NINE)
    assert subject == "Porch Bcc: mallory@example.org"
    mail = received(letter(an_envelope(server=name), f"{name}: motion", "text"))
    assert set(mail.keys()) == HEADERS | CONTENT


@given(name=st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
@settings(max_examples=60)
def test_no_name_breaks_a_mail(name):
    """The headers are those of every mail, and the mail can be read."""
    subject = subject_of("{server}: {what} %c", a_trigger(camera=a_camera(name=name)), name, NINE)
    mail = received(
        letter(an_envelope(server=name or "x"), subject, text_of(a_trigger(camera=a_camera(name=name)), name, NINE))
    )
    assert set(mail.keys()) == HEADERS | CONTENT
    assert mail["Subject"] == subject


def test_the_subject_has_places_and_the_codes_of_overlays():
    """The time is that of the trigger, where the server is."""
    subject = subject_of("{server}: %c {what} %d.%m. %H:%M", a_trigger(TriggerReason.HUMAN), "Home", NINE)
    assert subject == "Home: Front Porch human 20.03. 09:46"


def test_what_is_in_a_name_is_no_code():
    """Of the camera and of the server alike."""
    assert subject_of("%c {server}", a_trigger(camera=a_camera(name="%Y {server}")), "%c", NINE) == "%Y {server} %c"


def test_a_subject_has_an_end():
    assert len(subject_of("%c", a_trigger(camera=a_camera(name="x" * 1000)), "Home", NINE)) == LONGEST_SUBJECT


@pytest.mark.parametrize("reason", TriggerReason)
def test_every_reason_has_words(reason):
    assert what_happened(reason) != "trigger"


def test_the_telling_reason_comes_first():
    assert what_happened(TriggerReason.MOTION | TriggerReason.HUMAN) == "human, motion"


def test_the_text_tells_what_was_seen():
    text = text_of(a_trigger(scores=Scores(90, 5, 0)), "Home", NINE.astimezone(UTC), "no picture")
    assert text.splitlines() == [
        "Camera: Front Porch",
        "Time:   2026-03-20 08:46:40 +0000",
        "Reason: motion",
        "Seen:   human 90 %, vehicle 5 %, animal 0 %",
        "Server: Home",
        "no picture",
    ]


def test_the_port_follows_the_security():
    ports = {s: EmailSettings("h", "a@b", (), security=s).server.address[1] for s in ("starttls", "tls", "none")}
    assert ports == {"starttls": 587, "tls": 465, "none": 25}


def test_the_destination_says_it_or_else_the_server_does():
    """Also a zero is something said."""
    own = settings_of({"host": "h", "from": "a@b", "to": ["c@d"], "images": 0, "subject": "mine"})
    assert own.style(MailStyle("general", 5, 2.0, 320)) == MailStyle("mine", 0, 2.0, 320)


def test_the_password_is_not_in_tracebacks():
    settings = settings_of({"host": "h", "from": "a@b", "to": ["c@d"], "password": "hunter2"})
    assert "hunter2" not in repr(settings) + repr(settings.server)
