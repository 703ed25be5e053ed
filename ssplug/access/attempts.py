"""Failed logins remembered, so that guessing becomes slow.

Pauses belong to an address together with an account, and to the address alone: whoever guesses
waits, and the right password from elsewhere does not.  An IPv6 address counts as its /64, which
one guesser has whole.
"""

import ipaddress
from collections.abc import Callable

from ssplug.access.recent import Recent

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
FORGET_SECONDS = 600.0
ENTRIES_LIMIT = 4096

# One misconfigured program and a person at a keyboard may share an address: an address as a whole
# is slowed down later than an account from that address.
ADDRESS_LENIENCE = 10


def pause_after(failures: int) -> float:
    """Seconds that the next attempt waits after so many failed ones."""
    if failures <= 0:
        return 0.0
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 16)))


class FailedAttempts:
    """How often a login failed lately, by address and account. Reactor thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: Recent[tuple[str, str | None], tuple[int, float]] = Recent(ENTRIES_LIMIT)

    def pause(self, address: str, account: str) -> float:
        """Seconds that an attempt from `address` for `account` has to wait now."""
        network = network_of(address)
        here = pause_after(self._count((network, account)))
        return max(here, pause_after(self._count((network, None)) - ADDRESS_LENIENCE))

    def failed(self, address: str, account: str) -> None:
        """Count a wrong password."""
        network = network_of(address)
        for key in ((network, account), (network, None)):
            self._failures.put(key, (self._count(key) + 1, self._monotonic()))

    def succeeded(self, address: str, account: str) -> None:
        """Forget the failures of an account at an address: it was its owner who mistyped."""
        self._failures.discard((network_of(address), account))

    def _count(self, key: tuple[str, str | None]) -> int:
        count, at = self._failures.get(key) or (0, 0.0)
        return count if self._monotonic() - at < FORGET_SECONDS else 0


def network_of(address: str) -> str:
    """What counts as one address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.IPv6Network((ip, 64), strict=False))
