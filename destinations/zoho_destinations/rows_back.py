"""Rows that were noted as gone by themselves, and that are there: with a record that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .child_rows import chunks, places
from .deleted_records import DELETED_RECORDS
from .existing import read_columns
from .statements import run_update, select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .statements import Client


def note_rows_back(client: Client, module: str, rows: Sequence[str], *, as_of: datetime) -> int:
    """Notes as restored what Zoho has shown: it need not have moved since its record was deleted.

    Args:
        client: An open client of the dataset.
        module: The rows' module.
        rows: Their ids.
        as_of: Zoho's clock.

    Returns:
        The number of deletions that are over.
    """
    if not rows or DELETED_RECORDS not in read_columns(client):
        return 0
    table = client.make_qualified_table_name(DELETED_RECORDS)
    return sum(
        run_update(
            client,
            f"UPDATE {table} SET restored_at = %s WHERE module = %s AND restored_at IS NULL"
            f" AND id IN ({places(some)})",
            *(as_of, module, *some),
        )
        for some in chunks(rows)
    )


def forget_not_visible(client: Client, module: str, rows: Sequence[str]) -> None:
    """Forgets that nobody sees rows any more: their record is gone, and has them with it.

    Args:
        client: An open client of the dataset.
        module: The rows' module.
        rows: Their ids.
    """
    if not rows or DELETED_RECORDS not in read_columns(client):
        return
    for some in chunks(rows):
        run_update(
            client,
            f"DELETE FROM {client.make_qualified_table_name(DELETED_RECORDS)} WHERE module = %s"
            f" AND type = 'not_visible' AND restored_at IS NULL AND id IN ({places(some)})",
            *(module, *some),
        )


def read_gone_rows(client: Client, module: str) -> set[str]:
    """Gives what is noted as gone of a module."""
    if DELETED_RECORDS not in read_columns(client):
        return set()
    table = client.make_qualified_table_name(DELETED_RECORDS)
    sql = f"SELECT id FROM {table} WHERE module = %s AND restored_at IS NULL"
    return {str(row[0]) for row in select(client, sql, module)}
