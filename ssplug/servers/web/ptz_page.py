"""The HTML of `ptz/controls`: the picture, and what moves it. Values in, text out."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ssplug.model.ptz import DEFAULT_SPEED, PRESETS, PTZCapability, PTZMove
from ssplug.servers.web.assets import template

_PAGE: Final = template("ptz.html")

_ARROW: Final = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 20V5M5.5 11.5 12 5l6.5 6.5"/></svg>'
_PLUS: Final = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M5 12h14"/></svg>'
_MINUS: Final = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h14"/></svg>'
_PAD: Final = (
    (PTZMove.UP_LEFT, PTZMove.UP, PTZMove.UP_RIGHT),
    (PTZMove.LEFT, PTZMove.STOP, PTZMove.RIGHT),
    (PTZMove.DOWN_LEFT, PTZMove.DOWN, PTZMove.DOWN_RIGHT),
)
_STOP: Final = '<button type="button" id="stop">Stop</button>'
_HOME: Final = '<button type="button" data-command="7">Home</button>'
_SAVING: Final = '<button type="button" id="saving" aria-pressed="false">Save a preset</button>'
_NOT_KNOWN: Final = "The camera has not said yet what it can do."
_CANNOT: Final = (
    "This camera cannot be moved: <code>ptz</code> in the site file names nothing that could, or"
    " <code>disable_ptz</code> is set."
)


@dataclass(frozen=True, slots=True)
class PTZPage:
    """What is shown to somebody who may move a camera."""

    number: int
    name: str
    size: tuple[int, int]
    """Of the picture; zeros where it is not known."""
    capabilities: PTZCapability
    preset_names: Sequence[str]
    may_save: bool
    is_moved: bool
    """Whether there is something that could move it, whatever that can."""
    failure: str
    """Why it could not be moved the last time; "" if it could."""
    token: str | None
    """The `auth` parameter that the client came with, as it stands in the URL."""

    def html(self) -> bytes:
        """The page."""
        auth = "" if self.token is None else html.escape(f"&auth={self.token}")
        width, height = self.size
        return _PAGE.substitute(
            name=html.escape(self.name),
            number=self.number,
            auth=auth,
            first_auth=auth.replace("&amp;", "?", 1),
            width=width or 640,
            height=height or 360,
            continuous=" data-continuous" if PTZCapability.CONTINUOUS in self.capabilities else "",
            controls="\n".join(self._controls()),
        ).encode()

    def _controls(self) -> Iterable[str]:
        can = self.capabilities
        if not can:
            return [self._why_not()]
        hands = [_pad(self._stop)] if PTZCapability.PAN_TILT in can else []
        hands += [_zoom()] if PTZCapability.ZOOM in can else []
        controls = [f'<div class="hands">{"".join(hands)}</div>'] if hands else []
        controls += [_speed()] if PTZCapability.SPEED in can else []
        controls += [self._line()]
        controls += [self._presets()] if PTZCapability.PRESETS in can else []
        return [*controls, _keys(can)]

    @property
    def _stop(self) -> str:
        """Cameras that move in steps stop by themselves."""
        return _STOP if PTZCapability.CONTINUOUS in self.capabilities else "<span></span>"

    def _line(self) -> str:
        """Home, and a stop where it has no place in the middle of the pad."""
        home = _HOME if PTZCapability.HOME in self.capabilities else ""
        stop = "" if PTZCapability.PAN_TILT in self.capabilities else self._stop
        return f'<p class="line">{home}{stop}</p>' if home or stop else ""

    def _presets(self) -> str:
        names = [*self.preset_names, *[""] * PRESETS][:PRESETS]
        items = "".join(_preset(number, name) for number, name in enumerate(names, 1) if name or self.may_save)
        saving = f'<p class="line">{_SAVING}</p>' if self.may_save else ""
        return f'<h2>Presets</h2><ul class="presets">{items}</ul>{saving}'

    def _why_not(self) -> str:
        if not self.is_moved and not self.failure:
            return f"<p>{_CANNOT}</p>"
        return f"<p>{html.escape(self.failure) or _NOT_KNOWN}</p><p>Reload the page to look again.</p>"


def _pad(stop: str) -> str:
    buttons = [stop if move is PTZMove.STOP else _held(move, _ARROW) for row in _PAD for move in row]
    return f'<div class="pad" role="group" aria-label="Turn">{"".join(buttons)}</div>'


def _zoom() -> str:
    buttons = _held(PTZMove.ZOOM_IN, _PLUS) + _held(PTZMove.ZOOM_OUT, _MINUS)
    return f'<div class="zoom" role="group" aria-label="Zoom">{buttons}</div>'


def _held(move: PTZMove, picture: str) -> str:
    name = move.name.replace("_", " ").capitalize()
    return f'<button type="button" class="hold" data-command="{move.value}" aria-label="{name}">{picture}</button>'


def _speed() -> str:
    return (
        f'<label>Speed <input type="range" id="speed" min="1" max="100" value="{DEFAULT_SPEED}">'
        f'<output id="level">{DEFAULT_SPEED}</output></label>'
    )


def _preset(number: int, name: str) -> str:
    kind = "" if name else ' class="free"'
    text = html.escape(name or "Not set")
    return f'<li><button type="button" data-command="{number + 11}"{kind}>{number} {text}</button></li>'


def _keys(can: PTZCapability) -> str:
    keys = {
        PTZCapability.PAN_TILT: "the arrows turn",
        PTZCapability.ZOOM: "<kbd>+</kbd> and <kbd>-</kbd> zoom",
        PTZCapability.PRESETS: "<kbd>1</kbd> to <kbd>8</kbd> go to presets",
        PTZCapability.HOME: "<kbd>h</kbd> goes home",
        PTZCapability.CONTINUOUS: "the space bar stops",
    }
    told = [text for ability, text in keys.items() if ability in can]
    return f'<p class="keys">Keys: {", ".join(told)}.</p>'
