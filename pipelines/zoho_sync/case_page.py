"""The case files as one HTML page: nothing is loaded from elsewhere, everything is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from decimal import Decimal
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoConfigError

from .case_wording import describe_state, tell_amount, tell_amounts, to_words
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from zoho_destinations.case_files import CaseFile, CaseFiles, CaseList, CaseRecord

    from .case_report import CaseReport

URGENT_DAYS: Final = 7
_RECORDS_SHOWN: Final = 50
_PEOPLE_SHOWN: Final = 10
_NOT_TOLD: Final = "not told by Zoho"
# What is folded on the screen is open on paper.
_SCRIPT: Final = (
    "addEventListener('beforeprint',function(){"
    "document.querySelectorAll('details').forEach(function(d){d.open=true})});"
)
_OUTCOMES: Final = {
    "none": "empty",
    "refused": "refused by Zoho",
    "truncated": "cut: more than Zoho gives",
    "not_askable": "cannot be asked for",
}


def write_page(report: CaseReport, path: str) -> None:
    """Writes the page, in place of whatever the file held.

    Raises:
        ZohoConfigError: The file can't be written.
    """
    try:
        Path(path).write_text(build_page(report), "utf-8")
    except OSError as error:
        raise ZohoConfigError(
            f"--html {path} can't be written ({type(error).__name__}): name a file in a folder "
            "that exists."
        ) from None


def build_page(report: CaseReport) -> str:
    """The whole page."""
    found = report.files
    company = (found.company if found else None) or "Zoho CRM"
    with_something = [case for case in report.cases if _has_something(case)]
    others = [case for case in report.cases if not _has_something(case)]
    currency = found.currency if found else None
    return Template(_read("case_page.html")).substitute(
        title=escape(f"{company}: who lost what"),
        heading=escape(f"{company}: who lost what"),
        subtitle=_subtitle(report, found),
        style=_read("case_page.css").strip(),
        tiles="\n".join(_tiles(report, currency)),
        people=_people(report.cases, currency),
        cases="\n".join(_cases(with_something, currency)),
        others=_others(others),
        footer=_footer(report),
        script=_SCRIPT,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}",
    )


def _read(name: str) -> str:
    return (files("zoho_sync") / "html" / name).read_text("utf-8")


def _has_something(case: CaseFile) -> bool:
    return bool(case.related or case.amount or case.also_in_bin)


def _is_urgent(case: CaseFile) -> bool:
    return case.days_left is not None and case.days_left < URGENT_DAYS


def _subtitle(report: CaseReport, found: CaseFiles | None) -> str:
    if found is None:
        return escape(report.message)
    return (
        f"Deletions in the CRM and what hung on them, as of {_minute(found.as_of)}. "
        f"{escape(report.message)}"
    )


# the top


def _tiles(report: CaseReport, currency: str | None) -> Iterator[str]:
    in_bin = [case for case in report.cases if case.state == "in_bin"]
    urgent = [case for case in in_bin if _is_urgent(case)]
    yield _tile(f"{len(in_bin):,}", "can still be restored")
    is_urgent = " urgent" if urgent else ""
    yield _tile(f"{len(urgent):,}", f"of them for less than {URGENT_DAYS} days", is_urgent)
    yield _tile(f"{sum(case.related for case in report.cases):,}", "records hung on them")
    for module, amount in _sum_by_module(report.cases).items():
        yield _tile(f"{amount:,.0f}", f"{escape(currency or '')} in {_lower(module)}".lstrip())
    missed = sum(case.is_missed for case in report.cases)
    if missed:
        yield _tile(f"{missed:,}", "gone before they were captured")


def _tile(figure: str, label: str, kind: str = "") -> str:
    return f'<div class="tile{kind}"><b>{escape(figure)}</b><span>{label}</span></div>'


def _lower(module: str) -> str:
    return escape(to_words(module).lower())


def _sum_by_module(cases: Iterable[CaseFile]) -> dict[str, Decimal]:
    """Each record counts once, whatever it hung on."""
    amounts: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for case in cases:
        for each in case.lists:
            for record in each.records:
                if record.amount is not None:
                    amounts[record.module or each.name][record.id] = record.amount
    return {module: sum(found.values(), Decimal()) for module, found in sorted(amounts.items())}


def _people(cases: Sequence[CaseFile], currency: str | None) -> str:
    counts = Counter(case.deleted_by or _NOT_TOLD for case in cases)
    if not counts:
        return ""
    rows = []
    for person, number in counts.most_common(_PEOPLE_SHOWN):
        own = [case for case in cases if (case.deleted_by or _NOT_TOLD) == person]
        cells = (
            ("who", escape(person), ""),
            ("deletions", f"{number:,}", "number"),
            ("records that hung on them", f"{sum(case.related for case in own):,}", "number"),
            ("at stake", escape(tell_amounts(_sum_by_module(own), currency)), "number"),
        )
        rows.append(_table_row(cells))
    headings = (("who", ""), ("deletions", "number"), ("hung on them", "number"),
                ("at stake", "number"))  # fmt: skip
    table = _table(headings, rows, stacks=True)
    return f'<section class="sheet"><h3>Who deleted</h3>{table}</section>'


# the cases


def _cases(cases: Sequence[CaseFile], currency: str | None) -> Iterator[str]:
    if cases:
        yield "<h2>Deletions with something on them</h2>"
    for case in cases:
        urgent = " urgent" if _is_urgent(case) else ""
        yield (
            f'<article class="case{urgent}"><header><h3>{escape(case.name or case.id)} '
            f'<span class="soft small">{escape(to_words(case.module))}</span></h3>'
            f"{_pill(case)}</header>"
            f'<p class="soft small">{_who_and_when(case)}</p>'
            f"{''.join(_remarks(case, currency))}{_lists(case, currency)}</article>"
        )


def _pill(case: CaseFile) -> str:
    kind = "urgent" if _is_urgent(case) else case.state
    return f'<span class="pill {kind}">{escape(describe_state(case))}</span>'


def _who_and_when(case: CaseFile) -> str:
    by = f" by {escape(case.deleted_by)}" if case.deleted_by else ", by whom Zoho does not tell"
    return (
        f"Deleted {_minute(case.deleted_time)}{by} &middot; "
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


def _what_can_be_done(case: CaseFile) -> str:
    if case.state == "restored":
        return "Restored: nothing is lost."
    if case.state == "gone":
        again = " The records below can be linked to another one by their ids." * bool(case.related)
        return f"Gone for ever.{again}"
    until = f" until {_minute(case.purge_due_at)}" if case.purge_due_at else ""
    return f"Can be restored in Zoho{until}; what points to it then does so again."


def _lists(case: CaseFile, currency: str | None) -> str:
    has_money = any(each.amount for each in case.held)
    rows = [_list_row(each, currency, has_money=has_money) for each in case.held]
    headings = [("what hung on it", ""), ("records", "number")]
    headings += [("at stake", "number")] * has_money
    table = _table(headings, rows) if rows else ""
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
    return _table_row(cells)


def _record(record: CaseRecord, currency: str | None) -> str:
    name = "erased on request" if record.is_erased else record.name or "without a name"
    amount = f", {escape(tell_amount(record.amount, currency))}" if record.amount else ""
    return f'{escape(name)}{amount} <span class="soft mono anywhere">{escape(record.id)}</span>'


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


def _others(cases: Sequence[CaseFile]) -> str:
    if not cases:
        return ""
    headings = (("record", ""), ("module", ""), ("deleted", ""), ("by", ""), ("state", ""))
    rows = [
        _table_row(
            (
                ("record", escape(case.name or case.id), ""),
                ("module", escape(to_words(case.module)), ""),
                ("deleted", _day(case.deleted_time), ""),
                ("by", escape(case.deleted_by or ""), ""),
                ("state", f"<span>{_pill(case)}{_why_bare(case)}</span>", ""),
            )
        )
        for case in cases
    ]
    table = _table(headings, rows, stacks=True)
    return f'<h2>Deletions with nothing on them</h2><section class="sheet">{table}</section>'


def _why_bare(case: CaseFile) -> str:
    told = "missed" if case.is_missed else "" if case.captured_at else "not captured yet"
    return f' <span class="soft small">{told}</span>' if told else ""


# pieces


def _table(
    headings: Sequence[tuple[str, str]], rows: Sequence[str], *, stacks: bool = False
) -> str:
    """A table; one that stacks has a line for each cell where the screen is narrow."""
    head = "".join(f"<th{_class(kind)}>{escape(heading)}</th>" for heading, kind in headings)
    body = "".join(rows)
    kind = _class("stack" if stacks else "")
    return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _table_row(cells: Sequence[tuple[str, str, str]]) -> str:
    """A row; the content of its cells is escaped already."""
    told = "".join(
        f'<td{_class(kind)} data-label="{escape(label)}">{content}</td>'
        for label, content, kind in cells
    )
    return f"<tr>{told}</tr>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _day(moment: datetime) -> str:
    return f'<span class="whole">{moment:%Y-%m-%d}</span>'


def _minute(moment: datetime) -> str:
    return f'<span class="whole">{moment:%Y-%m-%d %H:%M} UTC</span>'


def _footer(report: CaseReport) -> str:
    anchor = escape(str(report.head))
    return (
        "<p>Amounts are in the organisation's currency, by each record's own exchange rate. They "
        "are not added up over modules: a quote is of a deal, an invoice of both.</p>"
        "<p>The evidence behind this page is chained by hashes. This is where the chain ended; "
        "kept elsewhere, it proves later that nothing was altered or removed "
        "(<code>zoho-sync audit --check --anchor &hellip;</code>):</p>"
        f'<p class="mono anywhere">{anchor}</p>'
    )
