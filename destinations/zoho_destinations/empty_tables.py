"""Tables of modules that hold no record yet: created like dlt would, for queries to find them.

dlt creates a table with its first rows; its own way to create one without (an empty file) fails
on Postgres, where ADBC can't copy nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.common.schema.utils import new_table

from zoho_crm.columns import dlt_columns

from .existing import read_columns
from .statements import is_postgres, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt.common.schema.typing import TColumnSchema

    from zoho_crm.columns import TableSchema

    from .statements import Client


def create_empty_tables(client: Client, schemas: Iterable[TableSchema]) -> list[str]:
    """Creates the tables that are missing.

    Returns:
        The names of the tables created.
    """
    there = read_columns(client)
    missing = [schema for schema in schemas if schema.table_name not in there]
    for schema in missing:
        columns = [
            _define(client, schema.table_name, name, column)
            for name, column in dlt_columns(schema).items()
        ]
        client.execute_sql(
            f"CREATE TABLE {client.make_qualified_table_name(schema.table_name)}"
            f" ({', '.join(columns)})"
        )
    return [schema.table_name for schema in missing]


def _define(client: Client, table: str, name: str, column: TColumnSchema) -> str:
    mapper = client.capabilities.get_type_mapper()
    kind = mapper.to_destination_type(column, new_table(table))  # type: ignore[arg-type]  # as prepared
    if kind == "json" and is_postgres(client):
        kind = "jsonb"
    return f"{quote(client, name)} {kind}{'' if column['nullable'] else ' NOT NULL'}"
