"""What the mjpeg driver decides from values alone."""

import dataclasses

import pytest

import ssplug_mjpeg
from ssplug.testing import a_fake_context
from ssplug_mjpeg.pictures import Pictures
from ssplug_mjpeg.source import MJPEGSettings, MJPEGSource
from tests.conformance.http_camera import a_jpeg


def test_a_picture_is_shown_when_it_arrives():
    """Its time is that of its arrival, in ticks of 90 kHz."""
    unit = Pictures().unit(a_jpeg(size=(64, 48)), 2.5)
    assert (unit.pts, unit.dts, unit.key) == (225_000, 225_000, True)
    assert (unit.track.width, unit.track.height) == (64, 48)


def test_pictures_that_arrive_together_have_times_of_their_own():
    """In the order in which they came."""
    pictures = Pictures()
    assert [pictures.unit(a_jpeg(), 1.0).pts for _ in range(3)] == [90_000, 90_001, 90_002]


def test_the_track_changes_with_the_size():
    """And only then."""
    pictures = Pictures()
    first, same, other = (pictures.unit(a_jpeg(size=size), 0).track for size in [(64, 48), (64, 48), (80, 60)])
    assert first == same != other


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff", a_jpeg()[:100]])
def test_what_is_no_jpeg_is_no_picture(data):
    """An error, and the next picture is welcome."""
    pictures = Pictures()
    with pytest.raises(ValueError, match="JPEG"):
        pictures.unit(data, 0)
    assert pictures.unit(a_jpeg(), 0).pts == 0


def test_what_it_is_connected_to(tmp_path):
    """Host, port and path, without credentials."""
    settings = MJPEGSettings("http://u:hunter2@camera:8080/cgi-bin/snapshot?pwd=hunter2")
    source = MJPEGSource(a_fake_context(reactor=None), settings)
    assert (source.address, source.port, source.path) == ("camera", 8080, "/cgi-bin/snapshot")


def test_settings_do_not_show_secrets():
    """Not even in a traceback with values."""
    assert "hunter2" not in repr(MJPEGSettings("http://u:hunter2@camera", "u", "hunter2"))


def test_defaults_are_as_the_schema_says():
    """The schema's defaults are documentation of the dataclass's."""
    documented = ssplug_mjpeg.ssplug_camera_drivers()[0].schema["properties"]
    defaults = {name: setting["default"] for name, setting in documented.items() if name != "url"}
    assert {"url": "x", **defaults} == dataclasses.asdict(MJPEGSettings("x"))
