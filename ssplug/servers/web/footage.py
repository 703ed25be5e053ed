"""The chapter "Captured footage": what there is, and the files themselves.

A file is what the catalogue says is one. What a client sends is looked up there, to the letter, and
never becomes part of a path.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from ssplug.model.access import Permission
from ssplug.model.footage import FootageCursor, FootageFile
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.footage_access import Footage, NoFootageError, OpenFile
from ssplug.servers.web.reply import Answer, Download, Headers, RefusedError, Reply, refusal, unauthorized
from ssplug.wire.byte_ranges import RangeError, Validators, byte_range
from ssplug.wire.documents import JSON_TYPE, XML_TYPE
from ssplug.wire.footage_documents import caplist, content_type, feed
from ssplug.wire.footage_requests import CaplistRequest, DownloadRequest, FileName
from ssplug.wire.requests import Target, UnknownCameraError

FORCED_TYPE: Final = "application/force-download"


class FootageEndpoint(Endpoint):
    """What the requests about footage have in common."""

    permission = Permission.FILES

    @property
    def footage(self) -> Footage:
        """Where it is; RefusedError where nothing is recorded."""
        if self.context.footage is None:
            raise no_such_file()
        return self.context.footage

    def cameras(self, query: Query, numbers: frozenset[int] | None = None) -> list[int]:
        """Those of `numbers` whose footage the account may have; None: all of them."""
        self.require(query, self.permission)
        visible = self.context.roster.visible_to(query.avatar)
        return [camera.number for camera in visible if numbers is None or camera.number in numbers]

    async def file(self, query: Query, target: Target) -> FootageFile:
        """The file that `target` names; RefusedError and UnknownCameraError where the account has none."""
        self.require(query, self.permission)
        try:
            name = FileName.of_target(target)
        except ValueError as error:
            raise no_such_file() from error
        return await self.named(query, name)

    async def named(self, query: Query, name: FileName) -> FootageFile:
        """The file of that name."""
        camera = self.context.roster.find(name.camera, query.avatar)
        if camera is None:
            raise UnknownCameraError
        if not query.avatar.may(self.permission, camera.identity):
            raise unauthorized(self.context.site.server.realm)
        for text in name.names:
            found = await self.footage.library.find(name.camera, name.date, text)
            if found is not None:
                return found
        raise no_such_file()

    async def opened(self, file: FootageFile) -> OpenFile:
        """The file itself."""
        try:
            return await self.footage.open(file)
        except NoFootageError as error:
            raise no_such_file() from error


class DownloadList(FootageEndpoint):
    """`download`."""

    async def get(self, query: Query) -> Answer:
        """A feed."""
        request = DownloadRequest.parse(query.parameters, self.context.site.server.date_format)
        files, more = await self._page(request, self.cameras(query, request.cameras))
        return Reply(feed(files, more, self._gmt_offset()), XML_TYPE)

    async def _page(
        self, request: DownloadRequest, cameras: list[int]
    ) -> tuple[list[FootageFile], FootageCursor | None]:
        """The files of a page, and where the next one begins."""
        if self.context.footage is None or request.is_at_end:
            return [], None
        found = await self.footage.library.page(request.query(cameras, self.context.now()))
        files = found[: request.results]
        return files, FootageCursor.behind(files[-1]) if len(found) > len(files) else None

    def _gmt_offset(self) -> int:
        offset = datetime.fromtimestamp(self.context.now(), self.context.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


class GetFile(FootageEndpoint):
    """`getfile`: the file as it was recorded."""

    async def get(self, query: Query) -> Answer:
        """All of it or a part."""
        file = await self.file(query, query.target)
        return await self.whole_or_part(query, file, content_type(file))

    async def whole_or_part(self, query: Query, file: FootageFile, kind: str) -> Answer:
        """The file as `kind`, or the range of it that the request's header names."""
        validators = _validators(file)
        headers = (("ETag", validators.etag), ("Last-Modified", validators.last_modified), *_FILE_HEADERS)
        if validators.is_known(query.header("If-None-Match")):
            return Reply(b"", kind, HTTPStatus.NOT_MODIFIED, headers)
        if (query.parameters.text("forceDownload") or "").startswith("1"):
            kind, headers = FORCED_TYPE, (*headers, ("Content-Disposition", "attachment"))
        opened = await self.opened(file)
        wanted = query.header("Range") if validators.allow_range(query.header("If-Range")) else None
        try:
            part = byte_range(wanted, opened.size)
        except RangeError as error:
            opened.close()
            raise _unsatisfiable(opened.size) from error
        if part is None:
            return Download(kind, opened.pieces(0, opened.size), opened.size, headers=headers)
        place = ("Content-Range", f"bytes {part.start}-{part.stop - 1}/{opened.size}")
        pieces = opened.pieces(part.start, part.stop)
        return Download(kind, pieces, len(part), HTTPStatus.PARTIAL_CONTENT, (*headers, place))


class CapList(FootageEndpoint):
    """`caplist`."""

    async def get(self, query: Query) -> Reply:
        """A JSON array, newest first."""
        request = CaplistRequest.parse(query.parameters)
        cameras = self.cameras(query, request.cameras)
        wanted = request.query(cameras)
        if wanted is None or self.context.footage is None:
            return Reply(caplist(()), JSON_TYPE)
        return Reply(caplist(await self.footage.library.page(wanted)), JSON_TYPE)


# Footage is nobody's but the account's; a browser may keep it, but asks whether it is still there.
_FILE_HEADERS: Final[Headers] = (
    ("Accept-Ranges", "bytes"),
    ("Cache-Control", "private, no-cache"),
    ("X-Content-Type-Options", "nosniff"),
)


def no_such_file() -> RefusedError:
    """There is none of that name, or none that the account may have."""
    return refusal(HTTPStatus.NOT_FOUND, "There is no such footage file.")


def _validators(file: FootageFile) -> Validators:
    """Numbers of files are never given twice; a tag is written into the file."""
    return Validators(f'"{file.id:x}-{file.size:x}-{file.label.tag:x}"', file.ended)


def _unsatisfiable(size: int) -> RefusedError:
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return RefusedError(
        Reply(
            f"{status.value} {status.phrase}".encode(), status=status, headers=(("Content-Range", f"bytes */{size}"),)
        )
    )


FOOTAGE: Final[dict[str, Callable[[WebContext], Endpoint]]] = {
    "caplist": CapList,
    "download": DownloadList,
    "getfile": GetFile,
}
