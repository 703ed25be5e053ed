"""What is different between the site that a server works by and the one that its file describes now.

Decided in values; `ssplug.cameras.sites` has it carried out.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

from ssplug.site.types import CameraConfig, ServerConfig, Site

UNTIL_RESTART: Final = ("state",)
"""Of `server:`, what the server goes by from its start to its end."""


@dataclass(frozen=True, slots=True)
class CameraChange:
    """One camera before and after."""

    old: CameraConfig
    new: CameraConfig

    @property
    def reconnects(self) -> bool:
        """Whether the camera must be connected anew, or for the first time, or no more."""
        return (self.old.source, self.old.enabled) != (self.new.source, self.new.enabled)

    @property
    def redetects(self) -> bool:
        """Whether the camera must be watched anew."""
        return self.reconnects or _detected(self.old) != _detected(self.new)

    @property
    def remounts(self) -> bool:
        """Whether what moves the camera must be built anew, which the source may be."""
        return self.reconnects or (self.old.ptz, self.old.disable_ptz) != (self.new.ptz, self.new.disable_ptz)

    @property
    def reuploads(self) -> bool:
        """Whether other files go to other places."""
        return (self.old.uploads, self.old.enabled) != (self.new.uploads, self.new.enabled)

    @property
    def recaptures(self) -> bool:
        """Whether what is captured now is finished and begun anew."""
        return _captured(self.old) != _captured(self.new)


@dataclass(frozen=True, slots=True)
class SiteChange:
    """From one site to the next, camera by camera."""

    site: Site
    """What to work by from now on."""
    removed: tuple[CameraConfig, ...] = ()
    added: tuple[CameraConfig, ...] = ()
    changed: tuple[CameraChange, ...] = ()
    is_general: bool = False
    """Whether something is different that is no camera's."""
    waiting: tuple[str, ...] = ()
    """Settings whose new values wait for a restart."""

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.removed or self.added or self.changed or self.is_general)

    def summary(self) -> str:
        """For the log."""
        parts = {
            "added": [camera.identity.id for camera in self.added],
            "changed": [change.new.identity.id for change in self.changed],
            "removed": [camera.identity.id for camera in self.removed],
            "after a restart": list(self.waiting),
        }
        told = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
        return "; ".join([*told, *(["general settings"] if self.is_general else [])]) or "nothing is different"


def until_restart(old: Site, new: Site) -> tuple[Site, tuple[str, ...]]:
    """`new` with what only a restart can change as it is in `old`, and which settings these are."""
    waiting = [name for name in UNTIL_RESTART if getattr(old.server, name) != getattr(new.server, name)]
    kept: ServerConfig = replace(new.server, **{name: getattr(old.server, name) for name in waiting})
    return replace(new, server=kept), tuple(f"server.{name}" for name in waiting)


def difference(old: Site, new: Site, waiting: tuple[str, ...] = ()) -> SiteChange:
    """Both with all their numbers. A camera that has another number is another camera."""
    before = {(camera.identity.id, camera.identity.number): camera for camera in old.cameras}
    after = {(camera.identity.id, camera.identity.number): camera for camera in new.cameras}
    both = [CameraChange(before[key], after[key]) for key in after if key in before]
    return SiteChange(
        site=new,
        removed=tuple(camera for key, camera in before.items() if key not in after),
        added=tuple(camera for key, camera in after.items() if key not in before),
        changed=tuple(change for change in both if change.old != change.new),
        is_general=_general(old) != _general(new),
        waiting=waiting,
    )


def _general(site: Site) -> list[object]:
    return [getattr(site, each.name) for each in fields(site) if each.name not in ("cameras", "digest")]


def _detected(camera: CameraConfig) -> tuple[object, ...]:
    """All that motion, sound and triggers are found by; a picture that is turned needs no more than that."""
    return camera.motion, camera.detect_source, camera.actions.trigger_on


def _captured(camera: CameraConfig) -> tuple[object, ...]:
    """All that recordings are made by; schedules have their own way to take effect."""
    return (
        camera.enabled,
        camera.identity.name,
        camera.transform,
        camera.overlay.is_recorded,
        camera.storage,
        camera.retain,
        camera.motion.sensitivities,
        replace(camera.continuous, schedule=""),
        replace(camera.motion_capture, schedule=""),
    )
