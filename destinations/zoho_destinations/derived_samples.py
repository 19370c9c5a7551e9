"""Parents by which a derived list is compared with Zoho's, and what is derived for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .statements import select

if TYPE_CHECKING:
    from .statements import Client


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
    having = select(
        client,
        f"SELECT DISTINCT parent_id FROM ({query}) v"
        f" ORDER BY parent_id DESC LIMIT {int(with_rows)}",
    )
    lacking = select(
        client,
        f"SELECT p.id FROM {client.make_qualified_table_name(parent_table)} p"
        f" WHERE p._deleted_type IS NULL AND p.id NOT IN (SELECT parent_id FROM ({query}) v)"
        f" ORDER BY p.id DESC LIMIT {int(without)}",
    )
    return [row[0] for row in having], [row[0] for row in lacking]


def derived_ids(client: Client, query: str, parent_id: str) -> set[str]:
    """Gives the ids that are derived for one parent."""
    return {
        row[0]
        for row in select(client, f"SELECT id FROM ({query}) v WHERE parent_id = %s", parent_id)
    }


def count_parents_with_rows(client: Client, query: str, *, at_most: int) -> int:
    """Counts the parents that have rows in a derived list, up to a number."""
    [(count,)] = select(
        client,
        f"SELECT count(*) FROM (SELECT DISTINCT parent_id FROM ({query}) v LIMIT {int(at_most)}) c",
    )
    return int(count)
