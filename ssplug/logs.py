"""How log lines look: text for people, or one JSON object a line for programs.

Every line about a camera says which one, every line about a connection says which one.  Both are
fields of the event (`camera`, `connection`), put there by the logger that speaks, so that no
message has to repeat them.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, Any

from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, eventAsText
from zope.interface import implementer

from ssplug.model.camera import CameraIdentity


class FieldLogger(Logger):
    """A logger whose every event carries the same fields."""

    def __init__(self, namespace: str, **fields: Any) -> None:
        super().__init__(namespace=namespace)
        self._fields = fields

    def emit(self, level: Any, format: str | None = None, **kwargs: Any) -> None:  # noqa: A002
        """Log with the fields added; a field of the call wins."""
        super().emit(level, format, **{**self._fields, **kwargs})


def camera_logger(camera: CameraIdentity) -> Logger:
    """Speaks of one camera: 'camera=3 (drive)'."""
    return FieldLogger(f"ssplug.camera.{camera.id}", camera=f"{camera.number} ({camera.id})")


def connection_logger(protocol: str, number: int, address: str) -> Logger:
    """Speaks of one client's connection: 'connection=rtsp-17 (192.0.2.7)'."""
    return FieldLogger(f"ssplug.{protocol}", connection=f"{protocol}-{number} ({address})")


def text_line(event: LogEvent) -> str:
    """One line, followed by a traceback where there is one."""
    when = datetime.fromtimestamp(event["log_time"], UTC).isoformat(timespec="milliseconds")
    fields = "".join(f" {name}={event[name]}" for name in ("camera", "connection") if event.get(name))
    text = eventAsText(event, includeTimestamp=False, includeSystem=False)
    return f"{when} {_level(event)}{fields} {text}\n"


def json_line(event: LogEvent) -> str:
    """One JSON object: time, level, namespace, message, and camera, connection and traceback where there are."""
    entry = {
        "time": datetime.fromtimestamp(event["log_time"], UTC).isoformat(),
        "level": _level(event),
        "namespace": event.get("log_namespace", ""),
        "message": eventAsText(event, includeTraceback=False, includeTimestamp=False, includeSystem=False),
    }
    entry.update({name: str(event[name]) for name in ("camera", "connection") if event.get(name)})
    if event.get("log_failure") is not None:
        entry["traceback"] = event["log_failure"].getTraceback()
    return json.dumps(entry, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[LogEvent], str]] = {"text": text_line, "json": json_line}


@implementer(ILogObserver)
class LineObserver:
    """Writes events of `level` and above to a file, a line each."""

    def __init__(self, file: IO[str], line: Callable[[LogEvent], str], level: Any = LogLevel.info) -> None:
        self._file = file
        self._line = line
        self._level = level

    def __call__(self, event: LogEvent) -> None:
        """Write one event; a reader that went away (a closed pipe) is no reason to fail."""
        if event["log_level"] < self._level:
            return
        try:
            self._file.write(self._line(event))
            self._file.flush()
        except OSError:
            return


def _level(event: LogEvent) -> str:
    return str(event["log_level"].name)
