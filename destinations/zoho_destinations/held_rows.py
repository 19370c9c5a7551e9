"""Every row of a table of rows, and what is known of its parent, for a look through all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .deleted_records import DELETED_RECORDS
from .existing import read_columns
from .row_sets import COMPARED, ROW_SETS
from .statements import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .child_rows import Relation
    from .statements import Client

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row in the dataset, and what is known of its parent."""

    id: str
    parent_id: str | None
    has_parent: bool
    """The parent is in the dataset."""
    is_pending: bool
    """The parent moved."""
    is_parent_gone: bool
    """The parent was deleted, or could not be read."""
    is_timeless: bool
    """It has no `Modified_Time`: a walk in order of time may pass it by."""


def read_held_rows(client: Client, relation: Relation) -> Iterator[HeldRow]:
    """Yields every row of a table, those of one parent together; a few thousand in memory."""
    there = read_columns(client)
    columns = there.get(relation.child_table, {})
    if relation.child_column not in columns:
        return
    row_sets = client.make_qualified_table_name(ROW_SETS)
    parent = f"t.{quote(client, relation.child_column)}"
    flag = "p._deleted_type" if "_deleted_type" in there[relation.parent_table] else "NULL"
    if DELETED_RECORDS in there:  # this run's deletions are not flagged yet
        flag = (
            f"coalesce({flag}, (SELECT max(d.type)"
            f" FROM {client.make_qualified_table_name(DELETED_RECORDS)} d"
            " WHERE d.id = p.id AND d.restored_at IS NULL))"
        )
    timeless = "t.modified_time IS NULL" if "modified_time" in columns else "false"
    sql = (
        f"SELECT t.id, {parent}, p.id IS NOT NULL, NOT EXISTS"
        f" ({COMPARED.format(row_sets=row_sets)}),"
        f" {flag} IS NOT NULL OR EXISTS (SELECT 1 FROM {row_sets} g"
        " WHERE g.relation = %s AND g.parent_id = p.id AND g.outcome = 'gone'"
        f" AND g.parent_modified_time IS NOT DISTINCT FROM p.modified_time), {timeless}"
        f" FROM {client.make_qualified_table_name(relation.child_table)} t LEFT JOIN"
        f" {client.make_qualified_table_name(relation.parent_table)} p ON p.id = {parent}"
        f" ORDER BY {parent}, t.id"
    )
    with client.execute_query(sql, relation.name, relation.name) as cursor:
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from (HeldRow(str(row[0]), *row[1:]) for row in rows)
