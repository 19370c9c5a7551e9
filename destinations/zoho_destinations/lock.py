"""One writer per dataset: a file lock beside the DuckDB file, an advisory lock in Postgres.

Both are let go by the system when their process dies. Who holds the lock can be told by anybody
who finds it taken.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from .duckdb_lock import DuckDbLock
from .postgres_lock import PostgresLock
from .warehouse import check_file_name, postgres_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlt.common.destination import AnyDestination

    from .exceptions import WarehouseBusyError

POLL_S: Final = 0.5
"""How long a waiting run sleeps before it looks again."""


class Lock(Protocol):
    """A lock that can be tried, checked and let go."""

    def try_acquire(self) -> WarehouseBusyError | None:
        """Takes the lock, or says who has it."""
        ...

    def check(self) -> None:
        """Makes sure that the lock is still held.

        Raises:
            WarehouseUnavailableError: The server that kept it is gone, and the lock with it.
        """
        ...

    def release(self) -> None:
        """Lets it go."""
        ...


@contextmanager
def dataset_lock(
    destination: AnyDestination,
    dataset: str,
    *,
    wait_s: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Lock]:
    """Holds the only right to write to a dataset.

    On DuckDB the file itself is held too, so that no reader comes in between two loads.

    Args:
        destination: Where the dataset is.
        dataset: Its name.
        wait_s: How long to wait for another run, or for a reader that holds the DuckDB file.
        sleep: How to wait.
        clock: Tells how long it took.

    Raises:
        WarehouseBusyError: It is taken; the message says by whom and since when.
        WarehouseError: The database can't be reached or opened, or its name is ambiguous.
    """
    lock = _build_lock(destination, dataset)
    try:
        deadline = clock() + wait_s
        while busy := lock.try_acquire():
            if clock() >= deadline:
                busy.waited_s = wait_s
                raise busy
            sleep(POLL_S)
        yield lock
    finally:
        lock.release()


def _build_lock(destination: AnyDestination, dataset: str) -> Lock:
    credentials = destination.config_params["credentials"]
    if isinstance(credentials, DuckDbCredentials):
        check_file_name(Path(credentials.database), dataset)
        return DuckDbLock(str(credentials.database), dataset)
    dsn = postgres_configuration(destination).credentials.to_native_representation()
    return PostgresLock(dsn, dataset)
