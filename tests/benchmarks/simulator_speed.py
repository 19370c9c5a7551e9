"""How many pages of 200 records by 40 fields the simulator serves a second."""

from __future__ import annotations

import http.client
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import psutil
import requests

from .server import serving

if TYPE_CHECKING:
    from .server import SimulatorProcess

FIELDS: Final = 40
ROWS: Final = 20_000
CONNECTIONS: Final = 4


def bench_simulator(pages: int = 2_000) -> None:
    """Pages from all over a module, over a few keep-alive connections that only count bytes."""
    with serving("--empty", "--bulk", f"Contacts:{ROWS}:{FIELDS}:3") as server:
        token = _fetch_token(server)
        fields = requests.get(
            f"{server.url}/crm/v8/settings/fields?module=Contacts",
            headers={"Authorization": f"Zoho-oauthtoken {token}"},
            timeout=60,
        ).json()["fields"]
        names = quote(",".join(field["api_name"] for field in fields[:FIELDS]))
        path = f"/crm/v8/Contacts?fields={names}&per_page=200&page="
        process = psutil.Process(server.pid)
        cpu_before, started = sum(process.cpu_times()[:2]), time.monotonic()
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            share = pages // CONNECTIONS
            parts = [
                threads.submit(_read, server.url, path, token, share) for _ in range(CONNECTIONS)
            ]
            size = sum(part.result() for part in parts)
        wall_s = time.monotonic() - started
        cpu_s = sum(process.cpu_times()[:2]) - cpu_before
    count = share * CONNECTIONS
    print(f"simulator: {count:,} pages of 200 records by {FIELDS} fields, {size / 1e6:.0f} MB")
    print(f"    {count / wall_s:.0f} a second (400), {count / cpu_s:.0f} a second of its own CPU")
    print(f"    {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def _fetch_token(server: SimulatorProcess) -> str:
    keys = ("client_id", "client_secret", "refresh_token")
    form = {"grant_type": "refresh_token", **{key: server.credentials[key] for key in keys}}
    reply = requests.post(f"{server.url}/oauth/v2/token", data=form, timeout=60)
    return str(reply.json()["access_token"])


def _read(url: str, path: str, token: str, count: int) -> int:
    """Reads so many pages and gives their bytes."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    given = {"Authorization": f"Zoho-oauthtoken {token}"}
    size = 0
    for number in range(count):
        connection.request("GET", f"{path}{number % 10 + 1}", headers=given)
        reply = connection.getresponse()
        size += len(reply.read())
        if reply.status != 200:
            raise RuntimeError(f"page {number} was answered with {reply.status}")
    connection.close()
    return size
