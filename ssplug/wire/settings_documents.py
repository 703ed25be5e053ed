"""Settings as documents: flat, a value for each name."""

import json
from collections.abc import Mapping

from ssplug.model.settings import Shown
from ssplug.wire.documents import xml_text


def settings_xml(values: Mapping[str, Shown], yes: str, no: str) -> bytes:
    """`<settings>` with a child for each name; `yes` and `no` are how switches are written."""
    children = "".join(f"<{name}>{_text(value, yes, no)}</{name}>" for name, value in values.items())
    return f'<?xml version="1.0" encoding="utf-8"?>\n<settings>{children}</settings>\n'.encode()


def settings_json(values: Mapping[str, Shown]) -> bytes:
    """An object; switches are true and false."""
    return json.dumps(dict(values), ensure_ascii=False).encode()


def camera_update(number: int, name: str) -> bytes:
    """What version 6 answers when a camera's settings were saved; the number is text."""
    return json.dumps({"camUpdate": {"num": str(number), "name": name}}, ensure_ascii=False).encode()


def _text(value: Shown, yes: str, no: str) -> str:
    if isinstance(value, bool):
        return yes if value else no
    return xml_text(value)
