"""Rows that belong to records of another table: subforms, line items and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .existing import read_columns
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .statements import Client

PARENT_ID: Final = "parent_id"
_AT_ONCE: Final = 1_000
"""Values in one statement."""


@dataclass(frozen=True, slots=True)
class Relation:
    """The tables at the two ends of a row set."""

    name: str
    parent_table: str
    child_table: str
    child_column: str
    """The rows' column that names their parent."""


def fill_parent_ids(client: Client, table: str, source: str) -> None:
    """Gives rows that were loaded without it their `parent_id`; adds the column if need be.

    Args:
        client: An open client of the dataset.
        table: The rows' table; it may be missing.
        source: The column that names the parent.
    """
    columns = read_columns(client).get(table, {})
    if source not in columns:
        return
    qualified = client.make_qualified_table_name(table)
    if PARENT_ID not in columns:
        client.execute_sql(f"ALTER TABLE {qualified} ADD COLUMN {PARENT_ID} text")
    name = quote(client, source)
    run_update(
        client,
        f"UPDATE {qualified} SET {PARENT_ID} = {name} WHERE {PARENT_ID} IS DISTINCT FROM {name}",
    )


def read_rows_of(
    client: Client, relation: Relation, parents: Sequence[str]
) -> dict[str, tuple[str, datetime | None]]:
    """Gives the rows in the dataset of some parents: by id, the parent and the row's time."""
    columns = read_columns(client).get(relation.child_table, {})
    if relation.child_column not in columns:
        return {}
    time = "modified_time" if "modified_time" in columns else "NULL"
    column = quote(client, relation.child_column)
    found: dict[str, tuple[str, datetime | None]] = {}
    for some in chunks(parents):
        rows = select(
            client,
            f"SELECT id, {column}, {time}"
            f" FROM {client.make_qualified_table_name(relation.child_table)}"
            f" WHERE {column} IN ({places(some)})",
            *some,
        )
        found.update((str(row[0]), (str(row[1]), row[2])) for row in rows)
    return found


def remove_rows(client: Client, relation: Relation, gone: Sequence[str]) -> int:
    """Removes rows by their ids."""
    table = client.make_qualified_table_name(relation.child_table)
    return sum(
        run_update(client, f"DELETE FROM {table} WHERE id IN ({places(some)})", *some)
        for some in chunks(gone)
    )


def holds_other_loads(client: Client, table: str, load_ids: Sequence[str]) -> bool:
    """Tells whether a table has rows that came with other packages than these."""
    if table not in read_columns(client):
        return False
    others = f" WHERE _dlt_load_id NOT IN ({places(load_ids)})" if load_ids else ""
    qualified = client.make_qualified_table_name(table)
    return bool(select(client, f"SELECT 1 FROM {qualified}{others} LIMIT 1", *load_ids))


def count_rows(client: Client, table: str) -> int:
    """Counts the rows of a table; none where it is missing."""
    if table not in read_columns(client):
        return 0
    return int(
        select(client, f"SELECT count(*) FROM {client.make_qualified_table_name(table)}")[0][0]
    )


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cuts a list into pieces that one statement takes."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def places(values: Sequence[Any]) -> str:
    """Writes a place for each value into SQL."""
    return ", ".join(["%s"] * len(values))
