"""G.711: both laws, both ways."""

from typing import Any

import av
import numpy as np
import pytest

from ssplug.media import g711

OCTETS = bytes(range(256))
SAMPLES = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
LAWS = [
    pytest.param("pcm_mulaw", g711.from_mulaw, g711.to_mulaw, id="mu-law"),
    pytest.param("pcm_alaw", g711.from_alaw, g711.to_alaw, id="A-law"),
]


@pytest.mark.parametrize(("codec", "decode", "encode"), LAWS)
def test_decoding_agrees_with_ffmpeg(codec, decode, encode):
    decoder: Any = av.CodecContext.create(codec, "r")
    decoder.sample_rate, decoder.layout = 8000, "mono"
    (frame,) = decoder.decode(av.Packet(OCTETS))
    assert decode(OCTETS).tolist() == frame.to_ndarray()[0].tolist()


@pytest.mark.parametrize(("codec", "decode", "encode"), LAWS)
def test_the_error_is_at_most_half_a_step(codec, decode, encode):
    """A step is a sixteenth of its segment, and never less than 16 (A-law, of 16-bit samples)."""
    samples = SAMPLES.astype(np.int32)
    error = np.abs(decode(encode(SAMPLES)) - samples)
    assert (error <= np.maximum(8, (np.abs(samples) + 132) / 32)).all()


@pytest.mark.parametrize(("codec", "decode", "encode"), LAWS)
def test_louder_stays_louder(codec, decode, encode):
    assert (np.diff(decode(encode(SAMPLES)).astype(np.int32)) >= 0).all()


@pytest.mark.parametrize(("codec", "decode", "encode"), LAWS)
def test_a_decoded_octet_is_encoded_to_the_same_sound(codec, decode, encode):
    """Mu-law has two octets for silence; both sound the same."""
    assert decode(encode(decode(OCTETS))).tolist() == decode(OCTETS).tolist()


def test_known_values():
    """ITU-T G.711, tables 1a and 2a: the ends and the middle of both laws."""
    assert g711.from_mulaw(b"\x00\x80\xff\x7f").tolist() == [-32124, 32124, 0, 0]
    assert g711.from_alaw(b"\x2a\xaa\xd5\x55").tolist() == [-32256, 32256, 8, -8]
    assert g711.to_mulaw(np.array([0, 32767, -32768], np.int16)) == b"\xff\x80\x00"
    assert g711.to_alaw(np.array([0, 32767, -32768], np.int16)) == b"\xd5\xaa\x2a"


def test_nothing_stays_nothing():
    assert g711.from_mulaw(b"").tolist() == []
    assert g711.to_alaw(np.array([], np.int16)) == b""
