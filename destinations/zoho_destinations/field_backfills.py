"""The table `field_backfills`: columns whose older rows lack values, and since when they have them.

Written by plain SQL: a row when a field comes or changes its type, its end when every record was
read again with that field.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .existing import create_schema, read_columns
from .plain_tables import create_table, insert_row
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from .statements import Client

FIELD_BACKFILLS: Final = "field_backfills"
COLUMNS: Final = {
    "id": "text PRIMARY KEY",
    "module": "text NOT NULL",
    "module_id": "text",
    "table_name": "text NOT NULL",
    "field": "text NOT NULL",
    "field_id": "text NOT NULL",
    "column_name": "text NOT NULL",
    "requested_at": "timestamptz NOT NULL",
    "done_at": "timestamptz",
    "rows": "bigint",
}
"""Columns of `field_backfills`; `done_at` is null while records are still to be read."""


@dataclass(frozen=True, slots=True)
class FieldBackfill:
    """One column to fill."""

    module: str
    """API name, as it was when the field changed."""
    module_id: str
    table_name: str
    field: str
    field_id: str
    column_name: str
    """The field's name in SQL, which the names of its columns start with."""
    id: str = ""
    """Empty for one that is not recorded yet."""


def create_field_backfills(client: Client) -> None:
    """Creates the table where it is missing."""
    create_schema(client, client.dataset_name)
    create_table(client, FIELD_BACKFILLS, COLUMNS)


def request_backfills(
    client: Client, wanted: Iterable[FieldBackfill], *, at: datetime
) -> list[FieldBackfill]:
    """Records columns to fill; those that wait already are begun anew.

    Returns:
        Those that were added.
    """
    table = client.make_qualified_table_name(FIELD_BACKFILLS)
    rows = select(client, f"SELECT module_id, field_id, column_name, done_at, id FROM {table}")
    waiting = {row[:3]: row[4] for row in rows if row[3] is None}
    added = []
    for each in wanted:
        thing = (each.module_id, each.field_id, each.column_name)
        if thing in waiting:
            waiting[thing] = _begin_anew(client, waiting[thing])
            continue
        times_before = sum(row[:3] == thing for row in rows)
        key = waiting[thing] = _key_of([*thing, times_before])
        row = {"id": key, **_facts_of(each), "requested_at": at}
        insert_row(client, FIELD_BACKFILLS, row)
        added.append(each)
    return added


def read_waiting(client: Client) -> list[FieldBackfill]:
    """The columns that are still to be filled, oldest request first."""
    if FIELD_BACKFILLS not in read_columns(client):
        return []
    names = ("module", "module_id", "table_name", "field", "field_id", "column_name", "id")
    found = select(
        client,
        f"SELECT {', '.join(quote(client, name) for name in names)}"
        f" FROM {client.make_qualified_table_name(FIELD_BACKFILLS)}"
        " WHERE done_at IS NULL ORDER BY requested_at, id",
    )
    return [FieldBackfill(*row) for row in found]


def mark_filled(client: Client, ids: Sequence[str], *, at: datetime, rows: int) -> None:
    """Records that columns are filled.

    Args:
        client: An open client of the dataset.
        ids: Which requests.
        at: Zoho's clock.
        rows: Records read for them in the last run.
    """
    if ids:
        run_update(
            client,
            f"UPDATE {client.make_qualified_table_name(FIELD_BACKFILLS)}"
            f" SET done_at = %s, {quote(client, 'rows')} = %s"
            f" WHERE id IN ({', '.join(['%s'] * len(ids))})",
            at,
            rows,
            *ids,
        )


def _begin_anew(client: Client, request: str) -> str:
    """Gives a request another id, so that what was filled for it so far counts no more.

    Its first rows have the values that the field had before it changed once more.
    """
    key = _key_of([request])
    run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(FIELD_BACKFILLS)} SET id = %s WHERE id = %s",
        key,
        request,
    )
    return key


def _key_of(content: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _facts_of(backfill: FieldBackfill) -> dict[str, Any]:
    names = ("module", "module_id", "table_name", "field", "field_id", "column_name")
    return {name: getattr(backfill, name) for name in names}
