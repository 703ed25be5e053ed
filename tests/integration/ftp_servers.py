"""Real FTP servers, each a process of its own on loopback: pyftpdlib, and vsftpd with explicit TLS."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.s3_server import a_free_port

USER = "nvr"
PASSWORD = "s3cret-of-ftp"
START_SECONDS = 20


@dataclass
class FTPServer:
    """Where it is, what it is to be told, and what has arrived."""

    folder: Path
    port: int
    settings: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    command: tuple[str, ...] = ()

    def start(self) -> None:
        """Listen."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.command[0]} does not listen on {self.port}")

    def stop(self) -> None:
        """Be away."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)

    def files(self) -> dict[str, bytes]:
        """All that is there, by name."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def clear(self) -> None:
        """As if nothing had ever arrived."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextlib.contextmanager
def pyftpdlib(folder: Path) -> Iterator[FTPServer]:
    """pyftpdlib, without TLS."""
    pytest.importorskip("pyftpdlib")
    folder.mkdir(parents=True, exist_ok=True)
    port = a_free_port()
    # fmt: off
    command = (sys.executable, "-W", "ignore", "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", str(port), "-w",
               "-d", str(folder), "-u", USER, "-P", PASSWORD)
    # fmt: on
    settings = {"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD, "timeout": 5}
    with _running(FTPServer(folder, port, settings, command=command)) as server:
        yield server


@contextlib.contextmanager
def vsftpd(folder: Path) -> Iterator[FTPServer]:
    """vsftpd, over TLS only, for a user that is made for it; the test is skipped where that cannot be."""
    _need_vsftpd()
    user, home = f"nvr{uuid.uuid4().hex[:8]}", folder / "home"
    _run("useradd", "--create-home", "--home-dir", str(home), "--shell", "/bin/sh", user)
    try:
        subprocess.run(["chpasswd"], input=f"{user}:{PASSWORD}", text=True, check=True)
        _let_through(folder)
        port = a_free_port()
        settings = {"host": "127.0.0.1", "port": port, "user": user, "password": PASSWORD, "timeout": 5}
        certificate, key = _certificate(folder)
        tls = {"tls": "explicit", "verify": str(certificate)}
        command = ("vsftpd", str(_configuration(folder, port, certificate, key)))
        server = FTPServer(home, port, settings | tls, command=command)
        server.clear()
        with _running(server):
            yield server
    finally:
        _run("userdel", user)


@contextlib.contextmanager
def _running(server: FTPServer) -> Iterator[FTPServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _need_vsftpd() -> None:
    missing = "vsftpd needs root" if os.geteuid() else "" if shutil.which("vsftpd") else "vsftpd is not installed"
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _let_through(folder: Path) -> None:
    """Another user must get to what is below the folders that pytest and its workers made for us alone."""
    for above in (folder, *folder.parents):
        if above.name.startswith(("pytest-", "popen-")):
            above.chmod(0o755)
    folder.chmod(0o755)


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subject = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {subject} -keyout {key} -out {certificate}"
    _run(*command.split())
    return certificate, key


def _configuration(folder: Path, port: int, certificate: Path, key: Path) -> Path:
    """`require_ssl_reuse` is what vsftpd has without a word, so servers out there have it."""
    empty = folder / "empty"
    empty.mkdir()
    path = folder / "vsftpd.conf"
    path.write_text(
        f"""listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
local_enable=YES
write_enable=YES
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir={empty}
pam_service_name=vsftpd
pasv_address=127.0.0.1
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
ssl_enable=YES
force_local_logins_ssl=YES
force_local_data_ssl=YES
require_ssl_reuse=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
"""
    )
    return path
