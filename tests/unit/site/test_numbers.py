"""Camera numbers: given once, kept, never given to another camera."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.camera import CameraIdentity
from ssplug.site.numbers import Numbers, assign_numbers, numbered_site
from ssplug.site.problem import SiteError
from ssplug.site.types import UNNUMBERED, CameraConfig, ServerConfig, Site, Slot


def a_site(state: Path = Path("/nowhere"), **cameras: int | None) -> Site:
    """A site of cameras with their numbers; None for one that the file does not number."""
    configs = tuple(
        CameraConfig(
            CameraIdentity(id_, UNNUMBERED if number is None else number, id_),
            Slot("pattern"),
            where=f"site.yaml:{id_}",
        )
        for id_, number in cameras.items()
    )
    return Site(Path("site.yaml"), ServerConfig(state=state), cameras=configs)


def numbers_of(site: Site) -> dict[str, int]:
    """Camera id -> number, in the order of the site."""
    return {camera.identity.id: camera.identity.number for camera in site.cameras}


def test_the_lowest_free_numbers_are_given_in_the_order_of_the_file(tmp_path):
    site = assign_numbers(a_site(tmp_path, porch=1, drive=None, yard=None, gate=0))
    assert numbers_of(site) == {"gate": 0, "porch": 1, "drive": 2, "yard": 3}


def test_cameras_are_sorted_by_number(tmp_path):
    assert list(numbers_of(assign_numbers(a_site(tmp_path, a=9, b=None, c=3)))) == ["b", "c", "a"]


def test_a_number_is_kept_whatever_stands_before_it(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None))
    assert numbers_of(assign_numbers(a_site(tmp_path, porch=None, drive=None))) == {"drive": 0, "porch": 1}


def test_the_number_of_a_removed_camera_is_not_given_again(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None, porch=None))
    assign_numbers(a_site(tmp_path, porch=None))
    assert numbers_of(assign_numbers(a_site(tmp_path, porch=None, yard=None))) == {"porch": 1, "yard": 2}


def test_a_removed_camera_that_comes_back_has_its_number_again(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None, porch=None))
    assign_numbers(a_site(tmp_path, porch=None))
    assert numbers_of(assign_numbers(a_site(tmp_path, porch=None, drive=None))) == {"drive": 0, "porch": 1}


def test_a_number_from_the_file_is_not_given_again_either(tmp_path):
    assign_numbers(a_site(tmp_path, porch=0))
    assert numbers_of(assign_numbers(a_site(tmp_path, yard=None))) == {"yard": 1}


def test_a_renamed_camera_may_keep_its_number_by_writing_it_down(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None))
    assert numbers_of(assign_numbers(a_site(tmp_path, driveway=0))) == {"driveway": 0}
    assert numbers_of(assign_numbers(a_site(tmp_path, driveway=None, drive=None))) == {"driveway": 0, "drive": 1}


def test_a_number_that_another_camera_of_the_file_was_given_is_refused(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None))
    with pytest.raises(SiteError, match="0 was given to 'drive', which clients know by it") as caught:
        assign_numbers(a_site(tmp_path, drive=None, porch=0))
    assert str(caught.value).startswith("site.yaml:porch: cameras.porch.number: ")


def test_nothing_is_written_when_nothing_is_new(tmp_path):
    assign_numbers(a_site(tmp_path, drive=None))
    (tmp_path / "numbers.json").chmod(stat.S_IRUSR)
    before = (tmp_path / "numbers.json").stat()
    assign_numbers(a_site(tmp_path, drive=None))
    assert (tmp_path / "numbers.json").stat().st_ino == before.st_ino


def test_the_state_folder_is_made(tmp_path):
    assign_numbers(a_site(tmp_path / "var" / "state", drive=None))
    assert json.loads((tmp_path / "var/state/numbers.json").read_text()) == {"cameras": {"drive": 0}, "used": [0]}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"cameras": {"a": "x"}, "used": []}', '{"cameras": [], "used": 5}']
)
def test_a_damaged_file_is_refused_rather_than_forgotten(tmp_path, content):
    (tmp_path / "numbers.json").write_text(content)
    with pytest.raises(SiteError, match=r"numbers\.json: damaged: restore it"):
        assign_numbers(a_site(tmp_path, drive=None))


def test_a_state_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(SiteError, match=r"state/numbers\.json: Not a directory"):
        assign_numbers(a_site(tmp_path / "state", drive=None))


CAMERAS = st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(0, 6), max_size=6)


@given(st.lists(CAMERAS, max_size=6))
@settings(max_examples=100, deadline=None)
def test_no_two_cameras_share_a_number_and_a_number_once_given_stays(files):
    """Over any series of site files; those with a number twice never get this far."""
    known = Numbers()
    for cameras in files:
        written = [number for number in cameras.values() if number is not None]
        if len(set(written)) < len(written):
            continue
        before = known
        try:
            site, known = numbered_site(a_site(**cameras), before)
        except SiteError:
            continue
        numbers = numbers_of(site)
        assert len(set(numbers.values())) == len(numbers)
        assert known.used == before.used | set(numbers.values())
        for id_, number in numbers.items():
            if cameras[id_] is None:
                assert number == before.cameras.get(id_, number)
                assert id_ in before.cameras or number not in before.used
