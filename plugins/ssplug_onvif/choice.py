"""Which of a device's profiles is meant. No I/O."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ssplug_onvif.answers import Profile

MAIN: Final = "main"
SUB: Final = "sub"


class NoProfileError(Exception):
    """The device has no such profile; the text says which it has."""


def video_profile(profiles: Sequence[Profile], stream: str, wanted: str) -> Profile:
    """The profile called `wanted`, or else the largest (`stream` main) or the smallest (sub) picture.

    The smallest is one of the same video source as the largest.  Of two that are alike the one that is
    not JPEG is taken, then the first. NoProfileError where there is none.
    """
    if wanted:
        return named(profiles, wanted)
    # Media has no word for H.265: some devices then leave out how the picture is encoded.
    seen = [profile for profile in profiles if profile.encoding] or [each for each in profiles if each.source]
    if not seen:
        raise NoProfileError("the device has no profile with video")
    largest = max(seen, key=lambda profile: (_area(profile), _is_film(profile)))
    if stream == MAIN:
        return largest
    same = [profile for profile in seen if profile.source == largest.source]
    return min(same, key=lambda profile: (_area(profile), not _is_film(profile)))


def moving_profile(profiles: Sequence[Profile], wanted: str) -> Profile | None:
    """The profile by which to move the camera; None if it cannot be moved. NoProfileError for an unknown name."""
    if wanted:
        profile = named(profiles, wanted)
        return profile if profile.ptz_node is not None else None
    return next((profile for profile in profiles if profile.ptz_node is not None), None)


def named(profiles: Sequence[Profile], wanted: str) -> Profile:
    """By token, or else by name; NoProfileError says which there are."""
    rules: Iterable[Callable[[Profile], bool]] = (
        lambda profile: profile.token == wanted,
        lambda profile: profile.name == wanted,
        lambda profile: profile.name.casefold() == wanted.casefold(),
    )
    for rule in rules:
        for profile in profiles:
            if rule(profile):
                return profile
    there = ", ".join(str(profile) for profile in profiles[:10]) or "none"
    raise NoProfileError(f"the device has no profile {wanted!r}, but {there}")


def _area(profile: Profile) -> int:
    return profile.width * profile.height


def _is_film(profile: Profile) -> bool:
    return profile.encoding != "JPEG"
