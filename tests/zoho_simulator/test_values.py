"""How values are shown: exactly, in the caller's zone, and as the switches say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from zoho_simulator.fields import field
from zoho_simulator.schema_acts import retype_field

if TYPE_CHECKING:
    from tests.zoho_simulator.api import Api, Start


def test_amounts_are_exact(api: Api) -> None:
    exact = Decimal("123456789012345678.12")
    contact = api.organization.create("Contacts", {"Amount": exact})
    for path in ("Contacts?fields=Amount", f"Contacts/{contact}"):
        text = api.get(path).text
        assert '"Amount":123456789012345678.12' in text
        assert json.loads(text, parse_float=Decimal)["data"][0]["Amount"] == exact
    assert api.organization.records("Contacts")[contact]["Amount"] == exact


def test_nul_and_half_a_surrogate_are_escapes(api: Api) -> None:
    text = "a\u0000b \ud83d c\u00fc\U0001f44d"
    api.organization.create("Contacts", {"Last_Name": text, "Amount": Decimal("0.10")})
    reply = api.get("Contacts", fields="Last_Name,Amount")
    assert b"\\u0000b \\ud83d c" in reply.content
    assert b'"Amount":0.10' in reply.content
    assert reply.json()["data"][0]["Last_Name"] == text


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", ["2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"]),
        ("Asia/Kolkata", ["2026-03-29T06:29:59+05:30", "2026-03-29T06:30:00+05:30"]),
        ("Europe/London", ["2026-03-29T00:59:59+00:00", "2026-03-29T02:00:00+01:00"]),
        ("UTC", ["2026-03-29T00:59:59+00:00", "2026-03-29T01:00:00+00:00"]),
    ],
)
def test_times_have_the_offset_of_the_callers_zone(
    start: Start, zone: str, expected: list[str]
) -> None:
    api = start(user_time_zone=zone)
    summer = datetime(2026, 3, 29, 1, tzinfo=UTC)
    for instant in (summer - timedelta(seconds=1), summer):
        api.organization.create("Contacts", {"Seen": instant}, modified_time=instant)
    rows = api.rows("Contacts", fields="Seen,Modified_Time,Created_Time", sort_order="asc")
    assert [row["Modified_Time"] for row in rows] == expected
    assert [row["Seen"] for row in rows] == expected
    assert [row["Created_Time"] for row in rows] == expected


def test_a_user_of_another_zone_sees_other_offsets(api: Api) -> None:
    api.organization.create("Contacts", {})
    tokyo = api.organization.add_user("K", "N", email="k@b.example", time_zone="Asia/Tokyo")
    refresh = api.simulator.tokens.new_refresh_token(int(tokyo))
    api.token = api.refresh(refresh_token=refresh.value)["access_token"]
    row = api.rows("Contacts", fields="Modified_Time")[0]
    assert row["Modified_Time"] == "2026-03-30T16:00:00+09:00"


def test_a_renamed_account_is_renamed_everywhere_and_nothing_else_moves(api: Api) -> None:
    account = api.organization.create("Accounts", {"Account_Name": "Old"})
    api.organization.create("Contacts", {"Account_Name": account})
    before = api.rows("Contacts", fields="Account_Name,Modified_Time")[0]
    assert before["Account_Name"] == {"name": "Old", "id": account}
    api.simulator.clock.advance(seconds=60)
    api.organization.update("Accounts", account, {"Account_Name": "New"})
    after = api.rows("Contacts", fields="Account_Name,Modified_Time")[0]
    assert after == {**before, "Account_Name": {"name": "New", "id": account}}


def test_a_renamed_user_is_renamed_everywhere(api: Api) -> None:
    api.organization.create("Contacts", {})
    owner = api.rows("Contacts", fields="Owner")[0]["Owner"]
    api.organization.change_user(owner["id"], last_name="Forest")
    assert api.rows("Contacts", fields="Owner")[0]["Owner"]["name"] == "Ada Forest"


@pytest.mark.parametrize(("reading", "shown"), [("display", "Power"), ("actual", "Energy")])
def test_which_value_of_a_renamed_picklist_entry_is_shown(
    start: Start, reading: str, shown: str
) -> None:
    api = start(picklist_value=reading)
    api.organization.create("Accounts", {"Industry": "Energy"})
    api.organization.rename_option("Accounts", "Industry", actual="Energy", display="Power")
    assert api.rows("Accounts", fields="Industry")[0]["Industry"] == shown


@pytest.mark.parametrize("reading", ["dangling", "null"])
def test_what_a_lookup_to_a_deleted_record_shows(start: Start, reading: str) -> None:
    api = start(deleted_lookup=reading)
    account = api.organization.create("Accounts", {"Account_Name": "A"})
    api.organization.create("Contacts", {"Account_Name": account})
    api.rows("Contacts", fields="Account_Name")
    api.organization.delete("Accounts", account)
    shown = api.rows("Contacts", fields="Account_Name")[0]["Account_Name"]
    assert shown == ({"name": "A", "id": account} if reading == "dangling" else None)


@pytest.mark.parametrize("reading", ["sibling", "embedded"])
def test_where_the_module_of_a_multi_module_lookup_stands(start: Start, reading: str) -> None:
    api = start(multi_module_lookup=reading)
    account = api.organization.create("Accounts", {"Account_Name": "A"})
    about = {"id": account, "module": "Accounts"}
    api.organization.create("Tasks", {"Subject": "T", "What_Id": about})
    api.organization.create("Tasks", {"Subject": "U"})
    nothing, something = api.rows("Tasks", fields="What_Id,$se_module")
    assert (nothing["What_Id"], nothing["$se_module"]) == (None, None)
    assert something["$se_module"] == "Accounts"
    assert (something["What_Id"]["name"], something["What_Id"]["id"]) == ("A", account)
    assert ("module" in something["What_Id"]) == (reading == "embedded")
    assert "$se_module" not in api.rows("Tasks", fields="What_Id")[0]


@pytest.mark.parametrize(("reading", "shown"), [("null", None), ("list", [])])
def test_what_an_empty_multi_select_shows(
    start: Start, reading: str, shown: list[str] | None
) -> None:
    api = start(empty_list=reading)
    api.organization.create("Contacts", {})
    assert api.rows("Contacts", fields="Topics")[0]["Topics"] == shown
    api.organization.create("Contacts", {"Topics": ["A", "B"]})
    assert api.rows("Contacts", fields="Topics")[0]["Topics"] == ["A", "B"]


def test_a_formula_drifts_without_modified_time(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Amount": 1})
    before = api.rows("Contacts", fields="Modified_Time,Amount")[0]
    api.simulator.clock.advance(seconds=60)
    api.organization.update("Contacts", contact, {"Amount": 2}, keep_time=True)
    assert api.rows("Contacts", fields="Modified_Time,Amount")[0] == {**before, "Amount": 2}


@pytest.mark.parametrize("keeps", [True, False])
def test_whether_a_restored_record_keeps_its_time(start: Start, keeps: bool) -> None:
    api = start(restore_keeps_time=keeps)
    contact = api.organization.create("Contacts", {"Last_Name": "Back"})
    before = api.organization.records("Contacts")[contact]
    api.organization.delete("Contacts", contact)
    assert api.get("Contacts", fields="id").status_code == 204
    api.simulator.clock.advance(seconds=60)
    api.organization.restore("Contacts", contact)
    after = api.organization.records("Contacts")[contact]
    assert (after["Modified_Time"] == before["Modified_Time"]) is keeps
    assert after["Last_Name"] == "Back"


@pytest.mark.parametrize("keeps", [True, False])
def test_whether_an_import_keeps_old_times(start: Start, keeps: bool) -> None:
    api = start(import_keeps_time=keeps)
    old = datetime(2020, 5, 1, 8, tzinfo=UTC)
    ids = api.organization.import_records("Contacts", [{"Modified_Time": old}])
    shown = api.organization.records("Contacts")[ids[0]]["Modified_Time"]
    assert shown == ("2020-05-01T10:00:00+02:00" if keeps else "2026-03-30T09:00:00+02:00")


@pytest.mark.parametrize(
    ("text", "shown"), [("12", "12"), ("9" * 18, "9" * 18), ("9" * 19, None), ("x", None)]
)
def test_a_field_of_another_type_keeps_what_that_type_holds(
    api: Api, text: str, shown: str | None
) -> None:
    contact = api.organization.create("Contacts", {"Last_Name": text})
    retype_field(api.organization, "Contacts", "Last_Name", "bigint")
    [record] = api.get(f"Contacts/{contact}").json()["data"]
    assert record["Last_Name"] == shown


def test_unknown_fields_are_a_mistake_of_the_test(api: Api) -> None:
    with pytest.raises(ValueError, match="Contacts has no field Lastname"):
        api.organization.create("Contacts", {"Lastname": "X"})


def test_a_value_that_does_not_fit_its_type_is_kept(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Amount": "n/a", "Seen": "soon"})
    row = api.rows("Contacts", fields="Amount,Seen")[0]
    assert row == {"id": contact, "Amount": "n/a", "Seen": "soon"}


def test_a_field_that_takes_the_name_of_one_that_is_gone_has_none_of_its_values(api: Api) -> None:
    org = api.organization
    contacts = [org.create("Contacts", {"Amount": Decimal(number)}) for number in (1, 2)]
    org.delete("Contacts", contacts[1])

    org.remove_field("Contacts", "Amount")
    org.add_field("Contacts", field("Amount", "text"))
    org.restore("Contacts", contacts[1])

    rows = api.rows("Contacts", fields="Amount")
    assert [row["Amount"] for row in rows] == [None, None]
