"""What a run tells of its related lists: once a list, with counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zoho_destinations.list_ways import WayRow, read_ways, write_way
from zoho_destinations.related_sweeps import read_sweep_facts

from .durations import format_duration
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from zoho_crm.outcomes import OutcomeName, ResourceOutcome
    from zoho_crm.session import ReadSession
    from zoho_destinations.due_parents import WaitingParents
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
    behind: dict[str, WaitingParents] = {}
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
        readings += [oldest] if oldest else []
        waiting = None if sweeper.is_complete else sweeper.count_waiting(one)
        end = _end_of(waiting, budget)
        if sweeper.tallies[one.name]["changing"]:
            outcome.end("partial")
        elif waiting is not None and end == "behind":
            behind[one.name] = waiting
            outcome.end(end, reason=_why_behind(one.name, waiting, _age_s(session, oldest)))
        else:
            outcome.end(end)
    if behind:
        _note_what_is_left(session, behind, _age_s(session, min(readings, default=None)))


def note_waiting(session: ReadSession, lists: Sequence[PlannedList]) -> None:
    """Says which lists are not derived yet, because they were not compared with Zoho's."""
    for one in lists:
        outcome = session.outcome_of(one.name, one.table.name if one.table else "")
        reason = f"{one.name}: it waits to be compared with Zoho's list before it is derived."
        outcome.end("behind", reason=reason)
    if lists:
        session.outcome_of("related_lists", "related_lists").note(
            "Not there yet, because calls (related.max_calls) or rows are missing to compare them "
            f"with Zoho's lists first: {_some([one.name for one in lists])}; the next runs go on."
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


def _end_of(waiting: WaitingParents | None, budget: RelatedBudget) -> OutcomeName:
    """How far the sweeps of one list came.

    That related.max_calls is spent is no failure: a large organisation takes many runs, each of
    which does what it was asked for.
    """
    if waiting is None or not (waiting.never or waiting.again):
        return "done"
    if budget.is_run_spent:
        return "limit"
    return "behind" if budget.is_spent else "stopped"


def _why_behind(name: str, waiting: WaitingParents, oldest_s: float | None) -> str:
    count = waiting.never + waiting.again
    sentence = f"{name}: {count_of(count, 'parent')} wait{'s' if count == 1 else ''} to be read"
    if not waiting.never:
        sentence += " again"
    elif not waiting.again:
        sentence += " for the first time"
    else:
        sentence += f", {waiting.never:,} of them for the first time"
    return f"{sentence}{_oldest(oldest_s)}."


def _note_what_is_left(
    session: ReadSession, behind: Mapping[str, WaitingParents], oldest_s: float | None
) -> None:
    """Says how far the calls reached: parents that were never read, and the oldest reading."""
    never = {name: waiting.never for name, waiting in behind.items() if waiting.never}
    most = sorted(never, key=lambda name: (-never[name], name))
    sentence = "The calls for related lists (related.max_calls) are used up"
    if most:
        facts = [f"{name} ({count_of(never[name], 'parent')})" for name in most]
        sentence += f"; not read yet: {_some(facts)}"
    sentence += _oldest(oldest_s)
    session.outcome_of("related_lists", "related_lists").note(f"{sentence}.")


def _oldest(age_s: float | None) -> str:
    return "" if age_s is None else f"; the oldest reading is {format_duration(age_s)} old"


def _age_s(session: ReadSession, moment: datetime | None) -> float | None:
    if moment is None or session.now is None:
        return None
    return max(0.0, (session.now - moment).total_seconds())
