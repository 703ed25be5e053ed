"""What /metrics says, in the Prometheus text format.

Nothing is counted here: every part counts what it does in plain attributes, and they are read when
somebody asks.  A metric is one row of a table.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ssplug import __version__
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.capture.capture import Capture
from ssplug.capture.recorder import RecorderCounters
from ssplug.capture.uploads import Destination
from ssplug.detection.camera import DetectionCounters
from ssplug.servers.presentations import CameraStreams

T = TypeVar("T")

_NONE: Mapping[int, Capture] = {}
_NO_DETECTION: Mapping[int, DetectionCounters] = {}
_NO_UPLOADS: Mapping[int, Mapping[str, Destination]] = {}

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """One figure of everything of one kind."""

    name: str
    says: str
    value: Callable[[T], float]
    is_counter: bool = True


CAMERA_FIGURES: Sequence[Figure[Camera]] = (
    Figure("online", "1 while the camera is connected", lambda c: c.online, is_counter=False),
    Figure("connect_attempts", "Attempts to connect", lambda c: c.source.attempts if c.source else 0),
    Figure("received_bytes", "Bytes of access units received", lambda c: c.hub.counters.bytes),
    Figure("received_units", "Access units received", lambda c: c.hub.counters.units),
    Figure("received_pictures", "Coded pictures received", lambda c: c.hub.counters.pictures),
    Figure("received_key_frames", "Key frames received", lambda c: c.hub.counters.key_frames),
    Figure("subscribers", "Consumers of live media", lambda c: c.hub.subscribers, is_counter=False),
    Figure("gop_bytes", "Bytes in the GOP buffer", lambda c: c.hub.buffer.bytes, is_counter=False),
    Figure("gop_units", "Access units in the GOP buffer", lambda c: len(c.hub.buffer), is_counter=False),
    Figure("gop_overflows", "GOPs given up for their size", lambda c: c.hub.buffer.overflows),
    Figure("pictures_decoded", "Pictures decoded for viewers", lambda c: c.views.decoded),
    Figure("pictures_encoded", "JPEGs encoded, for all viewers", lambda c: c.views.encoded),
    Figure("decoding_dropped", "Access units that the decoder had no time for", lambda c: c.views.dropped),
    Figure("video_forms", "Forms of video being encoded", lambda c: c.forms.running, is_counter=False),
    Figure("video_encoded", "Pictures of video encoded", lambda c: c.forms.counters.encoded),
    Figure("video_dropped", "Pictures that an encoder had no time for", lambda c: c.forms.counters.dropped),
    Figure("sound_dropped", "Units of sound that the converter had no time for", lambda c: c.audio.dropped),
    Figure("sound_errors", "Units of sound that could not be decoded", lambda c: c.audio.errors),
)


RTSP_FIGURES: Sequence[Figure[CameraStreams]] = (
    Figure("sessions", "RTSP clients that play", lambda s: s.counters.sessions, is_counter=False),
    Figure("sent_packets", "RTP packets sent", lambda s: s.counters.packets),
    Figure("sent_bytes", "Bytes sent, with all headers", lambda s: s.counters.bytes),
    Figure("skips", "Queues dropped because a client was behind", lambda s: s.counters.skips),
    Figure("units_skipped", "Access units that clients behind did not get", lambda s: s.counters.units_skipped),
    Figure("units_not_carried", "Access units that RTP cannot carry", lambda s: s.streams.not_carried),
)


def _sum(about: Callable[[RecorderCounters], float]) -> Callable[[Capture], float]:
    return lambda capture: sum(about(recorder.counters) for recorder in capture.recorders)


RECORDING_FIGURES: Sequence[Figure[Capture]] = (
    Figure("movies", "Movies being recorded", lambda c: sum(r.is_recording for r in c.recorders), is_counter=False),
    Figure("files", "Movies recorded", _sum(lambda counters: counters.reel.files)),
    Figure("bytes", "Bytes of movies written", _sum(lambda counters: counters.reel.bytes)),
    Figure("units", "Access units written", _sum(lambda counters: counters.reel.units)),
    Figure(
        "refused", "Writes that the disk refused, and that were tried again", _sum(lambda counters: counters.refused)
    ),
    Figure("overflows", "Recordings ended because the disk did not keep up", _sum(lambda counters: counters.overflows)),
    Figure("units_lost", "Access units that could not be written", _sum(lambda counters: counters.lost)),
    Figure("sound_late", "Units of sound that came after their movie", _sum(lambda counters: counters.reel.late)),
    Figure("images_missed", "Images that could not be taken or kept", lambda c: sum(s.missed for s in c.stills)),
    Figure(
        "remaking_dropped",
        "Access units that were not made into pictures of movies in time",
        lambda c: sum(h.dropped for h in c.remade.values()),
    ),
)


DETECTION_FIGURES: Sequence[Figure[DetectionCounters]] = (
    Figure("looks", "Pictures looked at for motion", lambda d: d.looks),
    Figure("episodes", "Episodes of motion", lambda d: d.episodes),
    Figure("classifications", "Pictures that a classifier looked at", lambda d: d.classifications),
    Figure("classifier_failures", "Pictures that it failed with", lambda d: d.classifier_failures),
)

Destinations: TypeAlias = Mapping[str, Destination]
"""Those of one camera, by their name."""

UPLOAD_FIGURES: Sequence[Figure[Destinations]] = (
    Figure("waiting", "Files that wait", lambda d: sum(each.waiting for each in d.values()), is_counter=False),
    Figure("sent", "Files and webcam images sent", lambda d: sum(each.sent for each in d.values())),
    Figure("failed", "Attempts to send that failed", lambda d: sum(each.failed for each in d.values())),
    Figure("dropped", "Files given up or deleted unsent", lambda d: sum(each.dropped for each in d.values())),
)


@dataclass(frozen=True, slots=True)
class ServerMetric:
    """One figure of the whole server."""

    name: str
    says: str
    value: Callable[[], float]
    is_counter: bool = True


class Metrics(Collector):
    """Reads every part's counters when asked. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        rtsp: Mapping[int, CameraStreams],
        server: Sequence[ServerMetric],
        captures: Mapping[int, Capture] = _NONE,
        uploads: Mapping[int, Destinations] = _NO_UPLOADS,
        detection: Mapping[int, DetectionCounters] = _NO_DETECTION,
    ) -> None:
        self._roster = roster
        self._rtsp = rtsp
        self._captures = captures
        self._uploads = uploads
        self._detection = detection
        self._server = server
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def page(self) -> bytes:
        """The whole answer."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every family with its samples; the Prometheus library calls it."""
        yield GaugeMetricFamily("ssplug_info", f"ssplug {__version__}", 1)
        for metric in self._server:
            yield _family(metric.is_counter, f"ssplug_{metric.name}", metric.says, (((), metric.value()),), ())
        yield from self._about("camera", CAMERA_FIGURES, {camera.number: camera for camera in self._roster})
        yield from self._about("rtsp", RTSP_FIGURES, self._rtsp)
        yield from self._about("detection", DETECTION_FIGURES, self._detection)
        yield from self._about("recording", RECORDING_FIGURES, self._captures)
        yield from self._about("upload", UPLOAD_FIGURES, {number: of for number, of in self._uploads.items() if of})

    def _about(self, part: str, figures: Sequence[Figure[T]], things: Mapping[int, T]) -> Iterator[Metric]:
        """The figures of what there is of each camera, by its number."""
        known = [(camera, things[camera.number]) for camera in self._roster if camera.number in things]
        for figure in figures:
            samples = [(_labels(camera), figure.value(thing)) for camera, thing in known]
            yield _family(figure.is_counter, f"ssplug_{part}_{figure.name}", figure.says, samples, LABELS)


LABELS = ("camera", "id")


def _labels(camera: Camera) -> tuple[str, ...]:
    return (str(camera.number), camera.identity.id)


def _family(
    is_counter: bool,
    name: str,
    says: str,
    samples: Sequence[tuple[tuple[str, ...], float]],
    labels: tuple[str, ...],
) -> Metric:
    kind = CounterMetricFamily if is_counter else GaugeMetricFamily
    family = kind(name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family
