"""Rows of reference tables that Zoho does not give any more: kept, with the time they were missed.

Every reading of such a table loads all of its rows in one package, so that a row with an older
load id than the newest was not among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .existing import read_columns
from .statements import run_update

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from .statements import Client


def mark_removed_rows(
    client: Client, tables: Iterable[str], *, emptied: Collection[str], at: datetime
) -> dict[str, int]:
    """Sets `removed_at` of rows that the last reading did not meet.

    Args:
        client: An open client of the dataset.
        tables: The reference tables; those that are not there are left out.
        emptied: Of these this run has read that Zoho has no row any more.
        at: Zoho's clock.

    Returns:
        The number of rows touched, by table, where there were any.
    """
    there = read_columns(client)
    touched = {}
    for name in tables:
        if name not in there:
            continue
        table = client.make_qualified_table_name(name)
        older = f" AND _dlt_load_id <> (SELECT max(_dlt_load_id) FROM {table})"
        touched[name] = run_update(
            client,
            f"UPDATE {table} SET removed_at = %s"
            f" WHERE removed_at IS NULL{'' if name in emptied else older}",
            at,
        )
    return {table: rows for table, rows in touched.items() if rows}
