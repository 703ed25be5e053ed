"""Every storage backend keeps its promises."""

from pathlib import Path

import pytest

from ssplug.testing.storage import MemoryStore, StorageConformance
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore


class TestFilesystem(StorageConformance):
    """`filesystem`."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> FilesystemStore:
        """In a folder that does not exist yet."""
        return FilesystemStore(FilesystemSettings(str(tmp_path / "disk" / "footage")))


class TestMemory(StorageConformance):
    """What other tests record to."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """An empty one."""
        return MemoryStore()


class TestMemoryThatOnlyGrows(StorageConformance):
    """A store that cannot replace what it has."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        """An empty one."""
        return MemoryStore(rewrites=False)
