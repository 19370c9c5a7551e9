"""What `deleted_records` says is what the flags say, and a second look touches nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_destinations.tables import create, create_table, insert, read, table_schema
from zoho_destinations.deleted_records import COLUMNS, fill_creators
from zoho_destinations.deletion_flags import FLAGS, add_flag_columns, refresh_deletion_flags
from zoho_destinations.statements import run_update

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

LEADS = table_schema("Leads")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIVE = (None, None, None, None)


def day(number: int) -> datetime:
    return datetime(2026, 1, number, 10, 30, tzinfo=UTC)


def deletion(record_id: str, number: int | None, **facts: Any) -> dict[str, Any]:
    return {
        "module": "Leads",
        "id": record_id,
        "deleted_time": number and day(number),
        "type": "recycle",
        "deleted_by__id": "u1",
        "deleted_by__name": "Ada",
        "first_seen_at": day(20),
        **facts,
    }


def flags(client: Client, table: str = "leads") -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in read(client, table, "id", *FLAGS)}


def refresh(client: Client, as_of: datetime = NOW) -> dict[str, int]:
    """Refreshes, and makes sure that a second time touches nothing."""
    touched = refresh_deletion_flags(client, [LEADS], as_of=as_of)
    assert refresh_deletion_flags(client, [LEADS], as_of=as_of) == {}
    return touched


@pytest.fixture
def leads(client: Client) -> Client:
    rows = [{"id": str(n), "modified_time": day(1)} for n in range(1, 4)]
    create_table(client, LEADS, *rows)
    create(client, "deleted_records", COLUMNS)
    return client


def test_without_deleted_records_the_flags_are_there_and_empty(client: Client) -> None:
    create_table(client, LEADS, {"id": "1"})
    assert refresh(client) == {}
    assert flags(client) == {"1": LIVE}


def test_a_module_without_a_table_is_left_for_later(client: Client) -> None:
    create(client, "deleted_records", COLUMNS, deletion("1", 5))
    assert refresh(client) == {}


def test_a_deleted_record_carries_type_time_and_who(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads) == {"1": LIVE, "2": ("recycle", day(5), "u1", "Ada"), "3": LIVE}


def test_deletions_of_other_modules_and_unknown_records_change_nothing(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("1", 5, module="Contacts"))
    insert(leads, "deleted_records", deletion("99", 5))
    assert refresh(leads) == {}


def test_a_merge_that_empties_the_flags_is_made_good(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5))
    refresh(leads)
    run_update(leads, "UPDATE zoho_crm.leads SET _deleted_type = NULL, _deleted_time = NULL")
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == ("recycle", day(5), "u1", "Ada")


def test_the_newest_open_deletion_wins(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5))
    refresh(leads)
    permanent = {"type": "permanent", "deleted_by__id": None, "deleted_by__name": None}
    insert(leads, "deleted_records", deletion("2", 9, **permanent))
    insert(leads, "deleted_records", deletion("2", None, type="not_visible"))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == ("permanent", day(9), None, None)


def test_of_two_deletions_at_one_time_the_more_final_wins(leads: Client) -> None:
    for kind in ("not_visible", "permanent", "recycle"):
        insert(leads, "deleted_records", deletion("2", 5, type=kind))
    refresh(leads)
    assert flags(leads)["2"][0] == "permanent"


def test_a_restored_record_is_live_again(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5))
    refresh(leads)
    run_update(leads, "UPDATE zoho_crm.deleted_records SET restored_at = %s", day(6))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == LIVE


def test_deleted_restored_and_deleted_again_is_deleted(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5, restored_at=day(6)))
    insert(leads, "deleted_records", deletion("2", 8, deleted_by__name="Bob"))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == ("recycle", day(8), "u1", "Bob")


def test_a_record_changed_after_its_deletion_is_live_again(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", 5))
    refresh(leads)
    run_update(leads, "UPDATE zoho_crm.leads SET modified_time = %s WHERE id = '2'", day(7))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == LIVE


def test_a_deleted_record_dated_in_the_future_stays_deleted(leads: Client) -> None:
    future = datetime(2099, 1, 1, tzinfo=UTC)
    run_update(leads, "UPDATE zoho_crm.leads SET modified_time = %s WHERE id = '2'", future)
    insert(leads, "deleted_records", deletion("2", 5))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"][0] == "recycle"


def test_a_deletion_without_time_counts_from_when_it_was_seen(leads: Client) -> None:
    insert(leads, "deleted_records", deletion("2", None, type="not_visible"))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == ("not_visible", None, "u1", "Ada")
    run_update(leads, "UPDATE zoho_crm.leads SET modified_time = %s WHERE id = '2'", day(21))
    assert refresh(leads) == {"leads": 1}
    assert flags(leads)["2"] == LIVE


def test_a_record_without_modified_time_stays_deleted(leads: Client) -> None:
    run_update(leads, "UPDATE zoho_crm.leads SET modified_time = NULL WHERE id = '2'")
    insert(leads, "deleted_records", deletion("2", 5))
    refresh(leads)
    assert flags(leads)["2"][0] == "recycle"


def test_a_module_without_modified_time_follows_the_deletions_alone(client: Client) -> None:
    notes = table_schema("Notes", has_modified_time=False)
    create_table(client, notes, {"id": "1"})
    create(client, "deleted_records", COLUMNS, deletion("1", 5, module="Notes"))
    assert refresh_deletion_flags(client, [notes], as_of=NOW) == {"notes": 1}
    assert refresh_deletion_flags(client, [notes], as_of=NOW) == {}
    assert flags(client, "notes")["1"][0] == "recycle"


def test_flag_columns_are_added_once(client: Client) -> None:
    create_table(client, LEADS)
    for _ in range(2):
        add_flag_columns(client, ["leads", "missing"])
    assert flags(client) == {}


def test_the_creator_is_filled_from_the_row_of_what_lies_in_the_bin(client: Client) -> None:
    people = {"id": "text", "created_by__id": "text", "created_by__name": "text"}
    create(client, "leads", people)
    for number in ("1", "2", "3"):
        row = {"id": number, "created_by__id": "u2", "created_by__name": "Bo"}
        insert(client, "leads", row)
    create(client, "deleted_records", COLUMNS)
    told = {"created_by__id": "u3", "created_by__name": "Cleo"}
    for each in (deletion("1", 3), deletion("2", 3, **told), deletion("3", 3, type="permanent")):
        insert(client, "deleted_records", each)
    tables = {"Leads": "leads", "Notes": "notes"}
    assert fill_creators(client, tables) == 1
    assert fill_creators(client, tables) == 0
    found = read(client, "deleted_records", "id", "created_by__id", "created_by__name")
    assert sorted(found) == [("1", "u2", "Bo"), ("2", "u3", "Cleo"), ("3", None, None)]
