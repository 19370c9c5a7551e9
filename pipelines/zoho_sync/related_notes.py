"""What a run tells of its related lists: once a list, with counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zoho_destinations.due_parents import ParentTable, count_never_swept
from zoho_destinations.list_ways import WayRow, read_ways, write_way
from zoho_destinations.related_sweeps import read_sweep_facts

from .durations import format_duration
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoho_crm.outcomes import OutcomeName, ResourceOutcome
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

    from .related_budget import RelatedBudget
    from .related_plan import PlannedList
    from .related_sweeping import Sweeper

_NAMED: Final = 4
"""Lists that a sentence names."""
_SENTENCES: Final = {
    "hidden": "the layouts of {parents} do not show it",
    "refused": "Zoho refused it for {parents}",
    "gone": "{parents} had gone meanwhile",
    "changing": "it changed faster than it could be read for {parents}; the next run tries again",
}


def note_what_lists_gave(
    session: ReadSession,
    client: Client,
    lists: Sequence[PlannedList],
    sweeper: Sweeper,
    budget: RelatedBudget,
) -> None:
    """Ends the outcome of each list, and keeps which lists are refused as a whole."""
    known = read_ways(client)
    end = _end_of_all(sweeper, budget)
    behind: list[PlannedList] = []
    readings: list[datetime] = []
    for one in lists:
        if one.table is None or one.parent is None:
            continue
        outcome = session.outcome_of(one.name, one.table.name)
        refusal = sweeper.knowledge[one.related_list.module].refusals.get(one.related_list.api_name)
        swept, oldest = read_sweep_facts(client, one.related_list.module, one.related_list.api_name)
        outcome.was_readable = outcome.was_readable or swept > 0
        _note_parents(outcome, one.name, sweeper)
        way = known.get(one.name) or WayRow(name=one.name, way="read")
        if refusal is not None:
            reason = f"{one.name}: {refusal.error}"
            code = refusal.error.code if refusal.error else None
            write_way(client, replace(way, refused_at=session.now, code=code, reason=reason))
            outcome.end("skipped", refusal.error)
            continue
        if way.refused_at is not None and sweeper.tallies[one.name]:
            write_way(client, replace(way, refused_at=None, code=None, reason=None))
        behind.append(one)
        readings += [oldest] if oldest else []
        outcome.end("partial" if sweeper.tallies[one.name]["changing"] else end)
    if sweeper.is_cut and budget.is_spent:
        _note_what_is_left(session, client, behind, min(readings, default=None))


def note_waiting(session: ReadSession, names: Sequence[str]) -> None:
    """Says which lists are not derived yet, because they were not compared with Zoho's."""
    if names:
        session.outcome_of("related_lists", "related_lists").note(
            "Not there yet, because calls (related.max_calls) or rows are missing to compare them "
            f"with Zoho's lists first: {_some(names)}; the next runs go on."
        )


def note_never_checked(session: ReadSession, names: Sequence[str]) -> None:
    """Says which lists are derived although they were never compared with Zoho's."""
    if names:
        session.outcome_of("related_lists", "related_lists").note(
            "Derived, but never compared with Zoho's lists, because related.max_calls is 0: "
            f"{_some(names)}."
        )


def _some(names: Sequence[str]) -> str:
    shown = [*names[:_NAMED]]
    if len(names) > _NAMED:
        shown.append(count_of(len(names) - _NAMED, "more list"))
    return ", ".join(shown)


def _note_parents(outcome: ResourceOutcome, name: str, sweeper: Sweeper) -> None:
    for kind, sentence in _SENTENCES.items():
        count = sweeper.tallies[name][kind]
        if count:
            code = sweeper.codes.get((name, kind))
            said = sentence.format(parents=count_of(count, "parent"))
            outcome.note(f"{said[0].upper()}{said[1:]}{f' [{code}]' if code else ''}.")


def _end_of_all(sweeper: Sweeper, budget: RelatedBudget) -> OutcomeName:
    """How far the sweeps came.

    That related.max_calls is spent is no more than a note: a large organisation takes many runs,
    each of which does what it was asked for.
    """
    if sweeper.is_complete:
        return "done"
    if budget.is_run_spent:
        return "limit"
    return "done" if budget.is_spent else "stopped"


def _note_what_is_left(
    session: ReadSession, client: Client, behind: Sequence[PlannedList], oldest: datetime | None
) -> None:
    """Says how far the calls reached: parents that were never read, and the oldest reading."""
    missing = {one.name: _count_never(client, one) for one in behind}
    most = sorted((n for n in missing if missing[n]), key=lambda n: (-missing[n], n))
    facts = [f"{name} ({count_of(missing[name], 'parent')})" for name in most[:_NAMED]]
    if len(most) > _NAMED:
        facts.append(count_of(len(most) - _NAMED, "more list"))
    sentence = "The calls for related lists (related.max_calls) are used up"
    if facts:
        sentence += f"; not read yet: {', '.join(facts)}"
    if oldest is not None and session.now is not None:
        seconds = max(0.0, (session.now - oldest).total_seconds())
        sentence += f"; the oldest reading is {format_duration(seconds)} old"
    session.outcome_of("related_lists", "related_lists").note(f"{sentence}.")


def _count_never(client: Client, one: PlannedList) -> int:
    parent = one.parent
    if parent is None:
        return 0
    table = ParentTable(parent.module.api_name, parent.table_name, parent.has_modified_time, ())
    return count_never_swept(client, table, one.related_list.api_name)
