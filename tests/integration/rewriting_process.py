"""Replaces a site file over and over until killed, many times: prints how often which content was found.

Run as: python rewriting_process.py SITE_FILE KILLS.  The process forks itself, which is cheap while
it has one thread.  It does nothing but write, so that nearly every kill meets a write.
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from ssplug.model.settings import Change
from ssplug.site.atomic import write_atomically
from ssplug.site.rewrite import rewritten

HOUSE = f"# {'x' * 200_000}\nserver: {{realm: House}}\n"
TEXTS = {"House": HOUSE, "Garden": rewritten(HOUSE, [Change(("server", "realm"), "Garden")])}


def write_for_ever(path: Path, ready: int) -> None:
    for text in itertools.cycle(TEXTS.values()):
        write_atomically(path, text)
        os.write(ready, b".")


def kill_once(path: Path) -> str:
    """What was in the file afterwards."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        write_for_ever(path, writer)
    os.read(reader, 1)
    time.sleep(random.uniform(0, 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)
    content = path.read_text()
    return next((name for name, text in TEXTS.items() if text == content), "neither")


def main() -> None:
    path = Path(sys.argv[1])
    print(json.dumps(Counter(kill_once(path) for _ in range(int(sys.argv[2])))))


if __name__ == "__main__":
    main()
