"""The fields about mail: what clients send, and what the site file gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.mail import MailStyle
from ssplug.model.settings import (
    CAMERA_SETTINGS,
    EMAIL_WIDTHS,
    GENERAL_PAGES,
    Addresses,
    FormError,
    PictureWidth,
    SettingError,
    changes,
)
from ssplug.site.types import ActionsConfig, CameraConfig, MailConfig, ServerConfig, Site, Slot
from ssplug.testing import a_camera

WIDTH = PictureWidth(EMAIL_WIDTHS)
WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)


def a_site(tmp_path, **mail):
    return Site(tmp_path / "site.yaml", ServerConfig(mail=MailConfig(**mail)))


def changed(site, **form):
    return changes(GENERAL_PAGES["email"], site, {name.lower(): text for name, text in form.items()})


@pytest.mark.parametrize(
    ("form", "path", "value"),
    [
        ({"emailText": "a@b.c, d@e.f"}, "server.mail.errors_to", ["a@b.c", "d@e.f"]),
        ({"statsEmailText": "a@b.c"}, "server.mail.statistics_to", ["a@b.c"]),
        ({"emailImageCount": "5"}, "server.mail.images", 5),
        ({"emailImageFPS": "0.5"}, "server.mail.image_rate", 0.5),
        ({"emailSubjectText": "Tür: {what}"}, "server.mail.subject", "Tür: {what}"),
        ({"emailImageSize": "0"}, "server.mail.image_width", None),
        ({"emailImageSize": "5"}, "server.mail.image_width", 320),
    ],
)
def test_a_field_becomes_a_value_of_the_site_file(tmp_path, form, path, value):
    [change] = changed(a_site(tmp_path), **form)
    assert (".".join(change.path), change.value) == (path, value)


def test_nobody_is_told_any_more(tmp_path):
    [change] = changed(a_site(tmp_path, errors_to=("a@b.c",)), emailText="")
    assert change.value == []


def test_a_camera_s_own_address():
    config = CameraConfig(a_camera(), Slot("pattern"), actions=ActionsConfig(mail_to=("a@b.c",)))
    assert next(s for s in CAMERA_SETTINGS if s.name == "emailText").shown(config) == "a@b.c"
    [change] = changes(CAMERA_SETTINGS, config, {"emailtext": "d@e.f"})
    assert (".".join(change.path), change.value) == ("actions.mail_to", ["d@e.f"])


@pytest.mark.parametrize("text", ["alice", "a@b, c", "Alice <a@b.c>", "a@b@c", "ä@b.c", "x" * 300 + "@b.c"])
def test_what_is_no_address(text):
    with pytest.raises(SettingError, match="is no address"):
        Addresses().parse(text)


def test_a_list_of_addresses_has_an_end():
    with pytest.raises(SettingError, match="at most 500"):
        Addresses().parse("a@b.c," * 100)


@given(st.lists(st.builds("{}@{}.example".format, WORDS, WORDS), max_size=5), st.sampled_from([",", "; ", " ", "\n"]))
def test_addresses_survive_the_way_to_the_client_and_back(addresses, between):
    """However people write a list."""
    kind = Addresses()
    parsed = kind.parse(between.join(addresses))
    assert list(parsed) == kind.write(parsed) == addresses
    assert kind.parse(kind.show(parsed)) == parsed


@pytest.mark.parametrize("number", range(len(EMAIL_WIDTHS)))
def test_each_size_is_shown_as_it_was_sent(number):
    assert WIDTH.show(WIDTH.parse(str(number))) == number


def test_a_width_that_only_the_file_can_have_is_shown_as_the_nearest_and_may_be_sent_back(tmp_path):
    site = a_site(tmp_path, style=MailStyle(image_width=700))
    assert [WIDTH.show(width) for width in (64, 700, 1000, 5000)] == [5, 4, 3, 1]
    assert changed(site, emailImageSize="4") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [("emailImageSize", "6"), ("emailImageCount", "101"), ("emailImageFPS", "0"), ("emailSubjectText", "")],
)
def test_what_cannot_be_is_refused(tmp_path, name, text):
    with pytest.raises(FormError, match=name):
        changed(a_site(tmp_path), **{name: text})
