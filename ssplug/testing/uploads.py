"""For uploaders: suites of tests to inherit from, and an uploader in memory that fails on order.

    class TestCarrierPigeon(UploaderConformance):
        @pytest.fixture
        def driver(self): return ssplug_pigeon.ssplug_uploaders()[0]

        @pytest.fixture
        def settings(self, loft): return {"loft": loft.address}

        @pytest.fixture
        def other_side(self, loft): return loft.files

The suites take no thread of their own: they call the uploader as its thread does.
"""

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import pytest
from jsonschema import Draft202012Validator
from zope.interface import implementer
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import IUploader
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_real_context

NAME: Final = "Front Porch/2026-11-22/22-11-2026 05-29-27 M Front Porch.m4v"
ODD_NAME: Final = 'The "Höhle" & 100% + #1 🐻/2026-11-22/it\'s.jpg'
LARGE: Final = bytes(range(256)) * (3 * 4096)
"""3 MiB: more than any buffer on the way."""


class BrokenFile(io.RawIOBase):
    """A file that cannot be read to its end."""

    def __init__(self, good: bytes) -> None:
        self._good = io.BytesIO(good)

    def readable(self) -> bool:
        """It begins well."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Raise where the good part ends."""
        count = self._good.readinto(buffer)
        if not count:
            raise OSError("the disk is broken")
        return count


class UploaderConformance(DriverConformance):
    """What holds for an uploader whose other side is there."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings for a place that is there: yours to override."""
        raise NotImplementedError("override the fixture `settings` with settings for a place that is there")

    @pytest.fixture
    def other_side(self) -> Callable[[], Mapping[str, bytes]]:
        """What gives all files that are there now, by name: yours to override."""
        raise NotImplementedError("override the fixture `other_side` with a function that tells what has arrived")

    @pytest.fixture
    def uploader(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Iterator[Any]:
        """The uploader under test, built anew for each test."""
        built: Any = driver.build(a_real_context(tmp_path), settings)
        yield built
        built.close()

    def test_the_settings_fit_the_schema(self, driver: Driver, settings: Mapping[str, Any]) -> None:
        """What the other tests use could stand in a site file."""
        Draft202012Validator(driver.schema).validate(settings)

    def test_it_provides_the_interface(self, uploader: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(IUploader, uploader)

    def test_building_it_starts_nothing(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """It is idle until something is uploaded."""
        before = set(threading.enumerate())
        driver.build(a_real_context(tmp_path), settings)
        assert set(threading.enumerate()) == before

    def test_a_file_arrives_as_it_is(self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]) -> None:
        """Byte for byte when `upload` returns, in folders that did not exist, and nothing else with it."""
        uploader.upload(NAME, io.BytesIO(LARGE))
        assert other_side() == {NAME: LARGE}

    def test_names_are_kept_to_the_letter(self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]) -> None:
        """Quotes, umlauts, emoji and what means something elsewhere."""
        uploader.upload(ODD_NAME, io.BytesIO(b"odd"))
        assert other_side() == {ODD_NAME: b"odd"}

    def test_several_files_arrive(self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]) -> None:
        """One after the other, in the same folder and in none; an empty one too."""
        files = {NAME: b"movie", "Front Porch/2026-11-22/a.jpg": b"still", "Front Porch.jpg": b""}
        for name, content in files.items():
            uploader.upload(name, io.BytesIO(content))
        assert other_side() == files

    def test_what_is_there_is_replaced(self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]) -> None:
        """Also by something shorter."""
        uploader.upload("Porch.jpg", io.BytesIO(b"the first"))
        uploader.upload("Porch.jpg", io.BytesIO(b"second"))
        assert other_side() == {"Porch.jpg": b"second"}

    def test_it_goes_on_after_close(self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]) -> None:
        """`close` is no end, and harmless twice, or before anything was sent."""
        uploader.close()
        uploader.upload("a.jpg", io.BytesIO(b"a"))
        uploader.close()
        uploader.close()
        uploader.upload("b.jpg", io.BytesIO(b"b"))
        assert other_side() == {"a.jpg": b"a", "b.jpg": b"b"}

    def test_a_file_that_cannot_be_read_does_not_arrive(
        self, uploader: Any, other_side: Callable[[], Mapping[str, bytes]]
    ) -> None:
        """Half of it is not there under its name, and the next try is as good as the first."""
        with pytest.raises(OSError, match="the disk is broken"):
            uploader.upload(NAME, BrokenFile(LARGE))
        assert NAME not in other_side()
        uploader.upload(NAME, io.BytesIO(LARGE))
        assert other_side() == {NAME: LARGE}


class AbsentUploaderConformance(DriverConformance):
    """What holds for an uploader whose other side is not there, or does not let it in."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Values in the settings that must never be told, such as passwords."""

    @pytest.fixture
    def absent_settings(self) -> Mapping[str, Any]:
        """Settings for a place that cannot be used: yours to override; its secrets go into `secrets`."""
        raise NotImplementedError("override the fixture `absent_settings` with settings for a place that is not there")

    def test_it_says_why_each_time(self, driver: Driver, absent_settings: Mapping[str, Any], tmp_path: Path) -> None:
        """By an exception with a text for people, without secrets; and may be asked again."""
        Draft202012Validator(driver.schema).validate(absent_settings)
        uploader: Any = driver.build(a_real_context(tmp_path), absent_settings)
        for _ in range(2):
            with pytest.raises(Exception, match=r"[a-z]") as caught:
                uploader.upload(NAME, io.BytesIO(b"movie"))
            assert [secret for secret in self.secrets if secret in str(caught.value)] == []
        uploader.close()


@implementer(IUploader)
class MemoryUploader:
    """Keeps files in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.error: Exception | None = None
        """What every upload raises, as long as it is set."""
        self.refused: set[str] = set()
        """Names that it never takes."""
        self.attempts: list[str] = []
        self.closed = 0

    def upload(self, name: str, file: BinaryIO) -> None:
        """Take one file."""
        self.attempts.append(name)
        if self.error is not None:
            raise self.error
        content = file.read()
        if name in self.refused:
            raise OSError(f"550 {name} is refused")
        self.files[name] = content

    def close(self) -> None:
        """Count."""
        self.closed += 1
