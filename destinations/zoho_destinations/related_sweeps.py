"""`related_sweeps`: when each parent's related list was read, and what it gave.

A table and not dlt's state: it may have millions of rows, and a run holds none of them in memory
but those of the parents it reads next.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from .existing import read_columns
from .staged_rows import insert_staged, staged
from .statements import is_postgres, run_update, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Client

SWEEPS: Final = "related_sweeps"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """The last sweep of one parent's list."""

    module: str
    list: str
    parent_id: str
    swept_at: datetime
    """By Zoho's clock, when the reading began."""
    full_at: datetime | None
    """When it was last read in full; earlier than `swept_at` where a long list was unchanged."""
    parent_modified_time: datetime | None
    """The parent's `Modified_Time` as it was known then; null makes the parent due again."""
    rows: int | None
    pages: int
    outcome: str
    code: str | None
    run_id: str


_TYPES: Final = {
    "swept_at": "timestamptz NOT NULL",
    "full_at": "timestamptz",
    "parent_modified_time": "timestamptz",
    "rows": "bigint",
    "pages": "bigint",
    **dict.fromkeys(("module", "list", "parent_id", "outcome"), "text NOT NULL"),
}
_ARROW: Final = {
    **dict.fromkeys(("swept_at", "full_at", "parent_modified_time"), pa.timestamp("us", tz="UTC")),
    **dict.fromkeys(("rows", "pages"), pa.int64()),
}


def create_sweeps(client: Client) -> None:
    """Creates the table where it is missing."""
    columns = ", ".join(f'"{f.name}" {_TYPES.get(f.name, "text")}' for f in fields(SweepRow))
    # DuckDB checks keys too eagerly for rows that are replaced within a transaction.
    key = ', PRIMARY KEY ("module", "list", "parent_id")' if is_postgres(client) else ""
    client.execute_sql(
        f"CREATE TABLE IF NOT EXISTS {client.make_qualified_table_name(SWEEPS)} ({columns}{key})"
    )


def write_sweeps(client: Client, rows: Sequence[SweepRow]) -> None:
    """Replaces the rows of these parents' lists; to be called within a transaction."""
    if not rows:
        return
    names = [field.name for field in fields(SweepRow)]
    arrays = [pa.array([getattr(r, n) for r in rows], _ARROW.get(n, pa.string())) for n in names]
    table = client.make_qualified_table_name(SWEEPS)
    with staged(client, pa.table(arrays, names=names)) as name:
        run_update(
            client,
            f"DELETE FROM {table} AS s WHERE EXISTS (SELECT 1 FROM {name} AS n WHERE"
            ' n."module" = s."module" AND n."list" = s."list" AND n."parent_id" = s."parent_id")',
        )
        insert_staged(client, SWEEPS, name, names)


def forget_sweeps(
    client: Client, module: str, lists: Sequence[str], *, parent_ids: Sequence[str] | None = None
) -> int:
    """Drops what is known of lists, so that their parents count as never swept.

    Args:
        client: An open client of the dataset.
        module: The parents' module.
        lists: API names of its lists.
        parent_ids: Only these parents; all by default.

    Returns:
        The number of rows dropped.
    """
    if not lists or SWEEPS not in read_columns(client):
        return 0
    marks = ", ".join(["%s"] * len(lists))
    sql = f"DELETE FROM {client.make_qualified_table_name(SWEEPS)}"
    sql += f' WHERE "module" = %s AND "list" IN ({marks})'
    if parent_ids is None:
        return run_update(client, sql, module, *lists)
    ids = ", ".join(["%s"] * len(parent_ids))
    return run_update(client, f'{sql} AND "parent_id" IN ({ids})', module, *lists, *parent_ids)


def mark_deleted_parents(client: Client, module: str, parent_table: str) -> int:
    """Makes parents that are deleted due as soon as they come back.

    Returns:
        The number of rows touched.
    """
    return run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(SWEEPS)} AS s SET parent_modified_time = NULL"
        ' WHERE s."module" = %s AND s.parent_modified_time IS NOT NULL AND EXISTS (SELECT 1 FROM'
        f" {client.make_qualified_table_name(parent_table)} p"
        " WHERE p.id = s.parent_id AND p._deleted_type IS NOT NULL)",
        module,
    )


def read_sweep_facts(client: Client, module: str, related_list: str) -> tuple[int, datetime | None]:
    """Gives how many parents' lists were ever read, and when the oldest of them was, in UTC."""
    [(count, oldest)] = select(
        client,
        f"SELECT count(*), min(swept_at) FROM {client.make_qualified_table_name(SWEEPS)}"
        ' WHERE "module" = %s AND "list" = %s AND "rows" IS NOT NULL',
        module,
        related_list,
    )
    return int(count), oldest.astimezone(UTC) if oldest else None
