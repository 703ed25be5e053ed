"""Two dialects of setting schedules and overrides, and plain switches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.camera import CaptureMode
from ssplug.wire.arming_requests import ArmingRequest, PresetRequest, SwitchRequest
from ssplug.wire.requests import Parameters, UnknownCameraError

C, M, A = CaptureMode


def schedule(query: str) -> ArmingRequest:
    return ArmingRequest.of_schedule(Parameters.of_query(query))


def override(query: str) -> ArmingRequest:
    return ArmingRequest.of_override(Parameters.of_query(query))


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        # The specification, pysecspy, pysecurityspy, aiosecurityspy, golift.
        ("cameraNum=0&schedule=1&override=0&mode=CA", ArmingRequest(0, (C, A), 1, 0)),
        ("cameraNum=3&schedule=0&override=0&mode=M&auth=x", ArmingRequest(3, (M,), 0, 0)),
        ("cameraNum=0&schedule=1&mode=CM&override=0", ArmingRequest(0, (C, M), 1, 0)),
        ("cameraNum=0&mode=CMA&override=-1", ArmingRequest(0, (C, M, A))),
        ("mode=X&id=3186401225&cameraNum=0&format=xml", ArmingRequest(0, (C, M, A), 3186401225)),
        ("cameraNum=-1&schedule=1&mode=M", ArmingRequest(-1, (M,), 1)),
        ("cameraNum=0&schedule=-1&override=4&mode=m", ArmingRequest(0, (M,), None, 4)),
        ("cameraNum=0&schedule=2&id=1&mode=C", ArmingRequest(0, (C,), 2)),
        ("cameraNum=0&schedule=&override=2&mode=AA", ArmingRequest(0, (A,), None, 2)),
        ("cameraNum=0&id=9223372036854775807&mode=C/", ArmingRequest(0, (C,), 2**63 - 1)),
    ],
)
def test_set_schedule(query, request_):
    assert schedule(query) == request_


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        ("mode=C&id=4&cameraNum=0&format=xml", ArmingRequest(0, (C,), None, 4)),
        ("mode=C&id=4&override=3&cameraNum=0", ArmingRequest(0, (C,), None, 3)),
        ("mode=C&id=-1&cameraNum=0", ArmingRequest(0, (C,))),
    ],
)
def test_set_override(query, request_):
    assert override(query) == request_


@pytest.mark.parametrize("query", ["schedule=abc&mode=C", "schedule=1&override=1.5&mode=C", "schedule=" + "9" * 30])
def test_what_cannot_be_read_selects_nothing(query):
    assert schedule(f"cameraNum=0&{query}") == ArmingRequest(0)


@pytest.mark.parametrize("mode", ["", "mode=", "mode=Q", "mode=-1"])
def test_unknown_letters_select_nothing(mode):
    assert schedule(f"cameraNum=0&schedule=1&{mode}") == ArmingRequest(0, (), 1)


def test_leaving_everything_as_it_is_needs_no_permission():
    assert schedule("cameraNum=0&mode=C&override=-1").is_idle
    assert not schedule("cameraNum=0&mode=C&override=0").is_idle


@pytest.mark.parametrize("query", ["", "cameraNum=", "cameraNum=front", "schedule=1&mode=C"])
def test_without_a_camera_there_is_nothing_to_set(query):
    with pytest.raises(UnknownCameraError):
        schedule(query)
    with pytest.raises(UnknownCameraError):
        SwitchRequest.parse(Parameters.of_query(query))


@pytest.mark.parametrize(
    ("arm", "armed"), [("1", True), ("0", False), ("1/", True), ("true", True), ("No", False), ("2", None), ("", None)]
)
def test_a_switch(arm, armed):
    assert SwitchRequest.parse(Parameters.of_query(f"arm={arm}&cameraNum=7&format=xml")) == SwitchRequest(7, armed)


@pytest.mark.parametrize(
    ("query", "preset"), [("id=1930238094", 1930238094), ("id=-1", None), ("", None), ("id=Home", None)]
)
def test_a_preset(query, preset):
    assert PresetRequest.parse(Parameters.of_query(query)) == PresetRequest(preset)


@given(st.text(max_size=40))
def test_any_query_with_a_camera_is_a_request(query):
    for parse in (ArmingRequest.of_schedule, ArmingRequest.of_override, SwitchRequest.parse):
        assert parse(Parameters.of_query(f"cameraNum=5&{query}")).camera == 5
