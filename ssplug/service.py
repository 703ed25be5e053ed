"""The composition root: from a site to a server that runs.

Parts are made here and handed what they need; nothing else in ssplug knows all of them.  They start
in the order of `Server._parts` and stop in the reverse order.
"""

import json
import secrets
import signal
import sys
import threading
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pluggy
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from ssplug.access.accounts import Accounts
from ssplug.access.opinion import opinion_of
from ssplug.actions.mail import DailyMail, ErrorMail, MailRoom, Records
from ssplug.actions.performer import ActionCounters
from ssplug.actions.scripts import Scripts
from ssplug.actions.sounds import Sounds
from ssplug.cameras.actions import Actions
from ssplug.cameras.at_work import ServerAtWork
from ssplug.cameras.build import CameraBuilder
from ssplug.cameras.camera import Camera
from ssplug.cameras.detection import Detection
from ssplug.cameras.feeds import Feeds
from ssplug.cameras.ptz import Heads
from ssplug.cameras.recordings import Recordings, Surroundings
from ssplug.cameras.roster import Roster
from ssplug.cameras.sites import NotTakenError, Sites, reload_and_tell
from ssplug.cameras.talkback import Talkbacks
from ssplug.cameras.turnover import Turnover
from ssplug.cameras.uploads import Uploads
from ssplug.capture.library import Library
from ssplug.drivers import DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.events.history import History
from ssplug.events.store import EventStoreError
from ssplug.interfaces import IFootageStore
from ssplug.model.camera import CaptureMode
from ssplug.model.text import one_line
from ssplug.scheduling.arming import Arming
from ssplug.scheduling.store import ArmingStoreError
from ssplug.servers.bonjour import Bonjour, announcement
from ssplug.servers.certificate import (
    CertificateError,
    CurrentCertificate,
    TLSCertificate,
    certificate_from,
    host_names,
    kept_certificate,
)
from ssplug.servers.control import Control, Triggers
from ssplug.servers.listening import Addresses, ListenError, Ports
from ssplug.servers.metrics import Metrics, ServerMetric
from ssplug.servers.port import ProtocolDetectingFactory
from ssplug.servers.presentations import Presenter
from ssplug.servers.rtsp import RTSPFactory
from ssplug.servers.web.context import Ports as PortNumbers
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.footage_access import Footage
from ssplug.servers.web.root import WebSite, web_site
from ssplug.site.atomic import write_atomically
from ssplug.site.changes import SiteChange
from ssplug.site.types import ServerConfig, Site
from ssplug.stages import Stage, Stages
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.no_signal import NoSignal
from ssplug.streams.rtp_streams import RTPStreams
from ssplug.wire.rtp.packetizer import Origin
from ssplug.workers import Workers

_log = Logger()

IDENTITY_FILE = "server.json"


class StartError(Exception):
    """The server cannot start; the text says why, to whoever operates it."""


class Server(Service):
    """One site at work. Reactor thread."""

    def __init__(self, site: Site, drivers: Drivers, manager: pluggy.PluginManager, reactor: Any) -> None:
        """`site` has numbers for all cameras. Opens no port yet; raises StartError."""
        self._reactor = reactor
        self._hooks = manager.hook
        self._accounts: Accounts
        self._presenter: Presenter
        self._users = site.users
        self._uuid = server_uuid(site.server.state)
        self._certificate = CurrentCertificate(_certificate(site.server))
        self.workers = Workers(reactor)
        self._files = self.workers.worker("site")
        self.bus = EventBus(time.time)
        self.bus.listen(lambda event: self._hooks.ssplug_event(event=event))
        self.history = History(
            self.bus,
            site.server.state,
            self.workers.worker("events"),
            reactor,
            time.time,
            lambda: self.site.server.keep_events,
        )
        self.sites = Sites(site, drivers, self.bus, self._files)
        self.sites.first = self._move
        self.arming = Arming(site, self.bus, reactor, time.time, self.workers)
        self.roster = Roster()
        self.feeds = Feeds(self.roster, self.bus, reactor, time.monotonic)
        self.encoders = EncoderBudget(site.server.encoders.megapixels_per_second)
        builder = CameraBuilder(
            drivers, self.workers, reactor, site.server.state, self.feeds.changed, self._zone, self.encoders
        )
        for config in site.cameras:
            self.roster.add(builder.camera(config))
        self.recordings = self._recordings(builder)
        self.uploads = Uploads(self.roster, self.recordings, builder, self.bus, time.time)
        self.detection = Detection(self.roster, self.bus, self._is_armed, builder)
        self.heads = Heads(self.roster, self.bus, builder)
        folders = self.workers.worker("folders")
        self.sounds = Sounds(lambda: self.site, folders, reactor)
        self.scripts = Scripts(lambda: self.site, folders, reactor)
        at_work = ServerAtWork(self.sites, self._uuid, self.roster, self.arming, self.bus, self.sounds)
        self.actions = Actions(self.sites, self.bus, builder, at_work)
        self.error_mail, self.daily_mail = self._mail()
        self.talkbacks = Talkbacks(self.roster, self.bus, builder)
        self.ports = self._ports()
        self._bonjour = Bonjour(self.workers.worker("bonjour"))
        self._follow(builder)
        triggers = Triggers(self.roster, self.detection.trigger, self._is_armed)
        self._control = Control(site.server.state, reactor, {"trigger": triggers})
        self._stages = Stages(reactor, self._parts())

    @property
    def site(self) -> Site:
        """As it is now."""
        return self.sites.site

    def startService(self) -> None:
        """Start everything; SystemExit(1) with the reason where a part cannot start."""
        Service.startService(self)
        try:
            self._stages.start()
        except (ListenError, ArmingStoreError, EventStoreError) as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(1)
        self._hooks.ssplug_started(site=self.site)
        self._listen_for_hangup()
        self._reactor.callWhenRunning(self._say_ready)

    def _listen_for_hangup(self) -> None:
        """SIGHUP asks to reload; the handler runs wherever the main thread is just then."""

        def reload(*_: object) -> None:
            self._reactor.callFromThread(lambda: Deferred.fromCoroutine(reload_and_tell(self.sites)))

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, reload)

    def stopService(self) -> "Deferred[None]":
        """Stop everything in the reverse order; fires when all has ended."""
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        answers = self._hooks.ssplug_stopping(site=self.site)
        await DeferredList([answer for answer in answers if isinstance(answer, Deferred)], consumeErrors=True)
        await self._stages.stop()
        _log.info("stopped")

    def _say_ready(self) -> None:
        self._say_fingerprint()
        for camera in self.roster:
            stream = f"{self.ports.rtsp_url()}stream?cameraNum={camera.number}"
            _log.info("{name}: {stream}", name=one_line(camera.identity.name), stream=stream)
        _log.info("ready: {urls}", urls=" ".join(self.ports.urls()))

    def _say_fingerprint(self) -> None:
        if self._certificate.now is not None:
            _log.info("certificate fingerprint (SHA-256): {sha256}", sha256=self._certificate.now.fingerprint)

    async def _move(self, change: SiteChange) -> None:
        """Have the certificate that is in its file now, and the ports that are wanted; or NotTakenError and neither."""
        server, addresses, before = change.site.server, self.ports.wanted, self._certificate.now
        try:
            certificate = await self._files.call(_certificate, server)
            self._certificate.now = certificate or before
            await self.ports.move(_addresses(server))
        except (StartError, ListenError) as error:
            self._certificate.now = before
            raise NotTakenError(str(error)) from error
        self._certificate.now = certificate
        if certificate is not None and (before is None or before.fingerprint != certificate.fingerprint):
            self._say_fingerprint()
        if self.ports.wanted != addresses:
            _log.info("listening at {urls}", urls=" ".join(self.ports.urls()))

    def _parts(self) -> list[Stage]:
        return [
            Stage("threads", lambda: None, self.workers.stop),
            Stage("events", self.history.start, self.history.stop),
            Stage("arming", self.arming.start, self.arming.stop),
            Stage("errors by mail", self.error_mail.start, self.error_mail.stop),
            Stage("pictures", lambda: None, self._stop_forms),
            Stage("cameras", self.feeds.start, self.feeds.stop),
            Stage("uploads to come", self.uploads.open, self.uploads.close),
            Stage("recordings", self.recordings.start, self.recordings.stop),
            Stage("uploads", self.uploads.start, self.uploads.stop),
            Stage("sounds", self.sounds.start, self.sounds.stop),
            Stage("scripts", lambda: None, self.scripts.stop),
            Stage("actions", self.actions.start, self.actions.stop),
            Stage("statistics by mail", self.daily_mail.start, self.daily_mail.stop),
            Stage("detection", self.detection.start, self.detection.stop),
            Stage("heads", self.heads.start, self.heads.stop),
            Stage("talkbacks", self.talkbacks.start, self.talkbacks.stop),
            Stage("control", self._control.listen, self._control.close),
            Stage("ports", self.ports.listen, self.ports.close),
            Stage("bonjour", self._announce, self._bonjour.stop),
        ]

    def _is_online(self, number: int) -> bool:
        camera = self.roster.get(number)
        return camera is not None and camera.online

    def _zone(self) -> tzinfo:
        """Of the server's clocks, as it is now."""
        return self.arming.zone

    def _mail(self) -> tuple[ErrorMail, DailyMail]:
        room = MailRoom(lambda: self.site, self.actions.mailer, self._zone, time.time)
        library = self.recordings.library
        records = Records(self.history, library.amounts, library.usages, self._is_online)
        state = self.site.server.state
        daily = DailyMail(room, records, state, self.workers.worker("mail"), self._reactor)
        return ErrorMail(room, self.bus, self._reactor), daily

    def _stop_forms(self) -> "Deferred[Any]":
        forms = [form for camera in self.roster for form in (camera.views, camera.audio, camera.forms)]
        return DeferredList([form.stop() for form in forms])

    def _is_armed(self, number: int, mode: CaptureMode) -> bool:
        return self.arming.state(number, mode).armed

    def _recordings(self, builder: CameraBuilder) -> Recordings:
        return Recordings(
            self.site,
            self.roster,
            lambda slot: builder.instance(DriverKind.STORAGE, slot, IFootageStore, None),
            self._is_armed,
            Surroundings(self.bus, self.workers, self._reactor, time.monotonic, time.time, self._zone, self._hooks),
        )

    def _follow(self, builder: CameraBuilder) -> None:
        """Arming comes between the cameras that go and those that come: it must know all that are there."""
        turnover = Turnover(self.roster, builder, self.feeds, self.recordings, self.detection, self.heads, self._forget)
        self.sites.follow(turnover.withdraw)
        self.sites.follow(self.uploads.withdraw)
        self.sites.follow(lambda change: self.arming.reload(change.site))
        self.sites.follow(self.recordings.follow)
        self.sites.follow(turnover.install)
        self.sites.follow(self.uploads.install)
        self.sites.follow(self.actions.follow)
        self.sites.follow(self.talkbacks.renew)
        self.sites.follow(self._follow_users)
        self.sites.follow(self._follow_name)
        self.sites.follow(self._follow_encoders)

    def _forget(self, number: int) -> None:
        self._presenter.forget(number)
        self.talkbacks.forget(number)

    async def _follow_name(self, change: SiteChange) -> None:
        self._announce()

    async def _follow_encoders(self, change: SiteChange) -> None:
        self.encoders.set_limit(change.site.server.encoders.megapixels_per_second)

    def _announce(self) -> None:
        """Others need not wait until the local network knows."""
        self._bonjour.announce(announcement(self.site.server, self.ports.port))

    async def _follow_users(self, change: SiteChange) -> None:
        self._presenter.realm = change.site.server.realm
        if change.site.users != self._users:
            self._users = change.site.users
            changed = self._accounts.replace(self._users)
            for end_accounts in self._ends_accounts:
                end_accounts(changed)

    def _ports(self) -> Ports:
        config = self.site.server
        identity = self._uuid
        self._accounts = accounts = Accounts(
            self.site.users,
            self.workers.worker("passwords"),
            self._reactor,
            time.monotonic,
            secrets.token_bytes(32),
            opinion_of(self._hooks),
        )
        web: Any = web_site(self._web_context(identity, accounts))
        self._presenter = presenter = Presenter(self.roster, accounts.login, self._rtp_streams, config.realm)
        rtsp = self._rtsp(identity, presenter)
        self._ends_accounts = (web.end_accounts, rtsp.end_accounts)
        factory = ProtocolDetectingFactory(web, rtsp, self._reactor, server_header(identity))
        self._metrics = Metrics(
            self.roster,
            presenter.cameras,
            _server_metrics(factory, web, rtsp, self.recordings.library, self.history, self.actions.counters),
            self.recordings.captures,
            self.uploads.cameras,
            self.detection.counters,
        )
        return Ports(self._reactor, factory, _addresses(config), self._certificate, config.state)

    def _web_context(self, identity: str, accounts: Accounts) -> WebContext:
        return WebContext(
            sites=self.sites,
            uuid=identity,
            roster=self.roster,
            accounts=accounts,
            bus=self.bus,
            arming=self.arming,
            reactor=self._reactor,
            monotonic=time.monotonic,
            now=time.time,
            ports=lambda: PortNumbers(self.ports.port, self.ports.tls_port),
            certificate_expires=lambda: None if self._certificate.now is None else self._certificate.now.expires,
            metrics=lambda: self._metrics.page(),
            footage=Footage(self.recordings.library, self.workers),
            trigger=self.detection.trigger,
            sounds=self.sounds,
            scripts=self.scripts,
            history=self.history.after,
            talk=self.talkbacks.begin,
            standby=self._standby,
            observe=self.detection.observe,
        )

    def _rtp_streams(self, camera: Camera, hub: StreamHub) -> RTPStreams:
        return _rtp_streams(camera, hub, self._standby(camera))

    def _standby(self, camera: Camera) -> NoSignal:
        return NoSignal(self.workers, self._reactor, time.monotonic, lambda: camera.identity.name)

    def _rtsp(self, identity: str, presenter: Presenter) -> RTSPFactory:
        fields = (("Server", server_header(identity)), ("SS-UUID", identity))
        return RTSPFactory(presenter, fields, self._reactor, time.monotonic, secrets.randbits)


def server_header(identity: str) -> str:
    """What `Server` says on every response, of HTTP and RTSP alike."""
    return f"BBVS/6.0/{identity}"


def server_uuid(state: Path) -> str:
    """The identity of this installation, made once and kept in the state folder. Blocks; raises StartError."""
    path = state / IDENTITY_FILE
    try:
        if path.exists():
            return str(json.loads(path.read_text("utf-8"))["uuid"])
        state.mkdir(parents=True, exist_ok=True)
        identity = secrets.token_hex(10)
        write_atomically(path, json.dumps({"uuid": identity}) + "\n")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartError(f"{path}: the server's identity cannot be kept: {error}") from error
    return identity


def _server_metrics(
    port: ProtocolDetectingFactory,
    web: WebSite,
    rtsp: RTSPFactory,
    library: Library,
    history: History,
    actions: ActionCounters,
) -> list[ServerMetric]:
    return [
        ServerMetric("connections_http", "HTTP connections taken", lambda: port.counters.http),
        ServerMetric("connections_rtsp", "RTSP connections taken", lambda: port.counters.rtsp),
        ServerMetric("connections_tunnel", "Connections taken for RTSP in HTTP", lambda: port.counters.tunnel),
        ServerMetric("connections_refused", "Connections without a request", lambda: port.counters.refused),
        ServerMetric("connections_timed_out", "Connections whose first line was late", lambda: port.counters.timed_out),
        ServerMetric("http_open", "HTTP connections open", lambda: web.connections, is_counter=False),
        ServerMetric("http_requests", "HTTP requests answered, streams not counted", lambda: web.counters.requests),
        ServerMetric("http_refused", "HTTP connections closed for what came", lambda: web.counters.refused),
        ServerMetric("http_dropped", "HTTP streams closed for not reading", lambda: web.counters.dropped),
        ServerMetric("http_pictures_sent", "JPEGs sent to viewers", lambda: web.counters.pictures_sent),
        ServerMetric("http_pictures_skipped", "JPEGs a viewer was too slow for", lambda: web.counters.pictures_skipped),
        ServerMetric(
            "http_sounds_skipped", "Units of sound a listener was too slow for", lambda: web.counters.sounds_skipped
        ),
        ServerMetric("http_looks_skipped", "Looks a tuning page was too slow for", lambda: web.counters.looks_skipped),
        ServerMetric("http_fragments_sent", "Pieces of video sent to browsers", lambda: web.counters.fragments_sent),
        ServerMetric(
            "http_fragments_skipped", "Pieces a browser was too slow for", lambda: web.counters.fragments_skipped
        ),
        ServerMetric("browsers", "Viewers by WebSocket", lambda: web.live.browsers, is_counter=False),
        ServerMetric("hls_streams", "Cameras that are cut for HLS", lambda: web.live.segmented, is_counter=False),
        ServerMetric("rtsp_open", "RTSP connections open", lambda: rtsp.counters.connections, is_counter=False),
        ServerMetric("rtsp_requests", "RTSP requests", lambda: rtsp.counters.requests),
        ServerMetric("rtsp_bad_messages", "RTSP messages that were none", lambda: rtsp.counters.bad_messages),
        ServerMetric("rtsp_timed_out", "RTSP connections closed for silence", lambda: rtsp.counters.timed_out),
        ServerMetric("rtsp_stalled", "RTSP clients closed for not reading", lambda: rtsp.counters.stalled),
        ServerMetric("events_dropped", "Events that could not be kept in the log", lambda: history.dropped),
        ServerMetric("actions_performed", "Actions done", lambda: actions.performed),
        ServerMetric("actions_retried", "Actions that failed and were tried again", lambda: actions.retried),
        ServerMetric("actions_failed", "Actions given up", lambda: actions.failed),
        ServerMetric("actions_dropped", "Actions passed over, for too many waited", lambda: actions.dropped),
        ServerMetric("actions_waiting", "Actions that wait or run", lambda: actions.waiting, is_counter=False),
        ServerMetric("footage_deleted", "Footage files deleted by retention", lambda: library.deleted),
        ServerMetric("footage_mended", "Movies completed that an earlier run left", lambda: library.mended),
    ]


def _addresses(config: ServerConfig) -> Addresses:
    return Addresses(config.interface, config.port, config.tls_port)


def _certificate(config: ServerConfig) -> TLSCertificate | None:
    if config.tls_port is None:
        return None
    try:
        if config.certificate is not None:
            return certificate_from(config.certificate)
        return kept_certificate(config.state, host_names(config.interface), datetime.now(UTC))
    except CertificateError as error:
        raise StartError(str(error)) from error


def _rtp_streams(camera: Camera, hub: StreamHub, standby: NoSignal) -> RTPStreams:
    def origin() -> Origin:
        return Origin(secrets.randbits(32), secrets.randbits(16), secrets.randbits(32))

    def wall_offset() -> float:
        return time.time() - time.monotonic()

    return RTPStreams(hub, camera.audio, origin, time.monotonic, wall_offset, f"camera-{camera.number}", standby)
