"""The real server for tests: `twistd -n ssplug` as its own process, on free ports."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "ready:"
START_SECONDS = 30
STOP_SECONDS = 30


class Server:
    """One running server; `lines` is what it has logged so far."""

    def __init__(
        self, site: Path, *options: str, env: dict[str, str] | None = None, python: str = sys.executable
    ) -> None:
        self.site = site
        self.lines: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [python, "-m", "ssplug", "--site", str(site), *options],
            cwd=site.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, text: str, seconds: float = START_SECONDS, after: int = 0) -> str:
        """The first line with `text` in it at or after line number `after`, waiting for it to be logged."""

        def found() -> str | None:
            return next((line for line in self.lines[after:] if text in line), None)

        with self._news:
            self._news.wait_for(lambda: found() or self.process.poll() is not None, seconds)
            line = found()
        assert line is not None, f"no line with {text!r}; the server said:\n" + "\n".join(self.lines)
        return line

    @property
    def ports(self) -> dict[str, int]:
        state = next(self.site.parent.glob("**/ports.json"))
        return json.loads(state.read_text())

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.ports['port']}"

    @property
    def rtsp(self) -> str:
        return f"rtsp://127.0.0.1:{self.ports['port']}"

    @property
    def https_port(self) -> int:
        return self.ports["tls_port"]

    def stop(self) -> int:
        """End it as a service manager does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        self.process.stdout.close()


def write_site(folder: Path, cameras: str, server: str = "", rest: str = "") -> Path:
    """A site file on free loopback ports; `cameras`, `server` and `rest` are YAML."""
    site = folder / "site.yaml"
    state = folder / "state"
    site.write_text(
        f"server:\n  interface: 127.0.0.1\n  port: 0\n  tls_port: 0\n  bonjour: false\n  state: {state}\n"
        + "".join(f"  {line}\n" for line in server.splitlines())
        + "cameras:\n"
        + "".join(f"  {line}\n" for line in cameras.splitlines())
        + rest
    )
    return site


@contextmanager
def running(site: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Server]:
    """A server that is ready, and is gone afterwards."""
    server = Server(site, *options, env=env)
    try:
        server.wait_for(READY)
        yield server
    finally:
        server.stop()
