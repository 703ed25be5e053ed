"""Requests about footage, read as clients write them."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.footage import FootageKind, ObjectClass
from ssplug.wire.footage_requests import (
    DEFAULT_RESULTS,
    MOST_RESULTS,
    CaplistRequest,
    ClipRequest,
    DownloadRequest,
    FileName,
    date_of,
)
from ssplug.wire.requests import Parameters, RequestError, Target

FORMAT = "DD/MM/YYYY"
DAY = dt.date(2026, 11, 22)


def a_download(query: str, date_format: str = FORMAT) -> DownloadRequest:
    return DownloadRequest.parse(Parameters.of_query(query), date_format)


def test_what_golift_sends_is_understood() -> None:
    request = a_download(
        "auth=x&cameraNum=0&cameraNum=3&ccFilesCheck=1&mcFilesCheck=1&imageFilesCheck=1"
        "&date1=2026-11-21&date2=2026-11-22&format=xml&results=1000"
    )
    assert request.cameras == {0, 3}
    assert request.kinds == set(FootageKind)
    assert (request.first_date, request.last_date) == (dt.date(2026, 11, 21), DAY)
    assert (request.format, request.results) == ("xml", 1000)


def test_what_pysecspy_sends_is_understood() -> None:
    request = a_download("cameraNum=0&mcFilesCheck=1&ageText=1&results=1&format=xml&auth=x")
    query = request.query([0], now=200_000.0)
    assert (query.since, query.limit) == (200_000.0 - 86_400, 2)
    assert query.kinds == {FootageKind.MOTION}


@pytest.mark.parametrize(("results", "expected"), [("", 200), ("0", 200), ("-5", 200), ("1", 1), ("99999", 1000)])
def test_a_page_has_a_reasonable_size(results: str, expected: int) -> None:
    assert (DEFAULT_RESULTS, MOST_RESULTS) == (200, 1000)
    assert a_download(f"results={results}").results == expected


@pytest.mark.parametrize(("text", "expected"), [("xml", "xml"), ("XML/", "xml"), ("grid", "grid"), ("pdf", "list")])
def test_a_format_that_is_not_known_is_a_list(text: str, expected: str) -> None:
    assert a_download(f"format={text}").format == expected


def test_classes_add_up() -> None:
    assert a_download("classes=1&classes=4").classes == ObjectClass.HUMAN | ObjectClass.ANIMAL
    assert a_download("classes=7").classes == ObjectClass(7)
    assert a_download("classes=8&classes=x").classes == ObjectClass(0)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("DD/MM/YYYY", "22/11/2026"),
        ("MM/DD/YYYY", "11/22/2026"),
        ("YYYY-MM-DD", "2026-11-22"),
        ("DD.MM.YYYY", "22.11.2026"),
        ("DD MM YYYY", " 22 11 2026 "),
    ],
)
def test_a_date_is_read_as_it_is_configured(form: str, text: str) -> None:
    assert date_of(text, form) == DAY
    assert a_download(f"date1Text={text.strip().replace(' ', '+')}", form).first_date == DAY


@given(day=st.dates(), form=st.sampled_from(["DD/MM/YYYY", "MM.DD.YYYY", "YYYY-MM-DD"]))
@settings(max_examples=50)
def test_every_date_can_be_asked_for(day: dt.date, form: str) -> None:
    text = form.replace("DD", f"{day.day:02}").replace("MM", f"{day.month:02}").replace("YYYY", f"{day.year:04}")
    assert date_of(text, form) == day


@pytest.mark.parametrize("text", ["22.11.2026", "22/11/26", "32/01/2026", "29/02/2026", "00/00/0000", "", "x"])
def test_a_date_that_does_not_exist_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|range|year"):
        date_of(text, FORMAT)


def test_a_file_may_be_named_in_two_ways() -> None:
    for uri in (
        "/getfile/3/2026-11-22/a+b%20c.m4v?x=1",
        "/getfile?3/2026-11-22/a+b%20c.m4v?x=1",
        "/getfile?/3/2026-11-22/a+b%20c.m4v&x",
    ):
        assert FileName.of_target(Target.parse(uri)) == FileName(3, DAY, ("a b c.m4v", "a+b c.m4v"))


@given(uri=st.text(alphabet="/?&=%2eE.0123456789-+\0ü ab", max_size=40))
@settings(max_examples=200)
def test_whatever_is_sent_is_a_name_or_an_error(uri: str) -> None:
    try:
        name = FileName.of_target(Target.parse(f"/getfile{uri}"))
    except ValueError:
        return
    assert name.camera >= 0


def test_caplist_knows_cameras_behind_commas() -> None:
    request = CaplistRequest.parse(Parameters.of_query("cams=0,3,&startDate=2026-11-22&endDate=2026-11-22&filter=5"))
    assert (request.cameras, request.first_date, request.last_date) == ({0, 3}, DAY, DAY)
    assert request.classes == ObjectClass.HUMAN | ObjectClass.ANIMAL


def test_a_clip_is_of_local_time_unless_it_says_otherwise() -> None:
    zone = dt.timezone(dt.timedelta(hours=1))
    noon = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC).timestamp()
    for start, end in (
        ("2026-11-22T13:00", "2026-11-22T13:00:10"),
        ("2026-11-22T12:00Z", "2026-11-22T13:00:10%2B01:00"),
        ("2026-11-22T13:00+01:00", "2026-11-22T13:00:10+01:00"),
        (f"{noon:.0f}", f"{noon + 10:.0f}.0"),
    ):
        request = ClipRequest.parse(Parameters.of_query(f"start={start}&end={end}"), zone)
        assert (request.start, request.end) == (noon, noon + 10)


@pytest.mark.parametrize(
    "query", ["", "start=1", "start=2&end=1", "start=1&end=1", "start=0&end=90000", "start=x&end=y"]
)
def test_a_clip_has_a_beginning_and_an_end(query: str) -> None:
    with pytest.raises(RequestError):
        ClipRequest.parse(Parameters.of_query(query), dt.UTC)
