"""What the machine says of itself."""

from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ssplug.servers.web.host import Host, cpu_times, memory_pressure, own_address

STAT = "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 0 0\nintr 1\n"
PRESSURE = "some avg10=12.60 avg60=1.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


def test_waiting_for_the_disk_is_not_being_busy() -> None:
    assert cpu_times(STAT) == (150, 1000)


@pytest.mark.parametrize("text", ["", "cpu 1 2", "nonsense"])
def test_a_kernel_that_does_not_say_is_idle(text: str) -> None:
    assert (cpu_times(text), memory_pressure(text)) == ((0, 0), 0)


def test_pressure_is_a_whole_number() -> None:
    """golift fails on 12.6."""
    assert memory_pressure(PRESSURE) == 13


def test_load_is_that_between_two_looks(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "stat").write_text(STAT)
    host = Host(clock.seconds, tmp_path)
    assert host.cpu_usage == 15
    (tmp_path / "stat").write_text("cpu  150 0 75 825 50 0 0 0 0 0\n")
    assert host.cpu_usage == 15
    clock.advance(1)
    assert host.cpu_usage == 75
    assert host.memory_pressure == 0


def test_this_machine_is_idle_to_busy() -> None:
    host = Host(Clock().seconds)
    assert 0 <= host.cpu_usage <= 100
    assert 0 <= host.memory_pressure <= 100


@pytest.mark.parametrize("interface", ["127.0.0.1", "192.0.2.10", "2001:db8::1", "localhost"])
def test_the_address_is_the_one_that_is_listened_on(interface: str) -> None:
    assert own_address(interface) == interface


@pytest.mark.parametrize("interface", ["0.0.0.0", "::"])
def test_where_all_are_listened_on_it_is_one_of_them(interface: str) -> None:
    """Never an empty one: pysecspy needs it."""
    address = own_address(interface)
    assert address
    assert address not in {"0.0.0.0", "::"}
