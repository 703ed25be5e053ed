"""Stills say what they are, too."""

import dataclasses
import io

import pytest
from PIL import Image

from ssplug.media.jpeg_label import HEAD_SIZE, head, labelled_jpeg, read_jpeg_label
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import Label

LABEL = Label(7, CaptureMode.MOTION, 1_700_000_000.25, -3600, TriggerReason.MOTION)


def a_jpeg() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 10, 10)).save(out, "JPEG")
    return out.getvalue()


def test_a_labelled_still_is_the_same_picture() -> None:
    """For whoever decodes it."""
    labelled = labelled_jpeg(a_jpeg(), LABEL)
    assert Image.open(io.BytesIO(labelled)).tobytes() == Image.open(io.BytesIO(a_jpeg())).tobytes()


def test_the_label_is_read_from_the_first_bytes() -> None:
    """And can be replaced in place by any other."""
    labelled = labelled_jpeg(a_jpeg(), LABEL)
    assert read_jpeg_label(labelled[:HEAD_SIZE]) == LABEL
    other = dataclasses.replace(LABEL, tag=1, triggers=TriggerReason(0))
    assert len(head(other)) == HEAD_SIZE
    assert read_jpeg_label(head(other) + labelled[HEAD_SIZE:]) == other


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\0" * 400, a_jpeg(), labelled_jpeg(a_jpeg(), LABEL)[:100]])
def test_a_file_without_a_label_is_refused(data: bytes) -> None:
    """Stills of other programs may lie beside ours."""
    with pytest.raises(ValueError, match="footage label"):
        read_jpeg_label(data[:HEAD_SIZE])


def test_what_is_no_picture_is_not_kept() -> None:
    """A camera that answered with a page of HTML."""
    with pytest.raises(ValueError, match="not a JPEG"):
        labelled_jpeg(b"<html>", LABEL)
