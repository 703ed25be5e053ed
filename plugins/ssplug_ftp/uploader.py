"""Files to an FTP server (RFC 959), over TLS if wished (RFC 4217).

A file is sent under another name and renamed when the server has all of it, so that nobody there
ever sees half a file under its own name.
"""

import contextlib
import ftplib
import socket
import ssl
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from zope.interface import implementer

from ssplug.interfaces import IUploader
from ssplug.tls import client_context

PART_SUFFIX: Final = ".part"
"""Of a file's name until the server has all of it."""
_BYTES: Final = "latin-1"
_NAME_BYTES: Final = 255
"""What most file systems allow in one name."""
_BLOCK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class FTPSettings:
    """Of the driver `ftp`; settings.schema.json explains them."""

    host: str
    port: int = 21
    user: str = "anonymous"
    password: str = field(default="", repr=False)
    path: str = ""
    tls: str = "none"
    verify: bool | str = True
    passive: bool = True
    timeout: float = 20


@implementer(IUploader)
class FTPUploader:
    """Sends files over one connection, which is kept until `close` or until something goes wrong."""

    def __init__(self, settings: FTPSettings) -> None:
        self._settings = settings
        self._connection: ftplib.FTP | None = None
        self._folders: set[str] = set()
        self._refused_folder = ""

    def upload(self, name: str, file: BinaryIO) -> None:
        """Send one file; raises OSError, or what reading `file` raises."""
        try:
            self._send(self._connected(), PurePosixPath(self._settings.path, name), file)
        except (ftplib.Error, EOFError) as error:
            self._abandon()
            raise OSError(f"{self._where()}: {self._explained(error)}") from error
        except OSError as error:
            self._abandon()
            raise OSError(f"{self._where()}: {error}") from error
        except BaseException:
            self._abandon()
            raise

    def close(self) -> None:
        """Say goodbye to the server, if there is a connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, EOFError, ftplib.Error):
                connection.quit()
            connection.close()

    # -- the connection

    def _connected(self) -> ftplib.FTP:
        if self._connection is None:
            connection = _client(self._settings)
            try:
                self._log_in(connection)
            except BaseException:
                connection.close()
                raise
            self._connection, self._folders = connection, set()
        return self._connection

    def _log_in(self, connection: ftplib.FTP) -> None:
        settings = self._settings
        connection.connect(settings.host, settings.port)
        connection.login(_wire(settings.user), _wire(settings.password))  # over TLS it asks for TLS first
        if isinstance(connection, ftplib.FTP_TLS):
            connection.prot_p()
        connection.set_pasv(settings.passive)
        with contextlib.suppress(ftplib.error_perm):  # most have it on; some Windows servers want to be asked
            connection.sendcmd("OPTS UTF8 ON")

    def _abandon(self) -> None:
        """After an error: what the server says next may answer anything."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    # -- files

    def _send(self, connection: ftplib.FTP, path: PurePosixPath, file: BinaryIO) -> None:
        self._refused_folder = ""
        self._make_folders(connection, path)
        whole, part = _wire(str(path)), _wire(str(_part_of(path)))
        connection.storbinary(f"STOR {part}", file, _BLOCK)
        try:
            connection.rename(part, whole)
        except ftplib.error_perm as refused:  # some servers do not replace a file by renaming
            _replace(connection, part, whole, refused)

    def _make_folders(self, connection: ftplib.FTP, path: PurePosixPath) -> None:
        """Each folder once a connection; whether one is there already, its refusal does not tell apart."""
        steps = [step for step in path.parent.parts if step != "/"]
        root = "/" if path.is_absolute() else ""
        for folder in accumulate(steps, lambda above, step: f"{above}/{step}"):
            if folder not in self._folders:
                try:
                    connection.mkd(_wire(root + folder))
                except ftplib.error_perm as error:
                    self._refused_folder = f"{root}{folder}: {_readable(error)}"
                self._folders.add(folder)

    # -- errors

    def _where(self) -> str:
        return f"ftp://{self._settings.host}:{self._settings.port}"

    def _explained(self, error: Exception) -> str:
        """What the server said, which never has the password in it."""
        if isinstance(error, EOFError):
            return "the server closed the connection"
        if self._refused_folder and str(error).startswith("5"):
            return f"{_readable(error)} (folder {self._refused_folder})"
        return _readable(error)


def _replace(connection: ftplib.FTP, part: str, whole: str, refused: ftplib.error_perm) -> None:
    """Rename once the old file is gone; where that is refused, too, the first refusal is the telling one."""
    try:
        connection.delete(whole)
        connection.rename(part, whole)
    except ftplib.error_perm:
        raise refused from None


def _wire(text: str) -> str:
    """UTF-8 (RFC 2640), as ftplib is to send it: each character is a byte for it, see `_client`."""
    return text.encode().decode(_BYTES)


def _readable(error: Exception) -> str:
    """What a server says is UTF-8, or something that nobody knows."""
    return str(error).encode(_BYTES).decode(errors="replace")


def _part_of(path: PurePosixPath) -> PurePosixPath:
    """What a file is called until the server has all of it; where there is no room for the suffix, without its end."""
    name = path.name.encode()[: _NAME_BYTES - len(PART_SUFFIX)].decode(errors="ignore")
    return path.with_name(name + PART_SUFFIX)


def _client(settings: FTPSettings) -> ftplib.FTP:
    """With an encoding that takes every byte: ftplib gives up where an answer is not in its encoding."""
    if settings.tls == "none":
        return ftplib.FTP(timeout=settings.timeout, encoding=_BYTES)  # noqa: S321 - the site file asks for it
    ca = settings.verify if isinstance(settings.verify, str) else ""
    return _FTPOverTLS(context=client_context(bool(settings.verify), ca), timeout=settings.timeout, encoding=_BYTES)


class _FTPOverTLS(ftplib.FTP_TLS):
    """With data connections that go on with the session of the control connection.

    Most servers demand that, for only so do they know that both are from the same client; ftplib
    begins a session of its own.
    """

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """As in ftplib, but for the session."""
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - TLS begins two lines on
        control = self.sock
        assert isinstance(control, ssl.SSLSocket)
        try:
            return self.context.wrap_socket(plain, server_hostname=self.host, session=control.session), size
        except BaseException:
            plain.close()
            raise
