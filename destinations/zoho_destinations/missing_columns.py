"""Columns of fields that are new: added although no row has come that would make dlt add them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_crm.columns import dlt_columns

from .existing import read_columns
from .postgres_rows import MAX_COLUMNS
from .sql_types import sql_type
from .statements import is_postgres, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoho_crm.columns import TableSchema

    from .statements import Client


def add_missing_columns(client: Client, schemas: Iterable[TableSchema]) -> dict[str, list[str]]:
    """Adds the columns that module tables lack.

    Tables that are not there are left out, and those that would have more columns than they can.

    Returns:
        The columns added, by table.
    """
    there = read_columns(client)
    added: dict[str, list[str]] = {}
    for schema in schemas:
        table = schema.table_name
        hints = dlt_columns(schema)
        missing = [name for name in hints if table in there and name not in there[table]]
        if is_postgres(client) and len(missing) + len(there.get(table, ())) > MAX_COLUMNS:
            continue  # `PostgresFitting.refusal` tells of it
        for name in missing:
            add_column(client, table, name, sql_type(client, table, hints[name]))
        if missing:
            added[table] = missing
    return added


def add_column(client: Client, table: str, name: str, kind: str) -> None:
    """Adds one column that may be null."""
    client.execute_sql(
        f"ALTER TABLE {client.make_qualified_table_name(table)}"
        f" ADD COLUMN {quote(client, name)} {kind}"
    )
