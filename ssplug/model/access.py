"""What an account may do, in the words of the site file and in the bits of `permissions`."""

import enum
import functools
import operator
from collections.abc import Callable
from typing import TypeAlias

from ssplug.model.camera import CameraIdentity


class Permission(enum.Flag):
    """The words of `users: permissions:`; LIVE also decides whether a camera exists for an account."""

    LIVE = enum.auto()
    FILES = enum.auto()
    DELETE = enum.auto()
    SETTINGS = enum.auto()
    CONTROL = enum.auto()
    SCHEDULE = enum.auto()
    PRESETS = enum.auto()
    AUDIO = enum.auto()
    TRIGGER = enum.auto()
    TALK = enum.auto()
    ADMIN = enum.auto()
    """Not a word of `permissions`: it comes with `role: admin`."""


EVERYTHING = Permission(~Permission(0))

# What the clients' documents call `permissions`; 2 goes with 4 on real servers.
_BITS = {
    Permission.LIVE: 1,
    Permission.FILES: 2 | 4,
    Permission.DELETE: 8,
    Permission.SETTINGS: 16,
    Permission.CONTROL: 64,
    Permission.SCHEDULE: 128,
    Permission.PRESETS: 256,
    Permission.AUDIO: 512,
    Permission.TRIGGER: 1024,
    Permission.TALK: 2048,
    Permission.ADMIN: 8192,
}
_ONLY_ONLINE = 512 | 2048


def permission_mask(permissions: Permission, online: bool = True) -> int:
    """The bit sum of systemInfo's `permissions`; sound is not to be had from a camera that is offline."""
    mask = 0
    for permission in permissions:
        mask |= _BITS[permission]
    return mask if online else mask & ~_ONLY_ONLINE


Opinion: TypeAlias = Callable[["Avatar", Permission, CameraIdentity | None], bool | None]
"""Whether an avatar may do something with a camera, or (None) the whole server; None leaves it to others."""


def no_opinion(avatar: "Avatar", permission: Permission, camera: CameraIdentity | None) -> None:
    """Leave everything to the site file."""


class Avatar:
    """An account at work: who asks, and what it may. Immutable; anonymous is an avatar too."""

    __slots__ = ("_cameras", "_opinion", "_permissions", "name")

    def __init__(
        self,
        name: str,
        permissions: Permission,
        cameras: frozenset[str] | None = None,
        opinion: Opinion = no_opinion,
    ) -> None:
        """`cameras` are ids of the site file; None means all of them. `opinion` is asked first."""
        self.name = name
        self._permissions = permissions
        self._cameras = cameras
        self._opinion = opinion

    def may(self, permission: Permission, camera: CameraIdentity | None = None) -> bool:
        """Whether this account has `permission`, for `camera` or (None) for the whole server."""
        opinion = self._opinion(self, permission, camera)
        return self._is_granted(permission, camera) if opinion is None else opinion

    def _is_granted(self, permission: Permission, camera: CameraIdentity | None) -> bool:
        if permission not in self._permissions:
            return False
        return camera is None or self._cameras is None or camera.id in self._cameras

    def sees(self, camera: CameraIdentity) -> bool:
        """Whether `camera` exists for this account."""
        return self.may(Permission.LIVE, camera)

    def permissions(self, camera: CameraIdentity) -> Permission:
        """All that this account may with `camera`."""
        return functools.reduce(operator.or_, (p for p in Permission if self.may(p, camera)), Permission(0))

    @property
    def is_for_all_cameras(self) -> bool:
        """Whether none of the cameras, now or to come, is kept from this account."""
        return self._cameras is None

    @property
    def is_admin(self) -> bool:
        """Whether this account may change the server itself."""
        return self.may(Permission.ADMIN)
