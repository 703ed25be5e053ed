"""From the packets of real containers to access units."""

import itertools
import os
from pathlib import Path

import av
import pytest

from ssplug.media import aac, h264, h265
from ssplug.media.access_unit import AAC, H264, MJPEG, PCMU
from ssplug.media.demux import Demuxer
from ssplug.testing.encoded import encoded_audio, encoded_video, write_media

CLIPS = Path(__file__).parents[4] / "shared" / "media"


def demuxed(path, mend=lambda packet: None, **options):
    """All access units of a file, `mend` being what happens to each packet on its way."""
    units = []
    with av.open(str(path), options=options) as container:
        demuxer = Demuxer(container)
        for packet in container.demux(demuxer.streams):
            mend(packet)
            unit = demuxer.access_unit(packet)
            if unit is not None:
                assert unit.track in demuxer.tracks
                units.append(unit)
    return units


def written(path, *streams):
    write_media(str(path), *streams)
    return path


def of_video(units):
    return [unit for unit in units if unit.track.is_video]


def of_audio(units):
    return [unit for unit in units if not unit.track.is_video]


@pytest.fixture(scope="module")
def video():
    return encoded_video()


@pytest.fixture(scope="module")
def sound():
    return encoded_audio()


def test_length_prefixed_h264_comes_out_as_the_encoder_gave_it(tmp_path, video, sound):
    """MP4 has it as AVCC; Annex B comes back, byte for byte."""
    units = demuxed(written(tmp_path / "a.mp4", video, sound))
    assert [unit.data for unit in of_video(units)] == [unit.data for unit in video[1]]
    assert [unit.key for unit in of_video(units)] == [unit.key for unit in video[1]]


def test_length_prefixed_h265_comes_out_as_the_encoder_gave_it(tmp_path):
    track, encoded = encoded_video("hevc", count=6, gop=3)
    units = demuxed(written(tmp_path / "a.mp4", (track, encoded)))
    assert [unit.data for unit in units] == [unit.data for unit in encoded]
    assert [unit.key for unit in units] == [True, False, False, True, False, False]
    sets = h265.parameter_sets(units[0].track.extradata)
    assert [h265.nal_type(nal) for nal in sets] == [h265.VPS_NAL, h265.SPS_NAL, h265.PPS_NAL]


def test_tracks_are_described_in_our_terms(tmp_path, video, sound):
    """Video counts at 90 kHz, sound at its sample rate, parameter sets are Annex B."""
    with av.open(str(written(tmp_path / "a.mp4", video, sound))) as container:
        picture, audio = Demuxer(container).tracks
    assert (picture.codec, picture.clock_rate, picture.width, picture.height) == (H264, 90_000, 320, 180)
    assert picture.frame_rate == 10.0
    assert picture.extradata == h264.annex_b(h264.parameter_sets(video[1][0].data))
    assert (audio.codec, audio.clock_rate, audio.channels) == (AAC, 16_000, 1)
    assert aac.AudioSpecificConfig.parse(audio.extradata) == aac.AudioSpecificConfig(16_000, 1)


def test_times_are_in_ticks_of_the_track(tmp_path, video, sound):
    units = demuxed(written(tmp_path / "a.mp4", video, sound))
    assert [unit.pts for unit in of_video(units)] == [9000 * number for number in range(10)]
    sounds = [unit.pts for unit in of_audio(units)]
    assert {after - before for before, after in itertools.pairwise(sounds)} == {1024}


def test_a_container_that_was_not_probed_is_described_by_its_parameter_sets(tmp_path, video, sound):
    """As RTSP is opened: width and height are 0, and ADTS stands in for the configuration of AAC."""
    path = written(tmp_path / "a.ts", video, sound)
    units = demuxed(path, analyzeduration="0", probesize="32", format="mpegts")
    assert of_video(units)[0].track.width == 320
    assert of_audio(units)[0].track.extradata == b"\x14\x08"
    assert of_video(units)[0].key


def test_nothing_is_given_until_every_track_is_known(tmp_path, video, sound):
    """Whoever is told of the tracks is told once."""
    path = written(tmp_path / "a.ts", video, sound)
    with av.open(str(path), options={"analyzeduration": "0", "probesize": "32"}) as container:
        demuxer = Demuxer(container)
        before = demuxer.tracks
        for packet in container.demux(demuxer.streams):
            if demuxer.access_unit(packet) is not None:
                break
        assert len(before) < 2
        assert len(demuxer.tracks) == 2


def test_a_track_that_stays_unknown_is_given_up_after_a_while(tmp_path, video, sound, monkeypatch):
    """Here sound of which no packet ever comes."""
    monkeypatch.setattr("ssplug.media.demux.PATIENCE", 4)
    path = written(tmp_path / "a.ts", video, sound)
    with av.open(str(path), options={"analyzeduration": "0", "probesize": "32"}) as container:
        demuxer = Demuxer(container)
        pictures = [packet for packet in container.demux(demuxer.streams) if packet.stream_index == 0]
        units = [demuxer.access_unit(packet) for packet in pictures]
    assert [unit is not None for unit in units[:10]] == [False] * 4 + [True] * 6
    assert [track.codec for track in demuxer.tracks] == [H264]


def test_adts_headers_are_taken_off(tmp_path, sound):
    units = demuxed(written(tmp_path / "a.aac", sound))
    assert [unit.data for unit in units] == [unit.data for unit in sound[1]]
    assert units[0].track.extradata == b"\x14\x08"


def test_damaged_adts_costs_only_its_own_unit(tmp_path, sound):
    numbers = iter(range(1000))

    def damage(packet):
        if packet.size and next(numbers) == 3:
            packet.update(b"\xff\xf1" + bytes(packet.size - 2))

    units = demuxed(written(tmp_path / "a.aac", sound), damage)
    assert len(units) == len(sound[1]) - 1


def test_key_frames_get_the_parameter_sets_that_only_the_container_has(tmp_path, video):
    """A viewer who comes later starts with the key frame alone."""
    _, encoded = video
    sets = h264.parameter_sets(encoded[0].data)

    def strip(packet):
        nals = [nal for nal in _avcc_nals(bytes(packet)) if h264.nal_type(nal) not in (7, 8)]
        if nals:
            packet.update(b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals).ljust(packet.size, b"\0"))

    units = demuxed(written(tmp_path / "a.mp4", video), strip)
    assert [h264.parameter_sets(unit.data) == sets for unit in units] == [unit.key for unit in units]


def test_an_access_unit_delimiter_stays_first(tmp_path):
    """Parameter sets come behind it (ITU-T H.264, 7.4.1.2.3)."""
    track, encoded = encoded_video(options={"x264-params": "aud=1"})

    def strip(packet):
        nals = [nal for nal in _avcc_nals(bytes(packet)) if h264.nal_type(nal) not in (7, 8)]
        if nals:
            packet.update(b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals).ljust(packet.size, b"\0"))

    first = demuxed(written(tmp_path / "a.mp4", (track, encoded)), strip)[0]
    kinds = [h264.nal_type(nal) for nal in h264.nal_units(first.data)]
    assert kinds[:3] == [h264.AUD, h264.SPS_NAL, h264.PPS_NAL]


def _avcc_nals(data):
    return h264.nal_units(h264.from_avcc(data))


def test_start_codes_are_made_long(tmp_path):
    """Raw H.264 of x264 has short ones within an access unit."""
    path = tmp_path / "a.h264"
    path.write_bytes(b"".join(unit.data.replace(b"\0\0\0\1", b"\0\0\1") for unit in encoded_video()[1]))
    units = demuxed(path)
    assert [unit.data for unit in units] == [unit.data for unit in encoded_video()[1]]


def test_a_change_of_resolution_is_a_change_of_track(tmp_path):
    """A camera that was set to another size goes on in the same connection."""
    path = tmp_path / "a.h264"
    small, large = encoded_video(width=160, height=96)[1], encoded_video(width=640, height=368)[1]
    path.write_bytes(b"".join(unit.data for unit in small + large))
    sizes = [(unit.track.width, unit.track.height) for unit in demuxed(path)]
    assert sizes == [(160, 96)] * 10 + [(640, 368)] * 10


def test_the_same_parameter_sets_again_change_nothing(tmp_path, video):
    units = demuxed(written(tmp_path / "a.ts", video))
    assert len({unit.track for unit in units}) == 1


def test_b_pictures_keep_both_their_times(tmp_path):
    track, encoded = encoded_video(count=12, options={"tune": "film", "preset": "medium", "bframes": "3"})
    assert any(unit.pts != unit.dts for unit in encoded)
    units = demuxed(written(tmp_path / "a.mp4", (track, encoded)))
    shift = units[0].pts - encoded[0].pts
    assert [(unit.pts - shift, unit.dts - shift) for unit in units] == [(unit.pts, unit.dts) for unit in encoded]


def test_decoding_times_that_are_missing_are_found_again(tmp_path):
    """After the first B pictures have shown how deep the stream reorders."""
    track, encoded = encoded_video(count=40, gop=40, options={"tune": "film", "preset": "medium", "bframes": "3"})

    def forget(packet):
        if packet.size:
            packet.dts = None

    units = demuxed(written(tmp_path / "a.mp4", (track, encoded)), forget)[8:]
    assert all(unit.dts <= unit.pts for unit in units)
    assert all(before.dts < after.dts for before, after in itertools.pairwise(units))


def test_units_without_any_time_follow_at_the_pace_of_the_others(tmp_path, video):
    numbers = iter(range(1000))

    def forget(packet):
        if packet.size and next(numbers) in (4, 5):
            packet.pts = packet.dts = None

    units = demuxed(written(tmp_path / "a.mp4", video), forget)
    assert [unit.pts for unit in units] == [9000 * number for number in range(10)]


def test_a_first_unit_without_any_time_is_at_zero(tmp_path, video):
    """So FFmpeg gives the first picture of RTSP, although it knows its duration."""
    numbers = iter(range(1000))

    def forget(packet):
        if packet.size and next(numbers) == 0:
            packet.pts = packet.dts = None

    units = demuxed(written(tmp_path / "a.mp4", video), forget)
    assert [unit.pts for unit in units] == [9000 * number for number in range(10)]


def test_motion_jpeg_says_its_own_size(tmp_path):
    track, encoded = encoded_video("mjpeg", count=3)
    pcm = encoded_audio("pcm_mulaw", 8000)
    units = demuxed(written(tmp_path / "a.avi", (track, encoded), pcm))
    assert [unit.data for unit in of_video(units)] == [unit.data for unit in encoded]
    assert of_video(units)[0].track.codec == MJPEG
    assert (of_video(units)[0].track.width, of_video(units)[0].track.height) == (320, 180)
    assert all(unit.key for unit in units)
    assert (of_audio(units)[0].track.codec, of_audio(units)[0].track.clock_rate) == (PCMU, 8000)
    assert b"".join(unit.data for unit in of_audio(units)) == b"".join(unit.data for unit in pcm[1])


def test_a_file_without_video_or_sound_is_refused(tmp_path):
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    with av.open(str(path)) as container, pytest.raises(ValueError, match="neither video nor sound"):
        Demuxer(container)


def test_packets_of_other_streams_are_passed_over(tmp_path, video, sound):
    """Such as a second language."""
    path = written(tmp_path / "a.mp4", video, sound, encoded_audio(hertz=1000.0))
    with av.open(str(path)) as container:
        demuxer = Demuxer(container)
        units = [demuxer.access_unit(packet) for packet in container.demux()]
    assert [unit.data for unit in units if unit and not unit.track.is_video] == [unit.data for unit in sound[1]]


@pytest.mark.skipif(
    not CLIPS.is_dir() and os.environ.get("CI") != "true", reason="the clips of ../shared/media are not here"
)
@pytest.mark.parametrize(
    ("name", "codecs", "pictures"),
    [
        ("person-one-by-one.mp4", [H264], 1394),
        ("car-topdown.mp4", [H264, AAC], 377),
        ("person-and-dog.mp4", [H264, AAC], 289),
        ("vtest.avi", ["msmpeg4v3"], 795),
    ],
)
def test_real_footage_comes_out_whole(name, codecs, pictures):
    units = demuxed(CLIPS / name)
    video = of_video(units)
    assert sorted({unit.track.codec for unit in units}) == sorted(codecs)
    assert len(video) == pictures
    assert video[0].key
    assert all(before.dts < after.dts for before, after in itertools.pairwise(video))
