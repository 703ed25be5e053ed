"""Drives two published clients against a server and prints, as one JSON object, what each of them saw.

    clients.py aiosecspy|pysecspy|pysecspy-motion|pysecspy-human HOST PORT USER PASSWORD CAMERA SECONDS

Runs in the clients' own environment (`make .venv-clients/installed`).  SECONDS is how long it listens
to events; once it listens it prints "listening" on a line of its own, so that a test knows when to
make something happen.  `pysecspy-motion` listens no longer than until the camera's motion was on and
is off again, `pysecspy-human` until that was somebody's.
"""

import asyncio
import functools
import json
import sys
from collections.abc import Callable
from typing import Any

LIMIT = 30.0
"""Seconds for all but listening."""


async def aiosecspy(host: str, port: int, user: str, password: str, camera: int, seconds: float) -> dict[str, Any]:
    from aiosecspy import SecSpyClient
    from aiosecspy.exceptions import AuthenticationError

    client = SecSpyClient(host, port, user, password)
    try:
        await client.open()
    except AuthenticationError as error:
        await client.close()
        return {"error": str(error)}
    async with client:
        info = await client.refresh()
        image = await client.get_image(camera, width=320)
        events: list[dict[str, Any]] = []
        client.events.add_listener(lambda event: events.append(told(event)))
        client.events.start()
        await listen(seconds, lambda: bool(events))
        await client.events.stop()
        return {
            "name": info.name,
            "version": info.version,
            "uuid": info.uuid,
            "cameras": {number: found.name for number, found in client.cameras.items()},
            "connected": {number: found.connected for number, found in client.cameras.items()},
            "modes": (await client.camera_modes(camera)).split(),
            "image": image[:2].hex(),
            "image_bytes": len(image),
            "events": events,
        }


def told(event: Any) -> dict[str, Any]:
    return {"event": event.event_type.value, "camera": event.camera_number, "reasons": list(event.reason_names)}


async def pysecspy(
    host: str,
    port: int,
    user: str,
    password: str,
    camera: int,
    seconds: float,
    enough: Callable[[list[dict[str, Any]]], bool] = lambda events: False,
) -> dict[str, Any]:
    import aiohttp
    from pysecspy.errors import RequestError
    from pysecspy.secspy_server import SecSpyServer

    async with aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        try:
            info = await server.get_server_information()
        except RequestError as error:
            return {"error": str(error)}
        events: list[dict[str, Any]] = []
        server.subscribe_websocket(lambda devices: events.extend(shown(devices)))
        await server.update(force_camera_update=True)
        image = await server.get_snapshot_image(str(camera), 320, 180)
        await listen(seconds, lambda: server.ws_connection is not None, lambda: enough(events))
        devices = {key: dict(value) for key, value in server.devices.items()}
        await server.async_disconnect_ws()
        return {
            "server": info,
            "cameras": devices,
            "image": image[:2].hex(),
            "image_bytes": len(image),
            "events": events,
        }


def shown(devices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What is shown of each device just now; the client goes on to change the same objects."""
    keys = ("event_type", "event_on", "event_object", "event_online", "recording_mode_c", "recording_mode_m")
    return [{"camera": number, **{key: device[key] for key in keys}} for number, device in devices.items()]


def motion_is_over(events: list[dict[str, Any]], camera: str, what: str | None = None) -> bool:
    """Whether the camera's motion was on, if need be shown as `what`, and is off again."""
    of_camera = [event for event in events if event["camera"] == camera]
    was_on = any(event["event_on"] and what in (None, event["event_object"]) for event in of_camera)
    return was_on and not of_camera[-1]["event_on"]


async def listen(seconds: float, listens: Any, enough: Callable[[], bool] = lambda: False) -> None:
    while not listens():
        await asyncio.sleep(0.05)
    print("listening", flush=True)
    for _ in range(round(seconds * 20)):
        if enough():
            return
        await asyncio.sleep(0.05)


def main() -> None:
    client, host, port, user, password, camera, seconds = sys.argv[1:]
    drive: Any = {
        "aiosecspy": aiosecspy,
        "pysecspy": pysecspy,
        "pysecspy-motion": functools.partial(pysecspy, enough=lambda events: motion_is_over(events, camera)),
        "pysecspy-human": functools.partial(pysecspy, enough=lambda events: motion_is_over(events, camera, "Human")),
    }[client]
    limit = float(seconds) + LIMIT
    seen = asyncio.run(asyncio.wait_for(drive(host, int(port), user, password, int(camera), float(seconds)), limit))
    print(json.dumps(seen, default=str))


if __name__ == "__main__":
    main()
