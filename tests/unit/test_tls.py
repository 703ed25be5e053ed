"""A file that cannot be used is named: the library itself does not say which."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ssplug.servers.certificate import CERTIFICATE_NAME, KEY_NAME, kept_certificate
from ssplug.tls import client_context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a certificate, its key, and a file that is neither."""
    kept_certificate(tmp_path, ["127.0.0.1"], datetime.now(UTC))
    (tmp_path / "letter.txt").write_text("Dear Alice")
    return tmp_path


def test_the_other_side_must_be_who_it_says() -> None:
    context = client_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.get_ca_certs()


def test_it_need_not_be_if_the_site_file_says_so() -> None:
    context = client_context(verify=False)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_only_those_are_trusted_that_a_file_names(folder: Path) -> None:
    ca = str(folder / CERTIFICATE_NAME)
    assert client_context(ca=ca, certificate=ca, key=str(folder / KEY_NAME)).cert_store_stats()["x509"] == 1


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"ca": "none.pem"}, "none.pem: No such file or directory"),
        ({"ca": "letter.txt"}, r"letter.txt: there is no certificate \(PEM\) in it"),
        ({"certificate": "none.pem"}, "none.pem: No such file or directory"),
        (
            {"certificate": CERTIFICATE_NAME, "key": "letter.txt"},
            f"{CERTIFICATE_NAME} and .*letter.txt: no certificate",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named(folder: Path, files: dict[str, str], reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        client_context(**{name: str(folder / file) for name, file in files.items()})
