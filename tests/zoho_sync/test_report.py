"""The report of a run, as people read it."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from zoho_crm.exceptions import ZohoBudgetError, ZohoPermissionError
from zoho_crm.outcomes import ResourceOutcome
from zoho_sync.exit_codes import ExitCode
from zoho_sync.report import show_report
from zoho_sync.run_report import ResourceReport, RunReport
from zoho_sync.terminal import Output
from zoho_sync.verdict import verdict_on

if TYPE_CHECKING:
    from zoho_crm.outcomes import OutcomeName

STARTED = datetime(2026, 3, 30, 7, tzinfo=UTC)
REFUSED = ZohoPermissionError("Salaries: the profile may not read it.", code="NO_PERMISSION")


def _resource(
    name: str, rows: int = 0, outcome: OutcomeName = "done", **facts: Any
) -> ResourceReport:
    ended = ResourceOutcome(name, name.lower(), rows=rows, **facts)
    ended.end(outcome, facts.get("error"))
    return ResourceReport(ended, calls=2, credits=2, seconds=0.5)


def _shown(*resources: ResourceReport, **facts: Any) -> str:
    report = RunReport(
        run_id="r",
        dataset="zoho_crm",
        destination="duckdb",
        location="zoho.duckdb",
        started_at=STARTED,
        ended_at=STARTED + timedelta(seconds=75),
        resources=list(resources),
        **{"message": "Up to date.", "calls": 9, **facts},
    )
    stream = io.StringIO()
    show_report(report, Output(stream))
    return stream.getvalue()


def test_what_was_loaded_is_a_table_and_the_totals_come_last() -> None:
    text = _shown(_resource("Leads", 1200, watermark=STARTED), _resource("Deals", 7))

    lines = text.splitlines()
    assert lines[0].split()[:3] == ["resource", "rows", "calls"]
    assert lines[1].split()[:5] == ["Leads", "1,200", "2", "2", "0.5"]
    assert "2026-03-30 07:00:00Z" in lines[1]
    assert lines[-1] == "Up to date. 1,207 rows, 9 calls, 1 min 15 s."


def test_forty_unchanged_modules_take_one_line() -> None:
    unchanged = [_resource(f"Module_{number}") for number in range(40)]

    text = _shown(_resource("Leads", 3), *unchanged)

    assert "Unchanged: 40 resources (80 calls)." in text
    assert "Module_7" not in text
    assert len(text.splitlines()) < 8


def test_calls_for_related_lists_are_not_those_of_unchanged_modules() -> None:
    behind = _resource("Products.Cases", outcome="behind", is_compared=True)

    text = _shown(
        _resource("Leads"),
        _resource("Accounts.Contacts", is_compared=True),
        _resource("Deals.Contact_Roles"),
        behind,
    )

    assert text.splitlines()[:3] == [
        "Unchanged: 1 resource (2 calls).",
        "Related lists compared with Zoho's: 2 lists (4 calls).",
        "Related lists read without finding a row: 1 list (2 calls).",
    ]


def test_nothing_changed_shows_no_table() -> None:
    assert _shown(_resource("Leads")).startswith("Unchanged: 1 resource (2 calls).")


def test_what_was_not_loaded_says_why_with_zohos_code_losses_first() -> None:
    text = _shown(
        _resource("Salaries", outcome="skipped", error=REFUSED),
        _resource("Widgets", outcome="skipped", error=REFUSED, was_readable=True),
    )

    missing = [line for line in text.splitlines() if line.startswith("- ")]
    assert missing == [
        "- Widgets: Salaries: the profile may not read it. [NO_PERMISSION]",
        "- Salaries: the profile may not read it. [NO_PERMISSION]",
    ]


def test_a_resource_that_is_only_partly_loaded_stands_in_both_places() -> None:
    text = _shown(_resource("Leads", 400, outcome="limit"), exit_code=ExitCode.LIMIT)

    assert "Leads" in text.splitlines()[1]
    assert "- Leads: the calls of this run were used up before the end; the next run goes" in text


def test_one_reason_of_many_resources_is_one_line_with_their_names() -> None:
    spent = ZohoBudgetError("The limit of 3 calls is reached; the next run goes on.")
    limited = [_resource(f"Module_{number}", outcome="limit", error=spent) for number in range(25)]

    text = _shown(_resource("Leads", outcome="limit"), *limited, _resource("X", outcome="limit"))

    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines[0] == (
        "- Leads, X: the calls of this run were used up before the end; the next run goes on."
    )
    assert lines[1].startswith("- Module_0, Module_1, Module_10, ")
    assert lines[1].endswith(", Module_9: The limit of 3 calls is reached; the next run goes on.")
    assert len(lines) == 2
    assert verdict_on([each.outcome for each in limited])[1] == (
        "The limit of calls is reached; the next run goes on with Module_0, Module_1, Module_2, "
        "Module_3, Module_4, Module_5, Module_6, Module_7 and 17 more."
    )


def test_values_that_did_not_fit_and_characters_replaced_are_counted() -> None:
    text = _shown(
        _resource("Deals", 3, misfits=Counter({"amount": 2, "age": 1}), replaced_characters=5)
    )

    assert "Deals: 2 values did not fit the column amount and are kept as text" in text
    assert "amount__raw" in text
    assert "Deals: 1 value did not fit the column age and is kept as text in age__raw." in text
    assert "5 characters" in text


def test_notes_packages_and_credits_are_told() -> None:
    text = _shown(
        _resource("Deals", 3, notes=["read by tokens."]),
        notes=["A package was loaded first."],
        packages=3,
        credits_remaining=4321,
    )

    assert "A package was loaded first." in text
    assert "Deals: read by tokens." in text
    assert text.splitlines()[-1].endswith("3 packages, 4,321 API credits left today.")


@pytest.mark.parametrize(
    ("code", "rows", "is_futile"),
    [
        (ExitCode.UNAVAILABLE, 0, True),
        (ExitCode.UNAVAILABLE, 5, False),
        (ExitCode.PARTIAL, 0, False),
        (ExitCode.DONE, 0, False),
    ],
)
def test_a_run_is_futile_when_it_failed_before_it_loaded_anything(
    code: ExitCode, rows: int, *, is_futile: bool
) -> None:
    report = RunReport("r", "d", "duckdb", "f", STARTED, resources=[_resource("Leads", rows)])
    report.exit_code = code

    assert report.is_futile is is_futile
