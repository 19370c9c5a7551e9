"""Indexes on Postgres: a unique one on each primary key, and one on the deleted rows.

dlt creates none for a primary key. On DuckDB there are none on purpose: see `create_indexes`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dlt.common.schema.utils import get_columns_names_with_prop

from .existing import read_columns
from .live_views import FLAG
from .settings import MAX_IDENTIFIER_LENGTH
from .statements import is_postgres, quote, select

if TYPE_CHECKING:
    from collections.abc import Collection

    from dlt.common.schema import Schema

    from .statements import Client


def create_indexes(client: Client, schema: Schema, *, but_not: Collection[str] = ()) -> list[str]:
    """Creates the indexes that are missing, for every table that dlt's schema gives a key.

    Args:
        client: An open client of the dataset.
        schema: dlt's schema.
        but_not: Tables that are left without for now.

    Returns:
        The names of the indexes created.
    """
    if not is_postgres(client):
        return []
    columns = read_columns(client)
    there = _read_indexes(client)
    created = []
    for table in schema.data_tables():
        name = table["name"]
        keys = get_columns_names_with_prop(table, "primary_key")
        if name in but_not or name not in columns:
            continue
        if not keys or not set(keys) <= columns[name].keys():
            continue
        wanted = {f"{name}__key": (keys, "")}
        if FLAG in columns[name]:
            wanted[f"{name}__deleted"] = (keys, f" WHERE {FLAG} IS NOT NULL")
        for index, (on, where) in wanted.items():
            short = _shorten(index)
            if short not in there:
                _create(client, short, name, on, where)
                created.append(short)
    return created


def index_column(client: Client, table: str, column: str) -> None:
    """Creates an index on a column by which rows are looked for, on Postgres."""
    if is_postgres(client) and column in read_columns(client).get(table, {}):
        index = quote(client, _shorten(f"{table}__{column}"))
        qualified = client.make_qualified_table_name(table)
        client.execute_sql(
            f"CREATE INDEX IF NOT EXISTS {index} ON {qualified} ({quote(client, column)})"
        )


def _create(client: Client, index: str, table: str, keys: list[str], where: str) -> None:
    unique = "" if where else "UNIQUE "
    client.execute_sql(
        f"CREATE {unique}INDEX {quote(client, index)} ON {client.make_qualified_table_name(table)}"
        f" ({', '.join(quote(client, key) for key in keys)}){where}"
    )


def _read_indexes(client: Client) -> set[str]:
    return {
        row[0]
        for row in select(
            client, "SELECT indexname FROM pg_indexes WHERE schemaname = %s", client.dataset_name
        )
    }


def _shorten(name: str) -> str:
    """Cuts a name that Postgres would cut itself, but keeps it apart from its like."""
    if len(name.encode()) <= MAX_IDENTIFIER_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name.encode()[: MAX_IDENTIFIER_LENGTH - 9].decode(errors='ignore')}_{digest}"
