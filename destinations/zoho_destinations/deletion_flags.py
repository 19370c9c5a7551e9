"""The flags of deletion on module tables, derived from `deleted_records` after every load.

They are no part of a loaded row, because a merge writes whole rows and would empty them. One
statement per module sets them, touching only rows that differ, so that it may run as often as
somebody likes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .deleted_records import DELETED_RECORDS, create_deleted_records
from .existing import read_columns
from .records_to_read import RECORDS_TO_READ
from .statements import quote, run_update

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from zoho_crm.columns import TableSchema

    from .statements import Client

FLAGS: Final = {
    "_deleted_type": "type",
    "_deleted_time": "deleted_time",
    "_deleted_by__id": "deleted_by__id",
    "_deleted_by__name": "deleted_by__name",
}
"""The flags, and the columns of `deleted_records` that they repeat."""

# A deletion is open while nothing says that its record came back. `modified_time` says so when it
# lies after the deletion, unless it lies in the future of Zoho's clock: then it was there before.
# What left the recycle bin and was asked for in vain is gone for ever, listed as such or not.
NEWEST_OPEN = """
    SELECT f.id, f.type, f.deleted_time, f.deleted_by__id, f.deleted_by__name FROM (
        SELECT d.id, d.deleted_time, d.deleted_by__id, d.deleted_by__name,
        CASE WHEN d.type = 'recycle' AND d.left_bin_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM {queue} q WHERE q.module = d.module AND q.id = d.id
        ) THEN 'permanent' ELSE d.type END AS type,
        row_number() OVER (
            PARTITION BY d.id
            ORDER BY d.deleted_time DESC NULLS LAST,
                CASE d.type WHEN 'permanent' THEN 0 WHEN 'recycle' THEN 1 ELSE 2 END
        ) AS place
        FROM {deleted} d JOIN {table} t ON t.id = d.id
        WHERE d.module = %s AND d.restored_at IS NULL{not_back}
    ) f WHERE f.place = 1
"""
OF_PARENT = """
    SELECT r.id, p._deleted_type AS type, p._deleted_time AS deleted_time,
        p._deleted_by__id AS deleted_by__id, p._deleted_by__name AS deleted_by__name
    FROM {table} r JOIN {parent} p ON p.id = r.{column}
    WHERE p._deleted_type IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM own o WHERE o.id = r.id AND o.type <> 'not_visible'
    )
"""
OWN_AND_OF_PARENT = """
    SELECT * FROM of_parent
    UNION ALL SELECT * FROM own o WHERE NOT EXISTS (SELECT 1 FROM of_parent r WHERE r.id = o.id)
"""
NOT_BACK = """
        AND NOT coalesce(
            t.modified_time > coalesce(d.deleted_time, d.first_seen_at)
            AND t.modified_time <= %s, false
        )
"""
SET_FLAGS = """
    UPDATE {table} AS t SET {assignments}
    FROM (
        SELECT c.id, o.type, o.deleted_time, o.deleted_by__id, o.deleted_by__name
        FROM (
            SELECT id FROM {table} WHERE _deleted_type IS NOT NULL
            UNION SELECT id FROM open_deletions
        ) c LEFT JOIN open_deletions o ON o.id = c.id
    ) s
    WHERE t.id = s.id AND ({differs})
"""


@dataclass(frozen=True, slots=True)
class Parent:
    """Where the records are that the rows of a table belong to."""

    table: str
    column: str
    """The rows' column that names them."""


def add_flag_columns(client: Client, tables: Collection[str]) -> None:
    """Adds the columns of the flags to module tables that lack them; dlt leaves them alone."""
    there = read_columns(client)
    for table in tables:
        for flag in FLAGS:
            if table in there and flag not in there[table]:
                kind = "timestamptz" if flag == "_deleted_time" else "text"
                client.execute_sql(
                    f"ALTER TABLE {client.make_qualified_table_name(table)}"
                    f" ADD COLUMN {quote(client, flag)} {kind}"
                )


def refresh_deletion_flags(
    client: Client,
    schemas: Sequence[TableSchema],
    *,
    as_of: datetime,
    parents: Mapping[str, Parent] | None = None,
) -> dict[str, int]:
    """Sets and clears the flags of every module table as `deleted_records` says.

    Rows of a subform have those of the record that they belong to, unless a list of deletions
    names them; that nobody sees them any more follows from the record's own deletion.

    Args:
        client: An open client of the dataset.
        schemas: The module tables; those that do not exist yet are left out.
        as_of: Zoho's clock, by the newest `Date` of a reply; never the local one.
        parents: By table of subform rows, where their records are.

    Returns:
        For each table the number of rows touched, where there were any.
    """
    add_flag_columns(client, [schema.table_name for schema in schemas])
    there = read_columns(client)
    if DELETED_RECORDS not in there:
        return {}
    create_deleted_records(client)  # with the columns that one of an earlier version lacks
    known = {
        table: parent
        for table, parent in (parents or {}).items()
        if parent.table in there and parent.column in there.get(table, {})
    }
    in_order = sorted(schemas, key=lambda schema: schema.table_name in known)  # parents first
    touched = {
        schema.table_name: _refresh(client, schema, as_of, known.get(schema.table_name))
        for schema in in_order
        if schema.table_name in there
    }
    return {table: rows for table, rows in touched.items() if rows}


def _refresh(client: Client, schema: TableSchema, as_of: datetime, parent: Parent | None) -> int:
    table = client.make_qualified_table_name(schema.table_name)
    names = {
        "table": table,
        "deleted": client.make_qualified_table_name(DELETED_RECORDS),
        "queue": client.make_qualified_table_name(RECORDS_TO_READ),
        "assignments": ", ".join(f"{flag} = s.{column}" for flag, column in FLAGS.items()),
        "differs": " OR ".join(
            f"t.{flag} IS DISTINCT FROM s.{column}" for flag, column in FLAGS.items()
        ),
        "not_back": NOT_BACK if schema.has_modified_time else "",
    }
    values = [schema.module.api_name, *([as_of] if schema.has_modified_time else [])]
    with_queries, chosen = f"own AS ({NEWEST_OPEN.format(**names)})", "SELECT * FROM own"
    if parent is not None:
        names |= {"parent": client.make_qualified_table_name(parent.table)}
        names |= {"column": quote(client, parent.column)}
        with_queries += f", of_parent AS ({OF_PARENT.format(**names)})"
        chosen = OWN_AND_OF_PARENT
    sql = f"WITH {with_queries}, open_deletions AS ({chosen}) {SET_FLAGS.format(**names)}"
    return run_update(client, sql, *values)
