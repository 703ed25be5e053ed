"""How much live video is encoded at the same time: encoding is what a server runs out of first."""

import os
from typing import Final

PIXELS_PER_CORE: Final = 50_000_000
"""Pixels a second for each core where the site file does not say: 1920x1080 at 25 a second are 52 million."""


class EncodersBusyError(Exception):
    """There is no encoder left; the text is for whoever asked."""


class EncoderBudget:
    """What all encoders of live video together may do. Reactor thread."""

    def __init__(self, megapixels_per_second: float | None = None) -> None:
        """None: by the number of cores."""
        self.limit = 0.0
        """Pixels a second; what is encoded already when it becomes less goes on."""
        self.running = 0
        """Encoders at work."""
        self.used = 0.0
        """Pixels a second that these have been granted."""
        self.refused = 0
        """How often there was nothing left; never decreases."""
        self.set_limit(megapixels_per_second)

    def set_limit(self, megapixels_per_second: float | None) -> None:
        """Grant so much from now on; None: by the number of cores."""
        if megapixels_per_second is None:
            self.limit = float(PIXELS_PER_CORE * (os.cpu_count() or 1))
        else:
            self.limit = megapixels_per_second * 1e6

    def take(self, pixels_per_second: float) -> None:
        """Grant one encoder; EncodersBusyError if that is more than is left."""
        if self.used + pixels_per_second > self.limit:
            self.refused += 1
            raise EncodersBusyError(
                f"The server has no encoder left: this needs {pixels_per_second / 1e6:.1f} million pixels a second, "
                f"{max(0.0, self.limit - self.used) / 1e6:.1f} of {self.limit / 1e6:.1f} are free."
            )
        self.running += 1
        self.used += pixels_per_second

    def give_back(self, pixels_per_second: float) -> None:
        """An encoder that was granted has ended."""
        self.running -= 1
        self.used -= pixels_per_second
