"""Before lists are swept: their tables, the comparison of derived ones, and known refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from zoho_crm import settings
from zoho_crm.exceptions import ZohoUnsupportedError
from zoho_destinations.existing import read_columns
from zoho_destinations.list_tables import drop_list_table, prepare_list_table
from zoho_destinations.list_views import define_derived_list, drop_list_views
from zoho_destinations.list_ways import WayRow, read_ways, write_way
from zoho_destinations.live_views import FLAG
from zoho_destinations.related_sweeps import forget_sweeps, read_sweep_facts

from .derivation import DerivationCheck, needs_comparison
from .related_notes import note_never_checked, note_waiting
from .related_plan import is_checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.related_tables import ListTable
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

    from .derivation import Comparison
    from .related_budget import RelatedBudget
    from .related_plan import PlannedList


def prepare_lists(client: Client, planned: Sequence[PlannedList]) -> None:
    """Makes tables and views give way to each other, and tables hold what will be read.

    A list whose columns changed, or whose table is gone, is swept anew.
    """
    with client.begin_transaction():
        _prepare(client, planned, read_ways(client), read_columns(client))


def _prepare(
    client: Client,
    planned: Sequence[PlannedList],
    known: Mapping[str, WayRow],
    there: Mapping[str, Mapping[str, str]],
) -> None:
    for one in planned:
        before = known.get(one.name) or WayRow(name=one.name, way="")
        if one.table is None:
            _note_way(client, one, before, before.columns)
            continue
        found = there.get(one.table.name)
        is_table = found is not None and FLAG in found  # a view has only what it shows
        if one.way == "derived" and not one.waits and is_table:
            drop_list_views(client)
            drop_list_table(client, one.table.name)
        if one.way == "read":
            if found is not None and not is_table:
                drop_list_views(client)
            _prepare_table(client, one.table, before, found if is_table else None)
        columns = _columns_of(one.table) if one.way == "read" else before.columns
        _note_way(client, one, before, columns)


def _note_way(client: Client, one: PlannedList, before: WayRow, columns: str | None) -> None:
    """Writes how a list is loaded, and why; what was found out about it stays."""
    is_known = before.is_filtered or before.refused_at is not None
    reason = before.reason if is_known and one.way in ("read", "derived") else one.reason
    table = one.table.name if one.table and one.way in ("read", "derived") else before.table_name
    way = "waiting" if one.waits else one.way
    row = replace(before, way=way, reason=reason, table_name=table, columns=columns)
    if row != before:
        write_way(client, row)


def _prepare_table(
    client: Client, table: ListTable, before: WayRow, there: Mapping[str, str] | None
) -> None:
    columns = json.loads(before.columns or "{}")
    wanted = json.loads(_columns_of(table))
    has_other_types = any(columns.get(n, kind) != kind for n, kind in wanted.items())
    if has_other_types and there is not None:
        drop_list_views(client)
        drop_list_table(client, table.name)
        there = None
    if before.columns is not None and (columns != wanted or there is None):
        one = table.related_list
        forget_sweeps(client, one.module, [one.api_name])
    prepare_list_table(client, table, there)


def _columns_of(table: ListTable) -> str:
    return json.dumps({c.name: c.data_type for c in table.schema.columns}, sort_keys=True)


def compare_derived(
    session: ReadSession,
    client: Client,
    planned: Sequence[PlannedList],
    budget: RelatedBudget,
) -> None:
    """Compares derived lists with Zoho's, as long as calls are left for it.

    Those that wait for it come first, at whatever it costs; half of the calls at the most go to
    lists that were compared before and have more parents with rows now.

    Raises:
        ZohoCrmError: Zoho could not be asked.
    """
    known, there = read_ways(client), read_columns(client)
    check = DerivationCheck(session, client, budget)
    waiting: list[PlannedList] = []
    for one in sorted(planned, key=lambda each: not each.waits):
        if one.table is None or one.parent is None or not _is_derived_here(one):
            continue
        way = known.get(one.name) or WayRow(name=one.name, way="derived")
        if not _is_up_to_date(one, session) or (not one.waits and budget.is_half_spent):
            waiting += [one] if one.waits else []
            continue
        query = define_derived_list(client, one.table, one.parent, there)
        if _is_recent(way, session) or not needs_comparison(client, way, query):
            continue
        found = check.compare(one.table, one.parent, query, way)
        if found.is_complete:
            _keep_comparison(session, client, one, found)
        elif one.waits:
            waiting.append(one)
    note_waiting(session, waiting)


def _keep_comparison(
    session: ReadSession, client: Client, one: PlannedList, found: Comparison
) -> None:
    way = found.way
    outcome = session.outcome_of(one.name, one.table.name if one.table else "")
    outcome.is_compared = True
    if found.refusal is not None:
        outcome.note(f"It is derived, but could not be compared: {found.refusal}")
        way = replace(way, refused_at=session.now)
    elif way.is_filtered:
        outcome.note(f"It is read from now on. {way.reason}.")
    if not way.is_filtered:  # one that is read from now on is not done before it is swept
        outcome.end("done")
    write_way(client, way)


def _is_derived_here(one: PlannedList) -> bool:
    """Whether a list of this run is derived from its child's table."""
    # Of two lists that are one relation, Zoho documents that they are.
    return one.way == "derived" and one.is_selected and one.mirror is None


def note_unchecked(session: ReadSession, client: Client, planned: Sequence[PlannedList]) -> None:
    """Says which lists are derived unchecked, because no calls may be made for it."""
    known = read_ways(client)
    note_never_checked(
        session,
        [o.name for o in planned if _is_derived_here(o) and not is_checked(known.get(o.name))],
    )


def _is_up_to_date(one: PlannedList, session: ReadSession) -> bool:
    """Whether this run read the children to their end: what is not loaded yet is no difference."""
    outcomes = [session.outcomes.get(name) for name in one.related_list.child_modules]
    return all(outcome is not None and outcome.outcome == "done" for outcome in outcomes)


def give_up_refused(
    session: ReadSession, client: Client, planned: Sequence[PlannedList]
) -> list[PlannedList]:
    """Gives the lists that this run reads, without those that were refused within the last day."""
    known = read_ways(client)
    wanted = []
    for one in planned:
        if one.way != "read" or not one.is_selected or one.table is None:
            continue
        outcome = session.outcome_of(one.name, one.table.name)
        outcome.is_named = one.is_named
        way = known.get(one.name)
        swept, _ = read_sweep_facts(client, one.related_list.module, one.related_list.api_name)
        outcome.was_readable = swept > 0
        if way is not None and _is_recent(way, session) and not one.is_named:
            outcome.end("skipped", ZohoUnsupportedError(str(way.reason), code=way.code))
        else:
            wanted.append(one)
    return wanted


def _is_recent(way: WayRow, session: ReadSession) -> bool:
    if way.refused_at is None or session.now is None:
        return False
    return (session.now - way.refused_at).total_seconds() < settings.REFUSAL_KEPT_S
