"""Basic and Digest, as cameras ask for them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.web_client.authorization import Authorizer, Challenge, basic, challenges, digest, strongest

# RFC 7616, 3.9.1
MUFASA_CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
MUFASA = {
    "realm": "http-auth@example.org",
    "qop": "auth, auth-int",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
}


def answer(header):
    """The parameters of an Authorization header: it has the grammar of a challenge."""
    (parsed,) = challenges([header])
    return parsed.parameters


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_rfc(algorithm, response):
    """RFC 7616, 3.9.1."""
    challenge = Challenge("digest", {**MUFASA, "algorithm": algorithm})
    header = digest(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", MUFASA_CNONCE, 1)
    assert answer(header) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": MUFASA["nonce"],
        "nc": "00000001",
        "cnonce": MUFASA_CNONCE,
        "qop": "auth",
        "response": response,
        "opaque": MUFASA["opaque"],
    }
    assert f"algorithm={algorithm}" in header
    assert "qop=auth, nc=00000001" in header


def test_the_example_of_the_older_rfc():
    """RFC 2617, 3.5."""
    challenge = Challenge(
        "digest",
        {
            "realm": "testrealm@host.com",
            "qop": "auth,auth-int",
            "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
        },
    )
    header = digest(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b", 1)
    assert answer(header)["response"] == "6629fae49393a05397450978507c4ef1"


def test_the_oldest_form_has_no_count():
    """RFC 2069: no qop, no nc, no cnonce."""
    challenge = Challenge("digest", {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"})
    header = digest(challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", "unused", 1)
    # The RFC's own figure is wrong; its errata 749 gives this one.
    assert answer(header)["response"] == "1949323746fe6a43ef61f9606e7febea"
    assert answer(header).keys() == {"username", "realm", "nonce", "uri", "response"}


@pytest.mark.parametrize(
    ("qop", "response"),
    [({"qop": "auth"}, "6e4aac8b22e97762f88ccd0d5ccf5b1d"), ({}, "254644af15666e40df975c5ae58b9796")],
)
def test_a_session_key(qop, response):
    """MD5-sess mixes both nonces into the first hash; the figures were made with md5sum."""
    challenge = Challenge("digest", {"realm": "r", "nonce": "n", "algorithm": "MD5-sess", **qop})
    header = answer(digest(challenge, "u", "p", "GET", "/", "c", 1))
    assert (header["response"], header["cnonce"]) == (response, "c")


def test_basic():
    """RFC 7617, 2 and 2.1."""
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic("test", "123£") == "Basic dGVzdDoxMjPCow=="


@pytest.mark.parametrize(
    ("headers", "chosen"),
    [
        (['Basic realm="x"'], "basic"),
        (['Digest realm="x", nonce="n"', 'Basic realm="x"'], "digest"),
        (['Basic realm="x", Digest realm="x", nonce="n", qop="auth"'], "digest"),
        (['Negotiate, NTLM, basic realm="x"'], "basic"),
        (['Negotiate dG9rZW4=, Basic realm="x"'], "basic"),
        (['Digest realm="x", nonce="n", qop="auth-int"', 'Basic realm="x"'], "basic"),
        (['Digest realm="x", nonce="n", algorithm=SHA-512-256', "Basic"], "basic"),
    ],
)
def test_the_strongest_that_can_be_answered_is_chosen(headers, chosen):
    """However the challenges are spread over headers."""
    assert strongest(headers).scheme == chosen


def test_the_stronger_hash_is_chosen():
    """RFC 7616, 3.7: a server may offer both."""
    offered = ['Digest realm="x", nonce="1", algorithm=MD5', 'Digest realm="x", nonce="2", algorithm=SHA-256']
    assert strongest(offered).parameters["nonce"] == "2"


@pytest.mark.parametrize(
    "headers", [[], [""], ["Negotiate"], ['Digest realm="x"'], ["=,=;"], ['Digest nonce="never ends']]
)
def test_nothing_to_answer(headers):
    """No challenge, or none that makes sense."""
    assert strongest(headers) is None


def test_quoted_strings_are_unescaped_and_escaped():
    """A realm may have quotes in it."""
    (challenge,) = challenges([r'Digest realm="the \"back\" door", nonce="n"'])
    assert challenge.parameters["realm"] == 'the "back" door'
    assert answer(digest(challenge, "u", "p", "GET", "/", "c", 1))["realm"] == 'the "back" door'


def test_nobody_is_told_who_we_are_unasked():
    """The first request goes without."""
    assert Authorizer("u", "p", lambda: "c").header("GET", "/") is None


def test_the_nonce_is_counted():
    """Each request with the same nonce has the next number; a new nonce begins again."""
    authorizer = Authorizer("u", "p", lambda: "c")
    assert authorizer.challenged(['Digest realm="x", nonce="1", qop="auth"'])
    counts = [answer(authorizer.header("GET", "/"))["nc"] for _ in range(2)]
    authorizer.challenged(['Digest realm="x", nonce="2", qop="auth"'])
    assert [*counts, answer(authorizer.header("GET", "/"))["nc"]] == ["00000001", "00000002", "00000001"]


def test_without_a_user_there_is_no_answer():
    """Another request would be refused too."""
    assert not Authorizer("", "", lambda: "c").challenged(["Basic"])


@settings(max_examples=100)
@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_header_is_survived(headers):
    """Whatever a server writes is read, or left out."""
    for challenge in challenges(headers):
        assert challenge.scheme
