"""Tags: in the catalogue, and in the file itself, so that rebuilding the catalogue keeps them."""

from twisted.logger import Logger

from ssplug.capture.shelf import Shelf
from ssplug.media import jpeg_label
from ssplug.media.fmp4 import HEAD_SIZE, relabelled
from ssplug.model.footage import FootageFile

_log = Logger()


def set_tag(shelf: Shelf, file: FootageFile, tag: int) -> FootageFile:
    """Tag a complete file; KeyError where the catalogue does not know it. Writing thread."""
    tagged = shelf.catalogue.set_tag(file.id, tag)
    if shelf.store.rewrites:
        try:
            shelf.store.rewrite(file.key, _head(shelf, tagged))
        except OSError as error:
            # The catalogue has it, which is what counts until it is rebuilt.
            _log.warn("the tag of {key} is not in the file: {why}", key=file.key, why=error)
    return tagged


def _head(shelf: Shelf, file: FootageFile) -> bytes:
    if not file.is_movie:
        return jpeg_label.head(file.label)
    reader = shelf.store.open(file.key)
    try:
        return relabelled(reader.read(0, HEAD_SIZE), file.label)
    finally:
        reader.close()
