"""What is asked of `live` and `multiplex`."""

import pytest

from ssplug.wire.live_requests import LiveRequest, Size, ViewMethod, multiplex_request
from ssplug.wire.requests import Parameters, RequestError


def live(query: str) -> LiveRequest:
    return LiveRequest.parse(Parameters.of_query(query))


def test_the_specification_s_example() -> None:
    """Its table says viewMethod, its example says method."""
    request = live("cameraNum=0&cameraNum=2&cameraNum=3&imageSize=640x480&method=0")
    assert request == LiveRequest(cameras=(0, 2, 3), size=Size((640, 480)))


@pytest.mark.parametrize(
    ("query", "cameras"),
    [("", ()), ("cameraNum=3,1,", (3, 1)), ("cameraNum=1&cameraNum=1", (1,)), ("cameraNum=", ())],
)
def test_cameras_are_shown_in_the_order_in_which_they_are_named(query: str, cameras: tuple[int, ...]) -> None:
    assert live(query).cameras == cameras


@pytest.mark.parametrize(
    ("text", "shown"),
    [("640x480", (640, 480)), ("640X480", (640, 480)), ("scale2", (1280, 720)), ("scale0.5", (320, 180))],
)
def test_a_size_is_one_in_pixels_or_a_factor(text: str, shown: tuple[int, int]) -> None:
    size = live(f"imageSize={text}").size
    assert size is not None
    assert size.of(640, 360) == shown


@pytest.mark.parametrize("number", [0, 3, 4, 5, 7])
def test_each_method_has_its_number(number: int) -> None:
    assert live(f"viewMethod={number}").method is ViewMethod(number)


@pytest.mark.parametrize(
    "query",
    [
        "cameraNum=-1",
        "cameraNum=one",
        "cameraNum=99999999999",
        "imageSize=0x0",
        "imageSize=big",
        "imageSize=scale0",
        "imageSize=scale100",
        "imageSize=99999x1",
        "viewMethod=1",
        "viewMethod=x",
        "fps=fast",
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(query: str) -> None:
    with pytest.raises(RequestError, match=query.partition("=")[0]):
        live(query)


def test_a_rate_of_nothing_is_the_camera_s_own() -> None:
    assert (live("fps=0").fps, live("fps=2.5").fps, live("fps=1000").fps) == (None, 2.5, 60)


def test_multiplex_as_clients_build_it() -> None:
    query = "cameras=3%2C0&cropMode=1&format=1&fps=5&border=0&camInfo=0&hiRes=1"
    assert multiplex_request(Parameters.of_query(query)) == LiveRequest(
        cameras=(3, 0), fps=5, crops=True, border=False, names=False
    )
