"""Stands before a Postgres and speaks TLS, or says that it does not: the test server has none.

The certificate and its authority are made for these tests and for the host `localhost` alone.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CERTIFICATES = Path(__file__).parent.parent / "cases" / "tls"
SSL_REQUEST = struct.pack("!II", 8, 80877103)
"""What a client sends first when it wants TLS; see PostgreSQL, "Message Formats"."""


@dataclass
class TlsProxy:
    """A port on this machine, and what came in there."""

    upstream: str
    """Path of the server's own socket."""
    has_tls: bool
    port: int = 0
    encrypted: int = 0
    plain: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)

    def serve(self, connection: socket.socket) -> None:
        """Carries one connection to the server and back, until either side ends it."""
        first = connection.recv(8, socket.MSG_WAITALL)
        if first == SSL_REQUEST:
            connection.sendall(b"S" if self.has_tls else b"N")
            if self.has_tls:
                connection = self._encrypt(connection)
                self.encrypted += 1
            first = connection.recv(8)
        self.plain += not isinstance(connection, ssl.SSLSocket)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.upstream)
        server.sendall(first)
        self._sockets += [connection, server]
        for source, target in ((connection, server), (server, connection)):
            threading.Thread(target=_carry, args=(source, target), daemon=True).start()

    def close(self) -> None:
        """Ends what is left."""
        for each in self._sockets:
            each.close()

    def _encrypt(self, connection: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / "localhost.pem")
        return context.wrap_socket(connection, server_side=True)


@contextmanager
def tls_proxy(upstream: str, *, has_tls: bool = True) -> Iterator[TlsProxy]:
    """Listens on a free port."""
    proxy = TlsProxy(upstream, has_tls)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, proxy), daemon=True).start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        proxy.close()


def _accept(listener: socket.socket, proxy: TlsProxy) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with suppress(OSError):  # a client that does not like the certificate is gone
            proxy.serve(connection)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
