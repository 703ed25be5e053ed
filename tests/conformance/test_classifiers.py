"""First-party classifiers keep their promises, with real models."""

import av
import numpy as np
import pytest

import ssplug_onnx
from ssplug.model.classification import Classification
from ssplug.model.event import Region
from ssplug.testing.classification import ClassifierConformance
from tests.integration.cameras import SHARED, skip_or_fail

WOMAN = Region(218, 211, 248, 341)
"""At the beginning of the clip."""


@pytest.fixture(scope="session")
def somebody():
    """A picture with a woman, who is a dog's friend."""
    with av.open(str(SHARED / "media/person-and-dog.mp4")) as container:
        frame = next(iter(container.decode(video=0)))
        return np.asarray(frame.to_ndarray(format="rgb24"))


class OnnxConformance(ClassifierConformance):
    """The suite, for a model of ../shared/models."""

    model: str

    @pytest.fixture
    def driver(self):
        if not (SHARED / "models").is_dir():
            skip_or_fail("the folder ../shared with models and footage is missing")
        return ssplug_onnx.ssplug_classifiers()[0]

    @pytest.fixture
    def settings(self):
        return {"model": str(SHARED / "models" / self.model)}

    @pytest.fixture
    def known(self, somebody):
        return somebody, WOMAN, Classification.HUMAN


class TestYOLOX(OnnxConformance):
    """YOLOX, nano."""

    model = "yolox_nano.onnx"


class TestFastestDet(OnnxConformance):
    """FastestDet."""

    model = "FastestDet.onnx"
