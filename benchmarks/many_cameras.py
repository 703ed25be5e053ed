"""Many cameras that are recorded and watched for motion at the same time: what is lost, and what it costs.

    python benchmarks/many_cameras.py [--cameras 16] [--seconds 60] [--size 1920x1080] [--fps 20] [--classify]

Needs GStreamer's RTSP server, ffmpeg, and ../shared with cameras and footage (with `--classify` its models, too).
The footage has somebody move all the time, so that every picture of every camera is decoded; one RTSP server
plays it to all of them.  The figures are the server's own, from /metrics.  The target is that no access unit is lost
by the recorder; what detection has no time for it passes over, and that is counted.
"""

import argparse
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.recording import cpu_seconds, memory
from tests.integration.cameras import SHARED, an_rtsp_camera
from tests.integration.server import Server, running, write_site

CLIP = "person-and-dog.mp4"
SETTLE_SECONDS = 10.0
FIGURES = {
    "access units recorded": "ssplug_recording_units",
    "access units lost by the recorder": "ssplug_recording_units_lost",
    "recordings that ended because the disk did not keep up": "ssplug_recording_overflows",
    "pictures decoded": "ssplug_camera_pictures_decoded",
    "access units that detection passed over": "ssplug_camera_decoding_dropped",
    "looks for motion": "ssplug_detection_looks",
    "pictures classified": "ssplug_detection_classifications",
    "episodes of motion": "ssplug_detection_episodes",
}


def figures(server: Server) -> dict[str, float]:
    """Sums over all cameras."""
    with urllib.request.urlopen(f"{server.http}/metrics", timeout=30) as response:
        families = {family.name: family for family in text_string_to_metric_families(response.read().decode())}
    return {says: sum(sample.value for sample in families[name].samples) for says, name in FIGURES.items()}


def site(folder: Path, url: str, cameras: int, classify: bool) -> Path:
    model = SHARED / "models" / "yolox_nano.onnx"
    motion = f"motion: {{classifier: {{driver: onnx, model: '{model}'}}}}" if classify else "motion: {}"
    camera = f"{{source: {{driver: rtsp, url: '{url}'}}, {motion}, continuous: {{schedule: armed-24-7}}}}"
    lines = "".join(f"camera{number}: {camera}\n" for number in range(cameras))
    return write_site(folder, lines, rest="storage: {driver: filesystem, path: footage}\n")


def measured(server: Server, cameras: int, seconds: float) -> dict[str, float]:
    """What changed within so many seconds, the CPU as per cent of a core, and the memory at their end."""
    for number in range(cameras):
        server.wait_for(f"(camera{number}) online")
    time.sleep(SETTLE_SECONDS)
    pid = server.process.pid
    before, cpu, begun = figures(server), cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    used = (cpu_seconds(pid) - cpu) / (time.monotonic() - begun) * 100
    counted = {says: value - before[says] for says, value in figures(server).items()}
    return {**counted, "CPU, per cent of a core": used, "memory, megabytes": memory(pid)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--fps", type=int, default=20)
    parser.add_argument("--classify", action="store_true", help="tell people, vehicles and animals apart as well")
    asked = parser.parse_args()
    with (
        an_rtsp_camera(clip=CLIP, fps=asked.fps, size=asked.size, audio="none") as camera,
        tempfile.TemporaryDirectory() as folder,
        running(site(Path(folder), camera.url, asked.cameras, asked.classify)) as server,
    ):
        found = measured(server, asked.cameras, asked.seconds)
    print(f"{asked.cameras} cameras, {asked.size} at {asked.fps} pictures a second, {asked.seconds:.0f} s")
    for says, value in found.items():
        print(f"  {value:10.0f}  {says}")
    if found["access units lost by the recorder"]:
        sys.exit("access units were lost")


if __name__ == "__main__":
    main()
