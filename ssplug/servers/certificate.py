"""The certificate of the TLS port: the operator's own, or one made here and kept in the state folder.

The one made here is valid for 825 days, the longest that Apple's clients accept, and is made anew
from the same key, at start, when a tenth of that is left: who pinned the key need not do it again.
"""

import datetime as dt
import ipaddress
import socket
from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL.SSL import Context
from twisted.internet.interfaces import IOpenSSLContextFactory
from twisted.internet.ssl import CertificateOptions, TLSVersion
from zope.interface import implementer

from ssplug.site.atomic import write_atomically
from ssplug.site.types import CertificateFiles

CERTIFICATE_NAME = "certificate.pem"
KEY_NAME = "key.pem"
VALID = dt.timedelta(days=825)
RENEWED = VALID / 10
_COMMON_NAME_LIMIT = 64

_Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class CertificateError(Exception):
    """The certificate cannot be used; the text names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class TLSCertificate:
    """What the TLS port proves itself with."""

    options: CertificateOptions
    """The context factory: TLS 1.2 or newer; HTTP/1.1 is what ALPN agrees on."""
    fingerprint: str
    """SHA-256, as browsers show it."""
    expires: dt.datetime


@implementer(IOpenSSLContextFactory)
class CurrentCertificate:
    """What TLS connections are made with: the certificate that is `now` when each begins."""

    def __init__(self, now: TLSCertificate | None) -> None:
        """None as long as there is no TLS port."""
        self.now = now

    def getContext(self) -> Context:  # noqa: N802 - as the interface has it
        """For Twisted."""
        assert self.now is not None, "the TLS port is open"
        return self.now.options.getContext()


def certificate_from(files: CertificateFiles) -> TLSCertificate:
    """The operator's certificate chain and key; reads files, raises CertificateError."""
    return _usable(_chain(files.cert), _key(files.key), files)


def kept_certificate(state: Path, names: Collection[str], now: dt.datetime) -> TLSCertificate:
    """The certificate in the folder `state`, made for `names` (of hosts, or addresses) where there is none.

    Reads and writes files, raises CertificateError. What was kept is used whatever `names` are now.
    """
    files = CertificateFiles(state / CERTIFICATE_NAME, state / KEY_NAME)
    if files.cert.exists() and files.key.exists():
        kept = certificate_from(files)
        if kept.expires - now > RENEWED:
            return kept
    try:
        _make(files, names, now)
    except OSError as error:
        raise CertificateError(f"{error.filename or state}: cannot keep a certificate: {error.strerror}") from error
    return certificate_from(files)


def host_names(interface: str) -> list[str]:
    """What clients may call this host when the server listens at `interface`, an address. Asks no name server."""
    host = socket.gethostname()
    names = ["localhost", host, f"{host.partition('.')[0]}.local", "127.0.0.1", "::1"]
    if ipaddress.ip_address(interface).is_unspecified:
        names += _outward_addresses()
    else:
        names.append(interface)
    return list(dict.fromkeys(names))


def _outward_addresses() -> list[str]:
    """The addresses that packets to elsewhere would carry; none is sent."""
    found = []
    # RFC 5737 and RFC 3849: addresses for documentation
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
            probe.connect((elsewhere, 9))
            found.append(str(probe.getsockname()[0]))
    return found


def _make(files: CertificateFiles, names: Collection[str], now: dt.datetime) -> None:
    key = _key(files.key) if files.key.exists() else ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, names, now)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomically(files.key, pem.decode("ascii"), 0o600)
    write_atomically(files.cert, certificate.public_bytes(Encoding.PEM).decode("ascii"))


def _self_signed(key: _Key, names: Collection[str], now: dt.datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _common_name(names))])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now - dt.timedelta(days=1) + VALID)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _common_name(names: Collection[str]) -> str:
    return next((name for name in names if name != "localhost"), "ssplug")[:_COMMON_NAME_LIMIT]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise CertificateError(f"{path}: no PEM certificate in it: {error}") from error


def _key(path: Path) -> _Key:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except TypeError as error:
        raise CertificateError(f"{path}: the key is encrypted; it must be stored without a password") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"{path}: no PEM private key in it: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise CertificateError(f"{path}: the key is neither RSA nor of an elliptic curve")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from error


def _usable(chain: list[x509.Certificate], key: _Key, files: CertificateFiles) -> TLSCertificate:
    leaf, *others = chain
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != public:
        raise CertificateError(f"{files.key}: the key does not belong to the first certificate of {files.cert}")
    # Twisted's annotations still say pyOpenSSL's own classes; pyOpenSSL wants these, and warns of its own.
    options = CertificateOptions(
        privateKey=key,  # type: ignore[arg-type]
        certificate=leaf,  # type: ignore[arg-type]
        extraCertChain=others,  # type: ignore[arg-type]
        raiseMinimumTo=TLSVersion.TLSv1_2,
        acceptableProtocols=[b"http/1.1"],
    )
    return TLSCertificate(options, leaf.fingerprint(hashes.SHA256()).hex(":").upper(), leaf.not_valid_after_utc)
