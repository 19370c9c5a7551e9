"""Running SQL through dlt's clients where the two destinations differ."""

from __future__ import annotations

from typing import Any

from dlt.destinations.sql_client import SqlClientBase

Client = SqlClientBase[Any]
"""An open client of a dataset: `with pipeline.sql_client() as client`."""


def is_postgres(client: Client) -> bool:
    """Tells the two destinations apart."""
    return client.capabilities.sqlglot_dialect == "postgres"


def quote(client: Client, name: str) -> str:
    """Writes a name of a column, a view or a schema into SQL."""
    return client.escape_column_name(name)


def literal(client: Client, value: str) -> str:
    """Writes a text into SQL that takes no parameters, such as COMMENT."""
    return str(client.capabilities.escape_literal(value))


def run_update(client: Client, sql: str, *values: Any) -> int:
    """Runs one INSERT, UPDATE or DELETE and gives the number of rows it touched."""
    with client.execute_query(sql, *values) as cursor:
        if is_postgres(client):
            return int(cursor.native_cursor.rowcount)  # type: ignore[attr-defined]  # psycopg2's
        row = cursor.fetchone()
        return int(row[0]) if row else 0


def select(client: Client, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Runs one SELECT and gives its rows."""
    return [tuple(row) for row in client.execute_sql(sql, *values) or ()]
