"""The chapter "Live audio": what a camera hears, and speaking through it.

Both ways it is G.711 mu-law, 8 kHz mono, without any framing.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from twisted.internet.error import ConnectionLost

from ssplug.cameras.camera import Camera
from ssplug.cameras.talkback import SpeechlessError, TalkBusyError, TalkError, Talking
from ssplug.media.access_unit import PCMU, AccessUnit, Track
from ssplug.model.access import Permission
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.incoming import Incoming
from ssplug.servers.web.reply import Body, Reply, Stream, refusal, text_reply, unauthorized
from ssplug.streams.audio_form import AudioForms

AUDIO_TYPE: Final = "audio/basic"
UNSENT_LIMIT: Final = 1024
"""Bytes of sound that the kernel may hold unsent: an eighth of a second."""


class Audio(Endpoint):
    """`audio`: GET to hear, POST to speak."""

    async def get(self, query: Query) -> Stream:
        """Sound without end, from now on."""
        camera = self._camera_for(query, Permission.AUDIO)
        if not camera.online:
            raise refusal(HTTPStatus.NOT_FOUND, "The camera is offline.")
        if camera.audio.track(PCMU) is None:
            raise refusal(HTTPStatus.NOT_FOUND, "The camera sends no sound.")
        return Stream(
            AUDIO_TYPE, lambda body: _Listener(body, self.context).start(camera.audio), unsent_limit=UNSENT_LIMIT
        )

    async def receive(self, query: Query, incoming: Incoming) -> Reply:
        """Let somebody speak, until what is posted ends; whatever its type is called."""
        camera = self._camera_for(query, Permission.TALK)
        try:
            talking = await self.context.talk(camera)
        except SpeechlessError as error:
            text = "The camera takes no sound: it has no talkback in the site file."
            raise refusal(HTTPStatus.NOT_FOUND, text) from error
        except TalkBusyError as error:
            raise refusal(HTTPStatus.CONFLICT, str(error)) from error
        except TalkError as error:
            raise refusal(HTTPStatus.BAD_GATEWAY, str(error)) from error
        await self._pass_on(incoming, talking)
        return text_reply("OK")

    async def _pass_on(self, incoming: Incoming, talking: Talking) -> None:
        """At the pace of the camera: what it does not take, the client has to keep."""
        try:
            while samples := await incoming.next():
                await talking.say(samples)
        except ConnectionLost:
            pass  # nobody is left to answer
        except TalkError as error:
            raise refusal(HTTPStatus.BAD_GATEWAY, str(error)) from error
        finally:
            await talking.end()

    def _camera_for(self, query: Query, permission: Permission) -> Camera:
        camera = self.camera(query)
        if not query.avatar.may(permission, camera.identity):
            raise unauthorized(self.context.site.server.realm)
        return camera


@dataclass(slots=True)
class _Listener:
    """Lets one client hear; what it is too slow for is left out. A `Subscriber`."""

    body: Body
    context: WebContext

    def start(self, audio: AudioForms) -> None:
        """Listen until the client has gone, also while the camera has."""
        self.body.ended = audio.attach(PCMU, self)

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """Mu-law is always the same."""

    def offer(self, unit: AccessUnit) -> None:
        """The next few milliseconds."""
        if self.body.paused:
            self.context.counters.sounds_skipped += 1
        else:
            self.body.write(unit.data)

    def went_offline(self, reason: str) -> None:
        """It is silent until it is back."""
