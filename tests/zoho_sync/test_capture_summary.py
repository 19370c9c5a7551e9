"""What one capture did, in sentences: which day is told of what is gone and of what waits."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from zoho_crm.evidence import DeletedParent
from zoho_sync.capture_report import CaptureReport
from zoho_sync.capture_summary import show_captures
from zoho_sync.terminal import Output

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def shown(report: CaptureReport) -> list[str]:
    stream = io.StringIO()
    show_captures(report, Output(stream))
    return stream.getvalue().splitlines()


def parent(due_in_days: float | None) -> DeletedParent:
    due_at = None if due_in_days is None else NOW + due_in_days * DAY
    return DeletedParent("Tasks", "1", NOW - 9 * DAY, "Call", purge_due_at=due_at)


@pytest.mark.parametrize(
    ("due_in_days", "day"),
    [
        (14, "deleted for ever before its time, its purge was due 2026-04-14 only"),
        (0.5, "purge due 2026-04-01"),  # Zoho's own purge may come some hours early
        (-1, "purge due 2026-03-30"),
        (None, "deleted 2026-03-22"),
    ],
)
def test_what_was_emptied_out_of_the_bin_is_told_from_what_zoho_purged(
    due_in_days: float | None, day: str
) -> None:
    assert shown(CaptureReport(NOW, missed=[parent(due_in_days)])) == [
        "Missed: gone for ever before they could be captured: 1.",
        f"- Tasks Call, {day}",
    ]


def test_what_waits_has_its_purge_before_it() -> None:
    assert shown(CaptureReport(NOW, waiting=[parent(14)])) == [
        "Waiting for the next audit: 1.",
        "- Tasks Call, purge due 2026-04-14",
    ]
