"""An HTTP camera in the process of the test, made of Twisted's web server; and sockets that are no camera."""

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.internet.task import LoopingCall
from twisted.web.guard import BasicCredentialFactory, DigestCredentialFactory, HTTPAuthSessionWrapper
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Site
from twisted.web.util import Redirect
from zope.interface import implementer

from ssplug.testing import run_in_reactor, the_reactor

USER = "viewer"
PASSWORD = "open sesame"
FPS = 25


def a_jpeg(number: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture; each number another shade."""
    file = io.BytesIO()
    Image.new("RGB", size, (number * 7 % 256, 60, 90)).save(file, "jpeg")
    return file.getvalue()


class Stream(Resource):
    """Multipart, for as long as the client listens; after `change_after` pictures they are larger."""

    isLeaf = True

    def __init__(self, change_after: int | None = None, pictures: int | None = None) -> None:
        super().__init__()
        self._change_after = change_after
        self._pictures = pictures

    def render_GET(self, request):
        request.setHeader(b"Content-Type", b"multipart/x-mixed-replace; boundary=frame")
        sent = 0

        def send():
            nonlocal sent
            if sent == self._pictures:
                sending.stop()
                request.finish()
                return
            changed = self._change_after is not None and sent >= self._change_after
            jpeg = a_jpeg(sent, (80, 60) if changed else (64, 48))
            head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
            request.write(head + jpeg + b"\r\n")
            sent += 1

        sending = LoopingCall(send)
        request.notifyFinish().addErrback(lambda _: sending.stop())
        sending.start(1 / FPS)
        return NOT_DONE_YET


class Still(Resource):
    """Another JPEG each time; `requests` counts, `connections` are the client's ports."""

    isLeaf = True

    def __init__(self, content_type: bytes = b"image/jpeg") -> None:
        super().__init__()
        self.requests = 0
        self.connections: set[int] = set()
        self._content_type = content_type

    def render_GET(self, request):
        self.requests += 1
        self.connections.add(request.getClientAddress().port)
        request.setHeader(b"Content-Type", self._content_type)
        return a_jpeg(self.requests)


class Page(Resource):
    """Always the same reply."""

    isLeaf = True

    def __init__(self, content_type: bytes, body: bytes) -> None:
        super().__init__()
        self._content_type = content_type
        self._body = body

    def render_GET(self, request):
        request.setHeader(b"Content-Type", self._content_type)
        return self._body


class Root(Resource):
    """404 for whatever is not there."""

    def getChild(self, path, request):
        return notFound()


@implementer(IRealm)
class _Realm:
    def __init__(self, resource):
        self._resource = resource

    def requestAvatar(self, avatar_id, mind, *interfaces):
        return IResource, self._resource, lambda: None


def guarded(resource: Resource, *schemes: str) -> HTTPAuthSessionWrapper:
    """`resource` for USER with PASSWORD only, asked for by 'basic' or 'digest'."""
    factories = {"basic": BasicCredentialFactory(b"camera"), "digest": DigestCredentialFactory(b"md5", b"camera")}
    checker = InMemoryUsernamePasswordDatabaseDontUse()
    checker.addUser(USER.encode(), PASSWORD.encode())
    return HTTPAuthSessionWrapper(Portal(_Realm(resource), [checker]), [factories[scheme] for scheme in schemes])


def a_camera_root(**children: Resource) -> Resource:
    """Everything that a camera may have, each under its name."""
    root = Root()
    everything = {
        "stream": Stream(),
        "still": Still(),
        "basic": guarded(Stream(), "basic"),
        "digest": guarded(Stream(), "basic", "digest"),
        "changing": Stream(change_after=3),
        "short": Stream(pictures=3),
        "moved": Redirect(b"/stream"),
        "loop": Redirect(b"/loop"),
        "away": Redirect(b"http://elsewhere.example/stream"),
        "page": Page(b"text/html", b"<html>"),
        "broken": Page(b"image/jpeg", b"no picture"),
        **children,
    }
    for name, resource in everything.items():
        root.putChild(name.encode(), resource)
    return root


@contextlib.contextmanager
def listening(factory: Factory, certificate: Path | None = None) -> Iterator[int]:
    """`factory` at a free port of loopback, which is given; TLS with `certificate`, which holds the key too."""
    reactor = the_reactor()
    if certificate is None:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    else:
        context = DefaultOpenSSLContextFactory(str(certificate), str(certificate))
        port = reactor.listenSSL(0, factory, context, interface="127.0.0.1")
    try:
        yield port.getHost().port
    finally:
        run_in_reactor(lambda: _stop(port))


async def _stop(port) -> None:
    await port.stopListening()


@contextlib.contextmanager
def a_camera(certificate: Path | None = None, **children: Resource) -> Iterator[int]:
    """The camera at a free port."""
    with listening(Site(a_camera_root(**children)), certificate) as port:
        yield port


def a_certificate(folder: Path) -> Path:
    """A file with a key and a certificate for localhost that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "camera.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


class Silent(Protocol):
    """Accepts the connection and says nothing."""


@contextlib.contextmanager
def a_silent_port() -> Iterator[int]:
    """A port where somebody listens but nobody answers."""
    with listening(Factory.forProtocol(Silent)) as port:
        yield port
