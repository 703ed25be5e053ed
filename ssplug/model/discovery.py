"""Looking for cameras in the network: what is asked, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Search:
    """How to look."""

    seconds: float = 3.0
    """How long to wait for answers."""
    interface: str = ""
    """Address of the network card to ask by; "": the system's choice."""
    hosts: tuple[str, ...] = ()
    """Whom to ask, as host or host:port; empty: everybody in the local network."""


@dataclass(frozen=True, slots=True)
class Found:
    """A camera that answered."""

    name: str
    """What it calls itself; "" where it does not say."""
    place: str
    """Where it is, for people: its address or URL."""
    source: Mapping[str, Any] = field(default_factory=dict)
    """The `source` of a site file: the driver and its settings, but for user name and password."""
