"""Boxes, what a model is shown, and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.event import Region
from ssplug_onnx.boxes import NO_BOXES, OVERLAP, Boxes, joined, shared, surest
from ssplug_onnx.crops import MOST, crops
from ssplug_onnx.preparing import as_wanted, placement, prepared
from ssplug_onnx.presets import PRESETS

boxes = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 40), st.integers(1, 40), st.floats(0, 1)),
    max_size=12,
).map(
    lambda rows: Boxes(
        np.array([(x, y, x + w, y + h) for x, y, w, h, _ in rows], float).reshape(-1, 4),
        np.array([row[4] for row in rows], float),
        np.arange(len(rows)),
    )
)
regions = st.builds(Region, st.integers(0, 700), st.integers(0, 500), st.integers(1, 300), st.integers(1, 300))


@given(boxes)
@settings(max_examples=50)
def test_what_is_left_does_not_overlap_and_what_is_not_overlaps_something_surer(found):
    kept = surest(found)
    assert list(kept.scores) == sorted(kept.scores, reverse=True)
    for index, box in enumerate(kept.corners):
        assert (shared(box, kept.corners[:index]) <= OVERLAP).all()
    for index in set(found.classes) - set(kept.classes):
        surer = kept.only(kept.scores >= found.scores[index])
        assert (shared(found.corners[index], surer.corners) > OVERLAP).any()


def test_of_two_boxes_in_one_place_the_surer_is_left():
    found = Boxes(
        np.array([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60.0]]), np.array([0.5, 0.9, 0.4]), np.arange(3)
    )
    assert list(surest(found).classes) == [1, 2]


def test_no_boxes_are_no_boxes():
    assert len(surest(NO_BOXES)) == 0
    assert joined([]) is NO_BOXES
    assert len(joined([NO_BOXES, NO_BOXES])) == 0


@given(st.lists(regions, min_size=1, max_size=6), st.sampled_from([(1000, 800), (416, 800), (64, 64)]))
@settings(max_examples=50)
def test_all_that_moves_is_shown_at_least_by_its_middle(moving, size):
    moving = [Region(min(each.x, size[0] - 1), min(each.y, size[1] - 1), each.width, each.height) for each in moving]
    shown = crops(moving, size, 416)
    assert len(shown) <= MOST
    for part in shown:
        assert part.x >= 0
        assert part.y >= 0
        assert part.x + part.width <= size[0]
        assert part.y + part.height <= size[1]
        assert part.width >= min(416, size[0])
        assert part.height >= min(416, size[1])


def test_what_moves_is_shown_with_what_is_around_it():
    assert crops([Region(900, 500, 100, 200)], (1920, 1080), 416) == [Region(680, 330, 540, 540)]
    assert crops([Region(900, 200, 100, 600)], (1920, 1080), 416) == [Region(500, 50, 900, 900)]


def test_at_the_edge_what_is_shown_is_moved_inside():
    assert crops([Region(1900, 1000, 20, 80)], (1920, 1080), 416) == [Region(1380, 540, 540, 540)]


def test_neighbours_are_shown_together_and_many_as_one():
    assert len(crops([Region(900, 500, 50, 50), Region(980, 520, 50, 50)], (1920, 1080), 416)) == 1
    assert len(crops([Region(100, 500, 50, 50), Region(1700, 520, 50, 50)], (1920, 1080), 416)) == 2
    corners = [Region(x, y, 50, 50) for x in (0, 1870) for y in (0, 1030)]
    assert crops(corners, (1920, 1080), 416) == [Region(0, 0, 1920, 1080)]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("part", [Region(100, 50, 640, 640), Region(0, 0, 1280, 720), Region(10, 10, 30, 200)])
def test_a_box_comes_back_where_it_was(name, part):
    """Corners of the part itself, as the model sees them."""
    place = placement(part, (416, 416), PRESETS[name])
    whole = np.array([[place.left, place.top, place.left + place.width, place.top + place.height]], float)
    back = place.back(Boxes(whole, np.ones(1), np.zeros(1, np.int64)))
    assert back.corners[0] == pytest.approx([part.x, part.y, part.x + part.width, part.y + part.height])


def test_a_box_that_leaves_the_part_is_cut_off():
    place = placement(Region(100, 100, 416, 416), (416, 416), PRESETS["yolox"])
    back = place.back(Boxes(np.array([[-50.0, 10, 500, 20]]), np.ones(1), np.zeros(1, np.int64)))
    assert list(back.corners[0]) == [100, 110, 516, 120]


def test_a_picture_keeps_its_aspect_with_grey_beside_it_where_the_model_wants_that():
    picture = np.full((100, 200, 3), (250, 0, 0), np.uint8)
    whole = Region(0, 0, 200, 100)
    top_left = prepared(picture, placement(whole, (64, 64), PRESETS["yolox"]), (64, 64))
    middle = prepared(picture, placement(whole, (64, 64), PRESETS["yolov8"]), (64, 64))
    stretched = prepared(picture, placement(whole, (64, 64), PRESETS["fastestdet"]), (64, 64))
    assert [shown[0, 0, 0] for shown in (top_left, middle, stretched)] == [250, 114, 250]
    assert [shown[63, 0, 0] for shown in (top_left, middle, stretched)] == [114, 114, 250]


def test_colours_come_in_the_order_and_range_of_the_model():
    red = np.full((1, 1, 3), (255, 51, 0), np.uint8)
    assert as_wanted(red, PRESETS["yolox"], np.float32).tolist() == [[[0, 51, 255]]]
    assert as_wanted(red, PRESETS["yolov8"], np.float32)[0, 0] == pytest.approx([1, 0.2, 0])
    assert as_wanted(red, PRESETS["yolov8"], np.float16).dtype == np.float16
    assert as_wanted(red, PRESETS["yolov8"], np.uint8).tolist() == [[[255, 51, 0]]]
