"""A run knows whether the one before did all it had to, whatever the clocks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dlt
import pytest

from zoho_destinations.warehouse import build_destination
from zoho_sync.run_ledger import RunLedger
from zoho_sync.run_report import RunReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def ledger(project_dir: Path) -> RunLedger:
    pipeline = dlt.pipeline(
        "ledger",
        destination=build_destination("duckdb", path=project_dir / "zoho.duckdb"),
        dataset_name="zoho_crm",
        pipelines_dir=str(project_dir / "work"),
    )
    return RunLedger(pipeline, "run")


@pytest.fixture
def reports() -> Iterator[RunReport]:
    def make() -> Iterator[RunReport]:
        number = 0
        while True:
            number += 1
            yield RunReport(
                run_id=f"run {number}",
                dataset="zoho_crm",
                destination="duckdb",
                location="zoho.duckdb",
                started_at=NOW,
            )

    return make()


def test_a_kill_is_seen_behind_a_run_whose_clock_was_ahead(
    ledger: RunLedger, reports: Iterator[RunReport]
) -> None:
    ahead, killed, failed, *others = (next(reports) for _ in range(6))
    ahead.started_at = NOW + timedelta(days=1)
    assert not ledger.start(ahead)  # the first ever
    end(ledger, ahead)
    assert ledger.start(killed)

    assert not ledger.start(failed)
    end(ledger, failed, is_finished=False)  # an error came before its tables were finished

    assert [ran(ledger, each) for each in others] == [False, True, True]


def test_a_kill_by_a_clock_that_was_ahead_is_mended_once(
    ledger: RunLedger, reports: Iterator[RunReport]
) -> None:
    killed, *others = (next(reports) for _ in range(4))
    killed.started_at = NOW + timedelta(days=1)
    ledger.start(killed)

    assert [ran(ledger, each) for each in others] == [False, True, True]


def ran(ledger: RunLedger, report: RunReport) -> bool:
    was_finished = ledger.start(report)
    end(ledger, report)
    return was_finished


def end(ledger: RunLedger, report: RunReport, *, is_finished: bool = True) -> None:
    report.ended_at = report.started_at
    ledger.end(report, is_finished=is_finished)
