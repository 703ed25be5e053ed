"""The certificate of the TLS port."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ssplug.servers.certificate import (
    CERTIFICATE_NAME,
    KEY_NAME,
    VALID,
    CertificateError,
    certificate_from,
    host_names,
    kept_certificate,
)
from ssplug.site.types import CertificateFiles

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ["localhost", "nvr.local", "192.0.2.10", "::1"]


def _kept(folder) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / CERTIFICATE_NAME).read_bytes())


def _key(folder):
    return load_pem_private_key((folder / KEY_NAME).read_bytes(), None)


def test_a_certificate_is_made_for_every_name_and_address(tmp_path):
    kept_certificate(tmp_path, NAMES, NOW)

    names = _kept(tmp_path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "nvr.local"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.10", "::1"]
    assert _kept(tmp_path).subject.rfc4514_string() == "CN=nvr.local"


def test_it_is_valid_now_and_no_longer_than_clients_accept(tmp_path):
    made = kept_certificate(tmp_path, NAMES, NOW)

    certificate = _kept(tmp_path)
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc == made.expires
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == VALID


def test_nobody_else_reads_the_key(tmp_path):
    kept_certificate(tmp_path, NAMES, NOW)

    assert stat.S_IMODE((tmp_path / KEY_NAME).stat().st_mode) == 0o600


def test_what_was_made_is_kept_whatever_the_names_are_now(tmp_path):
    first = kept_certificate(tmp_path, NAMES, NOW)

    second = kept_certificate(tmp_path, ["elsewhere"], NOW + timedelta(days=300))

    assert second.fingerprint == first.fingerprint
    assert len(first.fingerprint) == 32 * 3 - 1


def test_it_is_made_anew_from_the_same_key_before_it_expires(tmp_path):
    first = kept_certificate(tmp_path, NAMES, NOW)
    key = _key(tmp_path).private_numbers()

    second = kept_certificate(tmp_path, NAMES, first.expires - timedelta(days=30))

    assert second.fingerprint != first.fingerprint
    assert second.expires > first.expires
    assert _key(tmp_path).private_numbers() == key


def test_a_key_whose_certificate_is_missing_gets_another(tmp_path):
    kept_certificate(tmp_path, NAMES, NOW)
    key = _key(tmp_path).private_numbers()
    (tmp_path / CERTIFICATE_NAME).unlink()

    kept_certificate(tmp_path, NAMES, NOW)

    assert _key(tmp_path).private_numbers() == key


def test_a_state_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(CertificateError, match="nowhere"):
        kept_certificate(tmp_path / "nowhere", NAMES, NOW)


@pytest.fixture
def files(tmp_path):
    """A certificate of the operator's own, and its key."""
    kept_certificate(tmp_path, NAMES, NOW)
    return CertificateFiles(tmp_path / CERTIFICATE_NAME, tmp_path / KEY_NAME)


def _pem(key, encryption=None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_the_operators_own_is_used_as_it_is(files):
    assert certificate_from(files).expires == _kept(files.cert.parent).not_valid_after_utc


def test_a_chain_is_sent_whole(files, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    kept_certificate(other, NAMES, NOW)
    files.cert.write_bytes(files.cert.read_bytes() + (other / CERTIFICATE_NAME).read_bytes())

    assert certificate_from(files).options.extraCertChain == [_kept(other)]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("cert", None, "cannot be read: No such file"),
        ("cert", b"hello", "no PEM certificate"),
        ("key", None, "cannot be read: No such file"),
        ("key", b"hello", "no PEM private key"),
        ("key", _pem(rsa.generate_private_key(65537, 2048)), "does not belong to the first certificate"),
        ("key", _pem(rsa.generate_private_key(65537, 2048), BestAvailableEncryption(b"pw")), "is encrypted"),
        ("key", _pem(ed25519.Ed25519PrivateKey.generate()), "neither RSA nor of an elliptic curve"),
    ],
    ids=["no cert", "bad cert", "no key", "bad key", "other key", "encrypted key", "strange key"],
)
def test_what_is_wrong_is_said_of_its_file(files, name, content, problem):
    file = getattr(files, name)
    file.unlink() if content is None else file.write_bytes(content)

    with pytest.raises(CertificateError, match=problem) as error:
        certificate_from(files)

    assert str(error.value).startswith(str(file))


def test_a_server_at_one_address_is_called_by_it():
    assert host_names("192.0.2.77")[-1] == "192.0.2.77"
    assert {"localhost", "127.0.0.1", "::1"} <= set(host_names("127.0.0.1"))


def test_a_server_at_every_address_names_none_that_means_all_of_them():
    names = host_names("0.0.0.0")

    assert "0.0.0.0" not in names
    assert len(names) == len(set(names))
