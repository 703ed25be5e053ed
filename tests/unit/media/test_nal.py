"""NAL units in Annex B and in length-prefixed form."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.nal import annex_b, from_avcc, nal_units, rbsp

# What a NAL unit can be: no start code within, no zero at its end, not empty.
nal = st.binary(min_size=1, max_size=40).filter(lambda data: b"\0\0\1" not in data and not data.endswith(b"\0"))


def test_short_and_long_start_codes_are_understood():
    """Cameras mix both in one access unit."""
    assert nal_units(b"\0\0\1\x67ab\0\0\0\1\x68cd\0\0\1\x65ef") == [b"\x67ab", b"\x68cd", b"\x65ef"]


def test_trailing_zeros_belong_to_no_unit():
    assert nal_units(b"\0\0\0\1\x65ab\0\0\0") == [b"\x65ab"]


def test_bytes_before_the_first_start_code_are_passed_over():
    assert nal_units(b"garbage\0\0\1\x65") == [b"\x65"]


def test_data_without_a_start_code_has_no_units():
    assert nal_units(b"\x65abc") == []
    assert nal_units(b"") == []


def test_start_codes_in_a_row_make_no_empty_unit():
    assert nal_units(b"\0\0\1\0\0\1\x65") == [b"\x65"]


@given(st.lists(nal, max_size=6))
@settings(max_examples=50)
def test_what_was_joined_comes_apart_again(nals):
    assert nal_units(annex_b(nals)) == nals


@given(st.lists(nal, max_size=6), st.sampled_from([1, 2, 4]))
@settings(max_examples=50)
def test_length_prefixed_units_become_annex_b(nals, size):
    data = b"".join(len(nal).to_bytes(size, "big") + nal for nal in nals)
    assert from_avcc(data, size) == annex_b(nals)


def test_a_length_prefixed_unit_that_is_cut_short_is_left_out():
    whole = b"\0\0\0\2\x65a"
    for cut in range(len(b"\0\0\0\3\x41bc")):
        assert from_avcc(whole + b"\0\0\0\3\x41bc"[:cut]) == b"\0\0\0\1\x65a"


def test_emulation_prevention_is_taken_out():
    """ITU-T H.264, 7.4.1: 00 00 03 stands for 00 00."""
    assert rbsp(b"\x42\0\0\3\1\0\0\3\0\0\3") == b"\x42\0\0\1\0\0\0\0"
