"""Reading again the lists that a delink has changed, so that the dataset shows it at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zoho_crm.removable_relations import find_mirror
from zoho_destinations.list_ways import read_ways
from zoho_destinations.statements import run_update

from .delink_identities import resolve_ids
from .related_phase import sweep_parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import dlt

    from zoho_crm.session import ReadSession
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.list_ways import WayRow
    from zoho_destinations.statements import Client


@dataclass(slots=True)
class _Work:
    """What is to be read again, and which rows of the other side's tables go by SQL."""

    lists: set[str] = field(default_factory=set)
    parents: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    gone: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def sweep(self, list_name: str, parent: str) -> None:
        """Has one parent's list read again."""
        self.lists.add(list_name)
        self.parents[list_name.partition(".")[0]].add(parent)


def sweep_affected(
    pipeline: dlt.Pipeline,
    sql: Client,
    session: ReadSession,
    rows: Iterable[RelationRow],
    *,
    run_id: str,
    is_undo: bool = False,
) -> int:
    """Brings the tables of related lists in line with relations that were removed or added.

    Of a relation's two lists the dataset reads one or both, or none. One that is derived follows
    by itself. Where both are read, the list that the rows name is read again, and of the other the
    removed rows are taken out by SQL, which costs no call.

    Args:
        pipeline: Into the dataset.
        sql: An open client of the dataset.
        session: The client and the outcomes.
        rows: The relations.
        run_id: What the sweeps are noted under.
        is_undo: Relations were added, so that both lists have to be read.

    Returns:
        How many rows are of lists that the dataset reads, but whose records it does not know.

    Raises:
        ZohoCrmError: Zoho could not be asked; what was read before is kept.
    """
    ways = read_ways(sql)
    known, unknown = resolve_ids(sql, [row for row in rows if _is_loaded(row, ways)])
    work = _divide(known.values(), ways, is_undo=is_undo)
    for table, pairs in work.gone.items():
        _take_out(sql, table, sorted(pairs))
    if work.parents:
        parents: Mapping[str, Sequence[str]] = {m: sorted(ids) for m, ids in work.parents.items()}
        sweep_parents(pipeline, session, parents, run_id=run_id, lists=sorted(work.lists))
    return len(unknown)


def _is_loaded(row: RelationRow, ways: Mapping[str, WayRow]) -> bool:
    return any(_is_read(name, ways) for name in _names(row))


def _names(row: RelationRow) -> list[str]:
    relation = row.relation
    if relation is None:
        return []
    mirror = find_mirror(relation)
    return [relation.name, *([mirror.name] if mirror else [])]


def _is_read(name: str, ways: Mapping[str, WayRow]) -> bool:
    return name in ways and ways[name].way == "read"


def _divide(rows: Iterable[RelationRow], ways: Mapping[str, WayRow], *, is_undo: bool) -> _Work:
    work = _Work()
    for row in rows:
        own, *other = _names(row)
        if _is_read(own, ways):
            work.sweep(own, row.record)
        for mirror in other:
            if not _is_read(mirror, ways):
                continue
            table = ways[mirror].table_name
            if _is_read(own, ways) and not is_undo and table:
                work.gone[table].add((row.related_record, row.record))
            else:
                work.sweep(mirror, row.related_record)
    return work


def _take_out(client: Client, table: str, pairs: Sequence[tuple[str, str]]) -> None:
    qualified = client.make_qualified_table_name(table)
    for parent, related in pairs:
        run_update(
            client, f"DELETE FROM {qualified} WHERE parent_id = %s AND id = %s", parent, related
        )
