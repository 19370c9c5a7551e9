"""The demo's Zoho: the simulator in a process of its own, which ends with this one."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zoho_crm.auth import ZohoCredentials
from zoho_crm.exceptions import ZohoTransientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection

    from zoho_simulator import Server

_START_WITHIN_S = 60.0


class DemoCrm:
    """A simulated organisation that can be moved forward in time."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self._address = urlsplit(facts["url"]).netloc
        self.credentials = ZohoCredentials(
            client_id=facts["client_id"],
            client_secret=facts["client_secret"],
            refresh_token=facts["refresh_token"],
            accounts_url=facts["accounts_url"],
        )

    def change_day(self) -> dict[str, int]:
        """Lets one working day pass and gives what was done on it."""
        connection = HTTPConnection(self._address, timeout=_START_WITHIN_S)
        try:
            connection.request("POST", "/_simulator/change_day")
            changes: dict[str, int] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return changes


@contextmanager
def demo_crm(scale: float = 1.0) -> Iterator[DemoCrm]:
    """Starts the simulator, and stops it at the end.

    Args:
        scale: Size of the organisation; 1 is some 15,000 records.

    Raises:
        ZohoTransientError: It did not start.
    """
    # Spawned, not forked: this process has threads by now.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=_serve, args=(theirs, scale), name="zoho-simulator", daemon=True
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(_START_WITHIN_S):
            raise ZohoTransientError("The simulator did not start in time: run the demo again.")
        yield DemoCrm(ours.recv())
    except EOFError:
        raise ZohoTransientError("The simulator ended at once: run the demo again.") from None
    finally:
        process.terminate()
        process.join()


def _serve(connection: Connection, scale: float) -> None:
    """Serves until the other end of the connection is gone."""
    from zoho_simulator import Simulator, build_demo_organization, run_server

    if hasattr(os, "setpgrp"):
        os.setpgrp()  # Ctrl-C is for the demo, which then ends this process
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()

    def announce(server: Server) -> None:
        connection.send(server.credentials)

    run_server(Simulator(build_demo_organization(scale=scale)), on_ready=announce)


def _end_with(connection: Connection) -> None:
    try:
        connection.recv()
    except (EOFError, OSError):
        os._exit(0)
