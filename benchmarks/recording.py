"""Recording a camera beside `ffmpeg -c copy` of the same stream: CPU of both, in one run.

    python benchmarks/recording.py [--seconds 60] [--cameras 4] [--size 1920x1080] [--fps 20]

Needs GStreamer's RTSP server, ffmpeg, and ../shared with cameras and footage. The server demuxes,
buffers and records; with `idle` it does the same without recording. The target is a ratio of at most
2 between recording and ffmpeg.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.cameras import an_rtsp_camera
from tests.integration.server import running, write_site

TARGET = 2.0
SETTLE_SECONDS = 5.0
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, all of its threads together (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def share(pid: int, seconds: float) -> float:
    """Per cent of a core that a process uses for so long."""
    before, begin = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begin) * 100


def server_share(urls: list[str], folder: Path, seconds: float, schedule: str) -> tuple[float, float]:
    """Per cent of a core and megabytes of the server with these cameras."""
    capture = f"motion: {{enabled: false}}, continuous: {{schedule: {schedule}, movie: {{length: 10m}}}}"
    cameras = "".join(
        f"camera{number}: {{source: {{driver: rtsp, url: '{url}'}}, {capture}}}\n" for number, url in enumerate(urls)
    )
    folder.mkdir()
    with running(write_site(folder, cameras, rest="storage: {driver: filesystem, path: footage}\n")) as server:
        for number in range(len(urls)):
            server.wait_for(f"(camera{number}) online")
        time.sleep(SETTLE_SECONDS)
        return share(server.process.pid, seconds), memory(server.process.pid)


def ffmpeg_share(urls: list[str], folder: Path, seconds: float) -> tuple[float, float]:
    """Per cent of a core and megabytes of one ffmpeg for each camera."""
    folder.mkdir()
    command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i"]
    output = ["-c", "copy", "-movflags", "frag_keyframe+empty_moov"]
    processes = [
        subprocess.Popen([*command, url, *output, str(folder / f"{number}.mp4")], stdin=subprocess.DEVNULL)
        for number, url in enumerate(urls)
    ]
    try:
        time.sleep(SETTLE_SECONDS)
        before = [cpu_seconds(process.pid) for process in processes]
        time.sleep(seconds)
        used = sum(cpu_seconds(process.pid) - was for process, was in zip(processes, before, strict=True))
        return used / seconds * 100, sum(memory(process.pid) for process in processes)
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
            process.wait()


def main() -> None:
    """Measure one after the other, so that they do not take the machine from each other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--fps", type=int, default=20)
    given = parser.parse_args()
    with ExitStack() as stack:
        cameras = [stack.enter_context(an_rtsp_camera(fps=given.fps, size=given.size)) for _ in range(given.cameras)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = [camera.url for camera in cameras]
        idle = server_share(urls, folder / "idle", given.seconds, "unarmed-24-7")
        recording = server_share(urls, folder / "recording", given.seconds, "armed-24-7")
        copying = ffmpeg_share(urls, folder / "copying", given.seconds)
    print(f"{given.cameras} cameras {given.size} at {given.fps}/s with sound    CPU of a core   memory")
    for name, (cpu, megabytes) in (("idle", idle), ("recording", recording), ("ffmpeg -c copy", copying)):
        print(f"{name:40}{cpu:12.1f} %{megabytes:9.0f} MB")
    ratio = recording[0] / copying[0]
    print(f"recording against ffmpeg: {ratio:.2f}" + ("" if ratio <= TARGET else f", above {TARGET}"))


if __name__ == "__main__":
    main()
