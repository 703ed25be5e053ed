"""A web server over a real catalogue and real small movies."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet.task import Clock

from ssplug.capture.film import Film
from ssplug.capture.library import Library
from ssplug.capture.reel import Findings, Reel
from ssplug.capture.retention import NO_LIMITS, Limits
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.model.access import Permission
from ssplug.model.camera import CameraIdentity, CaptureMode, Transform
from ssplug.model.footage import FootageFile, ObjectClass
from ssplug.servers.web.footage_access import Footage
from ssplug.site.types import ServerConfig, User
from ssplug.testing import InlineWorkers
from ssplug.testing.clips import a_clip
from ssplug.testing.encoded import a_jpeg
from ssplug.testing.storage import MemoryStore
from tests.unit.web.scene import ADMIN, CET, GUEST, HOUSE, NOON, Scene, a_camera_at_work

VIEWER = User("viewer", "viewer", permissions=Permission.LIVE | Permission.FILES, cameras=frozenset({"porch"}))
VIEWER_AUTH = "dmlld2VyOnZpZXdlcg=="

NOTHING = ObjectClass(0)
CLIP = a_clip(pictures=25)
"""A second of pictures."""


class FootageScene(Scene):
    """The porch is camera 0, the garage camera 3; movies are of a second unless units are given."""

    def __init__(
        self,
        folder: Path,
        *names: str,
        users: Sequence[User] = (ADMIN, VIEWER, GUEST),
        server: ServerConfig = HOUSE,
        store: Any = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        porch, garage = (*names, *("Front Porch", "Garage")[len(names) :])
        cameras = (a_camera_at_work(0, porch), a_camera_at_work(3, garage, "garage"))
        self.identities: dict[int, CameraIdentity] = {camera.number: camera.identity for camera in cameras}
        self.store = store or MemoryStore()
        workers = InlineWorkers()
        self.library = Library(folder, [self.store], workers, Clock(), lambda: NOON, CET, limits)
        self.footage = Footage(self.library, workers)
        super().__init__(*cameras, users=users, server=server, footage=self.footage)

    def record(
        self,
        at: float = 0.0,
        camera: int = 0,
        mode: CaptureMode = CaptureMode.MOTION,
        units: Sequence[AccessUnit] = CLIP[1],
        tracks: Sequence[Track] = (CLIP[0],),
        classes: ObjectClass = NOTHING,
        transform: Transform = Transform.NONE,
    ) -> FootageFile:
        """A movie that begins so many seconds after noon."""
        shelf = self.library.archive(self.store).shelf
        reel = Reel(shelf, self.identities[camera], mode, Film(tracks), lambda: 0.0, transform=transform)
        first = units[0].seconds
        reel.write(units, NOON + at - first)
        [file] = reel.finish(Findings(classes=classes)).completed
        return file

    def image(self, at: float = 0.0, camera: int = 0) -> FootageFile:
        """A still."""
        shelf = self.library.archive(self.store).shelf
        identity = self.identities[camera]
        return shelf.put_image(identity, shelf.label(identity, CaptureMode.MOTION, NOON + at), a_jpeg())

    def content(self, file: FootageFile) -> bytes:
        """The bytes of a file."""
        reader = self.store.open(file.key)
        try:
            return bytes(reader.read(0, reader.size))
        finally:
            reader.close()


def path_of(file: FootageFile) -> str:
    """`cameraNum/date/name` as a client that percent-encodes everything writes it."""
    return f"{file.label.camera}/{file.date.isoformat()}/{quote(file.name, safe='')}"
