"""The forms of live media that are made once for all clients: which of them there are now."""

import contextlib
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from ssplug.cameras.camera import Camera
from ssplug.streams.fragments import FragmentStream
from ssplug.streams.hls import HLSStream, NothingYetError
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import NoPictureError
from ssplug.streams.mp4_feed import AudioForms, playable_tracks
from ssplug.streams.no_signal import Standby
from ssplug.streams.video_form import Lease, form_of_quality


class LiveForms:
    """Finds the form that a client asks for, and begins it where nobody has asked before. Reactor thread.

    NotPlayableError where a camera sends what is not played, EncodersBusyError where what it sends
    would have to be encoded and that is too much.
    """

    def __init__(
        self, reactor: Any, now: Callable[[], float], standby: Callable[[Camera], Standby | None] = lambda camera: None
    ) -> None:
        """`now` is wall time; `standby` makes what is shown of a camera while it is away."""
        self._reactor = reactor
        self._standby = standby
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

    async def hls(self, camera: Camera, quality: int, sound: bool) -> HLSStream:
        """The segments of a camera; NothingYetError where it is offline and nobody has seen anything of it."""
        lease = _lease(camera, quality)
        try:
            known = self._hls.get((_hub(camera, lease), sound))
            if known is None and lease is not None:
                await _ready(lease)
            # Another may have begun it meanwhile.
            return self._hls.get((_hub(camera, lease), sound)) or self._begin_hls(camera, quality, lease, sound)
        finally:
            if lease is not None:
                lease.close()

    async def fragments(self, camera: Camera, quality: int, sound: bool) -> FragmentStream:
        """The fragments of a camera, which may be offline."""
        lease = _lease(camera, quality)
        try:
            if lease is not None:
                with contextlib.suppress(NothingYetError):
                    await _ready(lease)
            return self._fragments_of(camera, quality, lease, sound)
        finally:
            if lease is not None:
                lease.close()  # what is encoded goes on for a while, and the stream has a lease of its own

    def _fragments_of(self, camera: Camera, quality: int, lease: Lease | None, sound: bool) -> FragmentStream:
        hub, forms = _hub(camera, lease), _sound(camera, sound)
        if hub.online:
            playable_tracks(hub, forms)
        known = self._fragments.get((hub, sound))
        if known is None:
            # Those that nobody watches hold nothing; here is where they are forgotten.
            self._fragments = {key: stream for key, stream in self._fragments.items() if stream.viewers}
            known = FragmentStream(hub, forms, self._now, lambda: _held(camera, quality), self._standby(camera))
            self._fragments[hub, sound] = known
        return known

    def _begin_hls(self, camera: Camera, quality: int, lease: Lease | None, sound: bool) -> HLSStream:
        hub, forms = _hub(camera, lease), _sound(camera, sound)
        if not hub.online:
            raise NothingYetError
        playable_tracks(hub, forms)
        first_run = self._runs.get(hub, {}).get(sound, 0)
        release = _held(camera, quality)

        def ended() -> None:
            self._runs.setdefault(hub, {})[sound] = self._hls.pop((hub, sound)).next_run
            release()

        standby = self._standby(camera)
        stream = self._hls[hub, sound] = HLSStream(hub, forms, self._reactor, self._now(), first_run, ended, standby)
        return stream


def _lease(camera: Camera, quality: int) -> Lease | None:
    """What has the camera's video made in another form; None where it goes as it comes."""
    video = camera.video
    form = form_of_quality(quality, video) if video is not None else None
    if video is None or form is None:
        return None
    return camera.forms.open(form, video.frame_rate or camera.rates.pictures_per_second)


def _held(camera: Camera, quality: int) -> Callable[[], None]:
    """Hold what a quality is made of; the returned function lets go of it."""
    lease = _lease(camera, quality)
    return lease.close if lease is not None else _nothing


def _nothing() -> None:
    pass


def _hub(camera: Camera, lease: Lease | None) -> StreamHub:
    return camera.hub if lease is None else lease.hub


def _sound(camera: Camera, sound: bool) -> AudioForms | None:
    return camera.audio if sound else None


async def _ready(lease: Lease) -> None:
    try:
        await lease.ready()
    except NoPictureError as error:
        raise NothingYetError from error
