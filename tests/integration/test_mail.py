"""Mail from a camera to a mailbox: the real server, and a mail server that wants encryption and a password."""

import io
import time
import urllib.error
import urllib.request

import pytest
from PIL import Image

from tests.integration.server import running, write_site
from tests.unit.plugins.mail_server import a_mail_server

pytestmark = [pytest.mark.integration]
pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")

PASSWORD = "hunter2"
CAMERAS = """\
porch:
  name: "Tür\\r\\nBcc: mallory@example.org"
  source: {driver: pattern}
  actions: {schedule: armed-24-7, run: [mail], mail_to: [bob@example.org]}
away: {source: {driver: rtsp, url: "rtsp://127.0.0.1:1/x"}}
"""


def destination(mail, password="{$env: MAIL}"):
    """The `notify` of a site file."""
    return (
        f"notify: {{mail: {{driver: email, host: 127.0.0.1, port: {mail['port']}, ca: '{mail['ca']}', user: nvr,"
        f" password: {password}, from: nvr@example.org, to: [alice@example.org], images: 2, image_width: 320}}}}\n"
    )


def wait_until(is_so, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_triggers_and_errors_reach_their_mailboxes(tmp_path):
    """To the destination's recipients, to the camera's own, and to who is told of errors; pictures are pictures."""
    with a_mail_server(tmp_path, users={"nvr": PASSWORD}) as (box, mail):
        site = write_site(tmp_path, CAMERAS, "mail: {errors_to: [carol@example.org]}", destination(mail))
        with running(site, env={"MAIL": PASSWORD}) as server:
            wait_until(lambda: len(box.envelopes) >= 3)
        by_recipient = {each.rcpt_tos[0]: mail for each, mail in zip(box.envelopes, box.messages, strict=True)}
    assert {address for each in box.envelopes for address in each.rcpt_tos} == {
        "alice@example.org",
        "bob@example.org",
        "carol@example.org",
    }
    for address in ("alice@example.org", "bob@example.org"):
        message = by_recipient[address]
        assert message["Subject"] == "Tür Bcc: mallory@example.org: motion"
        assert "Bcc" not in message
        pictures = [part.get_content() for part in message.walk() if part.get_content_type() == "image/jpeg"]
        assert [Image.open(io.BytesIO(picture)).size for picture in pictures] == [(320, 180)] * 2
    errors = by_recipient["carol@example.org"]
    assert errors["Subject"] == "ssplug: errors"
    assert "away: 801 127.0.0.1:1: connection refused" in errors.get_content()
    assert not any(PASSWORD in line for line in server.lines)


def test_a_mail_server_that_refuses_is_an_error_of_the_camera(tmp_path):
    """After three attempts, with a reason that helps."""
    with a_mail_server(tmp_path, users={"nvr": PASSWORD}) as (box, mail):
        site = write_site(tmp_path, CAMERAS, rest=destination(mail, "another"))
        with running(site) as server:
            line = server.wait_for("action mail:")
        assert "user name or password refused (535" in line
        assert box.envelopes == []
        assert not any("another" in line for line in server.lines)


def test_the_fields_of_clients_are_written_to_the_site_file(tmp_path):
    """And refused, with the reason, where nothing sends mail."""
    quiet = "yard: {source: {driver: pattern}, motion: {enabled: false}}\n"
    site = write_site(tmp_path, quiet)
    with running(site) as server:
        before = site.read_text()
        with pytest.raises(urllib.error.HTTPError) as refused:
            posted(server, "preferences", "emailText=carol@example.org&action=save")
        assert refused.value.code == 409
        assert "`notify` needs a destination such as {driver: email" in refused.value.read().decode()
        assert site.read_text() == before
        site.write_text(before + "notify: {mail: {driver: email, host: localhost, from: a@b.c, to: [d@e.f]}}\n")
        reload(server)
        posted(server, "preferences", "emailText=carol@example.org%2C+dan@example.org&emailImageSize=3&action=save")
        posted(server, "settings-email", "emailSubjectText=%25c&emailImageFPS=2&emailImageCount=1")
        posted(server, "camerasettings", "cameraNum=0&emailText=bob@example.org&action=save")
        text = site.read_text()
        assert 'errors_to: ["carol@example.org", "dan@example.org"]' in text
        assert "image_width: 960" in text
        assert 'mail_to: ["bob@example.org"]' in text
        shown = urllib.request.urlopen(f"{server.http}/preferences?format=json", timeout=10).read().decode()
        assert '"emailText": "carol@example.org, dan@example.org"' in shown


def posted(server, page, body):
    return urllib.request.urlopen(f"{server.http}/{page}", body.encode(), timeout=10).read()


def reload(server):
    """Work by what the file says now."""
    seen = len(server.lines)
    server.process.send_signal(1)
    server.wait_for("the site:", after=seen)
