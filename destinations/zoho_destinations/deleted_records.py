"""The table `deleted_records`: a row for each deletion of each record, written by plain SQL.

A ledger rather than a loaded table: when a deletion was first seen, and when its record came back,
must survive that Zoho lists it again.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.deletions import Deletion

from .existing import read_columns
from .plain_tables import create_table
from .records_to_read import RECORDS_TO_READ, create_records_to_read
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .statements import Client

DELETED_RECORDS: Final = "deleted_records"
LISTED: Final = "sync_deletions_listed"
"""What the listing under way has shown so far."""
BIN_DAYS: Final = 60
"""Days until Zoho purges what is in the recycle bin."""
COLUMNS: Final = {
    "module": "text NOT NULL",
    "id": "text NOT NULL",
    "deleted_time": "timestamptz",
    "display_name": "text",
    "type": "text",
    "deleted_by__id": "text",
    "deleted_by__name": "text",
    "created_by__id": "text",
    "created_by__name": "text",
    "first_seen_at": "timestamptz",
    "restored_at": "timestamptz",
    "purge_due_at": "timestamptz",
    "left_bin_at": "timestamptz",
}
"""Columns of `deleted_records`. `left_bin_at` tells when a record was seen to be gone from the
recycle bin: restored, or purged."""
IN_BIN: Final = "d.type = 'recycle' AND d.restored_at IS NULL AND d.left_bin_at IS NULL"

_PATIENCE: Final = timedelta(days=2)
"""Zoho need not purge to the minute, and permanent deletions are asked for once a day."""
_FACTS: Final = tuple(field.name for field in fields(Deletion))
_ROWS_A_STATEMENT: Final = 200

# Each statement changes nothing where it has been run before on the same listing.
_BACK_IN_BIN: Final = """
    UPDATE {deleted} AS d SET restored_at = NULL, left_bin_at = NULL FROM {listed} l
    WHERE l.type = 'recycle' AND d.type = 'recycle' AND d.module = l.module AND d.id = l.id
    AND d.deleted_time = l.deleted_time
    AND (d.restored_at IS NOT NULL OR d.left_bin_at IS NOT NULL)
"""
_DELETED_AGAIN: Final = """
    UPDATE {deleted} AS d SET restored_at = l.deleted_time FROM (
        SELECT module, id, max(deleted_time) AS deleted_time FROM {listed}
        WHERE type = 'recycle' GROUP BY module, id
    ) l
    WHERE d.type = 'recycle' AND d.restored_at IS NULL AND d.module = l.module AND d.id = l.id
    AND d.deleted_time < l.deleted_time
"""
_PURGED: Final = """
    UPDATE {deleted} AS d SET left_bin_at = %s FROM {listed} l
    WHERE l.type = 'permanent' AND d.type = 'recycle' AND d.restored_at IS NULL
    AND d.left_bin_at IS NULL AND d.module = l.module AND d.id = l.id
    AND d.deleted_time <= l.deleted_time
"""
_PURGED_IN_PLACE: Final = """
    UPDATE {deleted} AS d SET type = 'permanent' FROM {listed} l
    WHERE l.type = 'permanent' AND d.type <> 'permanent' AND d.module = l.module AND d.id = l.id
    AND d.deleted_time = l.deleted_time
"""
_NEW: Final = """
    INSERT INTO {deleted} ({facts}, first_seen_at, purge_due_at)
    SELECT {facts}, %s, CASE WHEN type = 'recycle'
        THEN deleted_time + INTERVAL '{days} days' END
    FROM (
        SELECT l.*, row_number() OVER (
            PARTITION BY module, id, deleted_time ORDER BY type
        ) AS place FROM {listed} l
    ) l
    WHERE l.place = 1 AND NOT EXISTS (
        SELECT 1 FROM {deleted} d
        WHERE d.module = l.module AND d.id = l.id AND d.deleted_time = l.deleted_time
    )
"""
_LEFT_BIN: Final = """
    UPDATE {deleted} AS d SET left_bin_at = %s WHERE {in_bin}{range} AND NOT EXISTS (
        SELECT 1 FROM {listed} l WHERE l.module = d.module AND l.id = d.id
    )
"""
_CREATORS: Final = """
    UPDATE {deleted} AS d
    SET created_by__id = t.created_by__id, created_by__name = t.created_by__name
    FROM {table} t
    WHERE d.module = %s AND d.type = 'recycle' AND d.created_by__id IS NULL
    AND t.id = d.id AND t.created_by__id IS NOT NULL
"""


def create_deleted_records(client: Client) -> None:
    """Creates `deleted_records` and what serves it where they are missing, or lack a column."""
    there = read_columns(client)
    if DELETED_RECORDS not in there:
        create_table(client, DELETED_RECORDS, COLUMNS)
    for name in COLUMNS.keys() - there.get(DELETED_RECORDS, COLUMNS).keys():
        client.execute_sql(
            f"ALTER TABLE {client.make_qualified_table_name(DELETED_RECORDS)}"
            f" ADD COLUMN {quote(client, name)} {COLUMNS[name]}"
        )
    create_records_to_read(client)


def begin_listing(client: Client) -> None:
    """Makes room for what a listing shows."""
    end_listing(client)
    create_table(client, LISTED, {name: COLUMNS[name] for name in _FACTS})


def end_listing(client: Client) -> None:
    """Drops what a listing has shown."""
    client.execute_sql(f"DROP TABLE IF EXISTS {client.make_qualified_table_name(LISTED)}")


def note_listed(client: Client, deletions: Sequence[Deletion]) -> None:
    """Keeps what a listing shows, until `apply_listed`."""
    for start in range(0, len(deletions), _ROWS_A_STATEMENT):
        chunk = deletions[start : start + _ROWS_A_STATEMENT]
        row = f"({', '.join(['%s'] * len(_FACTS))})"
        run_update(
            client,
            f"INSERT INTO {client.make_qualified_table_name(LISTED)} ({', '.join(_FACTS)})"
            f" VALUES {', '.join([row] * len(chunk))}",
            *(getattr(each, name) for each in chunk for name in _FACTS),
        )


def apply_listed(client: Client, *, seen_at: datetime) -> int:
    """Brings `deleted_records` in line with what a listing has shown, within a transaction.

    Returns:
        The number of deletions that were not known.
    """
    names = _names(client)
    run_update(client, _BACK_IN_BIN.format(**names))
    run_update(client, _DELETED_AGAIN.format(**names))
    run_update(client, _PURGED.format(**names), seen_at)
    run_update(client, _PURGED_IN_PLACE.format(**names))
    return run_update(client, _NEW.format(**names), seen_at)


def note_left_bin(
    client: Client,
    *,
    seen_at: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    module: str | None = None,
) -> int:
    """Notes what a whole listing of the bin did not show: restored or purged, to be looked at.

    To be called in a transaction, after `apply_listed`.

    Args:
        client: An open client of the dataset.
        seen_at: Zoho's clock.
        since: The listing began here.
        until: It ended before this.
        module: It was of this module only.

    Returns:
        The number of records that left the bin.
    """
    bounds = {"d.deleted_time >= %s": since, "d.deleted_time < %s": until, "d.module = %s": module}
    given = {condition: value for condition, value in bounds.items() if value is not None}
    where = "".join(f" AND {condition}" for condition in given)
    left = run_update(
        client,
        _LEFT_BIN.format(**_names(client), in_bin=IN_BIN, range=where),
        *(seen_at, *given.values()),
    )
    if left:
        _queue_left(client, seen_at)
    return left


def note_overdue(client: Client, *, seen_at: datetime) -> int:
    """Notes what Zoho must have purged by now although no list of permanent deletions says so.

    To be called in a transaction.

    Returns:
        The number of records that left the bin.
    """
    overdue = run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(DELETED_RECORDS)} AS d SET left_bin_at = %s"
        f" WHERE {IN_BIN} AND d.purge_due_at < %s",
        seen_at,
        seen_at - _PATIENCE,
    )
    if overdue:
        _queue_left(client, seen_at)
    return overdue


def _queue_left(client: Client, seen_at: datetime) -> None:
    """What left the bin at this moment is read in full, if it is there, and then is restored."""
    queue = client.make_qualified_table_name(RECORDS_TO_READ)
    run_update(
        client,
        f"INSERT INTO {queue} (module, id, reason, noted_at)"
        " SELECT DISTINCT d.module, d.id, 'left the recycle bin', d.left_bin_at"
        f" FROM {client.make_qualified_table_name(DELETED_RECORDS)} d"
        " WHERE d.left_bin_at = %s AND d.restored_at IS NULL AND d.type = 'recycle'"
        f" AND NOT EXISTS (SELECT 1 FROM {queue} q WHERE q.module = d.module AND q.id = d.id)",
        seen_at,
    )


def modules_left(client: Client, *, seen_at: datetime) -> set[str]:
    """Gives the modules whose records were noted at this moment to have left the bin."""
    table = client.make_qualified_table_name(DELETED_RECORDS)
    sql = f"SELECT DISTINCT module FROM {table} WHERE left_bin_at = %s AND restored_at IS NULL"
    return {str(row[0]) for row in select(client, sql, seen_at)}


def fill_creators(client: Client, tables: Mapping[str, str]) -> int:
    """Says who created records in the recycle bin, whose listing does not tell it.

    Args:
        client: An open client of the dataset, with `deleted_records`.
        tables: The table of each module; those without such a column are left out.

    Returns:
        The number of deletions that got a creator.
    """
    there = read_columns(client)
    names = {"deleted": client.make_qualified_table_name(DELETED_RECORDS)}
    return sum(
        run_update(
            client,
            _CREATORS.format(**names, table=client.make_qualified_table_name(table)),
            module,
        )
        for module, table in tables.items()
        if {"created_by__id", "created_by__name"} <= there.get(table, {}).keys()
    )


def count_in_bin(
    client: Client, *, since: datetime | None = None, until: datetime | None = None
) -> int:
    """How many records the bin should hold that were deleted from `since` on, before `until`."""
    bounds = {"d.deleted_time >= %s": since, "d.deleted_time < %s": until}
    given = {condition: value for condition, value in bounds.items() if value is not None}
    where = "".join(f" AND {condition}" for condition in given)
    table = client.make_qualified_table_name(DELETED_RECORDS)
    sql = f"SELECT count(*) FROM {table} d WHERE {IN_BIN}{where}"
    return int(select(client, sql, *given.values())[0][0])


def note_back(
    client: Client, table: str, module: str, *, load_ids: Sequence[str], as_of: datetime
) -> int:
    """Notes as restored whose records this run has read: what Zoho gives is live.

    Args:
        client: An open client of the dataset.
        table: The module's table.
        module: The module's API name.
        load_ids: The packages of this run; their records were read after its deletions.
        as_of: Zoho's clock.

    Returns:
        The number of deletions that are over.
    """
    names = {"deleted": client.make_qualified_table_name(DELETED_RECORDS)}
    names |= {"table": client.make_qualified_table_name(table)}
    names |= {"loads": ", ".join(["%s"] * len(load_ids))}
    sql = (
        "UPDATE {deleted} SET restored_at = %s WHERE module = %s AND restored_at IS NULL"
        " AND id IN (SELECT t.id FROM {table} t WHERE t._dlt_load_id IN ({loads}))"
    )
    return run_update(client, sql.format(**names), as_of, module, *load_ids) if load_ids else 0


def note_not_visible(client: Client, module: str, ids: Sequence[str], *, as_of: datetime) -> None:
    """Notes records as gone that Zoho shows no more, and that no list of deletions names."""
    table = client.make_qualified_table_name(DELETED_RECORDS)
    for start in range(0, len(ids), _ROWS_A_STATEMENT):
        chunk = ids[start : start + _ROWS_A_STATEMENT]
        run_update(
            client,
            f"INSERT INTO {table} (module, id, type, first_seen_at)"
            f" VALUES {', '.join(['(%s, %s, %s, %s)'] * len(chunk))}",
            *(value for each in chunk for value in (module, each, "not_visible", as_of)),
        )


def _names(client: Client) -> dict[str, Any]:
    return {
        "deleted": client.make_qualified_table_name(DELETED_RECORDS),
        "listed": client.make_qualified_table_name(LISTED),
        "facts": ", ".join(_FACTS),
        "days": BIN_DAYS,
    }
