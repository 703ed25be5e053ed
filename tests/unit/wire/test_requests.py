"""Request targets and parameters, with everything that clients are known to do to them."""

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.wire.requests import (
    DocumentFormat,
    EventStreamRequest,
    Parameters,
    RequestError,
    StillRequest,
    Target,
    UnknownCameraError,
    VideoRequest,
    camera_number,
    document_format,
)


def query(text: str) -> Parameters:
    return Parameters.of_query(text)


@pytest.mark.parametrize(
    "uri",
    [
        "/systemInfo",
        "/++systemInfo",
        "/++systemInfo/",
        "//systemInfo",
        "///++systemInfo//",
        "/%2B%2BsystemInfo",
        "/%2b%2Bsystem%49nfo/?",
        "/SYSTEMINFO",
        "http://nvr.local:8000/++systemInfo",
        "HTTP://[::1]:8000//systeminfo?",
        "systemInfo",
    ],
)
def test_every_spelling_of_a_path_is_the_same_resource(uri: str) -> None:
    """With and without the prefix, slashes, capitals, percent signs; in absolute form too."""
    target = Target.parse(uri)
    assert (target.name, target.rest) == ("systeminfo", ())


@pytest.mark.parametrize("uri", ["/", "//", "", "/?a=b", "http://nvr"])
def test_the_root_has_no_name(uri: str) -> None:
    assert Target.parse(uri).name == ""


def test_further_segments_stay_as_they_were_written() -> None:
    """A file name distinguishes `+`, `%20` and `%2B`: who reads the name decodes it."""
    target = Target.parse("/++getfile/0/2026-11-22/22-11-2026+05%2B1%20M.m4v?auth=YTpi")
    assert target.rest == ("0", "2026-11-22", "22-11-2026+05%2B1%20M.m4v")


def test_an_ampersand_may_stand_for_the_question_mark() -> None:
    """pysecurityspy 1 does so; the token after it may hold a slash, a plus and an equals sign."""
    target = Target.parse("/++systemInfo&auth=dXNl/cjpw+YQ==")
    assert target.name == "systeminfo"
    assert target.parameters.raw("auth") == "dXNl/cjpw+YQ=="


def test_an_ampersand_in_a_path_is_one_where_there_is_a_question_mark() -> None:
    assert Target.parse("/getfile/0/d/Garage&Yard.m4v?a=b").rest[-1] == "Garage&Yard.m4v"


def test_an_empty_first_parameter_is_skipped() -> None:
    assert Target.parse("/hls_mediaplaylist?&cameraNum=1&quality=2").parameters.text("cameraNum") == "1"


def test_a_second_question_mark_separates() -> None:
    """`getpreview?/camera/date/name?archive=0`."""
    parameters = Target.parse("/++getpreview?/0/2026-11-22/name%20x.m4v?archive=0").parameters
    assert "/0/2026-11-22/name x.m4v" in parameters
    assert parameters.text("archive") == "0"


def test_a_bare_token_is_a_name_without_value() -> None:
    parameters = Parameters.of_form("formData&cameraNum=0&overlayText=a%20b+c?\r\n")
    assert "formData" in parameters
    assert parameters.text("overlayText") == "a b c?"


def test_names_are_known_in_any_case_and_values_in_any_order() -> None:
    parameters = query("auth=x&CAMERANUM=3&_=1700000000")
    assert camera_number(parameters) == 3


def test_repeated_parameters_are_all_kept() -> None:
    assert query("cameraNum=0&cameraNum=3").texts("cameraNum") == ("0", "3")


def test_bytes_that_are_not_utf_8_are_latin_1() -> None:
    assert query("name=caf%E9").text("name") == "café"


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("3/", 3), ("-1", -1), ("+2", 2), ("7abc", 7), ("007", 7)])
def test_a_camera_number_ends_where_its_digits_end(text: str, number: int) -> None:
    """motifini's URLs end in a slash."""
    assert camera_number(query(f"cameraNum={text.replace('+', '%2B')}")) == number


@pytest.mark.parametrize("text", ["", "cameraNum=", "cameraNum=abc", "camera=1", "cameraNum=%D9%A3"])
def test_no_number_is_no_camera(text: str) -> None:
    """As on a real server this is not a bad request but a camera that is not there."""
    with pytest.raises(UnknownCameraError) as caught:
        camera_number(query(text))
    assert caught.value.status == 404


def test_a_still_may_be_asked_for_as_the_camera_has_it() -> None:
    assert StillRequest.parse(query("cameraNum=2")) == StillRequest(2)


def test_a_still_is_asked_for_in_a_size_and_quality() -> None:
    request = StillRequest.parse(query("cameraNum=2&width=640&height=480&quality=75"))
    assert request == StillRequest(2, 640, 480, 75)


@pytest.mark.parametrize("text", ["width=99999999", "width=8193", "height=-1", "width=abc", "width=1e3", "quality=x"])
def test_sizes_and_qualities_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        StillRequest.parse(query(f"cameraNum=0&{text}"))
    assert caught.value.status == 400


def test_a_number_of_thousands_of_digits_is_refused_quickly() -> None:
    with pytest.raises(RequestError):
        StillRequest.parse(query("cameraNum=0&width=" + "9" * 10_000))


@pytest.mark.parametrize(("text", "quality"), [("0", 1), ("1", 1), ("100", 100), ("500", 100), ("-3", 1)])
def test_quality_outside_of_1_to_100_is_the_nearest(text: str, quality: int) -> None:
    assert StillRequest.parse(query(f"cameraNum=0&quality={text}")).quality == quality


def test_a_size_of_nothing_is_not_asking() -> None:
    assert StillRequest.parse(query("cameraNum=0&width=0&height=")) == StillRequest(0)


@pytest.mark.parametrize(
    ("text", "fps"),
    [("", None), ("fps=5", 5.0), ("req_fps=0.5", 0.5), ("fps=0", None), ("fps=1000", 60.0), ("fps=.5", 0.5)],
)
def test_video_takes_both_names_of_the_rate(text: str, fps: float | None) -> None:
    """`fps` of the specification, `req_fps` of golift and the screen saver."""
    assert VideoRequest.parse(query(f"cameraNum=1&{text}")).fps == fps


@pytest.mark.parametrize("text", ["fps=-1", "fps=abc", "fps=.", "fps=1e9", "fps=nan", "fps=inf"])
def test_rates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RequestError):
        VideoRequest.parse(query(f"cameraNum=1&{text}"))


@pytest.mark.parametrize(
    ("text", "version", "multipart"),
    [
        ("", 1, False),
        ("version=2", 2, False),
        ("version=3", 3, False),
        ("version=3&format=multipart", 3, True),
        ("version=9&format=xml", 3, False),
        ("version=0", 1, False),
    ],
)
def test_the_event_stream_has_versions_and_two_forms(text: str, version: int, multipart: bool) -> None:
    assert EventStreamRequest.parse(query(text)) == EventStreamRequest(version, multipart)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", DocumentFormat.LEGACY),
        ("format=xml", DocumentFormat.XML),
        ("format=JSON/", DocumentFormat.JSON),
        ("format=html", DocumentFormat.LEGACY),
    ],
)
def test_system_information_has_three_forms(text: str, form: DocumentFormat) -> None:
    assert document_format(query(text)) is form


@settings(max_examples=100)
@given(st.text(st.characters(max_codepoint=0xB0, min_codepoint=33), max_size=80))
def test_any_target_is_read_as_something(uri: str) -> None:
    """Whatever gets past the request line: a target, or the error that says so."""
    target = Target.parse(uri)
    assert "/" not in target.name or "%2f" in uri.lower()
    for parse in (StillRequest.parse, VideoRequest.parse, EventStreamRequest.parse):
        with contextlib.suppress(RequestError):
            parse(target.parameters)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=6))
def test_parameters_survive_encoding(pairs: list[tuple[str, str]]) -> None:
    """The law: what `urlencode` writes is read back."""
    parameters = query(urlencode(pairs))
    for name, _ in pairs:
        assert parameters.texts(name) == tuple(value for other, value in pairs if other.lower() == name.lower())
