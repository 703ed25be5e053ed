"""Moves one camera with aiosecspy and pysecspy, and prints as JSON the presets that are known and each picture.

    ptz_clients.py HOST PORT USER PASSWORD CAMERA

Runs in the clients' own environment (`make .venv-clients/installed`).
"""

import asyncio
import base64
import json
import sys
from typing import Any

import aiohttp
from aiosecspy import SecSpyClient
from pysecspy.secspy_server import SecSpyServer

MOVE_SECONDS = 1.0
GLIDE_SECONDS = 2.0
"""The camera glides to where it is sent; the protocol does not say when it has arrived."""


async def main(host: str, port: int, user: str, password: str, camera: str) -> dict[str, Any]:
    async with SecSpyClient(host, port, user, password) as client:
        number = int(camera)
        pictures = {}

        async def look(name: str) -> None:
            await asyncio.sleep(GLIDE_SECONDS)
            pictures[name] = base64.b64encode(await client.get_image(number)).decode()

        await client.ptz_home(number)
        await look("home")
        await client.ptz_right(number)
        await asyncio.sleep(MOVE_SECONDS)  # as long as somebody holds the button
        await client.ptz_stop(number)
        await client.ptz_save_preset(number, 5)
        await look("right")
        await client.ptz_home(number)
        await client.ptz_preset(number, 5)
        await look("preset")
    async with aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        await server.get_server_information()
        await server.update(force_camera_update=True)
        presets = server.devices[camera]["ptz_presets"]
        await server.set_ptz_preset(camera, "7")
        await server.async_disconnect_ws()
    return {"presets": presets, "pictures": pictures}


if __name__ == "__main__":
    host, port, user, password, camera = sys.argv[1:]
    print(json.dumps(asyncio.run(main(host, int(port), user, password, camera))))
