"""Where the files of one store come from: named, noted in the catalogue, begun."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from ssplug.capture.catalogue import Catalogue, KeyTakenError
from ssplug.capture.cuts import utc_offset
from ssplug.capture.names import IMAGE_SUFFIX, MOVIE_SUFFIX, folder, footage_name, is_safe_name, keys
from ssplug.interfaces import IFootageStore, IFootageWriter
from ssplug.media.jpeg_label import labelled_jpeg
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.footage import FootageFile, FootageKind, Label


class Shelf:
    """Begins files in a store. All methods: the writing thread of the store's volume.

    What goes wrong is an OSError of the store or an sqlite3.Error of the catalogue, and leaves nothing
    behind that the next start would not mend.
    """

    def __init__(
        self,
        store: IFootageStore,
        catalogue: Path,
        zone: dt.tzinfo | None = None,
        suggestion: Callable[[CameraIdentity, FootageKind, dt.datetime], str | None] = lambda *_: None,
    ) -> None:
        """`zone` is that of file names, None the system's; `suggestion` may name a file in its own way."""
        self.store = store
        self._catalogue_path = catalogue
        self._catalogue: Catalogue | None = None
        self.zone = zone
        """May be set at any time, in any thread."""
        self._suggestion = suggestion

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, opened by this thread when it is first needed."""
        if self._catalogue is None:
            self._catalogue = Catalogue(self._catalogue_path)
        return self._catalogue

    def close(self) -> None:
        """Let go of the catalogue."""
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None

    def label(self, camera: CameraIdentity, mode: CaptureMode, started: float) -> Label:
        """The label of a file begun at `started` (wall time)."""
        return Label(camera.number, mode, round(started, 3), utc_offset(started, self.zone))

    def begin_movie(self, camera: CameraIdentity, label: Label) -> tuple[FootageFile, IFootageWriter]:
        """A new movie, noted as being recorded."""
        kind = FootageKind.CONTINUOUS if label.mode is CaptureMode.CONTINUOUS else FootageKind.MOTION
        return self._begin(camera, label, kind, MOVIE_SUFFIX)

    def put_image(self, camera: CameraIdentity, label: Label, jpeg: bytes) -> FootageFile:
        """A new image, complete when this returns; ValueError if `jpeg` is none."""
        data = labelled_jpeg(jpeg, label)
        file, writer = self._begin(camera, label, FootageKind.IMAGE, IMAGE_SUFFIX)
        try:
            writer.append(data)
            writer.finish(b"")
        except OSError:
            writer.close()
            self.discard(file)
            raise
        return self.catalogue.complete(file.id, label, len(data), 0.0)

    def discard(self, file: FootageFile) -> None:
        """Delete a file that came to nothing, and forget it."""
        self.store.remove(file.key)
        self.catalogue.forget(file.id)

    def _begin(
        self, camera: CameraIdentity, label: Label, kind: FootageKind, suffix: str
    ) -> tuple[FootageFile, IFootageWriter]:
        for key in self._keys(camera, label, kind, suffix):
            try:
                file = self.catalogue.begin(label, kind, self.store.name, key)
            except KeyTakenError:
                continue
            try:
                return file, self.store.begin(key)
            except OSError as error:
                self.catalogue.forget(file.id)
                if not isinstance(error, FileExistsError):
                    raise
        raise AssertionError("there is no end of keys")

    def _keys(self, camera: CameraIdentity, label: Label, kind: FootageKind, suffix: str) -> Iterator[str]:
        local = dt.datetime.fromtimestamp(label.started, self.zone)
        name = self._suggestion(camera, kind, local)
        if name is None or not name.endswith(suffix) or not is_safe_name(name):
            name = footage_name(camera, label.mode, local, suffix)
        return keys(folder(camera, label.local_date), name)
