"""When a classifier is asked, and what it is shown."""

import av
import numpy as np
import pytest
from twisted.internet.task import Clock

from ssplug.detection.examiner import Examiner
from ssplug.detection.recognizer import CLASSIFY_SECONDS, LONGEST_PAUSE, RETRY_SECONDS, Recognizer
from ssplug.media.access_unit import VIDEO_CLOCK_RATE
from ssplug.media.rgb import LARGEST, RGBPictures
from ssplug.model.camera import Transform
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion
from tests.unit.detection.conftest import ScriptedDetector

SMALL = (320, 180)
SOMETHING = Motion((MovingRegion(Region(80, 45, 160, 90), 80.0),))


def a_frame(width, height, seconds=0.0):
    frame = av.VideoFrame(width, height, "yuv420p")
    frame.pts = round(seconds * VIDEO_CLOCK_RATE)
    return frame


class ScriptedClassifier:
    """Finds a person; takes as long as it is told."""

    def __init__(self, clock, takes=0.0):
        self.clock = clock
        self.takes = takes
        self.shown = []
        self.fails = False

    def classify(self, picture, regions):
        self.clock.advance(self.takes)
        self.shown.append((picture, regions))
        if self.fails:
            raise RuntimeError("out of memory")
        return [Finding(Classification.HUMAN, 80.0, regions[0])]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def classifier(clock):
    return ScriptedClassifier(clock)


def a_recognizer(classifier, relevant=lambda motion, size: motion):
    return Recognizer(classifier, relevant, classifier.clock.seconds)


def looks(recognizer, until, begin=0.0):
    """The times, a fifth of a second apart, at which it was asked."""
    frame = a_frame(64, 36)
    times = [number / 5 for number in range(round(begin * 5), round(until * 5))]
    return [at for at in times if recognizer.look(frame, Transform.NONE, at, SOMETHING, SMALL) is not None]


def test_two_pictures_a_second_are_classified_at_most(classifier):
    assert looks(a_recognizer(classifier), 2.0) == [0.0, 0.6, 1.2, 1.8]
    assert CLASSIFY_SECONDS == 0.5


def test_a_large_model_is_asked_less_often(classifier):
    """It may take a quarter of the time."""
    classifier.takes = 0.3
    assert looks(a_recognizer(classifier), 5.0) == [0.0, 1.2, 2.4, 3.6, 4.8]


def test_a_huge_model_is_asked_all_the_same(classifier):
    classifier.takes = 3.0
    assert looks(a_recognizer(classifier), 6.0) == [0.0, LONGEST_PAUSE, 2 * LONGEST_PAUSE]


def test_what_cannot_count_is_not_classified(classifier):
    assert looks(a_recognizer(classifier, lambda motion, size: None), 2.0) == []
    assert classifier.shown == []


def test_it_is_shown_the_picture_as_people_see_it_with_what_moves(classifier):
    recognizer = a_recognizer(classifier)
    moving = Motion((MovingRegion(Region(45, 80, 90, 160), 80.0),))
    recognized = recognizer.look(a_frame(640, 360), Transform.ROTATE_RIGHT, 0.0, moving, (180, 320))
    ((picture, regions),) = classifier.shown
    assert picture.shape == (640, 360, 3)
    assert picture.dtype == np.uint8
    assert regions == (Region(90, 160, 180, 320),)
    assert recognized.size == (360, 640)


def test_after_a_failure_it_is_left_alone_for_a_while(classifier):
    classifier.fails = True
    recognizer = a_recognizer(classifier)
    recognized = recognizer.look(a_frame(64, 36), Transform.NONE, 0.0, SOMETHING, SMALL)
    assert recognized.findings == ()
    assert recognized.failure.getErrorMessage() == "out of memory"
    assert looks(recognizer, RETRY_SECONDS) == []
    classifier.fails = False
    assert looks(recognizer, RETRY_SECONDS + 0.2, begin=RETRY_SECONDS) == [RETRY_SECONDS]


def test_another_stream_may_count_time_anew(classifier):
    recognizer = a_recognizer(classifier)
    looks(recognizer, 2.0)
    recognizer.reset()
    assert looks(recognizer, 0.2) == [0.0]


def test_an_examiner_has_what_moves_classified(classifier):
    detector = ScriptedDetector(lambda at: SOMETHING if at > 1 else None)
    examiner = Examiner(detector, (), a_recognizer(classifier))
    still = examiner.examine(Transform.NONE, True, a_frame(640, 360, seconds=0.5))
    moving = examiner.examine(Transform.NONE, False, a_frame(640, 360, seconds=1.5))
    assert still.recognized is None
    assert [finding.kind for finding in moving.recognized.findings] == [Classification.HUMAN]


def test_a_large_picture_is_made_smaller():
    assert RGBPictures().picture(a_frame(3840, 2160)).shape == (LARGEST * 9 // 16, LARGEST, 3)
