"""From a tree that has passed every check to the frozen values of `ssplug.site.types`.

What is not written is left to the defaults of those classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ssplug.drivers import DriverKind, Drivers
from ssplug.model.access import EVERYTHING, Permission
from ssplug.model.camera import CameraIdentity, Levels, Transform
from ssplug.model.mail import MailStyle
from ssplug.model.quantity import bits_per_second, byte_count, per_cent, seconds
from ssplug.site.document import Node
from ssplug.site.schema import CORE_KEYS
from ssplug.site.secrets import located
from ssplug.site.types import (
    MIN_FREE_PERCENT,
    UNNUMBERED,
    ActionsConfig,
    Bandwidth,
    CameraConfig,
    CertificateFiles,
    ContinuousConfig,
    Encoders,
    ImagesConfig,
    Location,
    MailConfig,
    MotionCaptureConfig,
    MotionConfig,
    MovieConfig,
    Overlay,
    Retention,
    ServerConfig,
    Site,
    Slot,
    UploadConfig,
    User,
    Zone,
)

Parsers = Mapping[str, Callable[[Any], Any]]

_DURATIONS: Parsers = dict.fromkeys(("length", "interval", "pre_capture", "post_capture", "delay", "reset"), seconds)


@dataclass(frozen=True, slots=True)
class SiteBuilder:
    """Builds the site that `root` describes."""

    root: Node
    file: Path
    """As its errors name it."""
    folder: Path
    """What relative paths are relative to."""
    drivers: Drivers

    def site(self) -> Site:
        """The site; cameras without a number are UNNUMBERED."""
        settings = self._parsed(
            self.root,
            server=self._server,
            users=lambda node: tuple(self._user(user) for user in node.children()),
            groups=lambda node: {name: tuple(cameras.plain()) for name, cameras in node.items()},
            storage=self._slot_of(DriverKind.STORAGE),
            retain=lambda node: _retention(node.plain()),
            notify=lambda node: {name: self._slot(DriverKind.ACTION, slot, name) for name, slot in node.items()},
            scripts=lambda node: self._path(node.plain()["path"]),
            sounds=lambda node: self._path(node.plain()["path"]),
            cameras=lambda node: tuple(self._camera(id_, camera) for id_, camera in node.items()),
        )
        if player := self.root.get("sounds", "player"):
            settings["sound_player"] = player.value
        return Site(path=self.folder / self.file.name, **settings)

    def _parsed(self, node: Node, **parsers: Callable[[Node], Any]) -> dict[str, Any]:
        """The entries of a mapping, each through its parser or else as plain values."""
        return {key: parsers[key](child) if key in parsers else child.plain() for key, child in node.items()}

    def _path(self, written: str) -> Path:
        return located(self.folder, written)

    def _server(self, node: Node) -> ServerConfig:
        parsers: Parsers = {
            "certificate": self._certificate,
            "state": self._path,
            "location": lambda place: Location(**place),
            "mail": _mail,
            "dialect": lambda dialect: None if dialect == "auto" else dialect,
            "keep_events": seconds,
            "encoders": lambda limits: Encoders(**limits),
            "bandwidth": lambda rates: Bandwidth(**{key: bits_per_second(rate) for key, rate in rates.items()}),
        }
        return ServerConfig(**_converted(node.plain(), parsers))

    def _certificate(self, written: Any) -> CertificateFiles | None:
        if written == "auto":
            return None
        return CertificateFiles(self._path(written["cert"]), self._path(written["key"]))

    def _user(self, node: Node) -> User:
        data = node.plain()
        admin = data.get("role") == "admin"
        permissions = EVERYTHING if admin else _permissions(data.get("permissions", ["live"]))
        cameras = self._members(data["cameras"]) if "cameras" in data else None
        return User(data["name"], data["password"], admin, cameras, permissions)

    def _members(self, names: list[str]) -> frozenset[str]:
        """Camera ids, with every @group replaced by its cameras."""
        groups = self.root.get("groups")
        members: set[str] = set()
        for name in names:
            group = groups.get(name[1:]) if groups and name.startswith("@") else None
            members |= set(group.plain()) if group else {name}
        return frozenset(members)

    def _slot(self, kind: DriverKind, node: Node, name: str = "") -> Slot | None:
        if node.value is None:
            return None
        core = ("driver", *CORE_KEYS.get(kind, ()))
        settings = {key: value for key, value in node.plain().items() if key not in core}
        driver = str(node.plain()["driver"])
        return Slot(driver, self._with_paths(kind, driver, settings), self._where(node), name)

    def _with_paths(self, kind: DriverKind, name: str, settings: dict[str, Any]) -> dict[str, Any]:
        """A setting whose schema says `format: path` starts at the site file's folder, as every path here."""
        driver = self.drivers.get(kind, name)
        known = driver.schema.get("properties", {}) if driver else {}
        paths = {key for key, schema in known.items() if schema.get("format") == "path"}
        return {
            key: str(self._path(value)) if key in paths and isinstance(value, str) else value
            for key, value in settings.items()
        }

    def _where(self, node: Node) -> str:
        return f"{self.file}:{node.place.line}:{node.place.column}"

    def _camera(self, id_: str, node: Node) -> CameraConfig:
        settings = self._parsed(
            node,
            transform=lambda child: Transform[child.value.replace("-", "_").upper()],
            picture=lambda child: Levels(**child.plain()),
            overlay=lambda child: Overlay(**child.plain()),
            motion=self._motion,
            continuous=lambda child: _continuous(child.plain()),
            motion_capture=lambda child: _motion_capture(child.plain()),
            actions=self._actions,
            retain=lambda child: Retention(**_limits(child.plain())),
            uploads=lambda child: tuple(self._upload(upload) for upload in child.children()),
            **{key: self._slot_of(kind) for key, kind in _CAMERA_SLOTS.items()},
        )
        identity = CameraIdentity(id_, settings.pop("number", UNNUMBERED), settings.pop("name", id_))
        return CameraConfig(identity, **settings, where=self._where(node))

    def _upload(self, node: Node) -> UploadConfig:
        core = {key: child.plain() for key, child in node.items() if key in CORE_KEYS[DriverKind.UPLOADER]}
        slot = self._slot(DriverKind.UPLOADER, node)
        assert slot is not None
        return UploadConfig(slot, **_converted(core, {"what": tuple}))

    def _slot_of(self, kind: DriverKind) -> Callable[[Node], Slot | None]:
        return lambda node: self._slot(kind, node)

    def _motion(self, node: Node) -> MotionConfig:
        settings = self._parsed(
            node,
            detector=self._slot_of(DriverKind.MOTION_DETECTOR),
            classifier=self._slot_of(DriverKind.CLASSIFIER),
            trigger_time=lambda child: seconds(child.value),
            masks=lambda child: tuple(_polygon(mask) for mask in child.plain()),
            zones=lambda child: tuple(_zone(name, zone) for name, zone in child.plain().items()),
            trigger_on=lambda child: tuple(child.plain()),
        )
        sound = {f"sound_{key}": value for key, value in settings.pop("sound", {}).items()}
        return MotionConfig(**settings, **sound)

    def _actions(self, node: Node) -> ActionsConfig:
        settings = self._parsed(node, run=lambda child: tuple(self._action(action) for action in child.children()))
        return ActionsConfig(**_converted(settings, {**_DURATIONS, "trigger_on": tuple, "mail_to": tuple}))

    def _action(self, node: Node) -> Slot | None:
        named = self.root.get("notify", node.value) if isinstance(node.value, str) else None
        return self._slot(DriverKind.ACTION, named, node.value) if named else self._slot(DriverKind.ACTION, node)


_CAMERA_SLOTS = {
    "source": DriverKind.CAMERA,
    "detect_source": DriverKind.CAMERA,
    "ptz": DriverKind.PTZ,
    "talkback": DriverKind.TALKBACK,
    "storage": DriverKind.STORAGE,
}


def _converted(data: Mapping[str, Any], parsers: Parsers) -> dict[str, Any]:
    return {key: parsers[key](value) if key in parsers else value for key, value in data.items()}


def _permissions(words: list[str]) -> Permission:
    permissions = Permission(0)
    for word in words:
        permissions |= Permission[word.upper()]
    return permissions


def _mail(data: Mapping[str, Any]) -> MailConfig:
    style = {each.name: data[each.name] for each in fields(MailStyle) if each.name in data}
    rest = {key: value for key, value in data.items() if key not in style}
    parsers: Parsers = {"errors_to": tuple, "statistics_to": tuple, "errors_every": seconds}
    return MailConfig(**_converted(rest, parsers), style=MailStyle(**style))


def _retention(data: Mapping[str, Any]) -> Retention:
    settings = _limits(data)
    free = settings.pop("min_free", None)
    if isinstance(free, str) and free.endswith("%"):
        return Retention(**settings, min_free_percent=per_cent(free))
    if free is None:
        return Retention(**settings, min_free_percent=MIN_FREE_PERCENT)
    return Retention(**settings, min_free=byte_count(free))


def _limits(data: Mapping[str, Any]) -> dict[str, Any]:
    return _converted(data, {"max_age": seconds, "max_size": byte_count})


def _continuous(data: Mapping[str, Any]) -> ContinuousConfig:
    return ContinuousConfig(**_converted(data, {"movie": _movie, "images": _images, "webcam": _images}))


def _motion_capture(data: Mapping[str, Any]) -> MotionCaptureConfig:
    # A still every second where nothing is written, and not the minute of continuous capture.
    return MotionCaptureConfig(**_converted(data, {"movie": _movie, "images": lambda d: _images({"interval": 1} | d)}))


def _movie(data: Mapping[str, Any]) -> MovieConfig:
    return MovieConfig(**_converted(data, _DURATIONS))


def _images(data: Mapping[str, Any]) -> ImagesConfig:
    return ImagesConfig(**_converted(data, {**_DURATIONS, "upload": tuple}))


def _polygon(corners: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in corners)


def _zone(name: str, data: Mapping[str, Any]) -> Zone:
    return Zone(name, _polygon(data["polygon"]), frozenset(data.get("classes", ())))
