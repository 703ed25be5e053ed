"""Arms one camera with aiosecspy while pysecspy listens, and prints what each of them then believes, as JSON.

    arming_clients.py HOST PORT USER PASSWORD CAMERA

Runs in the clients' own environment (`make .venv-clients/installed`).  pysecspy reads the cameras
once, at the beginning: what it knows afterwards came by events.
"""

import asyncio
import json
import sys
from typing import Any

import aiohttp
from aiosecspy import SecSpyClient
from pysecspy.secspy_server import SecSpyServer

SECONDS = 10
MODES = ("c", "m", "a")


async def main(host: str, port: int, user: str, password: str, camera: int) -> dict[str, Any]:
    async with SecSpyClient(host, port, user, password) as client, aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        await server.get_server_information()
        await server.update(force_camera_update=True)
        while server.ws_connection is None:
            await asyncio.sleep(0.05)
        info = await client.refresh()
        steps = {
            "all armed": lambda: each_toggle(client, camera, arm=True),
            "actions disarmed": lambda: client.toggle_actions(camera, arm=False),
            "motion by a schedule": lambda: client.set_schedule(camera, "M", 0),
            "an override": lambda: client.set_schedule_override(camera, "M", 4),
            "no override": lambda: client.set_schedule_override(camera, "M", 0),
            "the preset Away": lambda: client.set_schedule_preset(named(info.presets, "Away")),
            "a schedule of the site": lambda: client.set_schedule(camera, "X", named(info.schedules, "never")),
            "pysecspy arms": lambda: server.set_arm_mode(str(camera), "on_motion", True),
            "the preset Home": lambda: server.enable_schedule_preset(str(named(info.presets, "Home"))),
        }
        seen = {name: await after(step, client, server, camera) for name, step in steps.items()}
        await server.async_disconnect_ws()
        return {"schedules": info.schedules, "overrides": info.overrides, "presets": info.presets, "steps": seen}


async def each_toggle(client: SecSpyClient, camera: int, *, arm: bool) -> None:
    for toggle in (client.toggle_continuous, client.toggle_motion, client.toggle_actions):
        await toggle(camera, arm=arm)


async def after(step: Any, client: SecSpyClient, server: SecSpyServer, camera: int) -> dict[str, Any]:
    """The modes as the server answers them, and as pysecspy has them once they agree or time is up."""
    await step()
    answered = "".join(line[2] for line in (await client.camera_modes(camera)).split())
    for _ in range(SECONDS * 20):
        if followed(server, camera) == answered:
            break
        await asyncio.sleep(0.05)
    found = (await client.refresh()).cameras[camera]
    return {
        "cameramodes": answered,
        "systemInfo": "".join(getattr(found, f"mode_{mode}")[0].upper() for mode in MODES),
        "pysecspy": followed(server, camera),
        "schedules": [found.schedule_id_cc, found.schedule_id_mc, found.schedule_id_a],
        "overrides": [found.schedule_override_cc, found.schedule_override_mc, found.schedule_override_a],
    }


def followed(server: SecSpyServer, camera: int) -> str:
    device = server.devices[str(camera)]
    return "".join("A" if device[f"recording_mode_{mode}"] else "D" for mode in MODES)


def named(names: dict[int, str], name: str) -> int:
    return next(number for number, known in names.items() if known == name)


if __name__ == "__main__":
    host, port, user, password, camera = sys.argv[1:]
    print(json.dumps(asyncio.run(main(host, int(port), user, password, int(camera)))))
