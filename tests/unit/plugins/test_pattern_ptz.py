"""The pattern camera that can be moved: where it looks follows from what it was told, and from the time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.ptz import GoToPreset, PTZMove, SavePreset
from ssplug.testing import InlineWorkers, a_camera, a_fake_context
from ssplug_pattern.mount import mount_of
from ssplug_pattern.panorama import Panorama
from ssplug_pattern.ptz import PatternPTZ
from ssplug_pattern.view import Movement, View

NOON = 1_700_049_600.0
HOME = View()


class Stage:
    """A driver, and a clock."""

    def __init__(self):
        self.now = 100.0
        self.context = a_fake_context(None)
        self.mount = mount_of(self.context)
        self.ptz = PatternPTZ(self.context, lambda: self.now)

    def tell(self, command, speed=50, then=0.0):
        """Give a command, and let time pass."""
        self.ptz.perform(command, speed)
        self.now += then

    @property
    def view(self):
        return self.mount.movement.view(self.now)


def test_it_looks_home_at_first():
    assert Stage().view == HOME


@pytest.mark.parametrize(
    ("command", "moved"),
    [
        (PTZMove.LEFT, (-1, 0, 0)),
        (PTZMove.RIGHT, (1, 0, 0)),
        (PTZMove.UP, (0, -1, 0)),
        (PTZMove.DOWN, (0, 1, 0)),
        (PTZMove.UP_LEFT, (-1, -1, 0)),
        (PTZMove.DOWN_RIGHT, (1, 1, 0)),
        (PTZMove.ZOOM_IN, (0, 0, 1)),
        (PTZMove.ZOOM_OUT, (0, 0, -1)),
    ],
)
def test_it_moves_as_it_is_told(command, moved):
    """Until it is told to stop."""
    stage = Stage()
    stage.tell(command, then=0.5)
    view = stage.view
    signs = tuple(int(np.sign(new - old)) for new, old in ((view.x, 0.5), (view.y, HOME.y), (view.zoom, 2.0)))
    assert signs == moved
    stage.tell(PTZMove.STOP, then=5)
    assert stage.view == view


def test_it_moves_faster_at_a_higher_speed():
    slow, fast = Stage(), Stage()
    slow.tell(PTZMove.LEFT, 10, then=0.5)
    fast.tell(PTZMove.LEFT, 50, then=0.5)
    assert 0.5 - fast.view.x == pytest.approx(5 * (0.5 - slow.view.x))


def test_a_preset_is_where_it_was_saved():
    """From anywhere."""
    stage = Stage()
    stage.tell(PTZMove.RIGHT, then=0.5)
    stage.tell(PTZMove.STOP)
    saved = stage.view
    stage.tell(SavePreset(6))
    stage.tell(PTZMove.HOME, then=2)
    assert stage.view.x == pytest.approx(HOME.x)
    stage.tell(GoToPreset(6), then=2)
    assert (stage.view.x, stage.view.zoom) == (pytest.approx(saved.x), pytest.approx(saved.zoom))
    assert stage.ptz.preset_names().result[5] == "Preset 6"


def test_a_preset_that_was_never_saved_is_where_it_is():
    stage = Stage()
    stage.tell(GoToPreset(8), then=2)
    assert stage.view == HOME


@given(
    st.builds(
        Movement,
        st.builds(View, st.floats(0, 1), st.floats(0, 1), st.floats(1, 8)).map(View.limited),
        st.just(0.0),
        st.floats(-2, 2),
        st.floats(-2, 2),
        st.floats(-5, 5),
    ),
    st.floats(0, 1000),
)
def test_it_never_looks_beyond_the_scene(movement, at):
    """However long it is moved."""
    left, top, right, bottom = movement.view(at).box
    assert -1e-9 <= left < right <= 1 + 1e-9
    assert -1e-9 <= top < bottom <= 1 + 1e-9


def test_the_picture_is_the_part_that_is_looked_at():
    """Home is shown without scaling; elsewhere it is another part, of the same size."""
    panorama = Panorama(320, 180, "Porch")
    home, left, whole = (panorama.planes(NOON, view) for view in (HOME, View(0.3), View(0.5, 0.5, 1.0)))
    assert home.shape == left.shape == whole.shape == (270, 320)
    assert not np.array_equal(home, left)
    assert np.array_equal(panorama.planes(NOON, HOME), home)


def test_a_source_and_its_driver_share_a_mount():
    """Those of another camera, or of another server, do not."""
    workers = InlineWorkers()
    one, same = (a_fake_context(None, camera=a_camera(0, id="a"), workers=workers) for _ in range(2))
    other = a_fake_context(None, camera=a_camera(1, id="b"), workers=workers)
    elsewhere = a_fake_context(None, camera=a_camera(0, id="a"))
    mounts = [mount_of(context) for context in (one, same, other, elsewhere)]
    assert mounts[0] is mounts[1]
    assert len({id(mount) for mount in mounts}) == 3
