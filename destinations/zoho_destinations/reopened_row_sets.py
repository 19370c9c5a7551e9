"""Records whose rows are to be compared again although they did not move since: see `row_sets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .child_rows import Relation, chunks, places
from .deleted_records import DELETED_RECORDS
from .existing import read_columns
from .row_sets import ROW_SETS
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Client


def read_open(client: Client, relation: Relation) -> list[str]:
    """Gives the records that are to be read alone, whatever else is looked through."""
    table = client.make_qualified_table_name(ROW_SETS)
    rows = select(
        client, f"SELECT parent_id FROM {table} WHERE relation = %s AND is_open", relation.name
    )
    return [str(row[0]) for row in rows]


def open_restored(client: Client, relation: Relation, load_ids: Sequence[str]) -> None:
    """Makes records pending that came back from a deletion since they were compared.

    Args:
        client: An open client of the dataset.
        relation: Whose records.
        load_ids: The packages of this run: what it has read is there, deleted before or not.
    """
    if DELETED_RECORDS not in read_columns(client):
        return
    table = client.make_qualified_table_name(ROW_SETS)
    deleted = client.make_qualified_table_name(DELETED_RECORDS)
    _open_where(
        client,
        relation,
        f"EXISTS (SELECT 1 FROM {deleted} d WHERE d.id = {table}.parent_id"
        f" AND d.restored_at > {table}.compared_at)",
    )
    if load_ids:
        _open_where(
            client,
            relation,
            "parent_id IN (SELECT p.id"
            f" FROM {client.make_qualified_table_name(relation.parent_table)} p"
            f" JOIN {deleted} d ON d.id = p.id"
            f" WHERE d.restored_at IS NULL AND p._dlt_load_id IN ({places(load_ids)}))",
            load_ids,
        )


def open_with_hidden_rows(client: Client, relation: Relation) -> None:
    """Makes records pending whose rows are noted as not visible, though nothing says they are gone.

    A record may have been deleted and restored between two looks at the recycle bin, and its rows
    missed in between; earlier versions noted the rows of any deleted record. Read alone, it tells.
    """
    there = read_columns(client)
    if DELETED_RECORDS not in there or relation.child_column not in there.get(
        relation.child_table, {}
    ):
        return
    table = client.make_qualified_table_name(ROW_SETS)
    deleted = client.make_qualified_table_name(DELETED_RECORDS)
    _open_where(
        client,
        relation,
        f"outcome IN ('same', 'gone') AND NOT EXISTS (SELECT 1 FROM {deleted} p"
        f" WHERE p.id = {table}.parent_id AND p.restored_at IS NULL)"
        f" AND EXISTS (SELECT 1 FROM {deleted} d"
        f" JOIN {client.make_qualified_table_name(relation.child_table)} t ON t.id = d.id"
        f" WHERE d.type = 'not_visible' AND d.restored_at IS NULL"
        f" AND t.{quote(client, relation.child_column)} = {table}.parent_id)",
    )


def open_outpaced(client: Client, relation: Relation, load_ids: Sequence[str]) -> None:
    """Makes records pending of which a run has loaded rows that are newer than they are.

    They were edited while the run was reading: after their own list, before that of their rows.
    """
    if not load_ids or "modified_time" not in read_columns(client).get(relation.child_table, {}):
        return
    table = client.make_qualified_table_name(ROW_SETS)
    _open_where(
        client,
        relation,
        f"parent_id IN (SELECT t.{quote(client, relation.child_column)}"
        f" FROM {client.make_qualified_table_name(relation.child_table)} t"
        f" WHERE t._dlt_load_id IN ({places(load_ids)})"
        f" AND t.modified_time > {table}.parent_modified_time"
        f" AND t.modified_time > {table}.compared_at)",
        load_ids,
    )


def open_again(client: Client, relation: Relation, parents: Sequence[str]) -> None:
    """Makes records pending that were compared."""
    for some in chunks(parents):
        _open_where(client, relation, f"parent_id IN ({places(some)})", some)


def _open_where(
    client: Client, relation: Relation, condition: str, values: Sequence[str] = ()
) -> None:
    """Makes those records of a relation pending that a condition holds for."""
    run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(ROW_SETS)} SET is_open = true"
        f" WHERE relation = %s AND NOT is_open AND {condition}",
        relation.name,
        *values,
    )
