"""RTSP fan-out: CPU seconds per Gbit beside GStreamer's RTSP server and beside bare sends, in one run.

    python benchmarks/rtsp_fanout.py [--clients 100 400] [--seconds 12]

Needs ffmpeg, GStreamer's RTSP server and ../shared/bench. Targets: at most 0.7 of GStreamer's server with
100 clients, at most 1.3 of bare sends with 400, no gap and no failure with any number.
"""

import argparse
import json
import multiprocessing
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.cameras import SHARED, SYSTEM_PYTHON, a_free_port
from tests.integration.server import running, write_site

LOAD = SHARED / "bench/rtspload.py"
SETTLE_SECONDS = 3.0
BITS_A_SECOND = 4_000_000
PICTURES_A_SECOND = 25
CLIP = (
    "ffmpeg -v error -y -f lavfi -i testsrc2=size=1920x1080:rate=25 -t 60 -c:v libx264 -preset veryfast "
    f"-b:v {BITS_A_SECOND} -g 50 -bf 0 -pix_fmt yuv420p"
)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(url: str, clients: int, seconds: float, pid: int) -> dict[str, object]:
    """What the load tool says of a server."""
    command = [sys.executable, str(LOAD), url, str(clients), str(seconds), "--pid", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def ours(clip: Path, folder: Path, clients: int, seconds: float) -> dict[str, object]:
    """The whole server with one file camera that nothing else looks at."""
    folder.mkdir()
    camera = f"yard: {{source: {{driver: file, path: {clip}}}, motion: {{enabled: false}}}}"
    with running(write_site(folder, camera)) as server:
        server.wait_for("online")
        time.sleep(SETTLE_SECONDS)
        return load(f"{server.rtsp}/stream?cameraNum=0&acodec=none", clients, seconds, server.process.pid)


@contextmanager
def gstreamer(clip: Path) -> Iterator[tuple[str, int]]:
    """GStreamer's RTSP server, shared media, TCP: its URL and process."""
    port = a_free_port()
    process = subprocess.Popen([SYSTEM_PYTHON, str(SHARED / "bench/gst_server.py"), str(clip), str(port)])
    try:
        time.sleep(SETTLE_SECONDS)
        yield f"rtsp://127.0.0.1:{port}/stream", process.pid
    finally:
        process.terminate()
        process.wait()


def _swallow(port: int, clients: int) -> None:
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
    poll = select.epoll()
    for reader in sockets:
        poll.register(reader, select.EPOLLIN)
    by_number = {reader.fileno(): reader for reader in sockets}
    buffer = bytearray(1 << 20)
    while by_number:
        for number, _ in poll.poll():
            if not by_number[number].recv_into(buffer, len(buffer), socket.MSG_TRUNC):
                poll.unregister(number)
                del by_number[number]


def bare_sends(clients: int, seconds: float) -> float:
    """CPU seconds per Gbit of sending ready bytes to the same number of sockets: the floor."""
    picture = bytes(BITS_A_SECOND // 8 // PICTURES_A_SECOND)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        reader = multiprocessing.Process(target=_swallow, args=(server.getsockname()[1], clients))
        reader.start()
        sockets = [server.accept()[0] for _ in range(clients)]
        before, sent, due = time.process_time(), 0, time.monotonic()
        for _ in range(int(seconds * PICTURES_A_SECOND)):
            for client in sockets:
                client.sendall(picture)
                sent += len(picture)
            due += 1 / PICTURES_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
        used = time.process_time() - before
        for client in sockets:
            client.close()
        reader.join()
    return used / (sent * 8 / 1e9)


def main() -> None:
    """Measure and print, a line for each number of clients."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, nargs="+", default=[100, 400])
    options.add_argument("--seconds", type=float, default=12)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "load.mp4"
        subprocess.run([*CLIP.split(), str(clip)], check=True)
        looped = folder / "load.h264"  # GStreamer's server repeats elementary streams only
        subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-c", "copy", str(looped)], check=True)
        for clients in chosen.clients:
            mine = ours(clip, folder / str(clients), clients, chosen.seconds)
            with gstreamer(looped) as (url, pid):
                theirs = load(url, clients, chosen.seconds, pid)
            floor = bare_sends(clients, chosen.seconds)
            cost, peer = mine["cpu_s_per_gbit"], theirs["cpu_s_per_gbit"]
            print(f"{clients} clients: CPU s/Gbit {cost}, GStreamer {peer}, bare sends {floor:.3f}")
            print(f"  of GStreamer {cost / peer:.2f}, of bare sends {cost / floor:.2f}")
            print(
                f"  {mine['mbit_s']} Mbit/s; failed {mine['failed']}, gaps {mine['gaps']} (GStreamer {theirs['gaps']})"
            )


if __name__ == "__main__":
    main()
