"""The tuning page: a camera's picture with what its detector sees in it, so that sensitivity can be set by looking.

The specification has nothing like it.  `tuning` is the page; `looks` is what it is told, as
server-sent events: `setup` at first and whenever the configuration is another, then a `look` for each
picture that was looked at.  Regions are [x, y, width, height] in pixels of the camera's picture.
"""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ssplug.cameras.camera import Camera
from ssplug.detection.look import Look
from ssplug.model.access import Permission
from ssplug.model.event import Region
from ssplug.model.motion import Motion
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS, template
from ssplug.servers.web.camera_information import picture_size
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Body, Reply, Stream, refusal
from ssplug.site.types import CameraConfig

EVENTS_TYPE: Final = "text/event-stream"


def setup(config: CameraConfig) -> dict[str, Any]:
    """What the page must know of the configuration to show it."""
    motion = config.motion
    return {
        "enabled": motion.enabled,
        "sensitivity": motion.sensitivity,
        "masks": motion.masks,
        "zones": [
            {"name": zone.name, "polygon": zone.polygon, "classes": sorted(zone.classes)} for zone in motion.zones
        ],
        "classifier": motion.classifier is not None,
    }


def shown(look: Look) -> dict[str, Any]:
    """A look as the page draws it."""
    return {
        "at": round(look.at, 3),
        "size": look.size,
        "score": round(look.score, 1),
        "motion": _regions(look.motion),
        "counting": _regions(look.counting),
        "findings": [
            {"kind": each.kind.value, "score": round(each.score), "region": _region(each.region)}
            for each in look.findings or ()
        ],
    }


def event(kind: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _regions(motion: Motion | None) -> list[list[int]]:
    return [] if motion is None else _listed(each.region for each in motion.regions)


def _listed(regions: Iterable[Region]) -> list[list[int]]:
    return [_region(region) for region in regions]


def _region(region: Region) -> list[int]:
    return [region.x, region.y, region.width, region.height]


class _ForSettings(Endpoint):
    """What is for accounts that may change the camera."""

    def _camera(self, query: Query) -> Camera:
        camera = self.camera(query)
        if not query.avatar.may(Permission.SETTINGS, camera.identity):
            raise refusal(HTTPStatus.FORBIDDEN)
        return camera


class Tuning(_ForSettings):
    """`tuning`: the page."""

    def __init__(self, context: WebContext) -> None:
        super().__init__(context)
        self._page = template("tuning.html")

    async def get(self, query: Query) -> Reply:
        """HTML."""
        camera = self._camera(query)
        width, height = picture_size(camera)
        token = query.parameters.raw("auth")
        auth = "" if token is None else html.escape(f"&auth={token}")
        page = self._page.substitute(
            name=html.escape(camera.identity.name),
            number=camera.number,
            width=width,
            height=height,
            sensitivity=camera.config.motion.sensitivity,
            auth=auth,
            first_auth=auth.replace("&amp;", "?", 1),
        )
        return Reply(page.encode(), HTML_TYPE, headers=PAGE_HEADERS)


class Looks(_ForSettings):
    """`looks`: what the page is told."""

    async def get(self, query: Query) -> Stream:
        """Server-sent events, until the page is closed."""
        camera = self._camera(query)
        return Stream(
            EVENTS_TYPE,
            lambda body: _Watcher(body, self.context, camera).start(),
            headers=(("Cache-Control", "no-store"),),
        )


@dataclass(slots=True)
class _Watcher:
    """Tells one page; one that is slow misses looks."""

    body: Body
    context: WebContext
    camera: Camera
    told: CameraConfig | None = None

    def start(self) -> None:
        """Watch until the page is closed."""
        self._tell_setup()
        self.body.ended = self.context.observe(self.camera.number, self._show)

    def _show(self, look: Look) -> None:
        self._tell_setup()
        if self.body.paused:
            self.context.counters.looks_skipped += 1
        else:
            self.body.write(event("look", shown(look)))

    def _tell_setup(self) -> None:
        if self.told is not self.camera.config:
            self.told = self.camera.config
            self.body.write(event("setup", setup(self.told)))


TUNING: Final = {"looks": Looks, "tuning": Tuning}
