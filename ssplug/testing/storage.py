"""For storage backends: a suite of tests to inherit from, and a store in memory that fails on order.

    class TestMyStore(StorageConformance):
        @pytest.fixture
        def store(self, tmp_path): return MyStore(...)

The suite takes no thread of its own: it calls the store as the writing thread does.
"""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from ssplug.interfaces import IFootageReader, IFootageStore, IFootageWriter
from ssplug.model.footage import Usage

KEY = "Front Porch/2026-11-22/22-11-2026 05-29-27 M Front Porch.m4v"
OTHER_KEY = 'The "Höhle" & 100% + #1 🐻/2026-11-22/22-11-2026 05-29-27 C The "Höhle" & 100% + #1 🐻.jpg'


@implementer(IFootageStore)
class MemoryStore:
    """Keeps footage in a dictionary."""

    def __init__(self, rewrites: bool = True, name: str = "memory:") -> None:
        self.name = self.volume = name
        self.rewrites = rewrites
        self.files: dict[str, bytearray] = {}
        self.error: OSError | None = None
        """What every attempt to change something raises, as long as it is set."""
        self.room: int | None = None
        """How many bytes can still be appended; None: no end."""
        self.syncs = 0
        self.sync_error: OSError | None = None

    def begin(self, key: str) -> "MemoryWriter":
        """A new file."""
        self.fail_on_order()
        if not _is_key(key):
            raise FileNotFoundError(errno.ENOENT, "not a key", key)
        if key in self.files:
            raise FileExistsError(errno.EEXIST, "taken", key)
        self.files[key] = bytearray()
        return MemoryWriter(self, self.files[key])

    def resume(self, key: str, size: int) -> "MemoryWriter":
        """Go on with a file."""
        self.fail_on_order()
        content = self._content(key)
        del content[size:]
        return MemoryWriter(self, content)

    def open(self, key: str) -> "MemoryReader":
        """Read a file."""
        return MemoryReader(self._content(key))

    def rewrite(self, key: str, head: bytes) -> None:
        """Replace the first bytes."""
        self.fail_on_order()
        self._content(key)[: len(head)] = head

    def remove(self, key: str) -> None:
        """Delete a file."""
        self.fail_on_order()
        self.room = None if self.room is None else self.room + len(self.files.get(key, b""))
        self.files.pop(key, None)

    def where(self, key: str) -> str:
        """Nowhere in particular."""
        return f"{self.name}/{key}"

    def find(self) -> Iterator[tuple[str, int]]:
        """All files."""
        return iter([(key, len(content)) for key, content in self.files.items()])

    def usage(self) -> Usage:
        """What is left of `room`."""
        return Usage() if self.room is None else Usage(self.room, self.room + sum(map(len, self.files.values())))

    def take(self, size: int) -> None:
        """Take `size` bytes of the room, or fail as ordered."""
        self.fail_on_order()
        if self.room is not None and size > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room = None if self.room is None else self.room - size

    def fail_on_order(self) -> None:
        """Raise `error` if there is one."""
        if self.error is not None:
            raise self.error

    def _content(self, key: str) -> bytearray:
        if key not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file", key)
        return self.files[key]


@implementer(IFootageWriter)
class MemoryWriter:
    """A file of a MemoryStore that is being written."""

    def __init__(self, store: MemoryStore, content: bytearray) -> None:
        self._store = store
        self._content = content

    def append(self, data: bytes) -> None:
        """All or nothing."""
        self._store.take(len(data))
        self._content += data

    def sync(self) -> None:
        """Counted."""
        if self._store.sync_error is not None:
            raise self._store.sync_error
        self._store.syncs += 1

    def finish(self, head: bytes) -> None:
        """Replace the head."""
        self._store.fail_on_order()
        self._content[: len(head)] = head

    def close(self) -> None:
        """Nothing to let go of."""


@implementer(IFootageReader)
class MemoryReader:
    """A file of a MemoryStore that is being read."""

    path: Path | None = None

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self.size = len(content)

    def read(self, offset: int, count: int) -> bytes:
        """A piece."""
        return bytes(self._content[offset : offset + count])

    def close(self) -> None:
        """Nothing to let go of."""


def _is_key(key: str) -> bool:
    return "\0" not in key and not {"", ".", ".."} & set(key.split("/"))


class StorageConformance:
    """The tests; `store` is a fixture with a store that holds nothing."""

    @pytest.fixture
    def store(self) -> IFootageStore:
        """The store to be tested."""
        raise NotImplementedError("a fixture named `store` gives the store to be tested")

    def written(self, store: IFootageStore, key: str = KEY, data: bytes = b"footage", head: bytes = b"") -> None:
        """Put a finished file into the store."""
        writer = store.begin(key)
        writer.append(data)
        writer.finish(head)

    def content(self, store: IFootageStore, key: str = KEY) -> bytes:
        """All of a file."""
        reader = store.open(key)
        try:
            data = bytes(reader.read(0, reader.size))
        finally:
            reader.close()
        return data

    def test_it_provides_the_interfaces(self, store: IFootageStore) -> None:
        """Also what it returns does."""
        assert verifyObject(IFootageStore, store)
        assert store.name
        assert store.volume
        writer = store.begin(KEY)
        assert verifyObject(IFootageWriter, writer)
        writer.append(b"x")
        writer.finish(b"")
        reader = store.open(KEY)
        assert verifyObject(IFootageReader, reader)
        reader.close()

    @pytest.mark.parametrize("key", [KEY, OTHER_KEY])
    def test_what_is_appended_is_read_again(self, store: IFootageStore, key: str) -> None:
        """In the order in which it was appended, under whatever name."""
        writer = store.begin(key)
        for piece in (b"one ", b"", b"two ", b"three" * 1000):
            writer.append(piece)
            writer.sync()
        writer.finish(b"")
        assert self.content(store, key) == b"one two " + b"three" * 1000

    def test_a_range_is_read(self, store: IFootageStore) -> None:
        """And nothing from behind the end."""
        self.written(store, data=b"0123456789")
        reader = store.open(KEY)
        assert reader.size == 10
        assert reader.read(3, 4) == b"3456"
        assert reader.read(8, 100) == b"89"
        assert reader.read(10, 1) == b""
        assert reader.path is None or reader.path.read_bytes() == b"0123456789"
        reader.close()
        reader.close()

    def test_syncing_a_file_that_is_finished_is_no_error(self, store: IFootageStore) -> None:
        """The thread that syncs does not know what the one that writes has done meanwhile."""
        writer = store.begin(KEY)
        writer.append(b"x")
        writer.finish(b"")
        writer.sync()
        writer.close()
        writer.sync()

    def test_finishing_replaces_the_first_bytes(self, store: IFootageStore) -> None:
        """Where the store says that it can."""
        self.written(store, data=b"old head, and the rest", head=b"new head" if store.rewrites else b"")
        assert self.content(store) == (b"new head, and the rest" if store.rewrites else b"old head, and the rest")

    def test_the_beginning_of_a_finished_file_can_be_replaced(self, store: IFootageStore) -> None:
        """Where the store says that it can."""
        self.written(store, data=b"old head, and the rest")
        if store.rewrites:
            store.rewrite(KEY, b"NEW")
            assert self.content(store) == b"NEW head, and the rest"

    def test_a_key_is_given_once(self, store: IFootageStore) -> None:
        """While its file is being written, and when it is finished."""
        writer = store.begin(KEY)
        with pytest.raises(FileExistsError):
            store.begin(KEY)
        writer.append(b"mine")
        writer.finish(b"")
        with pytest.raises(FileExistsError):
            store.begin(KEY)
        assert self.content(store) == b"mine"

    def test_a_file_is_found_while_it_is_written_and_after(self, store: IFootageStore) -> None:
        """With its size."""
        writer = store.begin(KEY)
        writer.append(b"12345")
        writer.sync()
        assert dict(store.find()) == {KEY: 5}
        writer.finish(b"")
        self.written(store, OTHER_KEY, b"123")
        assert dict(store.find()) == {KEY: 5, OTHER_KEY: 3}

    def test_a_file_is_read_while_it_is_written(self, store: IFootageStore) -> None:
        """What has been appended so far."""
        writer = store.begin(KEY)
        writer.append(b"so far")
        assert self.content(store) == b"so far"
        writer.close()

    def test_a_file_that_was_left_is_resumed(self, store: IFootageStore) -> None:
        """Behind what was whole of it."""
        writer = store.begin(KEY)
        writer.append(b"whole, torn")
        writer.sync()
        writer.close()
        writer.close()
        resumed = store.resume(KEY, 5)
        resumed.append(b"; repaired")
        resumed.finish(b"WHOLE" if store.rewrites else b"")
        assert self.content(store) == (b"WHOLE; repaired" if store.rewrites else b"whole; repaired")

    def test_a_file_that_is_not_there_is_neither_resumed_nor_read(self, store: IFootageStore) -> None:
        """FileNotFoundError, which is an OSError."""
        with pytest.raises(FileNotFoundError):
            store.resume(KEY, 0)
        with pytest.raises(FileNotFoundError):
            store.open(KEY)

    def test_a_removed_file_is_gone(self, store: IFootageStore) -> None:
        """Its key is free again; removing it twice is no error."""
        self.written(store)
        self.written(store, OTHER_KEY)
        store.remove(KEY)
        store.remove(KEY)
        assert dict(store.find()) == {OTHER_KEY: 7}
        with pytest.raises(FileNotFoundError):
            store.open(KEY)
        self.written(store, data=b"another")
        assert self.content(store) == b"another"

    @pytest.mark.parametrize(
        "key", ["", "/etc/passwd", "../outside.m4v", "a/../../outside.m4v", "a//b.m4v", "a/./b.m4v", "a/b\0c.m4v", "a/"]
    )
    def test_what_is_no_key_names_no_file(self, store: IFootageStore, key: str) -> None:
        """Nothing is read, written or removed."""
        with pytest.raises(OSError, match=r".+"):
            store.open(key)
        with pytest.raises(OSError, match=r".+"):
            store.begin(key)
        store.remove(key)
        assert list(store.find()) == []

    def test_it_says_where_a_file_is(self, store: IFootageStore) -> None:
        """With the whole key, so that people find it."""
        self.written(store)
        assert store.where(KEY).endswith(KEY)

    def test_it_says_how_full_it_is(self, store: IFootageStore) -> None:
        """Or that nobody knows."""
        usage = store.usage()
        assert isinstance(usage, Usage)
        if usage.free is not None and usage.total is not None:
            assert 0 <= usage.free <= usage.total
