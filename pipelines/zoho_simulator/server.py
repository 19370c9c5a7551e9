"""Serving a simulator: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .control import build_control
from .gateway import TRANSPORT, Gateway

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from .simulator import Simulator

CONTROL_PREFIX = "/_simulator/"
_TICK_S = 0.1


class _Protocol(HttpToolsProtocol):
    """Lets the application see its connection, so that a scripted fault can drop it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {TRANSPORT: self.transport}


class _StoppableServer(uvicorn.Server):
    """Stops at once when told to, where uvicorn looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not self.should_exit:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            cast("_Protocol", connection).transport.abort()
        for listener in sockets or []:
            listener.close()

    def stop(self) -> None:
        """Ends the main loop, from any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)


class Server:
    """A simulator on loopback; use it in a `with` statement.

    Attributes:
        url: Address of the API.
        accounts_url: Address of the accounts server: the same.
    """

    def __init__(self, simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.simulator = simulator
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        self.accounts_url = self.url
        self.client_id = simulator.client_id
        self.client_secret = simulator.client_secret
        self.refresh_token = simulator.refresh_token
        simulator.url = self.url
        self._server = _StoppableServer(_config(simulator))
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self._thread = Thread(target=self.run, name="zoho-simulator", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self) -> None:
        """Serves until it is stopped."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Stops serving and closes all connections."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._socket.close()

    @property
    def credentials(self) -> dict[str, str]:
        """What a client needs to be configured with."""
        return {
            "url": self.url,
            "accounts_url": self.accounts_url,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }


def run_server(
    simulator: Simulator,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_ready: Callable[[Server], None] | None = None,
) -> None:
    """Serves in this thread until the process is told to stop.

    Args:
        simulator: What to serve.
        host: Where to listen.
        port: 0 for any free one.
        on_ready: Called once connections are accepted.
    """
    server = Server(simulator, host=host, port=port)
    if on_ready is not None:
        on_ready(server)
    with suppress(KeyboardInterrupt):
        server.run()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def _config(simulator: Simulator) -> uvicorn.Config:
    control, gateway = build_control(simulator), Gateway(simulator)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        serve = control if scope["path"].startswith(CONTROL_PREFIX) else gateway
        await serve(scope, receive, send)

    return uvicorn.Config(
        application,
        http=_Protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
