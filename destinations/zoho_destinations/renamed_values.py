"""Stored values of picklists, brought in line when Zoho shows an entry under another name.

Zoho moves no record's `Modified_Time` for it. For multi-select fields the entries of the stored
lists are replaced.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zoho_crm.names import OVERFLOW

from .deletion_flags import FLAGS
from .existing import read_columns
from .statements import is_postgres, literal, quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    places = _places(client, column, columns)
    rows = select(
        client,
        f"SELECT id FROM {client.make_qualified_table_name(table)}"
        f" WHERE ({' OR '.join(_holds(place, column) for place in places)}){live}"
        f" ORDER BY {latest}id LIMIT %s",
        *[_shown(column, value)] * len(places),
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
    places = _places(client, column, read_columns(client).get(table, {}))
    return sum(
        _rename(client, table, column, place, (old, new))
        for old, new in names.items()
        for place in places
    )


def _places(client: Client, column: Column, columns: Collection[str]) -> list[str]:
    """Where a row may have the value: in its column, or beside it where there was no room."""
    beside = f"{OVERFLOW} ->{'' if column.data_type == 'json' else '>'} "
    found = [quote(client, column.name)]
    if OVERFLOW in columns:
        found.append(f"({beside}{literal(client, column.name)})")
    return found


def _rename(client: Client, table: str, column: Column, place: str, names: tuple[str, str]) -> int:
    old, new = (_shown(column, name) for name in names)
    value, values = "%s", [new]
    if column.data_type == "json":
        kind = "jsonb" if is_postgres(client) else "json"
        value, values = f"CAST(replace(CAST({place} AS text), %s, %s) AS {kind})", [old, new]
    changed = f"{place} = {value}"
    if OVERFLOW in place:
        key = f"ARRAY[{literal(client, column.name)}]"
        value = value if column.data_type == "json" else f"to_jsonb(CAST({value} AS text))"
        changed = f"{OVERFLOW} = jsonb_set({OVERFLOW}, {key}, {value})"
    return run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(table)} SET {changed}"
        f" WHERE {_holds(place, column)}",
        *values,
        old,
    )


def _holds(place: str, column: Column) -> str:
    if column.data_type == "json":
        # A quote within an entry is escaped, so that this finds whole entries only.
        return f"position(%s IN CAST({place} AS text)) > 0"
    return f"{place} = %s"


def _shown(column: Column, value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if column.data_type == "json" else value
