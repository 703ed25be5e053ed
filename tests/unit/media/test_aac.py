"""AAC: AudioSpecificConfig and ADTS."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.aac import SAMPLE_RATES, AudioSpecificConfig, adts, is_adts, raw_data_block
from ssplug.testing.encoded import encoded_audio

configs = st.builds(
    AudioSpecificConfig,
    sample_rate=st.sampled_from([*SAMPLE_RATES, 15999]),
    channels=st.sampled_from([1, 2, 3, 4, 5, 6, 8]),
    object_type=st.sampled_from([1, 2, 4]),
    extension_sample_rate=st.none() | st.sampled_from(SAMPLE_RATES),
    short_frames=st.booleans(),
)


@pytest.mark.parametrize(
    ("octets", "config"),
    [
        ("1408", AudioSpecificConfig(16000, 1)),
        ("1190", AudioSpecificConfig(48000, 2)),
        ("1210", AudioSpecificConfig(44100, 2)),
        ("140856e500", AudioSpecificConfig(16000, 1)),
        ("2b920800", AudioSpecificConfig(22050, 2, extension_sample_rate=44100)),
        ("139056e5a0", AudioSpecificConfig(22050, 2, extension_sample_rate=44100)),
        ("eb8a0800", AudioSpecificConfig(22050, 1, extension_sample_rate=44100, parametric_stereo=True)),
    ],
)
def test_configurations_of_real_encoders(octets, config):
    """SBR and PS are understood before the core (1.6.5.2) and behind it (1.6.5.3)."""
    assert AudioSpecificConfig.parse(bytes.fromhex(octets)) == config


@given(configs)
@settings(max_examples=100)
def test_what_was_written_is_read_again(config):
    assert AudioSpecificConfig.parse(config.serialize()) == config


def test_a_plain_configuration_is_two_bytes():
    assert AudioSpecificConfig(16000, 1).serialize() == b"\x14\x08"


def test_parametric_stereo_is_read_again():
    config = AudioSpecificConfig(22050, 1, extension_sample_rate=44100, parametric_stereo=True)
    assert AudioSpecificConfig.parse(config.serialize()) == config


@pytest.mark.parametrize("octets", ["", "14", "1400", "16a8", "1f"])
def test_a_configuration_that_makes_no_sense_is_refused(octets):
    with pytest.raises(ValueError):
        AudioSpecificConfig.parse(bytes.fromhex(octets))


def test_frames_have_1024_samples_or_960():
    assert AudioSpecificConfig(8000, 1).frame_length == 1024
    assert AudioSpecificConfig(8000, 1, short_frames=True).frame_length == 960


@given(st.binary(max_size=200).filter(lambda data: not is_adts(data)), configs)
@settings(max_examples=100)
def test_an_adts_header_comes_off_as_it_went_on(block, config):
    if config.sample_rate not in SAMPLE_RATES or config.extension_sample_rate or config.short_frames:
        return
    framed = adts(block, config)
    assert raw_data_block(framed) == block
    assert raw_data_block(framed + b"tail") == block
    assert AudioSpecificConfig.from_adts(framed) == config


def test_a_block_without_header_stays_as_it_is():
    assert raw_data_block(b"\x01\x40\x20") == b"\x01\x40\x20"
    assert raw_data_block(b"") == b""


def test_a_header_with_a_checksum_is_two_bytes_longer():
    framed = bytearray(adts(b"\0\0block", AudioSpecificConfig(16000, 1)))
    framed[1] &= 0xFE
    assert raw_data_block(bytes(framed)) == b"block"


def test_a_frame_that_is_cut_short_is_refused():
    framed = adts(b"block", AudioSpecificConfig(16000, 1))
    for length in range(2, len(framed)):
        with pytest.raises(ValueError):
            raw_data_block(framed[:length])


def test_several_blocks_in_one_frame_are_refused():
    framed = bytearray(adts(b"block", AudioSpecificConfig(16000, 1)))
    framed[6] |= 1
    with pytest.raises(ValueError, match="several"):
        raw_data_block(bytes(framed))


def test_adts_refuses_what_it_cannot_say():
    with pytest.raises(ValueError):
        adts(b"", AudioSpecificConfig(15999, 1))
    with pytest.raises(ValueError):
        adts(bytes(8192), AudioSpecificConfig(16000, 1))


def test_an_adts_header_without_channels_is_refused():
    framed = bytearray(adts(b"", AudioSpecificConfig(16000, 1)))
    framed[3] &= 0x3F
    with pytest.raises(ValueError):
        AudioSpecificConfig.from_adts(bytes(framed))


def test_an_encoder_s_extradata_is_understood():
    track, _ = encoded_audio("aac", 44100, channels=2)
    assert AudioSpecificConfig.parse(track.extradata) == AudioSpecificConfig(44100, 2)
