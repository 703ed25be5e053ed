"""AAC (RFC 3640) and samples (RFC 3551) over RTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.media.access_unit import AAC, PCMA, PCMU
from ssplug.testing import an_access_unit, an_audio_track
from ssplug.testing.rtp import aac_blocks
from ssplug.wire.rtp import aac, samples
from ssplug.wire.rtp.payload_format import NotCarriedError
from ssplug.wire.rtp.samples import L16


def _payloads(module, data, track):
    return module.payload_format(track).payloads(an_access_unit(data=data, track=track))


@given(st.integers(1, 8191))
def test_a_piece_of_aac_comes_out_whole(size):
    data = bytes(index & 0xFF for index in range(size))

    found = _payloads(aac, data, an_audio_track())

    assert aac_blocks([payload.data for payload in found]) == [data]
    assert [payload.marker for payload in found] == [False] * (len(found) - 1) + [True]


def test_a_piece_of_aac_that_thirteen_bits_cannot_measure_is_refused():
    with pytest.raises(NotCarriedError, match="8192 bytes"):
        _payloads(aac, bytes(8192), an_audio_track())


def test_an_empty_piece_of_aac_makes_no_packets():
    assert _payloads(aac, b"", an_audio_track()) == []


def test_sdp_is_told_how_to_decode_aac():
    found = aac.payload_format(an_audio_track(AAC, 16000, b"\x14\x08"))

    assert found.encoding == "MPEG4-GENERIC/16000/1"
    assert found.fmtp == (
        "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408"
    )


def test_the_configuration_of_aac_is_made_up_where_the_track_has_none():
    assert aac.payload_format(an_audio_track(AAC, 16000, b"")).fmtp.endswith("config=1408")


@pytest.mark.parametrize(
    ("codec", "rate", "channels", "payload_type", "encoding"),
    [
        (PCMU, 8000, 1, 0, "PCMU/8000"),
        (PCMA, 8000, 1, 8, "PCMA/8000"),
        (PCMU, 16000, 1, 98, "PCMU/16000"),
        (PCMU, 8000, 2, 98, "PCMU/8000/2"),
        (L16, 44100, 2, 10, "L16/44100/2"),
        (L16, 44100, 1, 11, "L16/44100/1"),
        (L16, 16000, 1, 98, "L16/16000/1"),
    ],
)
def test_static_types_are_for_their_parameters_only(codec, rate, channels, payload_type, encoding):
    """RFC 3551, table 4."""
    track = an_audio_track(codec, rate, b"")
    track = type(track)(codec, rate, channels=channels)

    found = samples.payload_format(track)

    assert (found.payload_type, found.encoding) == (payload_type, encoding)


@given(st.integers(1, 4000), st.sampled_from([(PCMU, 1), (L16, 2)]))
def test_samples_keep_their_order_and_their_times(count, codec_and_size):
    codec, size = codec_and_size
    data = bytes(index * 7 & 0xFF for index in range(count * size))

    found = _payloads(samples, data, an_audio_track(codec, 8000, b""))

    assert b"".join(payload.data for payload in found) == data
    assert not any(payload.marker for payload in found)
    begins = 0
    for payload in found:
        assert payload.ticks == begins
        assert len(payload.data) % size == 0
        begins += len(payload.data) // size
