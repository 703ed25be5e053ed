"""Durations, sizes and rates as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.quantity import bits_per_second, byte_count, per_cent, seconds


@pytest.mark.parametrize(
    ("written", "meant"),
    [(5, 5.0), (0.5, 0.5), ("5", 5.0), ("5s", 5.0), ("0.5s", 0.5), ("10m", 600.0), ("2h", 7200.0), ("14d", 1209600.0)],
)
def test_durations_are_seconds(written, meant):
    assert seconds(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [(4096, 4096), ("1B", 1), ("500MB", 500_000_000), ("200GB", 200 * 10**9), ("1.5kB", 1500), ("8GiB", 8 * 2**30)],
)
def test_sizes_are_bytes(written, meant):
    assert byte_count(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [(64000, 64000), ("512kbps", 512_000), ("8Mbps", 8_000_000), ("0.5Mbps", 500_000)]
)
def test_rates_are_bits_a_second(written, meant):
    assert bits_per_second(written) == meant


def test_shares_are_per_cent():
    assert per_cent("12.5%") == 12.5


@pytest.mark.parametrize("written", ["", "s", "5 s", "-5s", "5w", "1h30m", "5s\n", "\u0665s", "1e3s", "5S", "1.s"])
def test_what_is_not_a_duration(written):
    with pytest.raises(ValueError, match="unit"):
        seconds(written)


@pytest.mark.parametrize("written", ["10%", "5mb", "5Mb", "5 GB"])
def test_what_is_not_a_size(written):
    with pytest.raises(ValueError, match="unit"):
        byte_count(written)


@given(st.integers(0, 10**6), st.sampled_from("smhd"))
def test_a_larger_unit_is_a_longer_time(number, unit):
    """The unit multiplies, whatever the number."""
    assert seconds(f"{number}{unit}") == number * seconds(f"1{unit}")
