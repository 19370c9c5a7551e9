"""Which parents' related lists are read next: chosen by SQL, some at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from .related_sweeps import SWEEPS
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Client

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
Turn = Literal["never", "changed", "oldest", "given"]
"""never: never swept. changed: changed since their last sweep. oldest: the longest unswept, past an
age. given: by name."""
TURNS: Final[tuple[Turn, ...]] = ("never", "changed", "oldest")

_CONDITIONS: Final[dict[Turn, str]] = {
    "never": "s.parent_id IS NULL",
    "changed": "s.parent_id IS NOT NULL AND s.parent_modified_time IS DISTINCT FROM {modified}",
    "oldest": "s.swept_at < %s",
    "given": "t.id IN ({ids})",
}
# The parents are chosen first, so that all due lists of one come together.
_DUE: Final = """
    WITH l(name) AS (VALUES {lists}),
    due AS (
        SELECT t.id AS parent_id, {modified} AS modified, l.name AS list, s.rows AS known_rows,
            s.full_at AS full_at, s.swept_at AS swept_at, s.outcome AS outcome
        FROM {parents} t CROSS JOIN l
        LEFT JOIN {sweeps} s ON s.module = %s AND s.list = l.name AND s.parent_id = t.id
        WHERE t._deleted_type IS NULL AND {condition}
    ),
    chosen AS (
        SELECT parent_id, min(swept_at) AS since FROM due GROUP BY parent_id
        HAVING {after} ORDER BY {order} LIMIT {limit}
    )
    SELECT d.parent_id, d.modified, d.list, d.known_rows, d.full_at, d.swept_at, c.since
    FROM due d JOIN chosen c ON c.parent_id = d.parent_id ORDER BY {final_order}, d.list
"""


@dataclass(frozen=True, slots=True)
class DueList:
    """One list of a parent that is due."""

    name: str
    known_rows: int | None
    """How many rows the last sweep gave."""
    full_at: datetime | None
    swept_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueParent:
    """A live parent with the lists that are due."""

    id: str
    modified_time: datetime | None
    turn: Turn
    lists: list[DueList] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParentTable:
    """A module whose records' lists are read."""

    module: str
    table: str
    has_modified_time: bool
    lists: Sequence[str]
    """API names of the lists that are read."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a turn has come: nobody is asked twice in it."""

    parent_id: str = ""
    swept_at: datetime = _LONG_AGO


def choose_parents(
    client: Client,
    parents: ParentTable,
    turn: Turn,
    *,
    limit: int,
    after: Position | None = None,
    swept_before: datetime | None = None,
) -> tuple[list[DueParent], Position]:
    """Gives the next live parents whose turn it is, each with its due lists.

    Args:
        client: An open client of the dataset.
        parents: The module and its lists.
        turn: Which parents.
        limit: How many at the most.
        after: Where the choice before ended.
        swept_before: For the longest unswept: only those swept before then.

    Returns:
        The parents, and where to go on.
    """
    after = after or Position()
    modified = "t.modified_time" if parents.has_modified_time else "CAST(NULL AS timestamptz)"
    values = [*parents.lists, parents.module]
    condition = _CONDITIONS[turn].format(modified=modified)
    if turn == "oldest":
        values.append(swept_before)  # type: ignore[arg-type]  # a time beside the texts
        order, keep = "since, parent_id", "(min(swept_at), parent_id) > (%s, %s)"
        values += [after.swept_at, after.parent_id]  # type: ignore[list-item]  # as above
    else:
        order, keep = "parent_id", "parent_id > %s"
        values.append(after.parent_id)
    return _choose(client, parents, turn, (modified, condition, keep, order, limit), values)


def choose_given(client: Client, parents: ParentTable, ids: Sequence[str]) -> list[DueParent]:
    """Gives those of some parents that are live, with all the lists of the module."""
    found: list[DueParent] = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        modified = "t.modified_time" if parents.has_modified_time else "CAST(NULL AS timestamptz)"
        condition = _CONDITIONS["given"].format(ids=", ".join(["%s"] * len(some)))
        parts = (modified, condition, "parent_id > %s", "parent_id", len(some))
        values = [*parents.lists, parents.module, *some, ""]
        found += _choose(client, parents, "given", parts, values)[0]
    return found


def _choose(
    client: Client,
    parents: ParentTable,
    turn: Turn,
    parts: tuple[str, str, str, str, int],
    values: Sequence[object],
) -> tuple[list[DueParent], Position]:
    modified, condition, after, order, limit = parts
    sql = _DUE.format(
        lists=", ".join(["(%s)"] * len(parents.lists)),
        parents=client.make_qualified_table_name(parents.table),
        sweeps=client.make_qualified_table_name(SWEEPS),
        modified=modified,
        condition=condition,
        after=after,
        order=order,
        limit=int(limit),
        final_order=", ".join(f"c.{name}" for name in order.split(", ")),
    )
    found: dict[str, DueParent] = {}
    position = Position()
    for parent_id, changed, name, rows, full_at, swept_at, since in select(client, sql, *values):
        parent = found.setdefault(parent_id, DueParent(parent_id, _utc(changed), turn))
        parent.lists.append(DueList(name, rows, _utc(full_at), _utc(swept_at)))
        position = Position(parent_id, _utc(since) or position.swept_at)
    return list(found.values()), position


def count_parents(client: Client, parents: ParentTable) -> int:
    """Counts the live parents of a module."""
    table = client.make_qualified_table_name(parents.table)
    [(count,)] = select(client, f"SELECT count(*) FROM {table} WHERE _deleted_type IS NULL")
    return int(count)


def count_due(client: Client, parents: ParentTable, related_list: str) -> tuple[int, int]:
    """Gives how many live parents there are, and how many of them were never swept."""
    [(live, never)] = select(
        client,
        f"SELECT count(*), count(*) FILTER (WHERE s.parent_id IS NULL)"
        f" FROM {client.make_qualified_table_name(parents.table)} t"
        f" LEFT JOIN {client.make_qualified_table_name(SWEEPS)} s"
        f" ON s.module = %s AND s.{quote(client, 'list')} = %s AND s.parent_id = t.id"
        " WHERE t._deleted_type IS NULL",
        parents.module,
        related_list,
    )
    return int(live), int(never)


def _utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value is not None else None
