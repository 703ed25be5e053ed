"""Who a client says it is, in all the ways that clients say it."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.wire.credentials import Credentials, from_auth_parameter, from_authorization

TRICKY = Credentials("user", "pa~~s?>")
users = st.text(st.characters(exclude_characters=":", codec="utf-8"), max_size=20)
passwords = st.text(st.characters(codec="utf-8"), max_size=20)


@pytest.mark.parametrize(
    "value",
    [
        "dXNlcjpwYX5+cz8+",  # pysecspy: the standard alphabet, raw
        "dXNlcjpwYX5-cz8-",  # golift, aiosecspy: the URL-safe one
        "dXNlcjpwYX5%2Bcz8%2B",
        "dXNlcjpwYX5 cz8 ",  # a plus sign that somebody on the way took for a space
    ],
)
def test_both_alphabets_raw_or_encoded_say_the_same(value: str) -> None:
    assert from_auth_parameter(value) == TRICKY


@pytest.mark.parametrize("value", ["YTpiYw", "YTpiYw==", "YTpiYw%3D%3D", "YTpiYw%3d%3D"])
def test_padding_may_be_there_or_not(value: str) -> None:
    assert from_auth_parameter(value) == Credentials("a", "bc")


@pytest.mark.parametrize("value", ["", "!", "YQ", "YWJj", "====", "A" * 5, "%FF%FE", "A" * 100_000])
def test_what_holds_no_credentials_is_none(value: str) -> None:
    """Among them: no colon, no Base64, an impossible length, an absurd one."""
    assert from_auth_parameter(value) is None


def test_the_password_may_contain_colons() -> None:
    assert from_authorization("Basic " + base64.b64encode(b"a:b:c").decode()) == Credentials("a", "b:c")


def test_what_is_not_utf_8_is_latin_1() -> None:
    """aiosecurityspy encodes so."""
    assert from_authorization("Basic " + base64.b64encode("jos\xe9:\xfc".encode("latin-1")).decode()) == Credentials(
        "josé", "ü"
    )


@pytest.mark.parametrize("header", ["", "Basic", "Basic ", "Bearer YTpi", "Digest username=a", "YTpi"])
def test_other_headers_say_nothing(header: str) -> None:
    assert from_authorization(header) is None


def test_the_scheme_is_read_in_any_case() -> None:
    assert from_authorization("basic YTpi") == from_authorization("BASIC  YTpi") == Credentials("a", "b")


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("a", "secret"))


@settings(max_examples=60)
@given(users, passwords, st.booleans(), st.booleans(), st.booleans())
def test_whatever_was_encoded_is_decoded(user: str, password: str, safe: bool, padded: bool, escaped: bool) -> None:
    """The law: every way to write credentials is read back as those credentials."""
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    token = encode(f"{user}:{password}".encode()).decode()
    token = token if padded else token.rstrip("=")
    token = quote(token, safe="") if escaped else token
    assert from_auth_parameter(token) == Credentials(user, password)


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_nothing_that_is_sent_raises(value: str) -> None:
    """A stranger chooses these letters."""
    for decode in (from_auth_parameter, from_authorization):
        assert isinstance(decode(value), Credentials | None)
