"""kill -9 while recording: nothing older than a second is lost, and the next start finds the rest."""

import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssplug.capture.repair import left_behind, mend
from ssplug.capture.shelf import Shelf
from ssplug.media.mp4_index import read_index
from ssplug.model.footage import FootageKind, FootageQuery, FootageState
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore
from tests.integration.recording_process import number_of

pytestmark = [pytest.mark.integration]

KILLS = 50
AT_ONCE = 5
PROMISED_SECONDS = 1.0


class Killing:
    """Processes that record, each killed at a moment of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.recording_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def begin(self, folder: Path) -> int:
        """Begin to record there; the pid."""
        folder.mkdir()
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self, pid: int) -> float:
        """Kill it; when that was."""
        at = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                time.sleep(0.01)
        return at

    def close(self) -> None:
        """End the process that all others came from."""
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def killing() -> Iterator[Killing]:
    made = Killing()
    yield made
    made.close()


def wait_until_recording(folder: Path) -> None:
    """Until pictures are sent: a process that is still starting has nothing to lose."""
    deadline = time.monotonic() + 30
    while not (folder / "sent").exists() or not (folder / "sent").stat().st_size:
        assert time.monotonic() < deadline, "nothing is being recorded"
        time.sleep(0.01)


def found_after_restart(folder: Path) -> list[int]:
    """The numbers of all pictures that the next start has, in the order of the footage."""
    store = FilesystemStore(FilesystemSettings(str(folder / "footage")))
    shelf = Shelf(store, folder / "catalogue.sqlite", dt.UTC)
    try:
        for file in left_behind(shelf.catalogue, store, FootageState.RECORDING):
            mend(shelf, file)
        files = shelf.catalogue.page(FootageQuery(frozenset({3}), frozenset(FootageKind)))
        assert {file.key for file in files} == {key for key, _ in store.find()}
        return [number for file in reversed(files) for number in numbers_in(folder / "footage" / file.key)]
    finally:
        shelf.close()


def numbers_in(path: Path) -> list[int]:
    """The numbers of the pictures of one file, which must be an ordinary MP4."""
    content = path.read_bytes()
    index = read_index(lambda at, count: content[at : at + count], len(content))
    assert index.finished
    table = index.tables[0]
    return [number_of(content[at : at + size]) for at, size in zip(table.offsets(), table.sizes, strict=True)]


def sent(folder: Path) -> list[tuple[int, float]]:
    """What the camera sent, and when."""
    lines = (folder / "sent").read_text().splitlines()
    return [(int(number), float(at)) for number, at in (line.split() for line in lines)]


def test_fifty_kills_lose_less_than_a_second_each(killing: Killing, tmp_path: Path) -> None:
    """At random moments, also while one file ends and the next begins; nothing is doubled or out of order."""
    chance = random.Random(50)
    losses = []
    for begin in range(0, KILLS, AT_ONCE):
        folders = [tmp_path / str(number) for number in range(begin, begin + AT_ONCE)]
        pids = {folder: killing.begin(folder) for folder in folders}
        for folder in folders:
            wait_until_recording(folder)
        for folder in folders:
            time.sleep(chance.uniform(0.1, 0.7))
            killed_at = killing.kill(pids[folder])
            found = found_after_restart(folder)
            assert found == list(range(len(found)))
            lost = [at for number, at in sent(folder) if number >= len(found)]
            losses.append(killed_at - lost[0] if lost else 0.0)
    print(f"lost, in seconds: at most {max(losses):.2f}, {sum(losses) / KILLS:.2f} on average, of {KILLS} kills")
    assert len(losses) == KILLS
    assert 0 < max(losses) <= PROMISED_SECONDS
