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

from .case_articles import URGENT_DAYS, build_cases, build_others, is_urgent
from .case_wording import tell_amounts, to_words
from .html_tables import build_table, show_minute, table_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from zoho_destinations.case_files import CaseFile, CaseFiles

    from .case_report import CaseReport

_PEOPLE_SHOWN: Final = 10
_NOT_TOLD: Final = "not told by Zoho"
# What is folded on the screen is open on paper.
_SCRIPT: Final = (
    "addEventListener('beforeprint',function(){"
    "document.querySelectorAll('details').forEach(function(d){d.open=true})});"
)


def write_page(report: CaseReport, path: str) -> None:
    """Writes the page, in place of whatever the file held.

    Raises:
        ZohoConfigError: The file can't be written.
    """
    try:
        Path(path).write_text(build_page(report), "utf-8")
    except OSError as error:
        advice = "that exists" if not Path(path).parent.is_dir() else "that you may write"
        raise ZohoConfigError(
            f"--html {path} can't be written ({error.strerror}): name a file in a folder {advice}."
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
        cases="\n".join(build_cases(with_something, currency)),
        others=build_others(others),
        footer=_footer(report),
        script=_SCRIPT,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}",
    )


def _read(name: str) -> str:
    return (files("zoho_sync") / "html" / name).read_text("utf-8")


def _has_something(case: CaseFile) -> bool:
    return bool(case.related or case.amount or case.also_in_bin)


def _subtitle(report: CaseReport, found: CaseFiles | None) -> str:
    if found is None:
        return escape(report.message)
    return (
        f"Deletions in the CRM and what hung on them, as of {show_minute(found.as_of)}. "
        f"{escape(report.message)}"
    )


# the top


def _tiles(report: CaseReport, currency: str | None) -> Iterator[str]:
    in_bin = [case for case in report.cases if case.state == "in_bin"]
    urgent = [case for case in in_bin if is_urgent(case)]
    yield _tile(f"{len(in_bin):,}", "can still be restored")
    kind = " urgent" if urgent else ""
    yield _tile(f"{len(urgent):,}", f"of them for less than {URGENT_DAYS} days", kind)
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
    shown = [person for person, _ in counts.most_common(_PEOPLE_SHOWN)]
    groups = {person: {person} for person in shown}
    left = counts.keys() - shown
    if left:
        groups[f"and {len(left):,} more"] = left
    rows = [_people_row(name, people, cases, currency) for name, people in groups.items()]
    headings = (("who", ""), ("deletions", "number"), ("hung on them", "number"),
                ("at stake", "number"))  # fmt: skip
    table = build_table(headings, rows, stacks=True)
    return f'<section class="sheet"><h3>Who deleted</h3>{table}</section>'


def _people_row(
    name: str, people: Collection[str], cases: Sequence[CaseFile], currency: str | None
) -> str:
    own = [case for case in cases if (case.deleted_by or _NOT_TOLD) in people]
    sums = ", ".join(
        f'<span class="whole">{escape(tell_amounts({module: amount}, currency))}</span>'
        for module, amount in _sum_by_module(own).items()
    )
    cells = (
        ("who", escape(name), ""),
        ("deletions", f"{len(own):,}", "number"),
        ("records that hung on them", f"{sum(case.related for case in own):,}", "number"),
        ("at stake", f"<span>{sums}</span>" if sums else "", "number"),
    )
    return table_row(cells)


def _footer(report: CaseReport) -> str:
    anchor = escape(str(report.head))
    return (
        "<p>Amounts are in the organisation's currency, by each record's own exchange rate. They "
        "are not added up over modules: a quote is of a deal, an invoice of both."
        f"{_counted(report.files)}</p>"
        "<p>The evidence behind this page is chained by hashes. This is where the chain ended; "
        "kept elsewhere, it proves later that nothing was altered or removed "
        "(<code>zoho-sync audit --check --anchor &hellip;</code>):</p>"
        f'<p class="mono anywhere">{anchor}</p>'
    )


def _counted(found: CaseFiles | None) -> str:
    told = [
        f"{escape(' or '.join(map(to_words, names)))} of {_lower(module)}"
        for module, names in (found.counted_fields if found else {}).items()
    ]
    return f" What counts is {', '.join(told)}." if told else ""
