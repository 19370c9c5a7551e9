"""Parents by which a derived list is compared with Zoho's, and what is derived for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .statements import select

if TYPE_CHECKING:
    from .statements import Client

_ROWS_AT_ONCE: Final = 4_000
"""Rows of one query; see `due_parents.LISTS_A_CHOICE`."""
_LOOKS: Final = 5
"""So many times that number of parents are looked at for some that have no rows."""
_BEHIND_ALL_IDS: Final = "a"
"""Ids are digits."""


def sample_parents(
    client: Client, query: str, parent_table: str, *, with_rows: int, without: int
) -> tuple[list[str], list[str]]:
    """Gives some live parents that have rows in a derived list, the newest first, and some others.

    Args:
        client: An open client of the dataset.
        query: The query that derives the list.
        parent_table: The table of the parents.
        with_rows: How many of those that have rows.
        without: How many of those that have none.
    """
    having = _newest_with_rows(client, query, with_rows)
    return having, _newest_without(client, query, parent_table, without)


def _newest_with_rows(client: Client, query: str, wanted: int) -> list[str]:
    """Keeps the first rows while it reads; all parents in one query take memory for all."""
    found: dict[str, None] = {}
    before: str | None = _BEHIND_ALL_IDS
    while before is not None and len(found) < wanted:
        rows = select(
            client,
            f"SELECT parent_id FROM ({query}) v WHERE parent_id < %s"
            f" ORDER BY parent_id DESC LIMIT {_ROWS_AT_ONCE}",
            before,
        )
        found |= dict.fromkeys(row[0] for row in rows)
        before = rows[-1][0] if len(rows) == _ROWS_AT_ONCE else None
    return [*found][:wanted]


def _newest_without(client: Client, query: str, parent_table: str, wanted: int) -> list[str]:
    """Looks among the newest parents only: where nearly all have rows, the others are far."""
    found: list[str] = []
    live = f"{client.make_qualified_table_name(parent_table)} p WHERE p._deleted_type IS NULL"
    before = _BEHIND_ALL_IDS
    for _ in range(_LOOKS):
        newest = f"SELECT p.id FROM {live} AND p.id < %s ORDER BY p.id DESC LIMIT {_ROWS_AT_ONCE}"
        [(oldest,)] = select(client, f"SELECT min(id) FROM ({newest}) n", before)
        if oldest is None or len(found) >= wanted:
            break
        rows = select(
            client,
            f"SELECT n.id FROM ({newest}) n WHERE NOT EXISTS (SELECT 1 FROM ({query}) v"
            " WHERE v.parent_id = n.id AND v.parent_id >= %s AND v.parent_id < %s)"
            f" ORDER BY n.id DESC LIMIT {int(wanted)}",
            *(before, oldest, before),
        )
        found += [row[0] for row in rows]
        before = oldest
    return found[:wanted]


def derived_ids(client: Client, query: str, parent_id: str) -> set[str]:
    """Gives the ids that are derived for one parent."""
    return {
        row[0]
        for row in select(client, f"SELECT id FROM ({query}) v WHERE parent_id = %s", parent_id)
    }


def count_parents_with_rows(client: Client, query: str, *, at_most: int) -> int:
    """Counts the parents that have rows in a derived list, up to a number."""
    return len(_newest_with_rows(client, query, at_most))
