"""AAC (ISO/IEC 14496-3): AudioSpecificConfig and ADTS.

Inside this program a piece of AAC is a raw_data_block; the ADTS header, which repeats the
configuration before each, is taken off and put on at the edge.
"""

from dataclasses import dataclass
from typing import Final, Self

from ssplug.media.bits import BitReader

AAC_LC: Final = 2
_SBR: Final = 5
_PS: Final = 29
_ESCAPE: Final = 31
_SYNC_EXTENSION: Final = 0x2B7

# samplingFrequencyIndex (table 1.18); 15 is followed by the rate itself
SAMPLE_RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_EXPLICIT_RATE: Final = 15

# channelConfiguration (table 1.19) to channels; 0 is described elsewhere and not supported
_CHANNELS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8}
_CONFIGURATIONS: Final = {channels: number for number, channels in _CHANNELS.items()}

_ADTS_HEADER: Final = 7
_ADTS_CRC: Final = 2


@dataclass(frozen=True, slots=True)
class AudioSpecificConfig:
    """How to decode a track: the extradata of AAC (1.6.2.1)."""

    sample_rate: int
    """Of the core; SBR doubles it when it is decoded."""
    channels: int
    object_type: int = AAC_LC
    """audioObjectType of the core (table 1.17)."""
    extension_sample_rate: int | None = None
    """With SBR, signalled explicitly: the rate of what is decoded."""
    parametric_stereo: bool = False
    short_frames: bool = False
    """960 samples in a frame rather than 1024."""

    @property
    def frame_length(self) -> int:
        """Samples of the core in one raw_data_block."""
        return 960 if self.short_frames else 1024

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The value of an AudioSpecificConfig; ValueError if it is cut short or not of general audio."""
        reader = BitReader(data)
        object_type, rate, channels = _object_type(reader), _rate(reader), _channels(reader)
        stereo = object_type == _PS
        extension = None
        if object_type in (_SBR, _PS):
            extension = _rate(reader)
            object_type = _object_type(reader)
        short = reader.flag()  # frameLengthFlag (4.4.1)
        if reader.flag():  # dependsOnCoreCoder
            reader.u(14)
        reader.flag()  # extensionFlag
        if extension is None:
            extension, stereo = _sync_extension(reader)
        return cls(rate, channels, object_type, extension, stereo, short)

    def serialize(self) -> bytes:
        """The AudioSpecificConfig; SBR and PS are signalled hierarchically (1.6.5.2)."""
        core = _bits(self.object_type, 5)
        if self.extension_sample_rate is None:
            head = core + _rate_bits(self.sample_rate) + self._channel_bits()
        else:
            outer = _bits(_PS if self.parametric_stereo else _SBR, 5)
            head = outer + _rate_bits(self.sample_rate) + self._channel_bits()
            head += _rate_bits(self.extension_sample_rate) + core
        bits = head + _bits(self.short_frames, 1) + "00"
        return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")

    @classmethod
    def from_adts(cls, header: bytes) -> Self:
        """What an ADTS header says (1.A.2.2); ValueError if it is none."""
        if not is_adts(header) or len(header) < _ADTS_HEADER:
            raise ValueError("not an ADTS header")
        index, channels = header[2] >> 2 & 0xF, (header[2] & 1) << 2 | header[3] >> 6
        if index >= len(SAMPLE_RATES) or channels not in _CHANNELS:
            raise ValueError(f"ADTS with sampling_frequency_index {index}, channel_configuration {channels}")
        return cls(SAMPLE_RATES[index], _CHANNELS[channels], (header[2] >> 6) + 1)

    def _channel_bits(self) -> str:
        return _bits(_CONFIGURATIONS[self.channels], 4)


def is_adts(data: bytes) -> bool:
    """Whether `data` begins with an ADTS header; no raw_data_block does."""
    return len(data) >= 2 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def raw_data_block(adts: bytes) -> bytes:
    """The piece of AAC without its ADTS header, or as it is if it has none; ValueError if it is cut short."""
    if not is_adts(adts):
        return adts
    if len(adts) < _ADTS_HEADER:
        raise ValueError("an ADTS header that ends early")
    if adts[6] & 3:
        raise ValueError("an ADTS frame of several raw data blocks")
    length = (adts[3] & 3) << 11 | adts[4] << 3 | adts[5] >> 5
    begin = _ADTS_HEADER if adts[1] & 1 else _ADTS_HEADER + _ADTS_CRC
    if not begin <= length <= len(adts):
        raise ValueError(f"an ADTS frame of {length} bytes in {len(adts)}")
    return adts[begin:length]


def adts(block: bytes, config: AudioSpecificConfig) -> bytes:
    """A raw_data_block with an ADTS header, without CRC; ValueError if ADTS cannot say `config`."""
    length = len(block) + _ADTS_HEADER
    if config.sample_rate not in SAMPLE_RATES or not 1 <= config.object_type <= 4 or length >= 1 << 13:
        raise ValueError(f"ADTS has no way to say {config} and {length} bytes")
    fields = (
        _bits(0xFFF1, 16)  # syncword, MPEG-4, no CRC
        + _bits(config.object_type - 1, 2)
        + _bits(SAMPLE_RATES.index(config.sample_rate), 4)
        + "0"
        + _bits(_CONFIGURATIONS[config.channels], 3)
        + "0000"
        + _bits(length, 13)
        + _bits(0x7FF, 11)  # adts_buffer_fullness of a variable rate
        + "00"
    )
    return int(fields, 2).to_bytes(_ADTS_HEADER, "big") + block


def _object_type(reader: BitReader) -> int:
    number = reader.u(5)
    return number if number != _ESCAPE else 32 + reader.u(6)


def _rate(reader: BitReader) -> int:
    index = reader.u(4)
    if index == _EXPLICIT_RATE:
        return reader.u(24)
    if index >= len(SAMPLE_RATES):
        raise ValueError(f"samplingFrequencyIndex {index} is reserved")
    return SAMPLE_RATES[index]


def _channels(reader: BitReader) -> int:
    number = reader.u(4)
    if number not in _CHANNELS:
        raise ValueError(f"channelConfiguration {number} is not supported")
    return _CHANNELS[number]


def _sync_extension(reader: BitReader) -> tuple[int | None, bool]:
    """SBR and PS signalled behind the core, so that old decoders do not see it (1.6.5.3)."""
    if reader.left < 16 or reader.u(11) != _SYNC_EXTENSION or _object_type(reader) != _SBR:
        return None, False
    if not reader.flag():  # sbrPresentFlag
        return None, False
    rate = _rate(reader)
    stereo = reader.left >= 12 and reader.u(11) == 0x548 and reader.flag()  # psPresentFlag
    return rate, stereo


def _bits(number: int, count: int) -> str:
    return format(number, f"0{count}b")


def _rate_bits(rate: int) -> str:
    if rate in SAMPLE_RATES:
        return _bits(SAMPLE_RATES.index(rate), 4)
    return _bits(_EXPLICIT_RATE, 4) + _bits(rate, 24)
