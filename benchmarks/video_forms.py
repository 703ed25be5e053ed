"""What it costs to make live video: a 640x360 form of a 1080p25 camera beside ffmpeg doing the same, in one run.

    python benchmarks/video_forms.py [--seconds 20]

Needs ffmpeg. The camera is a moving test pattern with noise, encoded once. ffmpeg reads the same file at its own
pace, decodes and encodes it with the options that the server uses, with one thread each. The target is a ratio
of at most 1.2 between what the form adds to passing through and ffmpeg. A second client of the form is measured,
too.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.server import Server, running, write_site

TARGET = 1.2
SETTLE_SECONDS = 4.0
TICKS = os.sysconf("SC_CLK_TCK")
PATTERN = "testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t"
CAMERA = "-c:v libx264 -profile:v main -preset veryfast -bf 0 -g 50 -b:v 4M -pix_fmt yuv420p"
MAKING = "-vf scale=640:360:flags=area -c:v libx264 -preset superfast -tune zerolatency -crf 23 -g 50 -threads 1"


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=20.0)
    seconds = arguments.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="ssplug-forms-") as folder:
        movie = Path(folder) / "camera.mp4"
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", PATTERN, "-t", "20", *CAMERA.split(), movie)
        site = write_site(Path(folder), f"camera: {{number: 0, source: {{driver: file, path: {movie}}}, {QUIET}}}")
        with running(site) as server:
            server.wait_for("(camera) online")
            passing, one, two = (share(server, clients, seconds) for clients in ([""], [FORM], [FORM, FORM]))
        peer = peer_share(movie, seconds)
    print("| per cent of a core | |\n| --- | --- |")
    print(f"| one client, passed through | {passing:.1f} |")
    print(f"| one client of the form | {one:.1f} |")
    print(f"| two clients of the form | {two:.1f} |")
    print(f"| ffmpeg, reading the file | {peer:.1f} |")
    print(f"\nthe form against ffmpeg: {(one - passing) / peer:.2f} (target {TARGET})")


QUIET = "motion: {enabled: false}, motion_capture: {schedule: unarmed-24-7}"
FORM = "&width=640&height=360"


def share(server: Server, clients: Sequence[str], seconds: float) -> float:
    """Per cent of a core that the server takes while `clients` (parameters of each) play."""
    with ExitStack() as stack:
        for parameters in clients:
            url = f"{server.rtsp}/stream?cameraNum=0{parameters}"
            command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-c", "copy", "-f", "null", "-"]
            stack.callback(end, subprocess.Popen(command, stdin=subprocess.DEVNULL))
        return cpu_share(server.process.pid, seconds)


def peer_share(movie: Path, seconds: float) -> float:
    """Per cent of a core that ffmpeg takes for the same."""
    reading = ["-re", "-stream_loop", "-1", "-threads", "1", "-i", movie]
    process = subprocess.Popen(
        ["ffmpeg", "-v", "error", *reading, *MAKING.split(), "-f", "null", "-"], stdin=subprocess.DEVNULL
    )
    try:
        return cpu_share(process.pid, seconds)
    finally:
        end(process)


def cpu_share(pid: int, seconds: float) -> float:
    """Of a process with all of its threads, after it has settled (proc(5))."""
    time.sleep(SETTLE_SECONDS)
    begun, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - used) / (time.monotonic() - begun)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(10)


if __name__ == "__main__":
    main()
