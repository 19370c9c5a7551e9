"""The ledger holds what a run did while it does it, one row a run and a resource."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from zoho_destinations.existing import read_columns
from zoho_destinations.ledger import (
    ResourceRow,
    RunRow,
    create_ledger,
    read_resources,
    read_runs,
    write_resource,
    write_run,
)
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import dlt

    from zoho_destinations.statements import Client

STARTED = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
RUN = RunRow(
    run_id="r1",
    command="run",
    started_at=STARTED,
    pipeline="zoho_sync_duckdb_zoho_crm",
    host="somewhere",
    pid=42,
)
LEADS = ResourceRow(run_id="r1", resource="Leads", table_name="leads")


@pytest.fixture
def ledger(client: Client) -> Client:
    create_ledger(client)
    return client


def test_a_run_without_an_end_was_killed_or_goes_on(ledger: Client) -> None:
    write_run(ledger, RUN)
    assert read_runs(ledger) == [RUN]
    assert select(ledger, "SELECT run_id FROM zoho_crm.sync_runs WHERE ended_at IS NULL") == [
        ("r1",)
    ]


def test_a_run_that_ends_keeps_its_one_row(ledger: Client) -> None:
    write_run(ledger, RUN)
    ended = replace(
        RUN,
        ended_at=datetime(2026, 3, 29, 1, 0, 1, tzinfo=UTC),
        outcome="partial",
        exit_code=6,
        calls=12,
        credits=13,
        rows=2**40,
        message="Notes: NO_PERMISSION; ask an administrator's leave ✓",
    )
    for _ in range(3):
        write_run(ledger, ended)
    assert read_runs(ledger) == [ended]


def test_resources_are_brought_up_to_date_one_by_one(ledger: Client) -> None:
    contacts = replace(LEADS, resource="Contacts", table_name="contacts")
    done = replace(
        LEADS, rows=200, pages=1, calls=2, credits=2, seconds=0.125, anchor_before=STARTED,
        anchor_after=STARTED, outcome="skipped", code="NO_PERMISSION", reason="may not be read",
    )  # fmt: skip
    for row in (LEADS, contacts, done, done):
        write_resource(ledger, row)
    assert read_resources(ledger, "r1") == [contacts, done]
    assert read_resources(ledger, "r2") == []


def test_the_latest_runs_come_first(ledger: Client) -> None:
    for day in (1, 3, 2):
        write_run(ledger, replace(RUN, run_id=f"r{day}", started_at=STARTED.replace(day=day)))
    assert [row.run_id for row in read_runs(ledger, limit=2)] == ["r3", "r2"]


def test_it_is_created_with_its_dataset_and_only_once(pipeline: dlt.Pipeline) -> None:
    with pipeline.sql_client() as client:
        for _ in range(2):
            create_ledger(client)
        write_run(client, RUN)
        create_ledger(client)
        assert read_runs(client) == [RUN]
        assert list(read_columns(client)) == ["sync_run_resources", "sync_runs"]


def test_times_are_instants(ledger: Client) -> None:
    write_run(ledger, RUN)
    types = read_columns(ledger)["sync_runs"]
    assert {types["started_at"], types["ended_at"]} <= {
        "TIMESTAMP WITH TIME ZONE",
        "timestamp with time zone",
    }
    sql = "SELECT count(*) FROM zoho_crm.sync_runs WHERE started_at = %s"
    assert select(ledger, sql, STARTED) == [(1,)]
