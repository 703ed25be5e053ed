"""Every uploader keeps its promises, with the real servers that people have."""

import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import ssplug_ftp
from ssplug.drivers import Driver, DriverContext
from ssplug.testing import a_real_context
from ssplug.testing.uploads import AbsentUploaderConformance, MemoryUploader, UploaderConformance
from ssplug_ftp.uploader import FTPSettings, FTPUploader
from tests.integration.ftp_servers import PASSWORD, FTPServer, pyftpdlib, vsftpd
from tests.integration.s3_server import a_free_port

FTP = ssplug_ftp.ssplug_uploaders()[0]


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FTPServer]:
    """pyftpdlib."""
    with pyftpdlib(tmp_path_factory.mktemp("ftp") / "arrived") as server:
        yield server


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FTPServer]:
    """vsftpd with TLS."""
    with vsftpd(tmp_path_factory.mktemp("ftps")) as server:
        yield server


class FTPConformance(UploaderConformance):
    """`ftp`, whatever the server."""

    @pytest.fixture
    def driver(self) -> Driver:
        """The one of the plugin."""
        return FTP

    @pytest.fixture
    def server(self) -> FTPServer:
        """Which server: to be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def settings(self, server: FTPServer) -> Mapping[str, Any]:
        """Of a user who has nothing there yet."""
        server.clear()
        return server.settings

    @pytest.fixture
    def other_side(self, server: FTPServer) -> Callable[[], Mapping[str, bytes]]:
        """The server's folder."""
        return server.files

    @pytest.mark.parametrize("path", ["deep/in there", "/deep/in there"])
    def test_files_go_into_the_folder_that_the_settings_name(
        self, server: FTPServer, settings: Mapping[str, Any], path: str
    ) -> None:
        """From where the user begins, or from the root; it is made."""
        uploader = FTPUploader(FTPSettings(**settings, path=path))
        uploader.upload("a/b.jpg", io.BytesIO(b"b"))
        uploader.close()
        assert server.files() == {"deep/in there/a/b.jpg": b"b"}

    def test_a_folder_that_was_deleted_meanwhile_is_made_again(self, server: FTPServer, uploader: Any) -> None:
        """By the next attempt."""
        uploader.upload("a/b.jpg", io.BytesIO(b"b"))
        server.clear()
        with pytest.raises(OSError, match=r"55\d"):
            uploader.upload("a/c.jpg", io.BytesIO(b"c"))
        uploader.upload("a/c.jpg", io.BytesIO(b"c"))
        assert server.files() == {"a/c.jpg": b"c"}

    def test_a_folder_that_cannot_be_made_is_named(self, uploader: Any) -> None:
        """Whoever reads the error can go and look."""
        uploader.upload("in the way", io.BytesIO(b"a file"))
        with pytest.raises(OSError, match=r"folder in the way: 5"):
            uploader.upload("in the way/b.jpg", io.BytesIO(b"b"))

    @pytest.mark.parametrize("name", ["ä" * 125 + ".m4v", "Front Porch/" + "x" * 251 + ".jpg"])
    def test_a_name_as_long_as_it_may_be_arrives(self, server: FTPServer, uploader: Any, name: str) -> None:
        """The server's file system has no room for the suffix of a file that is on its way."""
        uploader.upload(name, io.BytesIO(b"movie"))
        assert server.files() == {name: b"movie"}

    def test_a_wrong_password_is_refused(self, settings: Mapping[str, Any]) -> None:
        """With the server's own words."""
        uploader = FTPUploader(FTPSettings(**{**settings, "password": "wrong"}))
        with pytest.raises(OSError, match=r"127\.0\.0\.1:\d+: 530"):
            uploader.upload("b.jpg", io.BytesIO(b"b"))


class TestFTP(FTPConformance):
    """`ftp`, to pyftpdlib."""

    @pytest.fixture
    def server(self, plain_server: FTPServer) -> FTPServer:
        """Without TLS."""
        return plain_server

    def test_the_server_may_open_the_connections_for_data(self, server: FTPServer, settings: Mapping[str, Any]) -> None:
        """Where a network wants it so."""
        uploader = FTPUploader(FTPSettings(**settings, passive=False))
        uploader.upload("a/b.jpg", io.BytesIO(b"b"))
        uploader.close()
        assert server.files() == {"a/b.jpg": b"b"}


class TestFTPS(FTPConformance):
    """`ftp` with TLS, to vsftpd, which wants one session for control and data."""

    @pytest.fixture
    def server(self, tls_server: FTPServer) -> FTPServer:
        """With TLS."""
        return tls_server

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, settings: Mapping[str, Any]) -> None:
        """Before the password is sent."""
        uploader = FTPUploader(FTPSettings(**{**settings, "verify": True}))
        with pytest.raises(OSError, match="certificate verify failed"):
            uploader.upload("b.jpg", io.BytesIO(b"b"))

    def test_a_certificate_need_not_be_verified(self, server: FTPServer, settings: Mapping[str, Any]) -> None:
        """Where the site file says so."""
        uploader = FTPUploader(FTPSettings(**{**settings, "verify": False}))
        uploader.upload("b.jpg", io.BytesIO(b"b"))
        uploader.close()
        assert server.files() == {"b.jpg": b"b"}

    def test_without_tls_it_is_not_let_in(self, settings: Mapping[str, Any]) -> None:
        """The server's words say what to set."""
        uploader = FTPUploader(FTPSettings(**{**settings, "tls": "none"}))
        with pytest.raises(OSError, match="encryption"):
            uploader.upload("b.jpg", io.BytesIO(b"b"))


class TestAbsentFTP(AbsentUploaderConformance):
    """`ftp`, where nobody listens."""

    secrets = (PASSWORD,)

    @pytest.fixture
    def driver(self) -> Driver:
        """The one of the plugin."""
        return FTP

    @pytest.fixture
    def absent_settings(self) -> Mapping[str, Any]:
        """A port that is closed."""
        return {"host": "127.0.0.1", "port": a_free_port(), "user": "nvr", "password": PASSWORD}


class TestMemory(UploaderConformance):
    """What other tests upload to."""

    @pytest.fixture
    def driver(self) -> Driver:
        """A driver as a plugin would have it."""
        schema = {"type": "object", "properties": {}, "additionalProperties": False}
        return Driver("memory", schema, lambda context, settings: MemoryUploader(), "keeps files in a dictionary")

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """None."""
        return {}

    @pytest.fixture
    def other_side(self, uploader: MemoryUploader) -> Callable[[], Mapping[str, bytes]]:
        """Its dictionary."""
        return lambda: uploader.files


def test_a_server_may_answer_in_another_encoding(tmp_path: Path) -> None:
    """What cannot be read of it is a question mark; why it refuses is told all the same."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        greeting = threading.Thread(target=_refuse, args=(listening, "421 Überfüllt".encode("latin-1")))
        greeting.start()
        port = listening.getsockname()[1]
        uploader: Any = FTP.build(a_real_context(tmp_path), {"host": "127.0.0.1", "port": port, "timeout": 5})
        with pytest.raises(OSError, match=f"ftp://127.0.0.1:{port}: 421 \ufffdberf\ufffdllt"):
            uploader.upload("b.jpg", io.BytesIO(b"b"))
        greeting.join()


def _refuse(listening: socket.socket, answer: bytes) -> None:
    """Whoever comes first, without a question."""
    client, _ = listening.accept()
    with client:
        client.sendall(answer + b"\r\n")


def test_a_server_that_hangs_is_given_up(tmp_path: Path) -> None:
    """After the time that the settings give it; it takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        context: DriverContext = a_real_context(tmp_path)
        uploader: Any = FTP.build(context, {"host": "127.0.0.1", "port": port, "timeout": 1})
        with pytest.raises(OSError, match="timed out"):
            uploader.upload("b.jpg", io.BytesIO(b"b"))
