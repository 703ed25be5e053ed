"""All cameras of the server, by number, and as one account sees them."""

from collections.abc import Iterable, Iterator

from ssplug.cameras.camera import Camera
from ssplug.model.access import Avatar


class Roster:
    """The cameras by number. Reactor thread."""

    def __init__(self, cameras: Iterable[Camera] = ()) -> None:
        self._cameras = {camera.number: camera for camera in cameras}

    def __iter__(self) -> Iterator[Camera]:
        return iter(sorted(self._cameras.values(), key=lambda camera: camera.number))

    def __len__(self) -> int:
        return len(self._cameras)

    def add(self, camera: Camera) -> None:
        """Take in a camera; its number must be free."""
        self._cameras[camera.number] = camera

    def remove(self, number: int) -> Camera:
        """Give up the camera of that number, which must be there."""
        return self._cameras.pop(number)

    def get(self, number: int) -> Camera | None:
        """The camera of that number, enabled or not, or None."""
        return self._cameras.get(number)

    def visible_to(self, avatar: Avatar) -> list[Camera]:
        """The enabled cameras that exist for `avatar`, by number."""
        return [camera for camera in self if camera.config.enabled and avatar.sees(camera.identity)]

    def find(self, number: int, avatar: Avatar) -> Camera | None:
        """The enabled camera of that number if it exists for `avatar`, else None."""
        camera = self._cameras.get(number)
        if camera is None or not camera.config.enabled or not avatar.sees(camera.identity):
            return None
        return camera
