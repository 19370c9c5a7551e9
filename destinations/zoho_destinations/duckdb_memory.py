"""dlt's DuckDB destination, with memory in proportion to the widest table it loads.

A merge pins about a megabyte for each column: a fixed limit that serves 40 columns makes 120 fail,
and one that serves 300 lets DuckDB fill it as a cache where 40 columns need a quarter of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.destinations import duckdb as dlt_duckdb
from dlt.destinations.impl.duckdb.duck import DuckDbClient

from .settings import MEMORY_BASE_MB, MEMORY_PER_COLUMN_MB, MIN_MEMORY_MB

if TYPE_CHECKING:
    from dlt.common.destination import DestinationCapabilitiesContext
    from dlt.common.schema import Schema
    from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration


def memory_limit(schema: Schema) -> str:
    """Gives the memory that a load of the schema's widest table needs, as DuckDB writes it."""
    widest = max((len(table["columns"]) for table in schema.tables.values()), default=0)
    return f"{max(MIN_MEMORY_MB, round(MEMORY_BASE_MB + MEMORY_PER_COLUMN_MB * widest))}MB"


class FittedDuckDbClient(DuckDbClient):
    """dlt's client, which sets the memory limit unless the configuration does."""

    def __init__(
        self,
        schema: Schema,
        config: DuckDbClientConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        super().__init__(schema, config, capabilities)
        if "memory_limit" not in (config.credentials.global_config or {}):
            self.sql_client._global_config["memory_limit"] = memory_limit(schema)


# Named as dlt's own, because dlt finds the configuration under the name of the class.
class duckdb(dlt_duckdb):  # noqa: N801
    """dlt's destination with the client above."""

    @property
    def client_class(self) -> type[DuckDbClient]:
        """The client that loads into it."""
        return FittedDuckDbClient


duckdb.register()
