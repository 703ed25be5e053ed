"""The chapter "Settings": of each camera and of the server, for programs and for people.

Every name shows its settings on GET, as XML, as JSON or as a form, and changes them on POST:
whatever the body's type says, only the fields that are named, and none of them where one is wrong.
What is saved is in the site file, and in effect, before the answer is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from ssplug.cameras.camera import Camera
from ssplug.cameras.sites import SitesBusyError
from ssplug.model.access import Permission
from ssplug.model.settings import GENERAL_PAGES, Change, FormError, Path, Setting, Shown, changes
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, refusal, text_reply
from ssplug.servers.web.settings_form import Form, Link, form_page
from ssplug.site.problem import SiteError
from ssplug.site.rewrite import RewriteError
from ssplug.site.types import CameraConfig, Site
from ssplug.wire.documents import JSON_TYPE, XML_TYPE
from ssplug.wire.requests import UnknownCameraError, camera_number
from ssplug.wire.settings_documents import camera_update, settings_json, settings_xml

_SAVED: Final = "saved"


@dataclass(frozen=True, slots=True)
class Subject:
    """What one request is about."""

    title: str
    config: Any
    """A CameraConfig, or the Site."""
    settings: Sequence[Setting]
    under: Path
    """Where the site file has it."""
    saved: Reply
    """What programs are answered."""
    number: int | None = None
    """Of the camera."""


class SettingsPage(Endpoint):
    """What all pages of settings have in common."""

    def __init__(self, context: WebContext, name: str, version: int) -> None:
        """`name` is that of the page; `version` of the protocol decides what programs are shown."""
        super().__init__(context)
        self.name = name
        self.version = version

    def subject(self, query: Query) -> Subject:
        """Raises RefusedError where the account may not change it, UnknownCameraError where it is not there."""
        raise NotImplementedError

    def settings_of(self, config: Any) -> Sequence[Setting]:
        """The fields of the page, for a CameraConfig or the Site. Any thread."""
        raise NotImplementedError

    async def get(self, query: Query) -> Reply:
        """A document, or the form."""
        subject = self.subject(query)
        form = (query.parameters.text("format") or "").strip("/ ").lower()
        if form == "json":
            return Reply(settings_json(self._values(subject)), JSON_TYPE)
        if form == "xml":
            words = ("1", "0") if self.version == 5 else ("true", "false")
            return Reply(settings_xml(self._values(subject), *words), XML_TYPE)
        message = "Saved." if _SAVED in query.parameters else ""
        return self._page(query, subject, message)

    async def post(self, query: Query) -> Reply:
        """Save."""
        subject = self.subject(query)
        if (query.form.text("action") or "save").lower() != "save":
            raise refusal(HTTPStatus.BAD_REQUEST, "action: only save")
        posted = _posted(query, subject.settings)
        try:
            await self._save(subject, posted)
        except FormError as error:
            return self._refused(query, subject, HTTPStatus.BAD_REQUEST, str(error), posted, error.errors)
        except (RewriteError, SiteError) as error:
            return self._refused(query, subject, HTTPStatus.CONFLICT, f"Not saved: {error}", posted)
        except SitesBusyError as error:
            raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", "5"),)) from error
        return self._to_the_form(query, subject) if _wants_page(query) else subject.saved

    async def _save(self, subject: Subject, posted: Mapping[str, str]) -> None:
        await self.context.sites.save(lambda site: self._wanted(subject, site, posted), subject.under)

    def _wanted(self, subject: Subject, site: Site, posted: Mapping[str, str]) -> list[Change]:
        """By the site as it is when it is this one's turn: another may have been saved meanwhile."""
        config = site if subject.number is None else _config(site, subject.number)
        return changes(self.settings_of(config), config, posted)

    def _values(self, subject: Subject) -> dict[str, Shown]:
        return {
            setting.name if self.version == 5 else setting.new_name: setting.shown(subject.config)
            for setting in subject.settings
        }

    # -- for people

    def _page(
        self,
        query: Query,
        subject: Subject,
        message: str = "",
        status: HTTPStatus = HTTPStatus.OK,
        shown: Mapping[str, Shown] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> Reply:
        form = Form(
            title=subject.title,
            settings=subject.settings,
            shown={setting.name: setting.shown(subject.config) for setting in subject.settings} | dict(shown or {}),
            hidden={"action": "save"} | ({} if subject.number is None else {"cameraNum": str(subject.number)}),
            links=self._links(query) + self._more_links(query, subject),
            message=message,
            is_wrong=status is not HTTPStatus.OK,
            errors=errors or {},
        )
        return Reply(form_page(form), HTML_TYPE, status, PAGE_HEADERS)

    def _refused(
        self,
        query: Query,
        subject: Subject,
        status: HTTPStatus,
        why: str,
        posted: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
    ) -> Reply:
        if not _wants_page(query):
            raise refusal(status, why)
        # What was typed is not lost, right or wrong.
        typed = {s.name: posted[n.lower()] for s in subject.settings for n in s.names if n.lower() in posted}
        boxes = {s.name: typed[s.name] == "1" for s in subject.settings if s.name in typed and _is_box(s, subject)}
        return self._page(query, subject, why, status, {**typed, **boxes}, errors)

    def _to_the_form(self, query: Query, subject: Subject) -> Reply:
        """A page that can be loaded again without saving again."""
        where = self._address(query, self.name, subject.number, f"{_SAVED}=1")
        return Reply(b"", status=HTTPStatus.SEE_OTHER, headers=(("Location", where), *PAGE_HEADERS))

    def _may(self, query: Query) -> bool:
        """Whether the account may change general settings."""
        return query.avatar.may(Permission.SETTINGS) and query.avatar.is_for_all_cameras

    def _links(self, query: Query) -> list[Link]:
        cameras = [
            Link(self._address(query, "camerasettings", camera.number), camera.identity.name)
            for camera in self.context.roster
            if query.avatar.sees(camera.identity) and query.avatar.may(Permission.SETTINGS, camera.identity)
        ]
        general = [Link(self._address(query, "preferences"), "General settings")] if self._may(query) else []
        return [Link(self._address(query, "./"), "Live"), *general, *cameras]

    def _more_links(self, query: Query, subject: Subject) -> list[Link]:
        """To what belongs to this page only."""
        if subject.number is None:
            return []
        return [Link(self._address(query, "tuning", subject.number), f"Tune the motion detection of {subject.title}")]

    def _address(self, query: Query, name: str, number: int | None = None, *more: str) -> str:
        token = query.parameters.raw("auth")
        parts = [] if number is None else [f"cameraNum={number}"]
        parts += [*more, *([] if token is None else [f"auth={token}"])]
        return f"{name}?{'&'.join(parts)}" if parts else name


class CameraSettingsPage(SettingsPage):
    """`camerasettings`, `settings-cameras` and their other names."""

    def settings_of(self, config: Any) -> Sequence[Setting]:
        """Its driver may know what fields of the device are."""
        return self.context.sites.settings_of(config)

    def subject(self, query: Query) -> Subject:
        """A camera that is disabled can be enabled again, so it is there."""
        camera = self._known_camera(query)
        identity = camera.identity
        if not query.avatar.may(Permission.SETTINGS, identity):
            raise refusal(HTTPStatus.FORBIDDEN)
        saved = text_reply("OK") if self.version == 5 else self._camera_update(query, camera)
        settings = self.settings_of(camera.config)
        return Subject(identity.name, camera.config, settings, ("cameras", identity.id), saved, identity.number)

    def _known_camera(self, query: Query) -> Camera:
        number = camera_number(query.form if "cameraNum" in query.form else query.parameters)
        camera = self.context.roster.get(number)
        if camera is None or not query.avatar.sees(camera.identity):
            raise UnknownCameraError
        return camera

    def _camera_update(self, query: Query, camera: Camera) -> Reply:
        names = [*query.form.texts("cameraName"), *query.form.texts("name"), camera.identity.name]
        return Reply(camera_update(camera.number, names[0]), JSON_TYPE)


class GeneralSettingsPage(SettingsPage):
    """`preferences` and the other `settings-` pages."""

    def __init__(self, context: WebContext, name: str, settings: Sequence[Setting], version: int) -> None:
        super().__init__(context, name, version)
        self._settings = settings

    def settings_of(self, config: Any) -> Sequence[Setting]:
        """Always the same."""
        return self._settings

    def subject(self, query: Query) -> Subject:
        """The whole server, which is not for accounts that have some of the cameras only."""
        if not self._may(query):
            raise refusal(HTTPStatus.FORBIDDEN)
        saved = text_reply("OK") if self.version == 5 else Reply(b'{"result":"OK"}', JSON_TYPE)
        return Subject("General settings", self.context.site, self._settings, (), saved)


def _config(site: Site, number: int) -> CameraConfig:
    config = next((camera for camera in site.cameras if camera.identity.number == number), None)
    if config is None:
        raise UnknownCameraError
    return config


def _posted(query: Query, settings: Sequence[Setting]) -> dict[str, str]:
    """The last of each name counts, for a form sends a box that is ticked after what it sends for it anyway."""
    names = [name for setting in settings for name in setting.names if name in query.form]
    return {name.lower(): query.form.texts(name)[-1] for name in names}


def _wants_page(query: Query) -> bool:
    return "text/html" in (query.header("Accept") or "")


def _is_box(setting: Setting, subject: Subject) -> bool:
    return isinstance(setting.shown(subject.config), bool)


def _general(page: str) -> Callable[[WebContext], Endpoint]:
    name = page if page == "preferences" else f"settings-{page}"
    version = 5 if page == "preferences" else 6
    return partial(GeneralSettingsPage, name=name, settings=GENERAL_PAGES[page], version=version)


def _camera(name: str, version: int) -> Callable[[WebContext], Endpoint]:
    return partial(CameraSettingsPage, name=name, version=version)


SETTINGS: Final[Mapping[str, Callable[[WebContext], Endpoint]]] = {
    **{name: _camera(name, 5) for name in ("camerasettings", "camerasetup", "overlaysettings")},
    **{name: _camera(name, 6) for name in ("settings-cameras", "settings-camera")},
    "preferences": _general("preferences"),
    **{f"settings-{page}": _general(page) for page in GENERAL_PAGES if page != "preferences"},
    "settings-comp": _general("compression"),
}
"""The chapter's names."""
