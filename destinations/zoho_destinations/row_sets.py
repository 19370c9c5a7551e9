"""Which records' rows were compared with Zoho, and rows that went: by plain SQL.

Table `row_sets` has a row for each record and field whose rows are in the dataset as Zoho had them
when the record was in the state that `parent_modified_time` names. A record of which that cannot
be said is *pending*: new, or moved since. So nothing is lost by a kill, wherever it comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .child_rows import Relation, chunks, places, remove_rows
from .existing import read_columns
from .plain_tables import create_table
from .statements import is_postgres, quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .statements import Client

ROW_SETS: Final = "row_sets"
COLUMNS: Final = {
    "relation": "text NOT NULL",
    "parent_id": "text NOT NULL",
    "parent_modified_time": "timestamptz",
    "compared_at": "timestamptz",
    "outcome": "text",
    "is_open": "boolean NOT NULL",
}
COMPARED: Final = """
    SELECT 1 FROM {row_sets} c WHERE c.relation = %s AND c.parent_id = p.id AND NOT c.is_open
    AND c.parent_modified_time IS NOT DISTINCT FROM p.modified_time
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one record's comparison gave."""

    parent_id: str
    parent_modified_time: datetime | None
    compared_at: datetime
    outcome: str
    """`same` as Zoho; `gone`: the record is not there; `cut`, `hidden`: Zoho did not tell all."""
    is_open: bool = False
    """It may have changed again within the second: it stays pending."""


def create_row_sets(client: Client) -> None:
    """Creates the table where it is missing."""
    create_table(client, ROW_SETS, COLUMNS)
    table = client.make_qualified_table_name(ROW_SETS)
    if is_postgres(client):
        client.execute_sql(
            f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(client, ROW_SETS + '__key')}"
            f" ON {table} (relation, parent_id)"
        )


def forget_relation(client: Client, relation: Relation) -> None:
    """Makes all its records pending, for instance because the rows' table is gone."""
    run_update(
        client,
        f"DELETE FROM {client.make_qualified_table_name(ROW_SETS)} WHERE relation = %s",
        relation.name,
    )


def count_pending(client: Client, relation: Relation) -> tuple[int, int]:
    """Gives how many records are pending, and how many there are."""
    compared = COMPARED.format(row_sets=client.make_qualified_table_name(ROW_SETS))
    parents = f"SELECT count(*) FROM {client.make_qualified_table_name(relation.parent_table)} p"
    [(pending,)] = select(client, f"{parents} WHERE NOT EXISTS ({compared})", relation.name)
    [(all_of_them,)] = select(client, parents)
    return int(pending), int(all_of_them)


def read_pending(
    client: Client, relations: Sequence[Relation], *, after: str, limit: int
) -> list[tuple[str, datetime | None]]:
    """Gives some records of one module that are pending in any of its relations.

    Args:
        client: An open client of the dataset.
        relations: Of one parents' table.
        after: Only ids behind this one, in order of text.
        limit: How many at the most.

    Returns:
        Ids and times, in order of the ids.
    """
    compared = COMPARED.format(row_sets=client.make_qualified_table_name(ROW_SETS))
    pending = " OR ".join([f"NOT EXISTS ({compared})"] * len(relations))
    rows = select(
        client,
        "SELECT p.id, p.modified_time FROM"
        f" {client.make_qualified_table_name(relations[0].parent_table)} p"
        f" WHERE p.id > %s AND ({pending}) ORDER BY p.id LIMIT %s",
        *(after, *(relation.name for relation in relations), limit),
    )
    return [(str(row[0]), row[1]) for row in rows]


def keep_compared(
    client: Client, relation: Relation, compared: Sequence[Compared], *, gone: Sequence[str]
) -> int:
    """Removes rows that went and notes what was compared, both or neither.

    Args:
        client: An open client of the dataset.
        relation: Whose rows.
        compared: The records compared.
        gone: Ids of rows that are not there any more.

    Returns:
        The number of rows removed.
    """
    table = client.make_qualified_table_name(ROW_SETS)
    with client.begin_transaction():
        removed = remove_rows(client, relation, gone)
        for some in chunks(compared):
            run_update(
                client,
                f"DELETE FROM {table} WHERE relation = %s AND parent_id IN ({places(some)})",
                *(relation.name, *(one.parent_id for one in some)),
            )
            row = f"({', '.join(['%s'] * len(COLUMNS))})"
            run_update(
                client,
                f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES {', '.join([row] * len(some))}",
                *(value for one in some for value in _values(relation, one)),
            )
    return removed


def keep_all_compared(
    client: Client, relation: Relation, *, compared_at: datetime, before: datetime | None = None
) -> int:
    """Notes every pending record as compared: all rows of their module were looked through.

    Args:
        client: An open client of the dataset.
        relation: Whose rows.
        compared_at: Zoho's clock when the look began.
        before: Only records that were modified before this.

    Returns:
        The number of records.
    """
    table = client.make_qualified_table_name(ROW_SETS)
    compared = COMPARED.format(row_sets=table)
    pending = (
        f"FROM {client.make_qualified_table_name(relation.parent_table)} p"
        f" WHERE NOT EXISTS ({compared}){' AND p.modified_time < %s' if before else ''}"
    )
    values = (relation.name, *([before] if before else []))
    # Not one UPDATE: DuckDB counts the places of its values in another order than they stand.
    run_update(
        client,
        f"DELETE FROM {table} WHERE relation = %s AND parent_id IN (SELECT p.id {pending})",
        *(relation.name, *values),
    )
    return run_update(
        client,
        f"INSERT INTO {table} ({', '.join(COLUMNS)})"
        f" SELECT %s, p.id, p.modified_time, %s, 'same', false {pending}",
        *(relation.name, compared_at, *values),
    )


def keep_empty(
    client: Client, relation: Relation, *, compared_at: datetime, since: datetime | None
) -> int:
    """Notes pending records that have no rows as compared: there is nothing that could be gone.

    New rows are found without them; but a record of old that was not known before may have been
    restored, and its rows with it.

    Args:
        client: An open client of the dataset.
        relation: Whose rows; their module was read to its end.
        compared_at: Zoho's clock.
        since: Rows created after this were found for certain; None where that cannot be said.
    """
    there = read_columns(client)
    if relation.child_column not in there.get(relation.child_table, {}):
        return 0
    table = client.make_qualified_table_name(ROW_SETS)
    is_new = since is not None and "created_time" in there[relation.parent_table]
    pending = (
        f"FROM {client.make_qualified_table_name(relation.parent_table)} p"
        f" LEFT JOIN {table} k ON k.relation = %s AND k.parent_id = p.id"
        f" WHERE NOT EXISTS ({COMPARED.format(row_sets=table)})"
        f" AND (NOT k.is_open{' OR k.is_open IS NULL AND p.created_time >= %s' if is_new else ''})"
        f" AND NOT EXISTS (SELECT 1"
        f" FROM {client.make_qualified_table_name(relation.child_table)} t"
        f" WHERE t.{quote(client, relation.child_column)} = p.id)"
    )
    ids = select(
        client, f"SELECT p.id {pending}", relation.name, relation.name, *([since] if is_new else [])
    )
    _keep_ids(client, relation, [str(row[0]) for row in ids], compared_at)
    return len(ids)


def _keep_ids(
    client: Client, relation: Relation, ids: Sequence[str], compared_at: datetime
) -> None:
    table = client.make_qualified_table_name(ROW_SETS)
    parents = client.make_qualified_table_name(relation.parent_table)
    for some in chunks(ids):
        run_update(
            client,
            f"DELETE FROM {table} WHERE relation = %s AND parent_id IN ({places(some)})",
            *(relation.name, *some),
        )
        run_update(
            client,
            f"INSERT INTO {table} ({', '.join(COLUMNS)})"
            f" SELECT %s, p.id, p.modified_time, %s, 'same', false FROM {parents} p"
            f" WHERE p.id IN ({places(some)})",
            *(relation.name, compared_at, *some),
        )


def _values(relation: Relation, one: Compared) -> tuple[Any, ...]:
    facts = (one.parent_modified_time, one.compared_at, one.outcome, one.is_open)
    return (relation.name, one.parent_id, *facts)
