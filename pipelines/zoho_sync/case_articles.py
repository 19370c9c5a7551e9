"""Case files in HTML: an article each, or a line where nothing is known to have hung on it."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING, Final

from .case_wording import describe_state, tell_amount, tell_lists, to_words
from .html_tables import build_table, show_day, show_minute, table_row
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zoho_destinations.case_files import CaseFile, CaseList, CaseRecord

URGENT_DAYS: Final = 7
_RECORDS_SHOWN: Final = 50
_AMOUNTS_SHOWN: Final = 3
_OUTCOMES: Final = {
    "none": "empty",
    "refused": "refused by Zoho",
    "truncated": "cut: more than Zoho gives",
    "not_askable": "cannot be asked for",
}


def is_urgent(case: CaseFile) -> bool:
    """Whether Zoho purges the record within days."""
    return case.days_left is not None and case.days_left < URGENT_DAYS


def build_cases(cases: Sequence[CaseFile], currency: str | None) -> Iterator[str]:
    """Yields an article for each case in which something hung on the record."""
    if cases:
        yield "<h2>Deletions with something on them</h2>"
    for case in cases:
        urgent = " urgent" if is_urgent(case) else ""
        yield (
            f'<article class="case{urgent}"><header><h3>{escape(case.name or case.id)} '
            f'<span class="soft small">{escape(to_words(case.module))}</span></h3>'
            f"{_pill(case)}</header>"
            f'<p class="soft small">{_who_and_when(case)}</p>'
            f"{''.join(_remarks(case, currency))}{_lists(case, currency)}</article>"
        )


def _pill(case: CaseFile) -> str:
    kind = "urgent" if is_urgent(case) else case.state
    return f'<span class="pill {kind}">{escape(describe_state(case))}</span>'


def _who_and_when(case: CaseFile) -> str:
    by = f" by {escape(case.deleted_by)}" if case.deleted_by else ", by whom Zoho does not tell"
    return (
        f"Deleted {show_minute(case.deleted_time)}{by} &middot; "
        f'<span class="mono anywhere">{escape(case.id)}</span>'
    )


def _remarks(case: CaseFile, currency: str | None) -> Iterator[str]:
    if case.amount:
        yield f"<p>Worth <b>{escape(tell_amount(case.amount, currency))}</b> itself.</p>"
    yield f"<p>{_what_can_be_done(case)}</p>"
    if case.also_in_bin:
        told = ", ".join(
            f"{escape(to_words(module))} {number:,}" for module, number in case.also_in_bin.items()
        )
        yield f"<p>In the bin too, and pointing to it: {told}.</p>"
    if case.is_missed:
        yield "<p>It left the bin before its lists were captured; what hung on it is not known.</p>"
    elif case.captured_at is None:
        yield "<p>Not captured yet: run <code>zoho-sync audit</code>.</p>"
    elif case.lists_known == "none":
        yield "<p>What hung on it is not known: Zoho told of none of its lists what they hold.</p>"


def _what_can_be_done(case: CaseFile) -> str:
    if case.state == "restored":
        return "Restored: nothing is lost."
    if case.state == "gone":
        again = " The records below can be linked to another one by their ids." * bool(case.related)
        return f"Gone for ever.{again}"
    until = f" until {show_minute(case.purge_due_at)}" if case.purge_due_at else ""
    return f"Can be restored in Zoho{until}; what points to it then does so again."


def _lists(case: CaseFile, currency: str | None) -> str:
    has_money = any(each.amount for each in case.held)
    rows = [_list_row(each, currency, has_money=has_money) for each in case.held]
    headings = [("what hung on it", ""), ("records", "number")]
    headings += [("at stake", "number")] * has_money
    table = build_table(headings, rows) if rows else ""
    return f"{table}{_other_lists(case)}"


def _list_row(each: CaseList, currency: str | None, *, has_money: bool) -> str:
    amount = tell_amount(each.amount, currency) if each.amount else ""
    remarks = []
    if each.outcome == "truncated":
        remarks.append("Zoho gives no more")
    if each.now < len(each.records):
        remarks.append(f"{each.now:,} at the last look")
    told = f' <span class="soft">({"; ".join(remarks)})</span>' if remarks else ""
    shown = "".join(
        f"<li>{_record(record, currency)}</li>" for record in each.records[:_RECORDS_SHOWN]
    )
    left = len(each.records) - _RECORDS_SHOWN
    more = f'<li class="soft">and {left:,} more</li>' if left > 0 else ""
    name = (
        f"<details><summary>{escape(to_words(each.name))}{told}</summary>"
        f'<ul class="small">{shown}{more}</ul></details>'
    )
    cells = [("", name, ""), ("records", f"{len(each.records):,}", "number")]
    cells += [("at stake", escape(amount), "number")] * has_money
    return table_row(cells)


def _record(record: CaseRecord, currency: str | None) -> str:
    name = "erased on request" if record.is_erased else record.name or "without a name"
    amount = f", {escape(_amounts(record, currency))}" if record.worth.amounts else ""
    return f'{escape(name)}{amount} <span class="soft mono anywhere">{escape(record.id)}</span>'


def _amounts(record: CaseRecord, currency: str | None) -> str:
    """What it is worth; where nothing says so, what its currency fields hold, by name."""
    if record.amount is not None:
        return tell_amount(record.amount, currency)
    shown = [
        f"{to_words(name)} {tell_amount(each.value, record.worth.currency or currency)}"
        for name, each in record.worth.amounts.items()
        if each.value
    ]
    return ", ".join(shown[:_AMOUNTS_SHOWN])


def _other_lists(case: CaseFile) -> str:
    """What was asked in vain, so that silence is not taken for absence."""
    by_outcome: defaultdict[str, list[str]] = defaultdict(list)
    for each in case.lists:
        if not each.records:
            code = f" ({escape(each.code)})" if each.code and each.outcome == "refused" else ""
            told = _OUTCOMES.get(each.outcome, each.outcome)
            by_outcome[told].append(f"{escape(to_words(each.name))}{code}")
    if not by_outcome:
        return ""
    items = "".join(
        f"<li>{escape(told)}: {', '.join(sorted(names))}</li>" for told, names in by_outcome.items()
    )
    number = count_of(sum(map(len, by_outcome.values())), "other list")
    return f'<details class="small"><summary>{number}</summary><ul>{items}</ul></details>'


def build_others(cases: Sequence[CaseFile]) -> str:
    """The cases in which nothing did, a line each; then those of which that is not known."""
    empty = [case for case in cases if _is_known_empty(case)]
    unknown = [case for case in cases if not _is_known_empty(case)]
    return (
        f"{_lines('Deletions with nothing on them', empty)}"
        f"{_lines('Deletions of which it is not known what hung on them', unknown)}"
    )


def _is_known_empty(case: CaseFile) -> bool:
    """Whether what Zoho told of its lists was nothing."""
    return case.captured_at is not None and not case.is_missed and case.lists_known != "none"


def _lines(heading: str, cases: Sequence[CaseFile]) -> str:
    if not cases:
        return ""
    headings = (("record", ""), ("module", ""), ("deleted", ""), ("by", ""), ("state", ""))
    rows = [
        table_row(
            (
                ("record", escape(case.name or case.id), ""),
                ("module", escape(to_words(case.module)), ""),
                ("deleted", show_day(case.deleted_time), ""),
                ("by", escape(case.deleted_by or ""), ""),
                ("state", f"<span>{_pill(case)}{_why_bare(case)}</span>", ""),
            )
        )
        for case in cases
    ]
    table = build_table(headings, rows, stacks=True)
    return f'<h2>{heading}</h2><section class="sheet">{table}</section>'


def _why_bare(case: CaseFile) -> str:
    told = tell_lists(case)
    return f' <span class="soft small">{told}</span>' if told != "nothing" else ""
