"""What the site file says, see settings.schema.json."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HTTPSettings:
    """The camera, and the requests that it understands."""

    url: str = field(repr=False)
    commands: Mapping[str, Any] = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    method: str = "GET"
    content_type: str = ""
    speeds: Sequence[int] = (1, 100)
    first_preset: int = 1
    preset_names: Sequence[str] = ()
    expect: str = ""
    verify_certificate: bool = True
