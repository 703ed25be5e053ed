"""What models say, decoded: tensors made by hand, with one thing in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.classification import Classification
from ssplug_onnx import decoding
from ssplug_onnx.labels import COCO_80, COCO_91, LabelsError, coco_labels, groups, labels_of_metadata
from ssplug_onnx.presets import PRESETS, PresetError, class_count, preset_of

SIZE = (416, 416)
CLASSES = 80
CAR = 2
CELLS = 52 * 52 + 26 * 26 + 13 * 13


def a_yolox(column=20, row=10, width=64.0, height=32.0):
    """Something at the middle of a cell of the layer with stride 16."""
    output = np.zeros((1, CELLS, 5 + CLASSES))
    output[0, 52 * 52 + row * 26 + column, :5] = [0.5, 0.5, np.log(width / 16), np.log(height / 16), 0.9]
    output[0, 52 * 52 + row * 26 + column, 5 + CAR] = 0.8
    return output


def a_fastestdet(column=11, row=5):
    output = np.zeros((1, 5 + CLASSES, 22, 22))
    output[0, :5, row, column] = [0.9, np.arctanh(0.5), np.arctanh(0.5), 0.0, -np.log(3)]
    output[0, 5 + CAR, row, column] = 0.8
    return output


def a_yolov5():
    output = np.zeros((1, 3 * CELLS, 5 + CLASSES))
    output[0, 77, :5] = [328, 168, 64, 32, 0.9]
    output[0, 77, 5 + CAR] = 0.8
    return output


def a_yolov8():
    output = np.zeros((1, 4 + CLASSES, CELLS))
    output[0, :4, 77] = [328, 168, 64, 32]
    output[0, 4 + CAR, 77] = 0.72
    return output


def a_yolov10():
    output = np.zeros((1, 300, 6))
    output[0, 0] = [296, 152, 360, 184, 0.72, CAR]
    return output


MADE = {"yolox": a_yolox, "yolov5": a_yolov5, "yolov8": a_yolov8, "yolov10": a_yolov10}
ALL_MADE = {**MADE, "fastestdet": a_fastestdet}


@pytest.mark.parametrize("name", MADE)
def test_one_thing_is_found_where_it_is(name):
    found = PRESETS[name].decode([MADE[name]()], SIZE)
    assert len(found) == 1
    assert found.corners[0] == pytest.approx([296, 152, 360, 184])
    assert found.scores[0] == pytest.approx(0.72)
    assert found.classes[0] == CAR


def test_what_fastestdet_finds_is_in_parts_of_the_picture():
    found = PRESETS["fastestdet"].decode([a_fastestdet()], (352, 352))
    assert found.corners[0] == pytest.approx([184 - 88, 88 - 44, 184 + 88, 88 + 44])
    assert found.scores[0] == pytest.approx(0.9**0.6 * 0.8**0.4)
    assert found.classes[0] == CAR


@pytest.mark.parametrize("name", ALL_MADE)
def test_where_nothing_is_nothing_is_found(name):
    assert len(PRESETS[name].decode([np.zeros_like(ALL_MADE[name]())], SIZE)) == 0


def an_ssd():
    corners, scores = np.zeros((1, 100, 4)), np.zeros((1, 100))
    corners[0, 0], scores[0, 0] = [0.25, 0.5, 0.5, 0.75], 0.72
    return {"detection_boxes": corners, "detection_classes": np.full((1, 100), 3.0), "detection_scores": scores}


def test_ssd_of_tensorflow():
    outputs = {**an_ssd(), "num_detections": np.ones(1)}
    name, preset = preset_of("auto", {name: output.shape for name, output in outputs.items()}, (400, 200))
    found = preset.decode(list(outputs.values()), (400, 200))
    assert name == "ssd"
    assert found.corners[0] == pytest.approx([200, 50, 300, 100])
    assert COCO_91[found.classes[0]] == "car"


def test_ssd_of_torchvision():
    outputs = {"boxes": np.array([[200.0, 50, 300, 100]]), "scores": np.array([0.7]), "labels": np.array([1.0])}
    name, preset = preset_of("ssd", {name: output.shape for name, output in outputs.items()}, (400, 200))
    found = preset.decode(list(outputs.values()), (400, 200))
    assert (name, COCO_91[found.classes[0]]) == ("ssd", "person")
    assert found.corners[0] == pytest.approx([200, 50, 300, 100])
    nothing = [np.zeros((0, 4)), np.zeros(0), np.zeros(0)]
    assert len(preset.decode(nothing, (400, 200))) == 0


@pytest.mark.parametrize("name", ALL_MADE)
def test_a_model_is_known_by_its_outputs(name):
    size = (352, 352) if name == "fastestdet" else SIZE
    shape = ALL_MADE[name]().shape
    assert preset_of("auto", {"output": shape}, size) == (name, PRESETS[name])
    assert preset_of(name, {"output": shape}, size) == (name, PRESETS[name])
    assert class_count(name, {"output": shape}) == (None if name == "yolov10" else CLASSES)


@pytest.mark.parametrize(
    "shapes", [{"probabilities": (1, 1000)}, {"mask": (1, 21, 416, 416)}, {"a": (1, 2), "b": (1, 2)}]
)
@pytest.mark.parametrize("name", ["auto", "yolox", "yolov5", "ssd"])
def test_a_model_of_another_kind_is_refused_with_what_it_says(name, shapes):
    with pytest.raises(PresetError, match=next(iter(shapes))):
        preset_of(name, shapes, SIZE)


@given(st.integers(1, 12).map(lambda n: 32 * n), st.integers(1, 12).map(lambda n: 32 * n))
@settings(max_examples=20)
def test_there_is_a_cell_for_every_place_of_an_input(width, height):
    cells, strides = decoding.grid((width, height))
    assert len(cells) == len(strides) == decoding.cell_count((width, height))
    assert ((cells + 1) * strides <= (width, height)).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_whatever_a_model_says_boxes_are_numbers(seed):
    """Also where it was not sure at all, and its logarithms are absurd."""
    noise = np.random.default_rng(seed).normal(0, 30, (1, CELLS, 5 + CLASSES))
    found = PRESETS["yolox"].decode([noise], SIZE)
    assert np.isfinite(found.corners).all()
    assert (found.scores >= decoding.FLOOR).all()


def test_classes_are_those_of_coco_unless_something_else_is_said():
    known = groups(COCO_80, {})
    assert {COCO_80[index] for index, group in known.items() if group is Classification.HUMAN} == {"person"}
    assert known[COCO_80.index("truck")] is Classification.VEHICLE
    assert known[COCO_80.index("dog")] is Classification.ANIMAL
    assert COCO_80.index("airplane") not in known
    assert (len(COCO_80), COCO_91[1], COCO_91[90]) == (80, "person", "toothbrush")


def test_classes_may_be_chosen_by_name_and_by_index():
    chosen = groups(("Fox", "Hen", "Farmer"), {"animal": ["fox", 1], "human": ["Farmer"]}, 3)
    assert chosen == {0: Classification.ANIMAL, 1: Classification.ANIMAL, 2: Classification.HUMAN}


@pytest.mark.parametrize(
    ("labels", "chosen", "why"),
    [
        (("fox", "hen"), {}, "which classes are people, vehicles and animals?.*fox, hen"),
        ((), {}, "have no names"),
        (("fox", "hen"), {"animal": ["wolf"]}, "no class is called 'wolf'"),
        (("fox", "hen"), {"animal": [2]}, "no class 2"),
        (("fox",), {"animal": [0]}, "1 names do not fit a model of 2 classes"),
    ],
)
def test_classes_that_are_not_there_are_named(labels, chosen, why):
    with pytest.raises(LabelsError, match=why):
        groups(labels, chosen, 2)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ("{0: 'person', 1: 'fox'}", ("person", "fox")),
        ("{1: 'person'}", ()),
        ("['person']", ()),
        ("import os", ()),
        ("", ()),
    ],
)
def test_names_that_a_model_carries_are_used(names, labels):
    assert labels_of_metadata(names) == labels


@pytest.mark.parametrize(("count", "first"), [(80, "person"), (90, ""), (91, ""), (None, ""), (3, None)])
def test_models_of_coco_are_known_by_how_many_classes_they_have(count, first):
    assert (coco_labels(count)[0] if first is not None else coco_labels(count)) == (first if first is not None else ())
