"""Columns of json on Postgres, made `jsonb` once after their creation.

A load by parquet can only create and fill `json`; later merges cast from the staging dataset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .existing import read_columns
from .live_views import drop_live_views
from .statements import is_postgres, quote

if TYPE_CHECKING:
    from .statements import Client


def convert_json_columns(client: Client) -> list[str]:
    """Turns every `json` column of the dataset's tables into `jsonb`; nothing on DuckDB.

    The live views of the tables concerned are dropped, because they stand in the way; refresh
    them afterwards.

    Returns:
        The names of the tables changed.
    """
    if not is_postgres(client):
        return []
    found = {
        table: columns
        for table, types in read_columns(client).items()
        if (columns := [name for name, data_type in types.items() if data_type == "json"])
    }
    if found:
        drop_live_views(client, found)
    for table, columns in found.items():
        # All columns of a table at once: each statement writes the table anew.
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE jsonb USING {column}::jsonb"
            for column in (quote(client, name) for name in columns)
        )
        client.execute_sql(f"ALTER TABLE {client.make_qualified_table_name(table)} {changes}")
    return list(found)
