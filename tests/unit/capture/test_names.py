"""Names of footage files: what the specification shows, and whatever a user may call a camera."""

import datetime as dt
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.capture.names import IMAGE_SUFFIX, MOVIE_SUFFIX, folder, footage_name, is_safe_name, keys, webcam_name
from ssplug.model.camera import CaptureMode
from ssplug.testing import a_camera

BEGUN = dt.datetime(2019, 1, 22, 13, 13, 36)


def test_a_movie_is_named_after_local_time_mode_and_camera() -> None:
    """The specification's own example."""
    name = footage_name(a_camera(name="Street"), CaptureMode.MOTION, BEGUN, MOVIE_SUFFIX)
    assert name == "22-01-2019 13-13-36 M Street.m4v"
    assert folder(a_camera(name="Street"), BEGUN.date()) == "Street/2019-01-22"


def test_equal_names_are_told_apart_by_a_number() -> None:
    """The number stands before the suffix, and counts from 2."""
    three = itertools.islice(keys("Street/2019-01-22", "a.b.m4v"), 3)
    assert list(three) == ["Street/2019-01-22/a.b.m4v", "Street/2019-01-22/a.b 2.m4v", "Street/2019-01-22/a.b 3.m4v"]


@pytest.mark.parametrize(
    ("called", "written"),
    [
        ('The "Höhle" 🐻', 'The "Höhle" 🐻'),
        ("../../etc", "__-..-etc"),
        ("a/b\\c", "a-b-c"),
        ("..", "__"),
        (".hidden", "_hidden"),
        ("  blank  ", "blank"),
        ("line\nbreak\0nul", "line_break_nul"),
        ("half \ud83d pair", "half _ pair"),
        ("", "Camera 7"),
        ("ü" * 200, "ü" * 127),
    ],
)
def test_what_a_path_would_take_amiss_is_replaced(called: str, written: str) -> None:
    """Whatever a camera is called, its folder is one name."""
    assert folder(a_camera(number=7, name=called), BEGUN.date()) == f"{written}/2019-01-22"


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_name_makes_one_component_that_a_file_system_takes(called: str) -> None:
    """Also with a number of four digits behind it."""
    camera = a_camera(name=called)
    name = footage_name(camera, CaptureMode.CONTINUOUS, BEGUN, IMAGE_SUFFIX)
    top = folder(camera, BEGUN.date()).partition("/")[0]
    assert len(name.encode()) <= 255 - len(" 9999")
    assert 0 < len(top.encode()) <= 255
    for component in (name, top):
        assert Path(component).name == component
        assert not component.startswith(".")
        assert "\0" not in component


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_a_plugin_may_suggest_what_is_safe_and_nothing_else(suggested: str) -> None:
    """What is safe stays as it is beside its folder."""
    if is_safe_name(suggested):
        assert Path("/footage/Street/2019-01-22", suggested).name == suggested
        assert not suggested.startswith(".")


@pytest.mark.parametrize("name", ["../x.m4v", "/x.m4v", "x", ".m4v", "a\n.m4v", "x" * 300 + ".m4v"])
def test_a_plugin_may_not_lead_out_of_the_folder(name: str) -> None:
    """Separators, missing suffixes, controls and names too long are refused."""
    assert not is_safe_name(name)


def test_the_webcam_image_is_named_after_its_camera() -> None:
    """In a name that any server takes, however long or odd the camera's is."""
    assert webcam_name(a_camera(0, "Front/Porch")) == "Front-Porch.jpg"
    assert len(webcam_name(a_camera(0, "ü" * 300)).encode()) <= 255
