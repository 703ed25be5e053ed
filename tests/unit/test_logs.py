"""Log lines say when, how important, and about which camera or connection."""

import io
import json

import pytest
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure

from ssplug.logs import FORMATS, LineObserver, camera_logger, connection_logger
from ssplug.testing import a_camera


@pytest.fixture
def lines():
    """What is logged meanwhile, in a format."""
    files = []

    def begin(form, level=LogLevel.debug):
        file = io.StringIO()
        observer = LineObserver(file, FORMATS[form], level)
        globalLogPublisher.addObserver(observer)
        files.append(observer)
        return lambda: file.getvalue().splitlines()

    yield begin
    for observer in files:
        globalLogPublisher.removeObserver(observer)


def test_a_text_line_names_the_camera(lines):
    """Without any message having to say it."""
    written = lines("text")
    camera_logger(a_camera(3, "Drive", "drive")).info("online: {what}", what="h264")
    (line,) = written()
    assert line.endswith(" info camera=3 (drive) online: h264")
    assert line.startswith("20")


def test_a_json_line_is_an_object(lines):
    """With the connection as a field."""
    written = lines("json")
    connection_logger("rtsp", 17, "192.0.2.7").warn("does not read")
    entry = json.loads(written()[0])
    assert entry["connection"] == "rtsp-17 (192.0.2.7)"
    assert (entry["level"], entry["message"]) == ("warn", "does not read")


def test_a_failure_carries_its_traceback(lines):
    """As a field in JSON."""
    written = lines("json")
    try:
        raise ValueError("odd")
    except ValueError:
        camera_logger(a_camera()).failure("broken", Failure())
    assert "ValueError: odd" in json.loads(written()[0])["traceback"]


def test_what_is_not_important_enough_is_left_out(lines):
    """By level."""
    written = lines("text", LogLevel.warn)
    log = camera_logger(a_camera())
    log.info("fine")
    log.error("bad")
    assert [line.rsplit(" ", 1)[1] for line in written()] == ["bad"]


def test_a_closed_pipe_is_no_reason_to_fail():
    """Whoever read the log has gone; the server stays."""

    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    LineObserver(Closed(), FORMATS["text"])({"log_level": LogLevel.error, "log_time": 0.0, "log_format": "x"})
