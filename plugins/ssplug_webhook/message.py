"""What is sent: from the facts of a trigger to a request. No network, no disk.

Placeholders are those of `string.Template`: $camera_name, ${camera_name}, and $$ for a dollar sign.
What they stand for is quoted for the place where it is: percent-encoded in the URL, on one line in
a header, as text within JSON.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any, Final
from urllib.parse import quote

from ssplug.model.action import FACTS
from ssplug.model.text import one_line

_NUMBERS: Final = frozenset({"camera_number", "reason_code", "event", "human", "vehicle", "animal"})
# Long enough never to stand in a JPEG by chance; the same each time, so that a request is the same when repeated.
_BOUNDARY: Final = "ssplug-8d1b6d2b9f0c4e57a3c1"

JSON_TYPE: Final = "application/json"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
JPEG_TYPE: Final = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """The templates of a web hook."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    text: str | None = None
    image: str = "none"
    image_field: str = "image"
    body_field: str = "payload_json"

    def check(self) -> None:
        """Raise ValueError for a placeholder that means nothing."""
        for template in (self.url, *self.headers.values(), self.text or "", *_texts(self.json)):
            _check(Template(template))

    def request(self, facts: Mapping[str, str], image: bytes | None) -> Request:
        """What is to be sent; `image` is a JPEG, if there is one and it is wanted."""
        url = _replaced(self.url, facts, lambda value: quote(value, safe=""))
        headers = {name: _replaced(value, facts, one_line) for name, value in self.headers.items()}
        if self.method == "GET":
            return Request(url, headers, None)
        content_type, body = self._body(facts, image)
        if not any(name.lower() == "content-type" for name in headers) or self.image == "form":
            headers["Content-Type"] = content_type
        return Request(url, headers, body)

    def _body(self, facts: Mapping[str, str], image: bytes | None) -> tuple[str, bytes]:
        if self.image == "body" and image is not None:
            return JPEG_TYPE, image
        content_type, body = self._words(facts)
        if self.image != "form":
            return content_type, body
        parts = [_part(self.body_field, content_type, body)]
        if image is not None:
            parts.append(_part(self.image_field, JPEG_TYPE, image, "image.jpg"))
        return f"multipart/form-data; boundary={_BOUNDARY}", b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])

    def _words(self, facts: Mapping[str, str]) -> tuple[str, bytes]:
        if self.text is not None:
            return TEXT_TYPE, _replaced(self.text, facts).encode()
        wanted = {name: f"${name}" for name in facts} if self.json is None else self.json
        return JSON_TYPE, json.dumps(_filled(wanted, facts), ensure_ascii=False).encode()


def _replaced(template: str, facts: Mapping[str, str], quoted: Callable[[str], str] = str) -> str:
    return Template(template).substitute({name: quoted(value) for name, value in facts.items()})


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    """JSON with its texts replaced; a text that is nothing but the name of a number becomes that number."""
    if isinstance(value, str):
        number = value.removeprefix("$")
        return int(facts[number]) if value != number and number in _NUMBERS else _replaced(value, facts)
    if isinstance(value, Mapping):
        return {key: _filled(each, facts) for key, each in value.items()}
    return [_filled(each, facts) for each in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _check(template: Template) -> None:
    if not template.is_valid():
        raise ValueError(f"{template.template!r}: a $ is followed by a name, or written $$ where it means itself")
    for name in template.get_identifiers():
        if name not in FACTS:
            raise ValueError(f"{template.template!r}: ${name} means nothing. Known: {', '.join(sorted(FACTS))}")


def _part(name: str, content_type: str, body: bytes, file: str = "") -> bytes:
    """One part of a form (RFC 7578)."""
    disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    head = f"--{_BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: {content_type}\r\n\r\n"
    return head.encode() + body + b"\r\n"
