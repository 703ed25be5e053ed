"""The file driver is a camera driver: with files of several kinds, and without one."""

import pytest

import ssplug_file
from ssplug.testing.conformance import AbsentCameraConformance, CameraSourceConformance
from ssplug.testing.encoded import encoded_audio, encoded_video, write_media


class TestMovie(CameraSourceConformance, AbsentCameraConformance):
    """H.264 and AAC in MP4; or there is no such file."""

    pictures = 30  # three times through

    @pytest.fixture
    def driver(self):
        return ssplug_file.ssplug_camera_drivers()[0]

    @pytest.fixture
    def settings(self, tmp_path):
        movie = tmp_path / "movie.mp4"
        write_media(str(movie), encoded_video(frame_rate=50), encoded_audio(seconds=0.2))
        return {"path": str(movie)}

    @pytest.fixture
    def absent_settings(self, tmp_path):
        return {"path": str(tmp_path / "nothing.mp4")}


class TestTransportStream(TestMovie):
    """H.265 in MPEG-TS; or the file is no media file."""

    @pytest.fixture
    def settings(self, tmp_path):
        movie = tmp_path / "movie.ts"
        write_media(str(movie), encoded_video("hevc", frame_rate=50))
        return {"path": str(movie)}

    @pytest.fixture
    def absent_settings(self, tmp_path):
        (tmp_path / "notes.txt").write_text("Remember the milk.\n" * 1000)
        return {"path": str(tmp_path / "notes.txt")}
