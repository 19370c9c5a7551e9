"""The auditor's views answer their questions, on both destinations, and change only when needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_destinations.tables import create, create_table, field, insert, lookup, table_schema
from zoho_destinations.audit_views import COMMENTS, refresh_audit_views
from zoho_destinations.deleted_records import create_deleted_records
from zoho_destinations.deletion_flags import refresh_deletion_flags
from zoho_destinations.evidence_tables import create_evidence_tables
from zoho_destinations.existing import create_schema
from zoho_destinations.live_views import live_schema
from zoho_destinations.statements import run_update, select
from zoho_destinations.sync_progress import Progress, create_sync_progress, write_progress

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

ACCOUNTS = table_schema("Accounts")
DEALS = table_schema("Deals", *lookup("account_name", "f1", "id", "name"))
FIELDS = {"f1": field("f1", "lookup", "Accounts")}
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def delete(client: Client, record_id: str, when: datetime, **facts: Any) -> None:
    row = {
        "module": "Accounts",
        "id": record_id,
        "deleted_time": when,
        "display_name": f"Account {record_id}",
        "type": "recycle",
        "deleted_by__id": "u1",
        "deleted_by__name": "Ada",
        "first_seen_at": when,
        "purge_due_at": when + timedelta(days=60),
    }
    insert(client, "deleted_records", row | facts)


def capture(client: Client, table: str, key: str, **facts: Any) -> None:
    """Inserts a row of the audit's tables, whose key is a hash in truth."""
    insert(client, f"recycle_bin_{table}", {"capture_id": key, "captured_at": MONDAY, **facts})


def ask(client: Client, view: str, columns: str) -> list[tuple[Any, ...]]:
    return select(client, f"SELECT {columns} FROM zoho_crm_live.{view} ORDER BY 1, 2, 3")


def refresh(client: Client) -> list[str]:
    """Refreshes, and makes sure that a second time touches nothing."""
    touched = refresh_audit_views(client, [ACCOUNTS, DEALS], FIELDS)
    assert refresh_audit_views(client, [ACCOUNTS, DEALS], FIELDS) == []
    return touched


@pytest.fixture
def dataset(client: Client) -> Client:
    """Three accounts with a deal each, as of the end of March."""
    create_schema(client, live_schema(client))
    create_table(client, ACCOUNTS, *({"id": str(n)} for n in (1, 2, 3)))
    create_table(client, DEALS, *({"id": f"d{n}", "account_name__id": str(n)} for n in (1, 2, 3)))
    create_deleted_records(client)
    create_sync_progress(client)
    write_progress(client, "deletions", "bin", Progress(done_at=datetime(2026, 4, 20, tzinfo=UTC)))
    refresh_deletion_flags(client, [ACCOUNTS, DEALS], as_of=MONDAY)
    return client


def test_there_is_a_view_for_each_question_and_none_is_touched_twice(dataset: Client) -> None:
    assert refresh(dataset) == list(COMMENTS)
    create_evidence_tables(dataset)
    assert refresh(dataset) == ["purges_within_14_days", "lost_relations"]


def test_views_made_before_the_modules_follow_them(client: Client) -> None:
    create_schema(client, live_schema(client))
    create_deleted_records(client)
    create_sync_progress(client)
    assert refresh(client) == list(COMMENTS)
    names = {c.name: "varchar" for c in DEALS.columns} | {"modified_time": "timestamptz"}
    create(client, "deals", names, {"id": "d1", "account_name__id": "1"})
    refresh_deletion_flags(client, [DEALS], as_of=MONDAY)
    assert refresh(client) == ["orphaned_references", "lost_relations"]


def test_deletions_are_counted_by_person_and_week(dataset: Client) -> None:
    refresh(dataset)
    delete(dataset, "1", MONDAY)
    delete(dataset, "2", MONDAY + timedelta(days=6), restored_at=MONDAY + timedelta(days=8))
    delete(dataset, "3", MONDAY + timedelta(days=7), left_bin_at=MONDAY + timedelta(days=9))
    delete(dataset, "4", MONDAY, deleted_by__id="u2", deleted_by__name="Bo")
    columns = "week, deleted_by__name, deletions, restored, still_in_bin"
    found = ask(dataset, "deletions_by_person_and_week", columns)
    first, second = MONDAY.date(), MONDAY.date() + timedelta(days=7)
    assert found == [(first, "Ada", 2, 1, 1), (first, "Bo", 1, 0, 1), (second, "Ada", 1, 0, 0)]


def test_what_is_purged_soon_is_shown_with_what_hung_on_it(dataset: Client) -> None:
    delete(dataset, "1", MONDAY)
    delete(dataset, "2", MONDAY + timedelta(days=30))
    refresh(dataset)
    columns = "id, days_left, related_lists, related_records"
    assert ask(dataset, "purges_within_14_days", columns) == [("1", 11, None, None)]

    create_evidence_tables(dataset)
    held = (("Deals", "d1"), ("Deals", "d9"), ("Notes", "n1"), ("Notes", "n1"))
    for number, (name, related) in enumerate(held):
        facts = {"parent_id": "1", "related_list": name, "related_id": related}
        capture(dataset, "related_records", str(number), **facts)
    for name, outcome in (("Deals", "rows"), ("Notes", "rows"), ("Calls", "none")):
        facts = {"parent_id": "1", "related_list": name, "outcome": outcome}
        capture(dataset, "captures", name, deleted_time=MONDAY, **facts)
    refresh(dataset)
    assert ask(dataset, "purges_within_14_days", columns) == [("1", 11, 2, 3)]


def test_a_mass_deletion_is_one_row(dataset: Client) -> None:
    refresh(dataset)
    for number in range(30):
        delete(dataset, f"a{number}", MONDAY + timedelta(minutes=5 * number))
    for number in range(9):
        delete(dataset, f"b{number}", MONDAY + timedelta(days=1, minutes=number))
    columns = "started_at, ended_at, deletions, most_in_an_hour"
    [(start, end, deletions, most)] = ask(dataset, "mass_deletions", columns)
    assert (start, end) == (MONDAY, MONDAY + timedelta(minutes=145))
    assert (deletions, most) == (30, 13)


def test_live_records_that_point_at_a_deleted_one_are_orphans(dataset: Client) -> None:
    refresh(dataset)
    delete(dataset, "1", MONDAY)
    delete(dataset, "1", MONDAY + timedelta(days=2), type="permanent", display_name=None)
    delete(dataset, "2", MONDAY, restored_at=MONDAY)
    delete(dataset, "3", MONDAY)
    run_update(dataset, "UPDATE zoho_crm.deals SET _deleted_type = 'recycle' WHERE id = 'd3'")
    columns = "module, id, field, parent_module, parent_id, parent_name"
    orphan = ("Deals", "d1", "account_name", "Accounts", "1", "Account 1")
    assert ask(dataset, "orphaned_references", columns) == [orphan]
    lost = ask(dataset, "lost_relations", "lost_at, parent_id, related_id, known_from")
    assert lost == [(MONDAY, "1", "d1", "reference")]


def test_captured_relations_are_lost_with_their_parent(dataset: Client) -> None:
    create_evidence_tables(dataset)
    refresh(dataset)
    delete(dataset, "9", MONDAY)
    facts = {"parent_id": "9", "related_list": "Notes", "related_id": "n"}
    capture(dataset, "related_records", "1", **facts)
    lost = ask(dataset, "lost_relations", "lost_at, relation, related_id, known_from")
    assert lost == [(MONDAY, "Notes", "n", "capture")]
