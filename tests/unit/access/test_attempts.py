"""How long a login waits after failed ones."""

import pytest
from twisted.internet.task import Clock

from ssplug.access.attempts import (
    ADDRESS_LENIENCE,
    ENTRIES_LIMIT,
    FORGET_SECONDS,
    LONGEST_PAUSE,
    FailedAttempts,
    network_of,
    pause_after,
)


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_after(failures) for failures in range(7)] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert pause_after(10**9) == LONGEST_PAUSE


def test_only_the_address_that_failed_waits() -> None:
    attempts = FailedAttempts(Clock().seconds)
    attempts.failed("192.0.2.1", "alice")
    assert attempts.pause("192.0.2.1", "alice") > 0
    assert attempts.pause("192.0.2.2", "alice") == 0
    assert attempts.pause("192.0.2.1", "bob") == 0


def test_an_address_that_tries_many_names_waits_for_every_name() -> None:
    attempts = FailedAttempts(Clock().seconds)
    for number in range(ADDRESS_LENIENCE + 1):
        attempts.failed("192.0.2.1", f"user{number}")
    assert attempts.pause("192.0.2.1", "alice") > 0


def test_success_forgives_the_account_at_that_address() -> None:
    attempts = FailedAttempts(Clock().seconds)
    attempts.failed("192.0.2.1", "alice")
    attempts.succeeded("192.0.2.1", "alice")
    assert attempts.pause("192.0.2.1", "alice") == 0


def test_failures_are_forgotten_in_time() -> None:
    clock = Clock()
    attempts = FailedAttempts(clock.seconds)
    attempts.failed("192.0.2.1", "alice")
    clock.advance(FORGET_SECONDS)
    assert attempts.pause("192.0.2.1", "alice") == 0


def test_what_is_remembered_is_bounded() -> None:
    """A guesser with many addresses costs a table, not the memory."""
    attempts = FailedAttempts(Clock().seconds)
    for number in range(ENTRIES_LIMIT):
        attempts.failed(f"10.0.{number // 256}.{number % 256}", "alice")
    assert attempts.pause("10.0.0.0", "alice") == 0
    assert attempts.pause(f"10.0.{(ENTRIES_LIMIT - 1) // 256}.255", "alice") > 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_network_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
