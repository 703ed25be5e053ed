"""What plugins say of what an account may do: the hook `ssplug_may`, safe to ask."""

from typing import Any

from twisted.logger import Logger

from ssplug.model.access import Avatar, Opinion, Permission, no_opinion
from ssplug.model.camera import CameraIdentity

_log = Logger()


def opinion_of(hooks: Any) -> Opinion:
    """What the plugins behind `hooks` (of a plugin manager) say; a plugin that fails has no opinion.

    It is asked for every camera of every document and event, so where no plugin implements the hook,
    pluggy is left out of it.
    """
    if not hooks.ssplug_may.get_hookimpls():
        return no_opinion

    def ask(avatar: Avatar, permission: Permission, camera: CameraIdentity | None) -> bool | None:
        try:
            answer: bool | None = hooks.ssplug_may(avatar=avatar, permission=permission, camera=camera)
        except Exception:  # noqa: BLE001 - a guest's fault must not decide, nor end a request
            _log.failure(
                "a plugin failed to say whether {name} may {permission}", name=avatar.name, permission=permission
            )
            return None
        return answer

    return ask
