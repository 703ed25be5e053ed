"""Watching a stream."""

import numpy as np
import pytest
from twisted.logger import Logger

from ssplug.detection.areas import unmasked
from ssplug.detection.examiner import Examiner
from ssplug.detection.sampler import Sampler
from ssplug.detection.watch import Watch
from ssplug.model.camera import Transform
from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion
from tests.unit.detection.conftest import ScriptedDetector, Street, between
from tests.unit.streams.conftest import HeldWorkers

SOMETHING = Motion((MovingRegion(Region(8, 8, 16, 16), 80.0),))


class Watching:
    """A watch over a street; `looks` are the times of the pictures that were looked at."""

    def __init__(self, street, detector=None, masks=(), gated=False):
        self.detector = detector or ScriptedDetector()
        self.transform = Transform.NONE
        self.seen = []
        examiner = Examiner(self.detector, masks)
        self.watch = Watch(
            street.hub,
            street.pictures,
            examiner,
            Sampler(gated),
            lambda: self.transform,
            self.seen.append,
            Logger("ssplug.testing"),
        )
        self.watch.start()


def test_five_pictures_a_second_are_looked_at(street):
    watching = Watching(street)
    street.film(2.0)
    assert watching.detector.times == [round(0.2 * number, 3) for number in range(10)]
    assert [examined.at for examined in watching.seen] == pytest.approx(watching.detector.times)


def test_what_was_seen_is_told_with_the_size_of_the_picture(street):
    watching = Watching(street, ScriptedDetector(between(0, 1, SOMETHING)))
    street.film(0.1)
    assert watching.seen[0].motion == SOMETHING
    assert watching.seen[0].size == (320, 180)


def test_motion_in_a_key_frame_wakes_it(street):
    """All pictures are of one size: nothing but what is in them tells."""
    watching = Watching(street, ScriptedDetector(between(40, 41, SOMETHING)), gated=True)
    street.film(42.0)
    assert [at for at in watching.detector.times if 30 <= at < 40] == list(range(30, 40))
    assert [at for at in watching.detector.times if 40 <= at < 41] == [40.0, 40.2, 40.4, 40.6, 40.8]


def test_a_masked_part_is_black(street):
    watching = Watching(street, masks=[((0, 0), (0.5, 0), (0.5, 1), (0, 1))])
    street.film(0.1)
    (picture,) = watching.detector.pictures
    assert picture[:, :155].max() == 0
    assert picture[:, 165:].min() > 0


def test_a_mask_is_of_the_picture_as_people_see_it(street):
    watching = Watching(street, masks=[((0, 0), (1, 0), (1, 0.5), (0, 0.5))])
    watching.transform = Transform.ROTATE_RIGHT
    street.film(0.1)
    (picture,) = watching.detector.pictures
    assert picture.shape == (320, 180)
    assert picture[:155].max() == 0


def test_the_detector_begins_afresh_with_every_stream(street):
    watching = Watching(street)
    street.film(1.0)
    street.hub.went_offline("unplugged")
    street.hub.came_online((street.track,))
    street.film(1.0)
    assert watching.detector.resets == 2


def test_the_detector_begins_afresh_when_the_picture_is_turned(street):
    watching = Watching(street)
    street.film(1.0)
    watching.transform = Transform.ROTATE_180
    street.film(1.0)
    assert watching.detector.resets == 2


def test_what_was_looked_at_before_the_camera_went_away_is_not_told_afterwards():
    """The thread may be slow."""
    workers = HeldWorkers()
    street = Street(workers)
    watching = Watching(street)
    street.film(0.1)
    street.hub.went_offline("unplugged")
    workers.run()
    assert watching.detector.times == [0.0]
    assert watching.seen == []


def test_a_thread_that_is_busy_is_given_one_thing_at_a_time():
    """However many pictures come meanwhile."""
    workers = HeldWorkers()
    street = Street(workers)
    Watching(street)
    street.film(5.0)
    assert [len(worker.calls) for worker in workers.made] == [1]


def test_a_detector_that_fails_is_asked_again(street):
    """What is wrong is logged once; the next picture may be better."""
    detector = ScriptedDetector(lambda at: None if at > 0.5 else 1 // 0)
    watching = Watching(street, detector)
    street.film(1.0)
    assert [round(examined.at, 1) for examined in watching.seen] == [0.6, 0.8]


def test_it_can_be_stopped_and_started_again(street):
    watching = Watching(street)
    street.film(1.0)
    watching.watch.stop()
    watching.watch.stop()
    street.film(1.0)
    watching.watch.start()
    watching.watch.start()
    street.film(1.0)
    assert [at for at in watching.detector.times if 1.0 <= at < 2.0] == []
    assert len(watching.detector.times) == 10


def test_a_mask_covers_what_it_is_drawn_around():
    area = unmasked([((0, 0), (0.5, 0), (0, 0.5))], (100, 100))
    assert area.dtype == np.uint8
    assert area[10, 10] == 0
    assert area[60, 60] == 1
    assert unmasked([], (4, 3)).shape == (3, 4)
