"""The SQL type of a column on each destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.common.schema.utils import new_table

from .statements import is_postgres

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema

    from .statements import Client


def sql_type(client: Client, table: str, column: TColumnSchema) -> str:
    """The type of a column in the dataset; on Postgres json is `jsonb`, as `jsonb.py` leaves it."""
    if is_postgres(client) and column.get("data_type") == "json":
        return "jsonb"
    mapper = client.capabilities.get_type_mapper()
    return mapper.to_destination_type(column, new_table(table))  # type: ignore[arg-type]  # as prepared
