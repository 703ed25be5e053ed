"""How well motion is found: triggers on labelled clips, by clip, variant and sensitivity.

    .venv/bin/python benchmarks/detection.py [CLIP ...]       prints the table, and writes docs/detection-results.md

Needs ffmpeg and the clips of ../shared/media.  Each clip, and each harder version of it (`make_variants.sh`),
is encoded as cameras do it (no B-frames, a key frame every two seconds) and played through the real
pipeline: hub, sampler, decoder, detector, episodes.  Each is played twice: by the ladder, and with every
picture decoded.

An event is found if a trigger comes while it lasts, or within TOLERANCE of it; one that belongs to no event is false.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.detection.examiner import Examined, Examiner
from ssplug.detection.sampler import Sampler
from ssplug.detection.trigger import MotionEpisodes, Said
from ssplug.detection.watch import Watch
from ssplug.media.access_unit import AccessUnit
from ssplug.media.demux import Demuxer
from ssplug.model.camera import Transform
from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures
from ssplug.testing import InlineWorkers
from ssplug_background.detector import BackgroundDetector, BackgroundSettings

ROOT = Path(__file__).parents[1]
MEDIA = ROOT.parent / "shared" / "media"
RESULTS = ROOT / "docs" / "detection-results.md"

VARIANTS = ("night", "flash", "dim", "shake", "still", "low")
WITH_VARIANTS = ("person-one-by-one.mp4", "car-topdown.mp4")
SENSITIVITIES = (20, 35, 50, 65, 80, 90)
TRIGGER_TIME = 0.5
TOLERANCE = 2.0
"""Seconds after an event within which its exposure comes back and its trigger may be late."""
ENCODER = ["-c:v", "libx264", "-profile:v", "main", "-preset", "veryfast", "-bf", "0", "-sc_threshold", "0"]
RATE = ["-pix_fmt", "yuv420p", "-b:v", "1M", "-maxrate", "1500k", "-bufsize", "1M", "-an"]


@dataclass(frozen=True, slots=True)
class Clip:
    """One film and what happens in it."""

    name: str
    path: Path
    events: tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Play:
    """What came of playing a clip."""

    seconds: float
    cpu: float
    decoded: int
    pictures: int
    seen: list[Examined] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Score:
    """Triggers against events."""

    found: int
    events: int
    false: int
    right: int

    @property
    def recall(self) -> str:
        return f"{self.found}/{self.events}" if self.events else "-"

    @property
    def precision(self) -> str:
        triggers = self.right + self.false
        return f"{self.right}/{triggers}" if triggers else "-"


def clips(names: Sequence[str], cache: Path) -> Iterator[Clip]:
    """Every clip, encoded, and its variants."""
    labels = json.loads((MEDIA / "events.json").read_text())
    for name, label in labels.items():
        if names and not any(wanted in name for wanted in names):
            continue
        events = merged([(event["start"], event["end"]) for event in label["events"]])
        yield Clip(name, encoded(MEDIA / name, cache), events)
        if name in WITH_VARIANTS:
            for variant in variants(MEDIA / name, cache):
                happens = () if variant.stem == "still" else events
                yield Clip(f"{Path(name).stem} {variant.stem}", encoded(variant, cache), happens)


def merged(events: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Those that overlap are one: so are their triggers."""
    whole: list[tuple[float, float]] = []
    for start, end in sorted(events):
        if whole and start <= whole[-1][1] + TOLERANCE:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return tuple(whole)


def variants(clip: Path, cache: Path) -> list[Path]:
    folder = cache / clip.stem
    if not (folder / "made").exists():
        subprocess.run(["sh", MEDIA / "make_variants.sh", clip, folder], check=True, capture_output=True)
        (folder / "made").touch()
    return [folder / f"{variant}.mp4" for variant in VARIANTS]


def encoded(clip: Path, cache: Path) -> Path:
    """The clip as a camera would send it."""
    target = cache / f"{clip.parent.name}-{clip.stem}.camera.mp4"
    if not target.exists():
        gop = str(round(2 * frame_rate(clip)))
        options = [*ENCODER, "-g", gop, "-keyint_min", gop, *RATE]
        command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i", clip, *options]
        subprocess.run([*command, target.with_suffix(".part.mp4")], check=True)
        target.with_suffix(".part.mp4").rename(target)
    return target


def frame_rate(clip: Path) -> float:
    with av.open(str(clip)) as container:
        return float(container.streams.video[0].average_rate or 10)


def units(clip: Path) -> Iterator[AccessUnit]:
    with av.open(str(clip)) as container:
        demuxer = Demuxer(container)
        for packet in container.demux(demuxer.streams):
            unit = demuxer.access_unit(packet)
            if unit is not None and unit.track.is_video:
                yield unit


def played(clip: Clip, gated: bool) -> Play:
    """What the detector saw; the CPU is that of decoding and looking, not of reading the file."""
    film = list(units(clip.path))
    hub = StreamHub()
    hub.came_online((film[0].track,))
    pictures = Pictures(hub, InlineWorkers(), clip.name, Clock())
    play = Play(film[-1].seconds - film[0].seconds, 0.0, 0, len(film))
    examiner = Examiner(BackgroundDetector(BackgroundSettings()))
    log = Logger("benchmark")
    Watch(hub, pictures, examiner, Sampler(gated), lambda: Transform.NONE, play.seen.append, log).start()
    begun = time.process_time()
    for unit in film:
        hub.publish(unit)
    play.cpu = time.process_time() - begun
    play.decoded = pictures.counters.decoded
    return play


def triggers(play: Play, sensitivity: int) -> list[tuple[float, float]]:
    """When each trigger came, and when its episode had ended."""
    episodes = MotionEpisodes(sensitivity, TRIGGER_TIME)
    found: list[tuple[float, float]] = []
    at: float | None = None
    for examined in play.seen:
        for news in episodes.see(examined.at, examined.motion):
            if news.said is Said.TRIGGER:
                at = examined.at
            elif news.said is Said.MOTION_END and at is not None:
                found.append((at, examined.at))
                at = None
    return [*found, (at, play.seen[-1].at)] if at is not None else found


def score(clip: Clip, found: Sequence[tuple[float, float]]) -> Score:
    def belongs(trigger: tuple[float, float], event: tuple[float, float]) -> bool:
        return trigger[0] <= event[1] + TOLERANCE and trigger[1] >= event[0]

    hits = sum(any(belongs(trigger, event) for trigger in found) for event in clip.events)
    right = sum(any(belongs(trigger, event) for event in clip.events) for trigger in found)
    return Score(hits, len(clip.events), len(found) - right, right)


def rows(clip: Clip) -> Iterator[list[str]]:
    """One row by the ladder, one with every picture decoded."""
    for gated in (True, False):
        play = played(clip, gated)
        scores = [score(clip, triggers(play, sensitivity)) for sensitivity in SENSITIVITIES]
        cells = [f"{each.recall}, {each.precision}" for each in scores]
        share = f"{100 * play.decoded / play.pictures:.0f} %"
        cpu = f"{100 * play.cpu / play.seconds:.1f} %"
        yield [clip.name, "ladder" if gated else "every picture", *cells, share, cpu]


def table(lines: Sequence[Sequence[str]]) -> str:
    head = ["clip", "decoded by", *map(str, SENSITIVITIES), "decoded", "CPU"]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", help="parts of names; without any, all")
    names = parser.parse_args().clips
    if not MEDIA.is_dir():
        sys.exit("../shared/media is missing")
    cache = Path(tempfile.gettempdir()) / "ssplug-detection"
    cache.mkdir(exist_ok=True)
    lines = []
    for clip in clips(names, cache):
        for row in rows(clip):
            print("  ".join(row), flush=True)
            lines.append(row)
    if not names:
        RESULTS.write_text(f"{(__doc__ or '').splitlines()[0]}\n\n{table(lines)}\n")


if __name__ == "__main__":
    main()
