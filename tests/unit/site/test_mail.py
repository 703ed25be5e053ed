"""Addresses in the site file, and who sends mail there."""

import pytest

from ssplug.drivers import Driver, DriverKind
from ssplug.model.mail import MailStyle
from ssplug.site.types import MailConfig

PORCH = "cameras: {porch: {source: {driver: pattern}}}\n"


@pytest.fixture
def mailing(drivers):
    """`post` sends mail."""
    schema = {"type": "object", "additionalProperties": False, "x-mailer": True}
    drivers.add(DriverKind.ACTION, "test", [Driver("post", schema, lambda *_: None)])


@pytest.mark.usefixtures("mailing")
def test_what_stands_under_mail(load):
    """Addresses, how often, and the style of mails about triggers."""
    mail = "errors_to: [a@b.c], errors_every: 1h, statistics_to: [d@e.f], subject: '%c', images: 5, image_width: null"
    site = load(f"server: {{mail: {{{mail}}}}}\nnotify: {{office: {{driver: post}}}}\n{PORCH}")
    assert site.server.mail == MailConfig(("a@b.c",), 3600, ("d@e.f",), MailStyle("%c", 5, 1.0, None))


@pytest.mark.usefixtures("mailing")
def test_a_camera_has_addresses_of_its_own(load):
    text = "notify: {office: {driver: post}}\ncamera_defaults: {actions: {mail_to: [a@b.c]}}\n" + PORCH
    assert load(text).cameras[0].actions.mail_to == ("a@b.c",)


@pytest.mark.parametrize("key", ["errors_to", "statistics_to"])
@pytest.mark.usefixtures("mailing")
def test_addresses_without_anything_that_sends_mail_are_a_mistake(complaints, key):
    """Another destination does not help."""
    [said] = complaints(
        f"server: {{mail: {{{key}: [a@b.c]}}}}\nnotify: {{phone: {{driver: webhook, url: x}}}}\n{PORCH}"
    )
    assert said.startswith(f"site.yaml:1:{19 + len(key)}: server.mail.{key}: nothing here sends mail: `notify` needs")


def test_a_camera_s_addresses_need_it_too(complaints):
    [said] = complaints("cameras: {porch: {source: {driver: pattern}, actions: {mail_to: [a@b.c]}}}")
    assert "cameras.porch.actions.mail_to: nothing here sends mail" in said


def test_no_addresses_need_nothing(load):
    assert load(f"server: {{mail: {{errors_to: [], images: 2}}}}\n{PORCH}").server.mail.style.images == 2


@pytest.mark.parametrize(
    "address", ["alice", "a b@c.d", "a@b@c", "Alice <a@b.c>", "a@b.c, d@e.f", "ä@b.c", "a@", ".a@b.c"]
)
def test_what_is_no_address(complaints, address):
    said = complaints(f"server: {{mail: {{errors_to: ['{address}']}}}}\n{PORCH}")
    assert any("errors_to[0]" in each and "alice@example.org" in each for each in said)
