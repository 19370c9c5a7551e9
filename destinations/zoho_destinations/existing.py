"""What a dataset holds: its schemas, tables, columns and types, and how fresh its rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .statements import is_postgres, quote, select

if TYPE_CHECKING:
    from collections.abc import Collection

    from .statements import Client


@dataclass(frozen=True, slots=True)
class TableFacts:
    """How much a table holds and how fresh it is."""

    rows: int
    live_rows: int
    newest_modified: datetime | None
    """The newest `modified_time` of a row, in UTC; None for tables without one."""


def read_columns(client: Client, schema: str | None = None) -> dict[str, dict[str, str]]:
    """Gives each table's and view's columns with their types, in the order they have in SQL.

    Args:
        client: An open client of the dataset.
        schema: Another schema than the dataset's own.
    """
    rows = select(
        client,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_catalog = current_database() AND table_schema = %s"
        " ORDER BY table_name, ordinal_position",
        schema or client.dataset_name,
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = str(data_type)
    return tables


def read_view_comments(client: Client, schema: str) -> dict[str, str | None]:
    """Gives the views of a schema by name, each with its comment."""
    if is_postgres(client):
        sql = (
            "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'v' ORDER BY 1"
        )
    else:
        sql = (
            "SELECT view_name, comment FROM duckdb_views()"
            " WHERE database_name = current_database() AND schema_name = %s ORDER BY 1"
        )
    return dict(select(client, sql, schema))


def has_schema(client: Client, schema: str) -> bool:
    """Tells whether a schema exists, as far as the user may see it."""
    found = select(
        client,
        "SELECT 1 FROM information_schema.schemata"
        " WHERE catalog_name = current_database() AND schema_name = %s",
        schema,
    )
    return bool(found)


def create_schema(client: Client, schema: str) -> None:
    """Creates a schema where there is none.

    Asked first, because `IF NOT EXISTS` needs the right to create one even where it exists.
    """
    if not has_schema(client, schema):
        client.execute_sql(f"CREATE SCHEMA {quote(client, schema)}")


def count_rows(client: Client, table: str) -> int:
    """Counts the rows of a table."""
    [(count,)] = select(client, f"SELECT count(*) FROM {client.make_qualified_table_name(table)}")
    return int(count)


def read_facts(client: Client, tables: Collection[str]) -> dict[str, TableFacts]:
    """Counts the rows of tables and finds their newest change; leaves out tables that are missing.

    Args:
        client: An open client of the dataset.
        tables: Names of tables.
    """
    columns = read_columns(client)
    return {
        table: _read_facts(client, table, columns[table]) for table in tables if table in columns
    }


def _read_facts(client: Client, table: str, columns: Collection[str]) -> TableFacts:
    live = "count(*) FILTER (WHERE _deleted_type IS NULL)"
    [(rows, live_rows, newest)] = select(
        client,
        f"SELECT count(*), {live if '_deleted_type' in columns else 'count(*)'},"
        f" {'max(modified_time)' if 'modified_time' in columns else 'NULL'}"
        f" FROM {client.make_qualified_table_name(table)}",
    )
    is_time = isinstance(newest, datetime)
    return TableFacts(rows, live_rows, newest.astimezone(UTC) if is_time else None)
