"""What is done between reading a package and loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_destinations.opening import open_dataset
from zoho_destinations.preparing import prepare_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.columns import TableSchema
    from zoho_crm.session import ReadSession
    from zoho_destinations.lock import Lock

    from .packages import PackageLoop
    from .progress import RunListener


class BeforeLoad:
    """Makes sure that the load may happen, makes its tables ready, and tells what does not fit."""

    def __init__(
        self,
        loop: PackageLoop,
        session: ReadSession,
        schemas: Mapping[str, TableSchema],
        *,
        lock: Lock,
        listener: RunListener,
    ) -> None:
        """Does nothing yet.

        Args:
            loop: Whose packages are loaded.
            session: The run's outcomes.
            schemas: The module tables, by module.
            lock: The dataset's; it must still be held.
            listener: Hears of rows that do not fit.
        """
        self._loop = loop
        self._session = session
        self._schemas = schemas
        self._lock = lock
        self._listener = listener
        self._told: set[str] = set()

    def __call__(self) -> None:
        """Comes before each load.

        Raises:
            WarehouseUnavailableError: The lock is lost.
        """
        self._lock.check()
        outcomes = self._session.outcomes
        read = [
            self._schemas[n] for n, each in outcomes.items() if each.rows and n in self._schemas
        ]
        pipeline = self._loop.pipeline
        with open_dataset(pipeline) as client:
            prepare_tables(client, read, pipeline.default_schema)
        for sentence in (each.overflow for each in outcomes.values()):
            if sentence and sentence not in self._told:
                self._told.add(sentence)
                self._listener.phase(sentence)
