"""Disables and enables one camera with pysecspy, and prints as JSON which cameras it sees after each.

    settings_client.py HOST PORT USER PASSWORD CAMERA

Runs in the clients' own environment (`make .venv-clients/installed`).
"""

import asyncio
import json
import sys

import aiohttp
from pysecspy.secspy_server import SecSpyServer


async def main(host: str, port: int, user: str, password: str, camera: str) -> dict[str, list[str]]:
    async with aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        await server.get_server_information()
        await server.update(force_camera_update=True)
        await server.enable_camera(camera, False)
        disabled = await cameras(host, port, user, password)
        await server.enable_camera(camera, True)
        enabled = await cameras(host, port, user, password)
        await server.async_disconnect_ws()
        return {"disabled": disabled, "enabled": enabled}


async def cameras(host: str, port: int, user: str, password: str) -> list[str]:
    """As a client sees them that comes now."""
    async with aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        await server.get_server_information()
        await server.update(force_camera_update=True)
        seen = sorted(server.devices)
        await server.async_disconnect_ws()
        return seen


if __name__ == "__main__":
    host, port, user, password, camera = sys.argv[1:]
    print(json.dumps(asyncio.run(main(host, int(port), user, password, camera))))
