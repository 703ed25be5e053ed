"""Settings as a page that people can use: it works without a script, by keyboard, and on a phone."""

import html
import importlib.resources
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from string import Template
from typing import Final

from ssplug.model.settings import (
    Addresses,
    Choice,
    Flag,
    Kind,
    Member,
    MemberOfEach,
    Number,
    PictureRate,
    PictureWidth,
    Seconds,
    Setting,
    Shown,
    Text,
)


@dataclass(frozen=True, slots=True)
class Link:
    """To another page of settings."""

    address: str
    title: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a page shows."""

    title: str
    settings: Sequence[Setting]
    shown: Mapping[str, Shown]
    """By the settings' names."""
    hidden: Mapping[str, str]
    """Sent along."""
    links: Sequence[Link]
    message: str = ""
    is_wrong: bool = False
    """Whether the message is about something that did not work."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """By any of a setting's names: what is wrong with it."""


def _template() -> Template:
    page = importlib.resources.files(__package__).joinpath("pages", "settings.html")
    return Template(page.read_text("utf-8"))


_PAGE: Final = _template()


def form_page(form: Form) -> bytes:
    """The page."""
    hidden = "".join(
        f'<input type="hidden" name="{_q(name)}" value="{_q(text)}">' for name, text in form.hidden.items()
    )
    return _PAGE.substitute(
        title=_q(form.title),
        links="".join(f'<li><a href="{_q(link.address)}">{_q(link.title)}</a></li>' for link in form.links),
        message=_message(form),
        hidden=hidden,
        sections="\n".join(_sections(form)),
    ).encode()


def _q(text: object) -> str:
    return html.escape(str(text))


def _message(form: Form) -> str:
    if not form.message:
        return ""
    return f'<p class="message{" wrong" if form.is_wrong else ""}" role="status">{_q(form.message)}</p>'


def _sections(form: Form) -> list[str]:
    found = []
    for (section, kept), settings in groupby(form.settings, key=lambda setting: (setting.section, setting.is_kept)):
        rows = "\n".join(_row(setting, form) for setting in settings)
        if kept:
            found.append(f"<details><summary>{_q(section)}</summary>\n{rows}\n</details>")
        else:
            found.append(f"<fieldset><legend>{_q(section)}</legend>\n{rows}\n</fieldset>")
    return found


def _row(setting: Setting, form: Form) -> str:
    error = next((form.errors[name] for name in setting.names if name in form.errors), "")
    described = f' aria-describedby="{setting.name}-more"'
    invalid = ' aria-invalid="true"' if error else ""
    control = _control(setting.name, setting.kind, form.shown[setting.name], described + invalid)
    note = f'<strong class="error">{_q(error)}</strong>' if error else _q(_note(setting))
    return (
        f'<div class="row"><label for="{setting.name}">{_q(setting.label)}</label>'
        f'<div>{control} <small id="{setting.name}-more">{note}</small></div></div>'
    )


def _note(setting: Setting) -> str:
    kind = setting.kind.number if isinstance(setting.kind, Seconds) else setting.kind
    if isinstance(kind, Number | PictureRate):
        return f"{kind.low:g} to {kind.high:g} {setting.unit}".rstrip()
    return setting.unit


def _control(name: str, kind: Kind, value: Shown, more: str) -> str:
    known = f'id="{name}" name="{name}"{more}'
    if isinstance(kind, Flag | Member | MemberOfEach):
        # A box that is not ticked sends nothing: the field before it does, and the last one counts.
        ticked = " checked" if value else ""
        return f'<input type="hidden" name="{name}" value="0"><input type="checkbox" value="1" {known}{ticked}>'
    if isinstance(kind, Choice | PictureWidth):
        return f"<select {known}>{_options(kind, value)}</select>"
    if isinstance(kind, Text):
        required = " required" if kind.least else ""
        return f'<input type="text" {known} maxlength="{kind.most}" value="{_q(value)}"{required}>'
    if isinstance(kind, Addresses):
        return f'<input type="email" multiple {known} maxlength="{kind.most}" value="{_q(value)}">'
    return _number(kind.number if isinstance(kind, Seconds) else kind, known, value)


def _options(kind: Choice | PictureWidth, value: Shown) -> str:
    return "".join(
        f'<option value="{number}"{" selected" if number == value else ""}>{_q(word.replace("-", " "))}</option>'
        for number, word in enumerate(kind.words)
    )


def _number(kind: Kind, known: str, value: Shown) -> str:
    low, high = (kind.low, kind.high) if isinstance(kind, Number | PictureRate) else (0, 0)
    if isinstance(value, int | float):
        low, high = min(low, value), max(high, value)  # a value from the file may be sent back
    step = "1" if isinstance(kind, Number) and kind.whole else "any"
    limits = f'min="{low:g}" max="{high:g}" step="{step}"'
    return f'<input type="number" {known} {limits} value="{_q(value)}" required>'
