"""Which parents' related lists are read next: chosen by SQL, some at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from .parts import Part, parts_of
from .related_sweeps import SWEEPS
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .statements import Client

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
Turn = Literal["never", "changed", "oldest", "given"]
"""never: never swept. changed: changed since their last sweep. oldest: the longest unswept, past an
age. given: by name."""
TURNS: Final[tuple[Turn, ...]] = ("never", "changed", "oldest")
LISTS_A_CHOICE: Final = 4_000
"""Due lists that one query gives. Of more than 5,000 rows DuckDB sorts all that are due, instead of
keeping the first ones while it reads."""
_EVERYTHING: Final = Part(0, 1)

_CONDITIONS: Final[dict[Turn, str]] = {
    "never": "s.parent_id IS NULL",
    "changed": "s.parent_id IS NOT NULL AND s.parent_modified_time IS DISTINCT FROM {modified}",
    "given": "t.id IN ({ids})",
}
_DUE: Final = """
    WITH l(name) AS (VALUES {lists})
    SELECT t.id, {modified}, l.name, s.rows, s.full_at, s.swept_at
    FROM {parents} t CROSS JOIN l
    LEFT JOIN {sweeps} s
        ON s.module = %s AND s.list = l.name AND s.parent_id = t.id AND {part_of_sweeps}
    WHERE t._deleted_type IS NULL AND {condition} AND t.id > %s AND {part_of_parents}
    ORDER BY t.id, l.name LIMIT {limit}
"""
# The sweeps are chosen before their parents are looked up: in all the others nothing is joined.
_OLDEST: Final = """
    SELECT t.id, {modified}, s.list, s.rows, s.full_at, s.swept_at, s.parent_id FROM (
        SELECT * FROM {sweeps} s
        WHERE s.module = %s AND s.list IN ({lists}) AND s.swept_at < %s
        AND (s.swept_at, s.parent_id) > (%s, %s)
        AND NOT EXISTS (
            SELECT 1 FROM {parents} d WHERE d.id = s.parent_id AND d._deleted_type IS NOT NULL
        )
        ORDER BY s.swept_at, s.parent_id LIMIT {limit}
    ) s LEFT JOIN {parents} t ON t.id = s.parent_id ORDER BY s.swept_at, s.parent_id, s.list
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
class WaitingParents:
    """How many parents of one list are due."""

    never: int
    """Never swept."""
    again: int
    """Changed since their last sweep, or last swept too long ago."""


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
    part: int = 0
    """Which part of the parents, of as many as memory needs."""


def choose_parents(
    client: Client,
    parents: ParentTable,
    turn: Turn,
    *,
    after: Position | None = None,
    swept_before: datetime | None = None,
    limit: int = LISTS_A_CHOICE,
) -> tuple[list[DueParent], Position | None]:
    """Gives the next live parents whose turn it is, each with its due lists.

    Args:
        client: An open client of the dataset.
        parents: The module and its lists.
        turn: Which parents.
        after: Where the choice before ended.
        swept_before: For the longest unswept: only those swept before then.
        limit: How many lists at the most; more than a parent has.

    Returns:
        The parents, perhaps none, and where to go on; None where the turn is over.
    """
    after = after or Position()
    if turn == "oldest":
        return _choose_oldest(client, parents, swept_before, after, limit)
    parts = _parts(client, parents)
    sql = _due_sql(client, parents, turn, limit, part=parts[min(after.part, len(parts) - 1)])
    rows = select(client, sql, *parents.lists, parents.module, after.parent_id)
    is_full = len(rows) == limit
    found = _collect(_without_last(rows, lambda row: row[0]) if is_full else rows, turn)
    if is_full:
        return found, Position(found[-1].id, part=after.part)
    return found, Position(part=after.part + 1) if after.part + 1 < len(parts) else None


def choose_given(client: Client, parents: ParentTable, ids: Sequence[str]) -> list[DueParent]:
    """Gives those of some parents that are live, with all the lists of the module."""
    found: list[DueParent] = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        sql = _due_sql(client, parents, "given", len(some) * len(parents.lists), ids=len(some))
        values = [*parents.lists, parents.module, *some, ""]
        found += _collect(select(client, sql, *values), "given")
    return found


def _due_sql(
    client: Client,
    parents: ParentTable,
    turn: Turn,
    limit: int,
    *,
    part: Part = _EVERYTHING,
    ids: int = 0,
) -> str:
    modified = _modified_of(parents)
    return _DUE.format(
        lists=", ".join(["(%s)"] * len(parents.lists)),
        parents=client.make_qualified_table_name(parents.table),
        sweeps=client.make_qualified_table_name(SWEEPS),
        modified=modified,
        condition=_CONDITIONS[turn].format(modified=modified, ids=", ".join(["%s"] * ids)),
        part_of_sweeps=part.has("s.parent_id"),
        part_of_parents=part.has("t.id"),
        limit=int(limit),
    )


def _choose_oldest(
    client: Client,
    parents: ParentTable,
    swept_before: datetime | None,
    after: Position,
    limit: int,
) -> tuple[list[DueParent], Position | None]:
    sql = _OLDEST.format(
        lists=", ".join(["%s"] * len(parents.lists)),
        parents=client.make_qualified_table_name(parents.table),
        sweeps=client.make_qualified_table_name(SWEEPS),
        modified=_modified_of(parents),
        limit=int(limit),
    )
    values = (parents.module, *parents.lists, swept_before, after.swept_at, after.parent_id)
    rows = select(client, sql, *values)
    is_full = len(rows) == limit
    rows = _without_last(rows, lambda row: row[5:7]) if is_full else rows
    found = _collect([row for row in rows if row[0] is not None], "oldest")
    return found, Position(rows[-1][6], _utc(rows[-1][5]) or _LONG_AGO) if is_full else None


def _without_last(
    rows: list[tuple[Any, ...]], key: Callable[[tuple[Any, ...]], object]
) -> list[tuple[Any, ...]]:
    """Leaves out the last parent, whose lists may not all be there."""
    return [row for row in rows if key(row) != key(rows[-1])]


def _collect(rows: Sequence[tuple[Any, ...]], turn: Turn) -> list[DueParent]:
    found: dict[str, DueParent] = {}
    for parent_id, modified, name, known_rows, full_at, swept_at, *_ in rows:
        parent = found.setdefault(parent_id, DueParent(parent_id, _utc(modified), turn))
        parent.lists.append(DueList(name, known_rows, _utc(full_at), _utc(swept_at)))
    return list(found.values())


def _modified_of(parents: ParentTable) -> str:
    return "t.modified_time" if parents.has_modified_time else "CAST(NULL AS timestamptz)"


def _parts(client: Client, parents: ParentTable) -> list[Part]:
    return parts_of(client, count_parents(client, parents) * len(parents.lists))


def count_parents(client: Client, parents: ParentTable) -> int:
    """Counts the live parents of a module."""
    table = client.make_qualified_table_name(parents.table)
    [(count,)] = select(client, f"SELECT count(*) FROM {table} WHERE _deleted_type IS NULL")
    return int(count)


def count_waiting(
    client: Client,
    parents: ParentTable,
    related_list: str,
    *,
    swept_before: datetime,
    run_id: str,
) -> WaitingParents:
    """Counts the live parents of which a list is due, but for those swept by this run.

    Args:
        client: An open client of the dataset.
        parents: The module.
        related_list: The API name of the list.
        swept_before: Parents that were last swept before then are due again.
        run_id: The run whose sweeps count, even of a parent that changed meanwhile.
    """
    live = count_parents(client, parents)
    modified = _modified_of(parents)
    # Those that were are counted: until Postgres knows how long a new table is, it would look for
    # those that are missing by comparing all with all.
    swept = [
        select(
            client,
            "SELECT count(*), count(*) FILTER (WHERE s.run_id IS DISTINCT FROM %s AND ("
            f"s.parent_modified_time IS DISTINCT FROM {modified} OR s.swept_at < %s))"
            f" FROM {client.make_qualified_table_name(SWEEPS)} s"
            f" JOIN {client.make_qualified_table_name(parents.table)} t ON t.id = s.parent_id"
            f" WHERE s.module = %s AND s.{quote(client, 'list')} = %s"
            f" AND t._deleted_type IS NULL AND {part.has('s.parent_id')} AND {part.has('t.id')}",
            *(run_id, swept_before, parents.module, related_list),
        )
        for part in parts_of(client, live)
    ]
    never = live - sum(int(count) for [(count, _)] in swept)
    return WaitingParents(never, sum(int(again) for [(_, again)] in swept))


def _utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value is not None else None
