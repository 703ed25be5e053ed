"""An S3 server that checks signatures: moto's, in a process of its own, on loopback."""

import contextlib
import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import Logger

from ssplug.capture.shelf import Shelf
from ssplug_s3.spool import Spool

START_SECONDS = 60
WAIT_SECONDS = 30
PART = 5 * 2**20
BUCKET = "footage"


@dataclass(slots=True)
class S3Server:
    """Where it is, and a key that it takes."""

    endpoint: str
    access_key: str
    secret_key: str
    process: subprocess.Popen[bytes]

    def client(self) -> Any:
        """For tests that look into the bucket themselves."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )


@contextlib.contextmanager
def an_s3_server(port: int | None = None) -> Iterator[S3Server]:
    """A server with an empty bucket; skips the test where moto or boto3 is not installed."""
    pytest.importorskip("boto3")
    port = port or a_free_port()
    endpoint = f"http://127.0.0.1:{port}"
    command = [moto_server(), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "3"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, process)
        server = S3Server(endpoint, *a_key(endpoint), process)
        server.client().create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def moto_server() -> str:
    """The program: of the environment of foreign programs, or of ours."""
    python = Path(sys.executable)
    candidates = [python.parents[2] / f"{python.parents[1].name}-clients" / "bin", python.parent]
    found = shutil.which("moto_server", path=os.pathsep.join(map(str, candidates)))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("moto_server is not installed: make .venv-clients/installed")
        pytest.skip("moto_server is not installed: make .venv-clients/installed")
    return found


def a_key(endpoint: str) -> tuple[str, str]:
    """A key that may do everything with S3: the first three requests need none."""
    import boto3

    iam = boto3.client(
        "iam", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )
    iam.create_user(UserName="nvr")
    key = iam.create_access_key(UserName="nvr")["AccessKey"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="nvr", PolicyName="all", PolicyDocument=json.dumps(policy))
    return key["AccessKeyId"], key["SecretAccessKey"]


def a_free_port() -> int:
    """A port of loopback that nobody uses at the moment."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the server takes connections."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"moto_server does not listen on {port}")


class Desk:
    """A store, and its uploading thread when the test begins it."""

    def __init__(self, server: S3Server, folder: Path, prefix: str = "", secret: str = "") -> None:
        from ssplug_s3.bucket import Bucket
        from ssplug_s3.store import S3Settings, S3Store, _client
        from ssplug_s3.uploads import Uploads

        self.settings = S3Settings(
            BUCKET,
            prefix or f"{folder.name}/",
            server.endpoint,
            access_key=server.access_key,
            secret_key=secret or server.secret_key,
            part_size=5,
        )
        self.spool = Spool(folder / "spool")
        self.bucket = Bucket(_client(self.settings), BUCKET, self.settings.prefix)
        self.uploads = Uploads(self.bucket, self.spool, PART, Logger())
        self.store = S3Store(self.bucket, self.spool, self.uploads, self.settings)
        self.shelf = Shelf(self.store, folder / "catalogue.sqlite", dt.UTC)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.uploads.run, args=(self._stopping,))

    def begin_uploading(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop it."""
        self._stopping.set()
        if self._thread.ident:
            self._thread.join()
        self.shelf.close()

    def wait_until_uploaded(self) -> None:
        """Until nothing that is finished waits in the spool."""
        wait_until(lambda: not any(file.is_finished for file in self.spool.files()))


def wait_until(is_so: Any) -> None:
    """Until something happened in the other thread."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
