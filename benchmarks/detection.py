"""How well motion is found, and what moves told: triggers on labelled clips, by clip, variant and sensitivity.

    .venv/bin/python benchmarks/detection.py [CLIP ...]       prints the table, and writes docs/detection-results.md

Needs ffmpeg and the clips of ../shared/media.  Each clip, and each harder version of it (`make_variants.sh`),
is encoded as cameras do it (no B-frames, a key frame every two seconds) and played through the real
pipeline: hub, sampler, decoder, detector, episodes.  Each is played twice: by the ladder, and with every
picture decoded.

An event is found if a trigger comes while it lasts, or within TOLERANCE of it; one that belongs to no event is false.

Then each is played by the ladder with a classifier, yolox_nano of ../shared/models, at a sensitivity of 50 for all:
an event of a class is found if that class triggers while it lasts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.detection.camera import CameraDetection
from ssplug.detection.examiner import Examined, Examiner
from ssplug.detection.recognizer import Recognizer
from ssplug.detection.sampler import Sampler
from ssplug.detection.trigger import MotionEpisodes, Said
from ssplug.detection.watch import Watch
from ssplug.events.bus import EventBus
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.demux import Demuxer
from ssplug.model.camera import CameraIdentity, CaptureMode, Transform
from ssplug.model.classification import Classification
from ssplug.model.event import Event, EventType
from ssplug.site.types import CameraConfig, MotionConfig, Slot
from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures
from ssplug.testing import InlineWorkers
from ssplug_background.detector import BackgroundDetector, BackgroundSettings
from ssplug_onnx.classifier import OnnxClassifier, OnnxSettings

ROOT = Path(__file__).parents[1]
MEDIA = ROOT.parent / "shared" / "media"
RESULTS = ROOT / "docs" / "detection-results.md"

VARIANTS = ("night", "flash", "dim", "shake", "still", "low")
WITH_VARIANTS = ("person-one-by-one.mp4", "car-topdown.mp4")
SENSITIVITIES = (20, 35, 50, 65, 80, 90)
MODEL = ROOT.parent / "shared" / "models" / "yolox_nano.onnx"
MOTION_HEAD = ("clip", "decoded by", *map(str, SENSITIVITIES), "decoded", "CPU")
CLASS_HEAD = ("clip", "human", "vehicle", "animal", "pictures classified")
RESULT = """# How well motion is found, and told what it is

Written by `benchmarks/detection.py`. In each cell: events found of events there are, then triggers that are right of
all triggers; `-` where there is none.

## Motion, by sensitivity

{motion}

## What moves, with yolox_nano at a sensitivity of 50

{classes}
"""
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
    kinds: Mapping[Classification, tuple[tuple[float, float], ...]]
    """The events of each class."""

    def seen_as(self, name: str, path: Path) -> "Clip":
        """The same in another light; nothing happens in `still`."""
        return Clip(name, path, *((), {}) if path.stem == "still" else (self.events, self.kinds))

    def encoded(self, cache: Path) -> "Clip":
        """As a camera would send it."""
        return replace(self, path=encoded(self.path, cache))


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
        clip = labelled(name, label["events"])
        yield clip.encoded(cache)
        if name in WITH_VARIANTS:
            for variant in variants(MEDIA / name, cache):
                yield clip.seen_as(f"{Path(name).stem} {variant.stem}", variant).encoded(cache)


def labelled(name: str, events: Sequence[Mapping[str, Any]]) -> Clip:
    kinds = {
        kind: merged([(event["start"], event["end"]) for event in events if event["class"] == kind])
        for kind in Classification
    }
    return Clip(name, MEDIA / name, merged([(event["start"], event["end"]) for event in events]), kinds)


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
    play = Play(film[-1].seconds - film[0].seconds, 0.0, 0, len(film))
    hub, pictures = watched(clip, film[0].track, Examiner(a_detector()), gated, play.seen.append)
    begun = time.process_time()
    for unit in film:
        hub.publish(unit)
    play.cpu = time.process_time() - begun
    play.decoded = pictures.counters.decoded
    return play


def watched(
    clip: Clip, track: Track, examiner: Examiner, gated: bool, saw: Callable[[Examined], None]
) -> tuple[StreamHub, Pictures]:
    hub = StreamHub()
    hub.came_online((track,))
    pictures = Pictures(hub, InlineWorkers(), clip.name, Clock())
    Watch(hub, pictures, examiner, Sampler(gated), lambda: Transform.NONE, saw, Logger("benchmark")).start()
    return hub, pictures


def a_detector() -> BackgroundDetector:
    return BackgroundDetector(BackgroundSettings())


def classified(clip: Clip, classifier: OnnxClassifier) -> tuple[dict[Classification, Score], int]:
    """How each class triggers, and how many pictures were classified. The pause between two is the least."""
    film = list(units(clip.path))
    track, now = film[0].track, [0.0]
    bus = EventBus(lambda: now[0])
    events: list[Event] = []
    bus.listen(events.append)
    motion = MotionConfig(trigger_on=tuple(Classification))
    camera = CameraConfig(CameraIdentity("camera", 0, clip.name), Slot("file"), motion=motion)
    size = (track.width, track.height)
    detection = CameraDetection(camera, bus, lambda mode: mode is CaptureMode.MOTION, lambda: size, lambda _: None)
    detection.attention.classifies = True
    recognizer = Recognizer(classifier, detection.attention.may_count, lambda: 0.0)

    def saw(examined: Examined) -> None:
        now[0] = examined.at
        detection.saw(examined)

    hub, _ = watched(clip, track, Examiner(a_detector(), (), recognizer), True, saw)
    for unit in film:
        hub.publish(unit)
    detection.end()
    found = {kind: score(clip.kinds.get(kind, ()), kind_triggers(events, kind)) for kind in Classification}
    return found, detection.counters.classifications


def kind_triggers(events: Sequence[Event], kind: Classification) -> list[tuple[float, float]]:
    """When each trigger of a class came, and when its episode had ended."""
    found, at = [], None
    for event in events:
        if event.type is EventType.TRIGGER_M and kind.reason in event.info:
            at = event.at
        elif event.type is EventType.MOTION_END and at is not None:
            found.append((at, event.at))
            at = None
    return found


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


def score(events: Sequence[tuple[float, float]], found: Sequence[tuple[float, float]]) -> Score:
    def belongs(trigger: tuple[float, float], event: tuple[float, float]) -> bool:
        return trigger[0] <= event[1] + TOLERANCE and trigger[1] >= event[0]

    hits = sum(any(belongs(trigger, event) for trigger in found) for event in events)
    right = sum(any(belongs(trigger, event) for event in events) for trigger in found)
    return Score(hits, len(events), len(found) - right, right)


def rows(clip: Clip) -> Iterator[list[str]]:
    """One row by the ladder, one with every picture decoded."""
    for gated in (True, False):
        play = played(clip, gated)
        scores = [score(clip.events, triggers(play, sensitivity)) for sensitivity in SENSITIVITIES]
        cells = [f"{each.recall}, {each.precision}" for each in scores]
        share = f"{100 * play.decoded / play.pictures:.0f} %"
        cpu = f"{100 * play.cpu / play.seconds:.1f} %"
        yield [clip.name, "ladder" if gated else "every picture", *cells, share, cpu]


def class_row(clip: Clip, classifier: OnnxClassifier) -> list[str]:
    scores, looks = classified(clip, classifier)
    return [clip.name, *(f"{each.recall}, {each.precision}" for each in scores.values()), str(looks)]


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", help="parts of names; without any, all")
    names = parser.parse_args().clips
    if not MEDIA.is_dir():
        sys.exit("../shared/media is missing")
    cache = Path(tempfile.gettempdir()) / "ssplug-detection"
    cache.mkdir(exist_ok=True)
    classifier = OnnxClassifier(OnnxSettings(str(MODEL)))
    motion: list[list[str]] = []
    classes: list[list[str]] = []
    for clip in clips(names, cache):
        motion += rows(clip)
        classes.append(class_row(clip, classifier))
        for line in (*motion[-2:], classes[-1]):
            print("  ".join(line), flush=True)
    if not names:
        RESULTS.write_text(RESULT.format(motion=table(MOTION_HEAD, motion), classes=table(CLASS_HEAD, classes)))


if __name__ == "__main__":
    main()
