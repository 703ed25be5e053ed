"""Fetches the newest motion recording of a camera with two published clients, unmodified.

    footage_clients.py HOST PORT USER PASSWORD CAMERA

Prints one JSON object: for each client and quality what was fetched, in bytes and as a SHA-256.
Runs in the clients' own environment (`make .venv-clients/installed`).
"""

import asyncio
import hashlib
import json
import sys
from typing import Any


def told(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "type": data[4:8].decode("latin-1")}


async def aiosecspy(host: str, port: int, user: str, password: str, camera: int) -> dict[str, Any]:
    from aiosecspy import SecSpyClient

    client = SecSpyClient(host, port, user, password)
    await client.open()
    async with client:
        await client.refresh()
        files = await client.list_motion_files(camera, days=2)
        return {
            "titles": [file.title for file in files],
            "high": told(await client.download_latest_motion_recording(camera)),
            "low": told(await client.download_latest_motion_recording(camera, high_bandwidth=False)),
        }


async def pysecspy(host: str, port: int, user: str, password: str, camera: int) -> dict[str, Any]:
    import aiohttp
    from pysecspy.secspy_server import SecSpyServer

    async with aiohttp.ClientSession() as session:
        server = SecSpyServer(session, host, port, user, password)
        return told(await server.get_latest_motion_recording(str(camera)))


async def main() -> None:
    host, port, user, password, camera = sys.argv[1:]
    where: Any = (host, int(port), user, password, int(camera))
    print(json.dumps({"aiosecspy": await aiosecspy(*where), "pysecspy": await pysecspy(*where)}))


asyncio.run(asyncio.wait_for(main(), 60))
