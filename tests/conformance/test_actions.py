"""The actions `script`, `sound`, `ptz` and `webhook` keep their promises."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import ssplug_ptz
import ssplug_script
import ssplug_sound
import ssplug_webhook
from ssplug.testing.actions import ActionConformance


def a_script(folder, body):
    path = folder / "script.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


class TestScript(ActionConformance):
    """With one that knows what happened, and with one that does not do its work."""

    secrets = ("hunter2",)

    @pytest.fixture
    def driver(self):
        return ssplug_script.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self, tmp_path):
        return {"path": a_script(tmp_path, 'test "$SSPLUG_CAMERA_NAME" = "Front Porch"'), "time_limit": 10}

    @pytest.fixture
    def failing_settings(self, tmp_path):
        (tmp_path / "other").mkdir()
        environment = {"TOKEN": "hunter2"}
        return {"path": a_script(tmp_path / "other", "echo no lamp; exit 3"), "environment": environment}


class TestSound(ActionConformance):
    """What plays sounds is the server's."""

    @pytest.fixture
    def driver(self):
        return ssplug_sound.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self):
        return {"file": "bark.wav"}


class TestPTZ(ActionConformance):
    """What moves cameras is the server's."""

    @pytest.fixture
    def driver(self):
        return ssplug_ptz.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self):
        return {"preset": 3, "camera": "porch", "speed": 80}

    @pytest.fixture
    def failing_settings(self):
        return {"preset": 3, "camera": "yard"}


class TestWebhook(ActionConformance):
    """With a server that takes everything. Where it does not, that is no failure: it is kept."""

    @pytest.fixture
    def driver(self):
        return ssplug_webhook.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self):
        with a_server() as port:
            yield {"url": f"http://127.0.0.1:{port}/hook?key=token", "image": "form"}


class a_server:  # noqa: N801 - reads as the function that it is
    """An HTTP server that takes everything; its port."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
