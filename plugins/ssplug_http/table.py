"""From a command to the requests that carry it out. No Twisted, no network.

A table has a template for each command; what stands in braces, if it is one of the known words,
is replaced by its value, written as the place asks for it: percent-encoded in a path, as JSON or
XML where the body is that.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from ssplug.model.ptz import PRESETS, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset, goes_on, needed
from ssplug_http.settings import HTTPSettings

GO_TO_PRESET: Final = "preset"
SAVE_PRESET: Final = "save_preset"
STOP: Final = "stop"
COMMANDS: Final = (*(move.name.lower() for move in PTZMove), GO_TO_PRESET, SAVE_PRESET)
"""The words of the table."""

_HALVES: Final[Mapping[PTZMove, tuple[PTZMove, ...]]] = {
    PTZMove.UP_LEFT: (PTZMove.LEFT, PTZMove.UP),
    PTZMove.UP_RIGHT: (PTZMove.RIGHT, PTZMove.UP),
    PTZMove.DOWN_LEFT: (PTZMove.LEFT, PTZMove.DOWN),
    PTZMove.DOWN_RIGHT: (PTZMove.RIGHT, PTZMove.DOWN),
}
_WORD: Final = re.compile(r"\{(speed|preset|name|username|password)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One request, with places for values."""

    path: str
    method: str
    body: str
    content_type: str

    def filled(self, values: Mapping[str, object]) -> "Request":
        """The request with these values."""
        body = _filled(self.body, values, _writer(self.content_type)).encode() if self.body else None
        return Request(self.method, _filled(self.path, values, _percent_encoded), body, self.content_type)

    def asks_for(self, word: str) -> bool:
        """Whether `word` stands in it."""
        return f"{{{word}}}" in self.path or f"{{{word}}}" in self.body


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    path: str
    body: bytes | None = None
    content_type: str = ""


class Table:
    """The requests that one camera understands."""

    def __init__(self, settings: HTTPSettings) -> None:
        self._settings = settings
        self._templates = {word: self._template(written) for word, written in settings.commands.items()}
        self._stops = {
            word: self._template(written["stop"], written)
            for word, written in settings.commands.items()
            if isinstance(written, Mapping) and "stop" in written
        }

    @property
    def capabilities(self) -> PTZCapability:
        """What there are requests for."""
        commands = [command for command in (*PTZMove, GoToPreset(1)) if _word(command) in self._templates]
        capabilities = PTZCapability(0)
        for command in commands:
            capabilities |= needed(command)
        if STOP in self._templates or self._stops:
            capabilities |= PTZCapability.CONTINUOUS
        if any(template.asks_for("speed") for template in self._templates.values()):
            capabilities |= PTZCapability.SPEED
        return capabilities

    @property
    def preset_names(self) -> tuple[str, ...]:
        """Those of the settings, or numbers where there are none."""
        names = tuple(self._settings.preset_names) or tuple(f"Preset {n}" for n in range(1, PRESETS + 1))
        return names if GO_TO_PRESET in self._templates else ()

    def steps(self, command: PTZCommand) -> tuple[PTZCommand, ...]:
        """What carries out `command`, one after the other: a missing diagonal is made of its halves."""
        if _word(command) in self._templates or not isinstance(command, PTZMove):
            return (command,)
        halves = _HALVES.get(command, (command,))
        return halves if all(_word(half) in self._templates for half in halves) else (command,)

    def request(self, command: PTZCommand, speed: int) -> Request | None:
        """What carries out `command`, which is not STOP; None where the table has nothing for it."""
        template = self._templates.get(_word(command))
        return None if template is None else template.filled(self._values(command, speed))

    def stops(self, moving: frozenset[str]) -> tuple[Request, ...]:
        """What ends the movements of these words: their own requests, or the one that ends all."""
        own = [self._stops[word] for word in sorted(moving) if word in self._stops]
        rest = moving - self._stops.keys()
        if STOP in self._templates and (rest or not own):
            own.append(self._templates[STOP])
        values = self._values(PTZMove.STOP, 1)
        return tuple(dict.fromkeys(template.filled(values) for template in own))

    def _template(self, written: Any, movement: Mapping[str, Any] | None = None) -> Template:
        """A template as the site file has it: a path, or a mapping; what ends a movement is sent as that was begun."""
        usual = {"method": self._settings.method, "content_type": self._settings.content_type}
        begun = {key: value for key, value in (movement or {}).items() if key in usual}
        own = written if isinstance(written, Mapping) else {"path": written}
        return Template(**{"body": "", **usual, **begun, **{key: own[key] for key in own if key != STOP}})

    def _values(self, command: PTZCommand, speed: int) -> dict[str, object]:
        settings = self._settings
        slowest, fastest = settings.speeds
        number = command.preset if isinstance(command, GoToPreset | SavePreset) else 1
        names = self.preset_names
        return {
            "speed": round(slowest + (fastest - slowest) * (speed - 1) / 99),
            "preset": number - 1 + settings.first_preset,
            "name": names[number - 1] if number <= len(names) else f"Preset {number}",
            "username": settings.username,
            "password": settings.password,
        }


def moving_word(command: PTZCommand) -> str | None:
    """The word of a movement that may have to be ended; None for what is none."""
    return _word(command) if goes_on(command) else None


def _word(command: PTZCommand) -> str:
    if isinstance(command, GoToPreset):
        return GO_TO_PRESET
    return SAVE_PRESET if isinstance(command, SavePreset) else command.name.lower()


def _filled(text: str, values: Mapping[str, object], write: Callable[[str], str]) -> str:
    return _WORD.sub(lambda word: write(str(values[word[1]])), text)


def _percent_encoded(value: str) -> str:
    return quote(value, safe="")


def _writer(content_type: str) -> Callable[[str], str]:
    if "json" in content_type:
        return lambda value: json.dumps(value)[1:-1]
    return escape if "xml" in content_type else _percent_encoded
