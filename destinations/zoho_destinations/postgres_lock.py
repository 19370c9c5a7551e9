"""The lock of a dataset in Postgres."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import psycopg2

from .exceptions import WarehouseBusyError, WarehouseUnavailableError
from .explain import explain
from .holder import Holder, parse_holder

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812  # it is a class

KEEPALIVE: Final = {"idle": 30, "interval": 10, "count": 3}
"""Seconds, seconds and tries after which either side knows that the other is gone."""
HOLDER_SQL: Final = """
    SELECT a.application_name, a.pid, a.usename, a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""


class PostgresLock:
    """An advisory lock on a connection of its own, which says who holds it by its name."""

    def __init__(self, dsn: str, dataset: str) -> None:
        """Prepares the lock; no connection is made yet.

        Args:
            dsn: The URL of the database.
            dataset: The schema to be written to.
        """
        self._dsn = dsn
        self._dataset = dataset
        digest = hashlib.sha256(f"zoho-sync {dataset}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big") >> 1
        self._connection: Connection | None = None

    def try_acquire(self) -> WarehouseBusyError | None:
        """Takes the lock, or says who has it."""
        try:
            connection = self._connection = self._connection or self._connect()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (self._key,))
                [is_taken] = cursor.fetchone() or (False,)
            return None if is_taken else self._tell_holder(connection)
        except psycopg2.Error as error:
            raise explain(error) or error from error

    def check(self) -> None:
        """Makes sure that the connection, and with it the lock, is still there.

        Raises:
            WarehouseUnavailableError: It is not.
        """
        try:
            if self._connection is not None:
                with self._connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                return
        except psycopg2.Error:
            self.release()
        raise WarehouseUnavailableError(
            f"The lock on the dataset {self._dataset} is lost, because Postgres ended the "
            "connection that held it; run again."
        )

    def release(self) -> None:
        """Ends the connection, and the lock with it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> Connection:
        options: dict[str, Any] = {f"keepalives_{name}": v for name, v in KEEPALIVE.items()}
        options["application_name"] = Holder.current().to_application_name()
        connection: Connection = psycopg2.connect(self._dsn, **options)
        connection.autocommit = True
        with connection.cursor() as cursor:
            # Otherwise the lock of a machine that lost its power stays for two hours.
            for name, value in KEEPALIVE.items():
                cursor.execute(f"SET tcp_keepalives_{name} = {value}")
            cursor.execute(
                "SELECT set_config(name, '0', false) FROM pg_settings"
                " WHERE name = 'idle_session_timeout'"
            )
        return connection

    def _tell_holder(self, connection: Connection) -> WarehouseBusyError:
        with connection.cursor() as cursor:
            cursor.execute(HOLDER_SQL, (self._key,))
            found = cursor.fetchone()
        who = "a process that has just ended"
        if found:
            name, pid, user, since = found
            backend = f"the connection {pid} of {user}"
            if since:  # what other roles do is hidden from one that is no member of theirs
                backend += f", since {since:%Y-%m-%d %H:%M:%S %Z}"
            who = str(parse_holder(name or "") or backend)
        return WarehouseBusyError(
            f"Another run is writing to the dataset {self._dataset} in Postgres: {who}."
        )
