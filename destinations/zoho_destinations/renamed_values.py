"""Stored values of picklists, brought in line when Zoho shows an entry under another name.

Zoho moves no record's `Modified_Time` for it. For multi-select fields the entries of the stored
lists are replaced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .deletion_flags import FLAGS
from .existing import read_columns
from .statements import is_postgres, quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.columns import Column

    from .statements import Client


def sample_records(
    client: Client, table: str, column: Column, *, value: str, limit: int
) -> list[str]:
    """Ids of some live records that hold a value, the latest changed first where that is known."""
    columns = read_columns(client).get(table, {})
    if column.name not in columns:
        return []
    live = " AND _deleted_type IS NULL" if FLAGS.keys() <= columns.keys() else ""
    latest = "modified_time DESC, " if "modified_time" in columns else ""
    rows = select(
        client,
        f"SELECT id FROM {client.make_qualified_table_name(table)}"
        f" WHERE {_holds(client, column)}{live} ORDER BY {latest}id LIMIT %s",
        _shown(column, value),
        limit,
    )
    return [row[0] for row in rows]


def rename_values(client: Client, table: str, column: Column, names: Mapping[str, str]) -> int:
    """Replaces values, deleted records' too. None of the new ones may be among the old ones.

    Args:
        client: An open client of the dataset.
        table: The module's table.
        column: The column of a picklist, or of one that takes several values.
        names: The new values by the old ones.

    Returns:
        The number of rows touched.
    """
    name = quote(client, column.name)
    touched = 0
    for old, new in names.items():
        value = "%s"
        if column.data_type == "json":
            kind = "jsonb" if is_postgres(client) else "json"
            value = f"CAST(replace(CAST({name} AS text), %s, %s) AS {kind})"
        values = [_shown(column, new)]
        if column.data_type == "json":
            values = [_shown(column, old), _shown(column, new)]
        touched += run_update(
            client,
            f"UPDATE {client.make_qualified_table_name(table)} SET {name} = {value}"
            f" WHERE {_holds(client, column)}",
            *values,
            _shown(column, old),
        )
    return touched


def _holds(client: Client, column: Column) -> str:
    name = quote(client, column.name)
    if column.data_type == "json":
        # A quote within an entry is escaped, so that this finds whole entries only.
        return f"position(%s IN CAST({name} AS text)) > 0"
    return f"{name} = %s"


def _shown(column: Column, value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if column.data_type == "json" else value
