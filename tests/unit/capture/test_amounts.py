"""How much was recorded on a day."""

import datetime as dt

from ssplug.capture.catalogue import Catalogue
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import Amount, FootageKind, Label

NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC).timestamp()
TODAY = dt.date(2026, 11, 22)


def test_movies_and_images_of_a_day_are_counted(tmp_path):
    """Those of the camera, of the day, and complete."""
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")

    def add(camera, kind, size, started=NOON):
        label = Label(camera, CaptureMode.MOTION, started)
        catalogue.add(label, kind, "store", f"{camera}/{started}/{kind.name}/{size}.m4v", size)

    for kind, size in ((FootageKind.MOTION, 10), (FootageKind.CONTINUOUS, 20), (FootageKind.IMAGE, 3)):
        add(0, kind, size)
    add(0, FootageKind.IMAGE, 4)
    add(1, FootageKind.IMAGE, 100)
    add(0, FootageKind.MOTION, 1000, NOON - 86400)
    catalogue.begin(Label(0, CaptureMode.MOTION, NOON), FootageKind.MOTION, "store", "0/unfinished.m4v")
    assert catalogue.amount(0, TODAY) == Amount(2, 30, 2, 7)
    assert catalogue.amount(5, TODAY) == Amount()
    catalogue.close()
