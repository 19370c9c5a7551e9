"""dlt's DuckDB destination, with memory in proportion to the widest table it loads.

A merge pins about a megabyte for each column: a fixed limit that serves 40 columns makes 120 fail,
and one that serves 300 lets DuckDB fill it as a cache where 40 columns need a quarter of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from dlt.destinations import duckdb as dlt_duckdb
from dlt.destinations.impl.duckdb.duck import DuckDbClient

from .settings import (
    MEMORY_BASE_MB,
    MEMORY_PER_COLUMN_MB,
    MIN_MEMORY_FOR_SQL_MB,
    MIN_MEMORY_MB,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt.common.destination import DestinationCapabilitiesContext
    from dlt.common.schema import Schema
    from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration


def memory_limit(schema: Schema, *, at_least_mb: int = MIN_MEMORY_MB) -> str:
    """Gives the memory that a load of the schema's widest table needs, as DuckDB writes it."""
    widest = max((len(table["columns"]) for table in schema.tables.values()), default=0)
    return f"{max(at_least_mb, round(MEMORY_BASE_MB + MEMORY_PER_COLUMN_MB * widest))}MB"


@contextmanager
def memory_of_a_load() -> Iterator[None]:
    """Within it DuckDB gets no more memory than a load needs, beside the package in memory."""
    FittedDuckDbClient.is_loading = True
    try:
        yield
    finally:
        FittedDuckDbClient.is_loading = False


class FittedDuckDbClient(DuckDbClient):
    """dlt's client, which sets the memory limit unless the configuration does."""

    is_loading: ClassVar[bool] = False
    """dlt builds the client itself and passes nothing of ours."""

    def __init__(
        self,
        schema: Schema,
        config: DuckDbClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        super().__init__(schema, config, capabilities)
        if "memory_limit" not in (config.credentials.global_config or {}):
            least_mb = MIN_MEMORY_MB if self.is_loading else MIN_MEMORY_FOR_SQL_MB
            limit = memory_limit(schema, at_least_mb=least_mb)
            self.sql_client._global_config["memory_limit"] = limit


# Named as dlt's own, because dlt finds the configuration under the name of the class.
class duckdb(dlt_duckdb):  # noqa: N801
    """dlt's destination with the client above."""

    @property
    def client_class(self) -> type[DuckDbClient]:
        """The client that loads into it."""
        return FittedDuckDbClient


duckdb.register()
