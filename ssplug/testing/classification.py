"""The suite that says what the core expects of classifiers. Needs pytest.

Derive from `ClassifierConformance` in a test module and override its fixtures `driver`, `settings` and, where
there is a picture that the classifier should know, `known`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from numpy.typing import NDArray
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import IClassifier, IModelInformation
from ssplug.model.classification import GREATEST_SCORE, Classification, Finding
from ssplug.model.event import Region
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_fake_context

Picture: TypeAlias = NDArray[np.uint8]


def a_picture(width: int = 640, height: int = 360, seed: int = 0) -> Picture:
    """Noise in colours: nobody is in it."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


class ClassifierConformance(DriverConformance):
    """What holds for a classifier."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings to build it with."""
        return {}

    @pytest.fixture
    def known(self) -> tuple[Picture, Region, Classification] | None:
        """A picture, where somebody is in it, and what that is; None where there is none to show."""
        return None

    @pytest.fixture
    def classifier(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The classifier under test."""
        Draft202012Validator(driver.schema).validate(settings)
        return driver.build(a_fake_context(Clock(), tmp_path), settings)

    def test_it_provides_the_interface(self, classifier: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(IClassifier, classifier)

    def test_it_knows_what_it_is_made_for(
        self, classifier: Any, known: tuple[Picture, Region, Classification] | None
    ) -> None:
        """With a score that a sensitivity of 50 takes, and where it is."""
        if known is None:
            pytest.skip("no picture is given that it should know")
        picture, region, kind = known
        found = expect_findings(classifier, picture, (region,))
        sure = [finding for finding in found if finding.kind is kind and finding.score >= 50]
        assert max(finding.region.shared(region) for finding in sure) > 0.5

    @pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (327, 187), (64, 480), (8, 8)])
    def test_pictures_may_have_any_size(self, classifier: Any, size: tuple[int, int]) -> None:
        """Also sizes that are smaller than what a model wants; findings lie inside of them."""
        expect_findings(classifier, a_picture(*size), (Region(0, 0, *size),))

    def test_regions_may_be_many_and_lie_at_the_edge(self, classifier: Any) -> None:
        """Wherever something moves."""
        corners = [Region(x, y, 20, 20) for x in (0, 620) for y in (0, 340)]
        everywhere = [Region(x, y, 10, 10) for x in range(0, 640, 80) for y in range(0, 360, 90)]
        for regions in (corners, everywhere):
            expect_findings(classifier, a_picture(), tuple(regions))

    def test_the_same_picture_shows_the_same(self, classifier: Any) -> None:
        """A picture is looked at by itself: nothing is kept from one to the next."""
        region = (Region(100, 100, 200, 200),)
        before = classifier.classify(a_picture(), region)
        classifier.classify(a_picture(seed=1), region)
        assert classifier.classify(a_picture(), region) == before

    def test_it_does_not_change_pictures(self, classifier: Any) -> None:
        """They may be read-only."""
        picture = a_picture()
        picture.flags.writeable = False
        classifier.classify(picture, (Region(0, 0, 64, 64),))

    def test_what_it_says_of_its_model_is_for_people(self, classifier: Any) -> None:
        """If it says anything."""
        information = IModelInformation(classifier, None)
        for line in information.describe() if information is not None else ():
            assert line
            assert "\n" not in line


def expect_findings(classifier: Any, picture: Picture, regions: tuple[Region, ...]) -> tuple[Finding, ...]:
    """What is found; AssertionError if it is not of the form that the core expects."""
    found: tuple[Finding, ...] = classifier.classify(picture, regions)
    height, width, _ = picture.shape
    assert isinstance(found, tuple)
    for finding in found:
        assert finding.kind in Classification
        assert 0 <= finding.score <= GREATEST_SCORE
        assert finding.region.x >= 0
        assert finding.region.y >= 0
        assert finding.region.width > 0
        assert finding.region.height > 0
        assert finding.region.x + finding.region.width <= width
        assert finding.region.y + finding.region.height <= height
    return found
