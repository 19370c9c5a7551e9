"""Case files are read from any dataset that has deletions, the most urgent first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.zoho_destinations.tables import create, insert
from zoho_destinations.case_reading import read_cases
from zoho_destinations.existing import create_schema

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

NOW = datetime(2026, 3, 30, 7, tzinfo=UTC)
COLUMNS = {
    **dict.fromkeys(("module", "id", "display_name", "type", "deleted_by__name"), "text"),
    **dict.fromkeys(("deleted_time", "restored_at", "left_bin_at", "purge_due_at"), "timestamptz"),
}


def add_deletion(client: Client, name: str, *, hours_left: float | None, **facts: Any) -> None:
    deleted = NOW - timedelta(days=60) + timedelta(hours=hours_left or 0)
    due = None if hours_left is None else NOW + timedelta(hours=hours_left)
    row = {"module": "Deals", "id": name, "type": "recycle", "deleted_time": deleted.isoformat()}
    insert(client, "deleted_records", {**row, "purge_due_at": due and due.isoformat(), **facts})


def test_the_nearest_purge_comes_first_to_the_second(client: Client) -> None:
    create_schema(client, "zoho_crm")
    create(client, "deleted_records", COLUMNS)
    for name, hours in (("noon", 5.0), ("late", 23.0), ("soon", 0.5), ("day after", 30.0)):
        add_deletion(client, name, hours_left=hours)
    add_deletion(client, "purged", hours_left=-1)
    add_deletion(client, "unknown", hours_left=None)
    add_deletion(client, "back", hours_left=9, restored_at=NOW.isoformat())

    found = [case.id for case in read_cases(client, now=NOW).cases]

    assert found == ["soon", "noon", "late", "day after", "unknown", "purged", "back"]
