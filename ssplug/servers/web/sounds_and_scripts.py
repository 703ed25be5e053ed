"""Of the chapter "Miscellaneous": `sounds` and `scripts`, for administrators.

What is played or run is a name of the list; whatever else is asked for, however it is spelled, is
not there.
"""

import html
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger

from ssplug.actions.performer import ERROR_ACTION
from ssplug.model.access import Permission
from ssplug.model.event import EventType, Failure
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS, template
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, refusal, text_reply
from ssplug.wire.documents import XML_TYPE, names_document
from ssplug.wire.requests import DocumentFormat, document_format, without_plus

_log = Logger()


@dataclass(frozen=True, slots=True)
class Collection:
    """Sounds or scripts: how they are listed, and what is done with one."""

    name: str
    title: str
    command: str
    done: str
    """What is said when it is done with one."""
    is_configured: Callable[[WebContext], bool]
    names: Callable[[WebContext], Awaitable[tuple[str, ...]]]
    perform: Callable[[WebContext, str], "Deferred[None]"]


def _nothing() -> "Deferred[tuple[str, ...]]":
    return succeed(())


SOUNDS: Final = Collection(
    "sounds",
    "Sounds",
    "doSound",
    "is being played",
    lambda context: context.site.sounds is not None,
    lambda context: context.sounds.names() if context.sounds else _nothing(),
    lambda context, name: context.sounds.play(name) if context.sounds else fail(LookupError(name)),
)
SCRIPTS: Final = Collection(
    "scripts",
    "Scripts",
    "doScript",
    "is being run",
    lambda context: context.site.scripts is not None,
    lambda context: context.scripts.names() if context.scripts else _nothing(),
    lambda context, name: context.scripts.run(name) if context.scripts else fail(LookupError(name)),
)


class Names(Endpoint):
    """`sounds` and `scripts`."""

    def __init__(self, context: WebContext, of: Collection) -> None:
        super().__init__(context)
        self._of = of
        self._page = template("names.html")

    async def get(self, query: Query) -> Reply:
        """XML where it is asked for, else a page of links."""
        self.require(query, Permission.ADMIN)
        names = await self._of.names(self.context)
        if document_format(query.parameters) is DocumentFormat.XML:
            return Reply(names_document(self._of.name, names), XML_TYPE)
        return self._html(names, query.parameters.raw("auth"))

    def _html(self, names: tuple[str, ...], token: str | None) -> Reply:
        auth = "" if token is None else html.escape(f"&auth={token}")
        page = self._page.substitute(
            title=self._of.title,
            text=html.escape("" if names else self._why_empty()),
            first_auth=auth.replace("&amp;", "?", 1),
            items="\n".join(f"<li>{self._link(name, auth)}</li>" for name in names),
        )
        return Reply(page.encode(), HTML_TYPE, headers=PAGE_HEADERS)

    def _link(self, name: str, auth: str) -> str:
        # Clients find names by `<a href=...>NAME</a>`.
        address = f"{self._of.command}?name={quote(name, safe='')}{auth}"
        return f'<a href="{address}" data-done="{self._of.done}">{html.escape(name)}</a>'

    def _why_empty(self) -> str:
        if self._of.is_configured(self.context):
            return f"There is nothing in the folder that the site file names under {self._of.name}."
        return f"The site file names no folder: {self._of.name}: {{path: FOLDER}}"


class Do(Endpoint):
    """`doSound` and `doScript`."""

    changes = True

    def __init__(self, context: WebContext, of: Collection) -> None:
        super().__init__(context)
        self._of = of

    async def get(self, query: Query) -> Reply:
        """`OK` as soon as it begins; what goes wrong then is an ERROR event."""
        self.require(query, Permission.ADMIN)
        name = await self._known(query.parameters.raw("name") or "", query.parameters.text("name") or "")
        _log.info(
            "{user} asks for {command} {name}",
            user=query.avatar.name or "somebody",
            command=self._of.command,
            name=name,
        )
        self._of.perform(self.context, name).addErrback(lambda failure: self._failed(name, failure.getErrorMessage()))
        return text_reply("OK")

    async def _known(self, raw: str, decoded: str) -> str:
        """The name of the list that is meant; some clients leave a plus sign in a name as it is."""
        names = await self._of.names(self.context)
        known = next((name for name in (decoded, without_plus(raw)) if name in names), None)
        if known is None:
            raise refusal(HTTPStatus.NOT_FOUND, "There is no such file in its folder.")
        return known

    def _failed(self, name: str, why: str) -> None:
        text = f"{self._of.command} {name}: {why}"
        _log.error("{text}", text=text)
        self.context.bus.publish(EventType.ERROR, None, Failure(ERROR_ACTION, text))


SOUNDS_AND_SCRIPTS: Mapping[str, Callable[[WebContext], Endpoint]] = {
    "sounds": partial(Names, of=SOUNDS),
    "scripts": partial(Names, of=SCRIPTS),
    "doSound": partial(Do, of=SOUNDS),
    "doScript": partial(Do, of=SCRIPTS),
}
