"""A look through all rows of a module: which of those in the dataset are gone in Zoho."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from zoho_crm.asking import RecordCalls
from zoho_crm.id_walk import calls_of_walk, walk_ids
from zoho_crm.rereading import read_by_ids
from zoho_crm.row_tables import build_table, zoho_crm_tables
from zoho_destinations.child_rows import count_rows, remove_rows
from zoho_destinations.held_rows import read_held_rows
from zoho_destinations.opening import open_dataset
from zoho_destinations.reopened_row_sets import open_again, read_open
from zoho_destinations.row_sets import count_pending, keep_all_compared
from zoho_destinations.rows_back import note_rows_back, read_gone_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoho_crm.id_walk import WalkedIds
    from zoho_destinations.held_rows import HeldRow
    from zoho_destinations.statements import Client

    from .packages import PackageLoop
    from .row_relations import RowRelation

_SHARE = 20
"""A walk is worth it where more than one record in so many has moved."""


@dataclass(slots=True)
class Findings:
    """What a comparison of the dataset's rows with those met in a walk gave."""

    gone: list[str] = field(default_factory=list)
    """Rows to remove."""
    doubtful: list[str] = field(default_factory=list)
    """Parents to be read alone: they may have been deleted themselves."""


def should_walk(client: Client, relation: RowRelation) -> bool:
    """Whether a walk is cheaper than to read each pending record, and can be paid for."""
    if not relation.is_readable:
        return False
    pending, parents = count_pending(client, relation.tables)
    calls = calls_of_walk(count_rows(client, relation.child.table_name))
    can_be_paid = relation.session.client.budget.allows(calls + 1)
    return pending * _SHARE > parents and calls < pending and can_be_paid


def walk_rows(loop: PackageLoop, relation: RowRelation) -> None:
    """Walks the module, loads rows that were not known, and removes those that are gone.

    Raises:
        ZohoCrmError: As a call fails; nothing was removed then.
    """
    walked = walk_ids(relation.session, relation.child)
    if walked is None:
        relation.outcome.note(f"{relation.row_set.child} changes faster than it can be walked.")
        return
    with open_dataset(loop.pipeline) as client:
        noted = read_gone_rows(client, relation.row_set.child)
        back = [each for each in noted if int(each) in walked.ids]
        held = read_held_rows(client, relation.tables)
        findings = judge(held, walked.ids, are_links=relation.row_set.is_link)
    if walked.ids and not _load_unknown(loop, relation, walked):
        relation.outcome.end("failed")
        relation.outcome.reason = loop.set_aside[-1].sentence
        return
    relation.is_walked = True
    with open_dataset(loop.pipeline) as client, client.begin_transaction():
        alone = [*read_open(client, relation.tables), *findings.doubtful]
        relation.outcome.removed += remove_rows(client, relation.tables, findings.gone)
        started_at = walked.started_at or datetime.now(UTC)
        note_rows_back(client, relation.row_set.child, back, as_of=started_at)
        keep_all_compared(client, relation.tables, compared_at=started_at)
        open_again(client, relation.tables, alone)


def judge(held: Iterable[HeldRow], met: set[int], *, are_links: bool) -> Findings:
    """Tells which rows are gone; takes those that are known out of `met`.

    Subform rows go with a record that is deleted, and come back with it: where none of a record's
    rows was met, or where it did not move, it may not be its rows that were removed.

    Args:
        held: Rows of the dataset, those of one parent together.
        met: Ids that the walk met.
        are_links: Links are records of their own: each is there or not, whatever its parent does.
    """
    findings = Findings()
    for parent_id, group in groupby(held, key=lambda row: row.parent_id):
        rows = list(group)
        unmet = [row for row in rows if int(row.id) not in met]
        met.difference_update(int(row.id) for row in rows)
        missing = [row.id for row in unmet if not row.is_timeless]
        first = rows[0]
        is_whole = first.is_pending and len(unmet) < len(rows)
        if are_links or not first.has_parent or is_whole:
            findings.gone += missing
        elif missing and not first.is_parent_gone and parent_id is not None:
            findings.doubtful.append(parent_id)
    return findings


def _load_unknown(loop: PackageLoop, relation: RowRelation, walked: WalkedIds) -> bool:
    """Loads the rows that the dataset lacks: those that came back with an old time."""
    module = relation.row_set.child
    calls = RecordCalls(relation.session.client, relation.child)
    found = read_by_ids(calls, sorted(map(str, walked.ids)), module=module)
    if not found.rows:
        return True
    table = build_table(relation.session, relation.child, found, relation.rows_outcome)
    return loop.load(zoho_crm_tables([table]))
