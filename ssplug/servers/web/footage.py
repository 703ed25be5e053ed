"""The chapter "Captured footage": what there is, and the files themselves.

A file is what the catalogue says is one. What a client sends is looked up there, to the letter, and
never becomes part of a path.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from ssplug.media.footage_pictures import Target as MovieTarget
from ssplug.model.access import Permission
from ssplug.model.footage import FootageCursor, FootageFile
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.footage_access import Footage, NoFootageError, OpenFile
from ssplug.servers.web.footage_page import FootagePage
from ssplug.servers.web.reply import Answer, Download, Headers, RefusedError, Reply, refusal, text_reply, unauthorized
from ssplug.wire.byte_ranges import RangeError, Validators, byte_range
from ssplug.wire.documents import JSON_TYPE, XML_TYPE
from ssplug.wire.footage_documents import IMAGE_TYPE, MOVIE_TYPE, caplist, content_type, feed
from ssplug.wire.footage_requests import MOST_RESULTS, CaplistRequest, ClipRequest, DownloadRequest, FileName
from ssplug.wire.requests import RequestError, Target, UnknownCameraError

FORCED_TYPE: Final = "application/force-download"
CLIP_TYPE: Final = "video/mp4"
LARGEST_TAG: Final = 255


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
        """A feed for programs, or a page for people."""
        request = DownloadRequest.parse(query.parameters, self.context.site.server.date_format)
        if request.format == "xml":
            files, more = await self._page(request, self.cameras(query, request.cameras))
            return Reply(feed(files, more, self._gmt_offset()), XML_TYPE)
        files, more = await self._page(request, self.cameras(query, request.cameras or None))
        return self._html(query, request, files, more)

    def _html(
        self, query: Query, request: DownloadRequest, files: list[FootageFile], more: FootageCursor | None
    ) -> Reply:
        page = FootagePage(
            site=self.context.site.server.name,
            cameras={each.number: each.identity.name for each in self.context.roster.visible_to(query.avatar)},
            request=request,
            files=files,
            more=more,
            token=query.parameters.raw("auth"),
            may_delete=query.avatar.may(Permission.DELETE),
        )
        return Reply(page.html(), HTML_TYPE, headers=PAGE_HEADERS)

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


class GetFileAtRate(GetFile):
    """`getfilehb` and `getfilelb`: a movie at no more than a bit rate."""

    movie_type = MOVIE_TYPE

    def bit_rate(self) -> int:
        """Bits a second."""
        return self.context.site.server.bandwidth.high

    async def get(self, query: Query) -> Answer:
        """The file itself where it will do; otherwise it is encoded while it is sent."""
        file = await self.file(query, query.target)
        kind = self.movie_type if file.is_movie else IMAGE_TYPE
        try:
            if not file.is_movie or await self.will_do(file):
                return await self.whole_or_part(query, file, kind)
            pieces = await self.footage.transcode(file, MovieTarget(self.bit_rate()))
        except NoFootageError as error:
            raise no_such_file() from error
        return Download(kind, pieces, headers=_MADE_HEADERS)

    async def will_do(self, file: FootageFile) -> bool:
        """Whether a movie has no higher rate."""
        return file.size * 8 <= self.bit_rate() * file.duration


class GetFileLow(GetFileAtRate):
    """`getfilelb`."""

    movie_type = CLIP_TYPE

    def bit_rate(self) -> int:
        """Bits a second."""
        return self.context.site.server.bandwidth.low

    async def will_do(self, file: FootageFile) -> bool:
        """It is for browsers and phones, which play no H.265, or not all of them."""
        return await super().will_do(file) and await self.footage.is_h264(file)


class GetPreview(FootageEndpoint):
    """`getpreview`."""

    async def get(self, query: Query) -> Reply:
        """A small JPEG."""
        file = await self.file(query, query.target)
        try:
            jpeg = await self.footage.preview(file)
        except NoFootageError as error:
            raise no_such_file() from error
        return Reply(jpeg, IMAGE_TYPE, headers=(("Cache-Control", "private, max-age=3600"),))


class Clip(FootageEndpoint):
    """`clip`; not of the specification."""

    async def get(self, query: Query) -> Download:
        """One movie of what a camera recorded from `start` to `end`, whatever files it is in."""
        self.require(query, self.permission)
        camera = self.camera(query)
        request = ClipRequest.parse(query.parameters, self.context.zone)
        try:
            pieces = await self.footage.clip(camera.number, request.start, request.end)
        except NoFootageError as error:
            raise refusal(HTTPStatus.NOT_FOUND, "Nothing was recorded then.") from error
        begins = datetime.fromtimestamp(request.start, self.context.zone)
        name = quote(f"{begins:%Y-%m-%d %H-%M-%S} {camera.identity.name}.mp4", safe="")
        saved = ("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        return Download(CLIP_TYPE, pieces, headers=(saved, *_MADE_HEADERS))


class FootageCommand(FootageEndpoint):
    """What changes footage: of the file in the path, or of each `file` in the query or a posted form.

    Only posted: a browser then says which site made it ask, and a link changes nothing.
    """

    permission = Permission.DELETE

    async def get(self, query: Query) -> Reply:
        """Refused."""
        raise refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "POST"),))

    async def post(self, query: Query) -> Reply:
        """Do it for all of the files, or for none if one of them is not there."""
        self.require(query, self.permission)
        for file in await self._files(query):
            await self.perform(query, file)
        return text_reply("OK")

    async def perform(self, query: Query, file: FootageFile) -> None:
        """Do it."""
        raise NotImplementedError

    async def _files(self, query: Query) -> list[FootageFile]:
        named = (*query.form.texts("file"), *query.parameters.texts("file"))
        if len(named) > MOST_RESULTS:
            raise RequestError(f"file: more than {MOST_RESULTS} at once")
        if not named:
            return [await self.file(query, query.target)]
        return [await self.file(query, Target("", tuple(quote(name).split("/")))) for name in named]


class Delete(FootageCommand):
    """`delete`."""

    async def perform(self, query: Query, file: FootageFile) -> None:
        """At once, also what retention would keep."""
        await self.footage.library.delete(file, f"{query.avatar.name or 'somebody'} at {query.address} wanted it")


class SetTags(FootageCommand):
    """`setTags`: tag 1 keeps a file from retention, so it takes the permission to delete."""

    async def perform(self, query: Query, file: FootageFile) -> None:
        """Give a file the tag of `tag`."""
        form = query.form if "tag" in query.form else query.parameters
        tag = form.integer("tag")
        if tag is None or not 0 <= tag <= LARGEST_TAG:
            raise RequestError(f"tag: not a number from 0 to {LARGEST_TAG}")
        await self.footage.library.tag(file, tag)


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


_MADE_HEADERS: Final[Headers] = (("Accept-Ranges", "none"), *_FILE_HEADERS[1:])


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
    "clip": Clip,
    "delete": Delete,
    "download": DownloadList,
    "getfile": GetFile,
    "getfilehb": GetFileAtRate,
    "getfilelb": GetFileLow,
    "getpreview": GetPreview,
    "setTags": SetTags,
}
