"""The hooks that carry news, in the real server: a plugin that writes down what it hears."""

import pytest

from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

LISTENER = """
import os
from twisted.internet import reactor, task
from ssplug import hookimpl


def note(line):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(line + "\\n")


@hookimpl
def ssplug_started(site):
    note(f"started with {len(site.cameras)} camera")


@hookimpl
def ssplug_event(event):
    note(f"{event.type} {event.camera}")


@hookimpl
def ssplug_stopping():
    note("stopping")
    return task.deferLater(reactor, 0.3, note, "ready to stop")
"""


@pytest.fixture
def listener(tmp_path):
    """A folder in which the plugin is installed."""
    folder = tmp_path / "plugins"
    information = folder / "ssplug_listener-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / "ssplug_listener.py").write_text(LISTENER)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: ssplug-listener\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[ssplug]\nlistener = ssplug_listener\n")
    return folder


def test_news_reaches_a_plugin(tmp_path, listener):
    """From the start to the end, which waits for whoever asks it to."""
    notes = tmp_path / "notes"
    site = write_site(tmp_path, "yard:\n  number: 4\n  source: {driver: pattern}")
    with running(site, env={"PYTHONPATH": str(listener), "NOTES": str(notes)}) as server:
        server.wait_for("online")
    lines = notes.read_text().splitlines()
    assert lines[0] == "started with 1 camera"
    assert "ONLINE 4" in lines
    assert lines.index("stopping") < lines.index("ready to stop")
