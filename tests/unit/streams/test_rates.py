"""Pictures and bytes a second."""

from ssplug.streams.hub import HubCounters
from ssplug.streams.rates import WINDOW, Rates


def sampled(*samples):
    """Rates after samples of (time, pictures, bytes)."""
    rates = Rates()
    for now, pictures, count in samples:
        rates.sample(now, HubCounters(pictures=pictures, bytes=count))
    return rates


def test_nothing_is_known_before_two_samples():
    assert (Rates().pictures_per_second, Rates().bytes_per_second) == (0.0, 0)
    assert sampled((10.0, 5, 5000)).pictures_per_second == 0.0


def test_rates_are_what_came_between_the_samples():
    rates = sampled((10.0, 100, 1_000_000), (12.0, 150, 1_500_000))
    assert (rates.pictures_per_second, rates.bytes_per_second) == (25.0, 250_000)


def test_only_the_last_seconds_count():
    """A camera that has become slower shows it soon."""
    fast = [(float(second), second * 25, 0) for second in range(20)]
    slow = [(float(20 + second), 475 + second * 5, 0) for second in range(1, WINDOW + 2)]
    assert sampled(*fast, *slow).pictures_per_second == 5.0


def test_a_camera_that_comes_back_is_measured_anew():
    rates = sampled((10.0, 100, 0), (11.0, 125, 0))
    rates.forget()
    assert rates.pictures_per_second == 0.0
    rates.sample(60.0, HubCounters(pictures=125))
    rates.sample(61.0, HubCounters(pictures=135))
    assert rates.pictures_per_second == 10.0


def test_samples_of_one_moment_say_nothing():
    assert sampled((10.0, 100, 0), (10.0, 125, 0)).pictures_per_second == 0.0
