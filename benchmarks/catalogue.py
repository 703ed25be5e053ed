"""A catalogue of a million files beside one of a thousand: pages, filters, retention.

    python benchmarks/catalogue.py [--files 1000000] [--folder FOLDER]

Prints a table: milliseconds in the small catalogue and in the large one, and their ratio. A page of
any kind may cost at most twice as much in the large one.
"""

import argparse
import dataclasses
import datetime as dt
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ssplug.capture.catalogue import Catalogue
from ssplug.model.footage import FootageCursor, FootageFile, FootageKind, FootageQuery, ObjectClass

CAMERAS = 64
SMALL = 1000
DAYS = 30
END = dt.datetime(2026, 11, 22, tzinfo=dt.UTC).timestamp()
ROUNDS = 15
TARGET = 2.0


def filled(path: Path, count: int) -> Catalogue:
    """A catalogue of `count` files, evenly over cameras, kinds and the last thirty days."""
    Catalogue(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    for camera in range(CAMERAS):
        connection.execute("INSERT INTO folders VALUES (?, 'filesystem:/footage', ?)", (camera + 1, f"Camera {camera}"))
    connection.executemany(
        """INSERT INTO footage (camera, kind, mode, date, started, utc_offset, duration, size, state, triggers, classes,
        tag, folder, name) VALUES (?, ?, 'M', ?, ?, 0, 30000, 10000000, 1, 1, ?, 0, ?, ?)""",
        rows(count),
    )
    connection.execute("COMMIT")
    connection.close()
    return Catalogue(path)


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """The rows, oldest first."""
    for number in range(count):
        started = END - DAYS * 86400 * (1 - number / count)
        date = dt.datetime.fromtimestamp(started, dt.UTC).date().toordinal()
        camera = number % CAMERAS
        name = f"{number:08d} M Camera {camera}.m4v"
        yield camera, number // CAMERAS % 3, date, int(started * 1000), number // 7 % 8, camera + 1, name


def questions(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """What clients and the server ask; the same of every catalogue."""
    everything = FootageQuery(frozenset(range(CAMERAS)), frozenset(FootageKind), limit=100)
    one = FootageQuery(frozenset({3}), frozenset({FootageKind.MOTION}), limit=5)
    whole = catalogue.page(dataclasses.replace(everything, limit=500))
    middle = dt.date.fromtimestamp(END - DAYS / 2 * 86400)
    deep = dataclasses.replace(everything, after=FootageCursor.behind(whole[-1]))
    file: FootageFile = whole[len(whole) // 2]
    return {
        "newest page, all cameras": lambda: catalogue.page(everything),
        "page 6, all cameras": lambda: catalogue.page(deep),
        "page in the middle, all cameras": lambda: catalogue.page(dataclasses.replace(everything, last_date=middle)),
        "newest page, one camera": lambda: catalogue.page(one),
        "one camera, one day": lambda: catalogue.page(dataclasses.replace(one, first_date=middle, last_date=middle)),
        "one camera, by age": lambda: catalogue.page(dataclasses.replace(one, since=END - 5 * 86400)),
        "all cameras, by class": lambda: catalogue.page(dataclasses.replace(everything, classes=ObjectClass.HUMAN)),
        "one file by its name": lambda: catalogue.find(file.label.camera, file.date, file.name),
        "the oldest 100": catalogue.oldest,
        "the oldest 5 of one camera": lambda: catalogue.oldest(camera=3, limit=5),
        "bytes of each camera": catalogue.sizes,
    }


def milliseconds(question: Callable[[], object]) -> float:
    """The median of several rounds."""
    question()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        question()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def found(question: Callable[[], object]) -> int:
    """How many files it finds."""
    answer = question()
    return len(answer) if isinstance(answer, list) else 1


def main() -> None:
    """Fill two catalogues and ask them the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the catalogues go; by default a temporary folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        small, large = (filled(Path(folder) / f"{count}.sqlite", count) for count in (SMALL, given.files))
        size = (Path(folder) / f"{given.files}.sqlite").stat().st_size
        print(f"{given.files} files: {size / 1e6:.0f} MB of catalogue, {size / given.files:.0f} bytes a file")
        print(f"{'milliseconds':36}{SMALL:>10}{given.files:>10}{'ratio':>8}")
        beside = questions(small)
        for name, question in questions(large).items():
            few, many = milliseconds(beside[name]), milliseconds(question)
            remark = "" if many / few <= TARGET else f"  above {TARGET}"
            if found(beside[name]) != found(question):
                remark = f"  {found(beside[name])} files beside {found(question)}"
            print(f"{name:36}{few:10.3f}{many:10.3f}{many / few:8.2f}{remark}")
        small.close()
        large.close()


if __name__ == "__main__":
    main()
