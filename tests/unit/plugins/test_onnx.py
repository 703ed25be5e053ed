"""The classifier `onnx` as a whole, and what it says of files that do not fit."""

import subprocess
import sys

import pytest

from ssplug.model.event import Region
from ssplug.testing.classification import a_picture
from ssplug_onnx.classifier import OnnxClassifier, OnnxSettings, scored
from ssplug_onnx.network import ModelError, opened
from tests.integration.cameras import SHARED, skip_or_fail

MODELS = SHARED / "models"


@pytest.fixture
def yolox():
    if not MODELS.is_dir():
        skip_or_fail("the folder ../shared with models is missing")
    return MODELS / "yolox_nano.onnx"


@pytest.mark.parametrize(("confidence", "score"), [(0.0, 0.0), (0.175, 25.0), (0.35, 50.0), (0.675, 75.0), (1.0, 99.0)])
def test_the_recommended_threshold_is_50(confidence, score):
    assert scored(confidence, 0.35) == pytest.approx(score)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.onnx: No such file"):
        OnnxClassifier(OnnxSettings(str(tmp_path / "nowhere.onnx")))


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "cat.onnx").write_bytes(b"meow")
    with pytest.raises(ModelError, match=r"cat\.onnx: not a model that onnxruntime can run"):
        OnnxClassifier(OnnxSettings(str(tmp_path / "cat.onnx")))


def test_cameras_share_a_model_while_any_of_them_has_it(yolox):
    first = opened(yolox, 1, None)
    assert opened(yolox, 1, None) is first
    assert opened(yolox, 2, None) is not first


def test_a_size_that_the_model_does_not_have_is_refused(yolox):
    with pytest.raises(ModelError, match="416 pixels wide or high, and cannot be 640"):
        opened(yolox, 1, 640)


def test_a_preset_that_does_not_fit_is_refused(yolox):
    with pytest.raises(ValueError, match=r"does not fit the preset yolov8: it makes output \(1 x 3549 x 85\)"):
        OnnxClassifier(OnnxSettings(str(yolox), preset="yolov8"))


def test_it_says_what_the_model_is(yolox):
    assert OnnxClassifier(OnnxSettings(str(yolox))).describe()[:4] == (
        "input: images, 416 x 416 pixels, float32, 3 x height x width",
        "output: output (1 x 3549 x 85)",
        "preset: yolox",
        "human: person",
    )


def test_classes_may_be_called_otherwise(yolox, tmp_path):
    """Every class is a fox, and foxes are what is looked for."""
    (tmp_path / "labels.txt").write_text("fox\n" * 80)
    settings = OnnxSettings(str(yolox), labels=str(tmp_path / "labels.txt"), classes={"animal": ["fox"]})
    classifier = OnnxClassifier(settings)
    found = classifier.classify(a_picture(), (Region(0, 0, 640, 360),))
    assert {finding.label for finding in found} <= {"fox"}
    assert classifier.describe()[3] == "human: none of its classes"


def test_without_onnxruntime_it_says_what_to_install():
    """In another process, where it cannot be imported."""
    program = (
        "import sys; sys.modules['onnxruntime'] = None; import ssplug_onnx; "
        "ssplug_onnx.ssplug_classifiers()[0].build(None, {'model': 'model.onnx'})"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1] == "ImportError: onnxruntime is not installed: pip install 'ssplug[onnx]'"
