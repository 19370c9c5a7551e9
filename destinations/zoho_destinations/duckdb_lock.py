"""The lock of a dataset in a DuckDB file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb
from filelock import FileLock, Timeout

from .exceptions import WarehouseBusyError, WarehousePermissionError
from .explain import explain
from .holder import Holder, parse_holder

_HEADERS_SIZE: Final = 3 * 4096
"""Bytes that every DuckDB file begins with."""
_MAGIC: Final = slice(8, 12)
"""Where the first header says what file it is."""


class DuckDbLock:
    """A file lock beside the DuckDB file, then the file itself."""

    def __init__(self, database: str, dataset: str) -> None:
        """Prepares the lock; nothing is taken yet.

        Args:
            database: Path of the DuckDB file.
            dataset: The schema to be written to.
        """
        self._database = database
        self._dataset = dataset
        self._lock = FileLock(f"{database}.{dataset}.lock", thread_local=False)
        # Not in the lock's own file, which some versions of filelock empty when they try it.
        self._holder = Path(f"{database}.{dataset}.holder.lock")
        self._connection: duckdb.DuckDBPyConnection | None = None

    def try_acquire(self) -> WarehouseBusyError | None:
        """Takes the lock and the file, or says who has one of them."""
        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
                self._holder.write_text(Holder.current().to_json())
            except Timeout:
                return self._tell_holder()
            except PermissionError as error:
                raise WarehousePermissionError(
                    f"The lock {error.filename} can't be written; let the user of this process "
                    "write the folder of the DuckDB file."
                ) from error
        return self._open()

    def check(self) -> None:
        """Does nothing: the system keeps a file lock for as long as its process lives."""

    def release(self) -> None:
        """Closes the file, which writes its log into it, and lets the lock go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock.is_locked:
            self._holder.unlink(missing_ok=True)
            self._lock.release()

    def _open(self) -> WarehouseBusyError | None:
        try:
            self._connection = self._connect()
        except duckdb.Error as error:
            explained = explain(error)
            if isinstance(explained, WarehouseBusyError):
                return explained
            raise explained or error from error
        return None

    def _connect(self) -> duckdb.DuckDBPyConnection:
        try:
            # As dlt opens it: DuckDB shares one database between connections of one configuration.
            return duckdb.connect(self._database)
        except duckdb.IOException as error:
            # Not what another process has open: that one may be making it.
            if isinstance(explain(error), WarehouseBusyError) or not _is_stub(self._database):
                raise
            Path(self._database).unlink()
            return duckdb.connect(self._database)

    def _tell_holder(self) -> WarehouseBusyError:
        holder = None
        with suppress(OSError):
            holder = parse_holder(self._holder.read_text())
        return WarehouseBusyError(
            f"Another run is writing to the dataset {self._dataset} in {self._database}: "
            f"{holder or 'a process that did not leave its name'}."
        )


def _is_stub(database: str) -> bool:
    """Whether a kill or a full disk came while DuckDB made the file: it can hold nothing yet."""
    file = Path(database)
    if not file.is_file() or file.stat().st_size >= _HEADERS_SIZE:
        return False
    content = file.read_bytes()
    return not content.strip(b"\0") or content[_MAGIC] == b"DUCK"
