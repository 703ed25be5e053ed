"""The forms of live media that are made once for all clients: which of them there are now."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from ssplug.cameras.camera import Camera
from ssplug.streams.fragments import FragmentStream
from ssplug.streams.hls import HLSStream, NothingYetError
from ssplug.streams.hub import StreamHub
from ssplug.streams.mp4_feed import AudioForms, playable_tracks


class LiveForms:
    """Finds the form that a client asks for, and begins it where nobody has asked before. Reactor thread."""

    def __init__(self, reactor: Any, now: Callable[[], float]) -> None:
        """`now` is wall time."""
        self._reactor = reactor
        self._now = now
        self._hls: dict[tuple[StreamHub, bool], HLSStream] = {}
        self._runs: WeakKeyDictionary[StreamHub, dict[bool, int]] = WeakKeyDictionary()
        self._fragments: dict[tuple[StreamHub, bool], FragmentStream] = {}

    @property
    def segmented(self) -> int:
        """HLS streams that are being cut."""
        return len(self._hls)

    @property
    def browsers(self) -> int:
        """Viewers of fragments."""
        return sum(stream.viewers for stream in self._fragments.values())

    def hls(self, camera: Camera, quality: int, sound: bool) -> HLSStream:
        """The segments of a camera.

        NotPlayableError where it sends what is not played, NothingYetError where it is offline and
        nobody has seen anything of it.
        """
        hub = hub_of(camera, quality)
        forms = _forms(camera, sound)
        if hub.online:
            playable_tracks(hub, forms)
        known = self._hls.get((hub, sound))
        return known if known is not None else self._begin_hls(hub, sound, forms)

    def fragments(self, camera: Camera, quality: int, sound: bool) -> FragmentStream:
        """The fragments of a camera, which may be offline; NotPlayableError where it is not and cannot be played."""
        hub = hub_of(camera, quality)
        forms = _forms(camera, sound)
        if hub.online:
            playable_tracks(hub, forms)
        known = self._fragments.get((hub, sound))
        if known is None:
            # Those that nobody watches hold nothing; here is where they are forgotten.
            self._fragments = {key: stream for key, stream in self._fragments.items() if stream.viewers}
            known = self._fragments[hub, sound] = FragmentStream(hub, forms, self._now)
        return known

    def _begin_hls(self, hub: StreamHub, sound: bool, forms: AudioForms | None) -> HLSStream:
        if not hub.online:
            raise NothingYetError
        first_run = self._runs.get(hub, {}).get(sound, 0)
        stream = HLSStream(hub, forms, self._reactor, self._now(), first_run, lambda: self._forget_hls(hub, sound))
        self._hls[hub, sound] = stream
        return stream

    def _forget_hls(self, hub: StreamHub, sound: bool) -> None:
        self._runs.setdefault(hub, {})[sound] = self._hls.pop((hub, sound)).next_run


def hub_of(camera: Camera, quality: int) -> StreamHub:
    """Where the pictures of a quality come from: for the time being, all are the camera's own."""
    return camera.hub


def _forms(camera: Camera, sound: bool) -> AudioForms | None:
    return camera.audio if sound else None
