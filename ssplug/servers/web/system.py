"""The chapter "System Information", and the small lists of cameras that go with it."""

from dataclasses import dataclass
from datetime import datetime

from ssplug.model.access import Avatar
from ssplug.model.event import Event
from ssplug.servers.web.camera_information import camera_information
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.host import bonjour_name, own_address
from ssplug.servers.web.reply import Reply
from ssplug.wire.documents import (
    INPUT_LIST_TYPE,
    JSON_TYPE,
    CameraInformation,
    CameraStatus,
    ServerInformation,
    SystemInformation,
    camera_status_document,
    input_list,
    system_document,
    version_number,
)
from ssplug.wire.requests import DocumentFormat, document_format


class SystemInfo(Endpoint):
    """`systemInfo`.

    Every valid account gets 200: to some clients this is what tells a wrong password from a missing
    permission.  Documents are written once a second at most, and anew after every event.
    """

    def __init__(self, context: WebContext) -> None:
        super().__init__(context)
        self._second = 0
        self._written: dict[tuple[str, DocumentFormat, int], Reply] = {}
        context.bus.listen(self._forget)

    async def get(self, query: Query) -> Reply:
        """One of three documents."""
        form = document_format(query.parameters)
        dialect = self.context.dialects.of_document(form, query.avatar.name, query.address)
        if (second := int(self.context.now())) != self._second:
            self._second = second
            self._written.clear()
        key = (query.avatar.name, form, dialect)
        if key not in self._written:
            system = _Gatherer(self.context, query.avatar, dialect).system()
            self._written[key] = Reply(*system_document(system, form))
        return self._written[key]

    def _forget(self, _: Event) -> None:
        self._written.clear()


@dataclass(frozen=True, slots=True)
class _Gatherer:
    """Gathers what one account is told."""

    context: WebContext
    avatar: Avatar
    dialect: int

    def system(self) -> SystemInformation:
        cameras = self.cameras()
        return SystemInformation(
            server=self._server(len(cameras)),
            cameras=cameras,
            groups=self._groups(cameras),
            schedules=self.context.arming.schedules(),
            presets=self.context.arming.presets(),
            dialect=self.dialect,
        )

    def cameras(self) -> list[CameraInformation]:
        now = self.context.monotonic()
        return [
            camera_information(camera, self.avatar, self.context.arming, now, self.dialect)
            for camera in self.context.roster.visible_to(self.avatar)
        ]

    def _groups(self, cameras: list[CameraInformation]) -> list[tuple[str, list[int]]]:
        numbers = {camera.identity.id: camera.number for camera in self.context.roster}
        visible = {camera.number for camera in cameras}
        groups = (
            (name, sorted({numbers[camera] for camera in members if camera in numbers} & visible))
            for name, members in sorted(self.context.site.groups.items())
        )
        return [(name, members) for name, members in groups if members]

    def _server(self, camera_count: int) -> ServerInformation:
        context, server = self.context, self.context.site.server
        ports = context.ports()
        return ServerInformation(
            name=server.name,
            uuid=context.uuid,
            version=version_number(self.dialect),
            camera_count=camera_count,
            now=datetime.fromtimestamp(context.now(), context.zone),
            address=own_address(server.interface),
            http_port=ports.http,
            https_port=ports.https or 0,
            https_enabled=ports.https is not None,
            bonjour_name=bonjour_name() if server.bonjour else "",
            date_format=server.date_format,
            cpu_usage=context.host.cpu_usage,
            memory_pressure=context.host.memory_pressure,
            certificate_expires=context.certificate_expires(),
        )


class InputListData(Endpoint):
    """`inputListData`: for the screen saver."""

    async def get(self, query: Query) -> Reply:
        """Records of a fixed size."""
        dialect = self.context.dialects.of(query.avatar.name, query.address)
        cameras = _Gatherer(self.context, query.avatar, dialect).cameras()
        return Reply(input_list(cameras), INPUT_LIST_TYPE)


class CamStatus(Endpoint):
    """`camStatus`: how every camera is, whoever asks, disabled ones too."""

    async def get(self, query: Query) -> Reply:
        """A JSON array."""
        statuses = (
            CameraStatus(camera.number, camera.config.enabled, camera.online, camera.failure)
            for camera in self.context.roster
        )
        return Reply(camera_status_document(statuses), JSON_TYPE)
