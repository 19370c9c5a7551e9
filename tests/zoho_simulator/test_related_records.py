"""Related records, list by list, as Zoho shows and refuses them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Start, error_of
from tests.zoho_simulator.relations import build_relations, ids_of

if TYPE_CHECKING:
    from zoho_simulator import Organization

UNKNOWN = "6000000000009999999"


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def account(org: Organization) -> str:
    return org.create("Accounts", {"Account_Name": "Alster"})


def add_deals(org: Organization, account: str, count: int) -> list[str]:
    first = org.clock.epoch_s - 100_000
    return [
        org.create("Deals", {"Account_Name": account}, modified_time=first + number)
        for number in range(count)
    ]


def test_children_of_a_lookup(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    deals = add_deals(org, account, 3)
    add_deals(org, org.create("Accounts", {}), 1)
    path = f"Accounts/{account}/Deals"
    body = api.get(path, fields="Deal_Name,Nonsense").json()
    assert body["data"] == [{"id": deal, "Deal_Name": None} for deal in deals[::-1]]
    assert body["info"] == {
        "per_page": 200, "count": 3, "page": 1, "more_records": False, "next_page_token": None,
        "previous_page_token": None, "page_token_expiry": None,
    }  # fmt: skip
    org.delete("Deals", deals[0])
    org.hide("Deals", deals[1])
    assert ids_of(api.get(path, fields="id")) == [deals[2]]
    org.unlink("Accounts", account, "Deals", deals[2])
    assert api.get(path, fields="id").status_code == 204
    org.link("Accounts", account, "Deals", deals[2])
    assert org.related_ids("Accounts", account, "Deals") == [deals[2]]


def test_refusals(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    path = f"Accounts/{account}/Deals"
    missing = (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    assert error_of(api.get(path)) == missing
    many = ",".join(f"F{n}" for n in range(51))
    refused = error_of(api.get(path, fields=many))
    assert refused == (400, "LIMIT_EXCEEDED", {"limit": 50, "param_name": "fields"})
    api.simulator.settings.related_field_limit = False
    assert api.get(path, fields=many).status_code == 204
    no_list = (400, "INVALID_DATA", {"resource_path_index": 2})
    assert error_of(api.get(f"Accounts/{account}/Nothing", fields="id")) == no_list
    no_id = (400, "INVALID_DATA", {"resource_path_index": 1})
    assert error_of(api.get("Accounts/abc/Deals", fields="id")) == no_id
    assert error_of(api.get(f"Nothing/{account}/Deals", fields="id"))[1] == "INVALID_MODULE"
    for param in ("sort_by=Stage", "per_page=201", "page_token=x", "ids=x"):
        refused = error_of(api.get(f"{path}?{param}", fields="id"))
        assert refused[2]["param_name"] == param.split("=")[0]
    refused = error_of(api.get(path, fields="id", page=1, page_token="x"))
    assert refused[1] == "AMBIGUITY_DURING_PROCESSING"
    assert error_of(api.send("PATCH", path))[1] == "INVALID_REQUEST_METHOD"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, (404, "INVALID_DATA", {})), (400, (400, "INVALID_DATA", {"resource_path_index": 1}))],
)
def test_a_parent_that_does_not_exist(
    start: Start, org: Organization, account: str, status: int, expected: Any
) -> None:
    api = start(org, unknown_parent_status=status)
    org.delete("Accounts", account)
    for record_id in (account, UNKNOWN):
        assert error_of(api.get(f"Accounts/{record_id}/Deals", fields="id")) == expected


def test_a_parent_that_does_not_exist_may_be_answered_with_nothing(
    start: Start, org: Organization
) -> None:
    api = start(org, unknown_parent_status=204)
    assert api.get(f"Accounts/{UNKNOWN}/Deals", fields="id").status_code == 204
    assert api.get(f"Accounts/{UNKNOWN}/Deals/{UNKNOWN}").status_code == 204
    assert api.send("DELETE", f"Accounts/{UNKNOWN}/Products?ids={UNKNOWN}").status_code == 404


@pytest.mark.parametrize("paging", ["offset", "cursor"])
def test_more_than_pages_reach_comes_by_token(
    start: Start, org: Organization, account: str, paging: str
) -> None:
    api = start(org, max_discrete_rows=6, paging=paging)
    deals = add_deals(org, account, 11)
    path = f"Accounts/{account}/Deals"
    walked = api.walk(path, fields="id", per_page=3, sort_by="Modified_Time", sort_order="asc")
    assert [row["id"] for page in walked for row in page] == deals
    assert len(api.rows(path, fields="id", per_page=3, page=2)) == 3
    refused = error_of(api.get(path, fields="id", per_page=3, page=3))
    assert refused == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 6})
    token = api.get(path, fields="id", per_page=3).json()["info"]["next_page_token"]
    refused = error_of(api.get(path, fields="Stage", per_page=3, page_token=token))
    assert refused[1] == "TOKEN_BOUND_DATA_MISMATCH"
    api.wait(hours=25)
    refused = error_of(api.get(path, fields="id", per_page=3, page_token=token))
    assert refused[1] == "EXPIRED_VALUE"


def test_a_member_that_leaves_between_pages_shifts_the_rest(
    start: Start, org: Organization, account: str
) -> None:
    api = start(org)
    deals = add_deals(org, account, 6)
    path = f"Accounts/{account}/Deals"
    pages = api.walk(path, fields="id", per_page=3, sort_by="id", sort_order="asc")
    assert [row["id"] for row in next(pages)] == deals[:3]
    org.unlink("Accounts", account, "Deals", deals[0])
    assert [row["id"] for row in next(pages)] == deals[4:]


def test_orders_and_ids(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    first, second, third = add_deals(org, account, 3)
    org.update("Deals", first, {"Stage": "Won"})
    path = f"Accounts/{account}/Deals"
    rows = api.get(path, fields="id", sort_by="Modified_Time", sort_order="asc")
    assert ids_of(rows) == [second, third, first]
    rows = api.get(path, fields="id", sort_by="Created_Time")
    assert ids_of(rows) == [third, second, first]
    chosen = api.get(path, fields="id", ids=f"{first},{third},{UNKNOWN}")
    assert ids_of(chosen) == [third, first]


@pytest.mark.parametrize("reading", ["exclusive", "inclusive"])
def test_related_records_changed_since(
    start: Start, org: Organization, account: str, reading: str
) -> None:
    api = start(org, if_modified_since=reading)
    deals = add_deals(org, account, 3)
    path = f"Accounts/{account}/Deals"
    newest = org.clock.now - timedelta(seconds=100_000 - 2)
    for moment, expected in (
        (newest - timedelta(seconds=1), [deals[2]] if reading == "exclusive" else deals[:0:-1]),
        (newest + timedelta(seconds=1), []),
    ):
        reply = api.get(path, headers={"If-Modified-Since": moment.isoformat()}, fields="id")
        assert (reply.status_code, ids_of(reply)) == (200 if expected else 304, expected)


def test_activities_in_time_order(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    about = {"What_Id": {"id": account, "module": "Accounts"}}
    later = org.clock.now + timedelta(hours=1)
    task = org.create("Tasks", {**about, "Subject": "Call back", "Status": "Open"})
    done = org.create("Tasks", {**about, "Status": "Completed"})
    event = org.create("Events", {**about, "Subject": "Demo", "End_DateTime": later})
    call = org.create("Calls", {**about, "Call_Start_Time": org.clock.now})
    base = f"Accounts/{account}"
    view = "Activities_Chronological_View"
    body = api.get(f"{base}/{view}", fields="Subject,Status,End_DateTime").json()
    assert body["data"] == [
        {"id": event, "Subject": "Demo", "Status": None, "$module": "Events",
         "End_DateTime": "2026-03-30T10:00:00+02:00"},
        {"id": task, "Subject": "Call back", "Status": "Open", "$module": "Tasks"},
    ]  # fmt: skip
    assert "page_token_expiry" not in body["info"]
    assert ids_of(api.get(f"{base}/{view}_History", fields="id")) == [call, done]
    assert ids_of(api.get(f"{base}/Tasks", fields="id")) == [task]
    assert ids_of(api.get(f"{base}/Tasks_History", fields="id")) == [done]
    api.wait(hours=2)
    # Nobody has edited the event; it is over.
    assert ids_of(api.get(f"{base}/Events_History", fields="id")) == [event]
    assert ids_of(api.get(f"{base}/{view}", fields="id")) == [task]


def test_activities_of_a_contact_come_through_who_id(start: Start, org: Organization) -> None:
    api = start(org)
    contact = org.create("Contacts", {})
    about = {"id": contact, "module": "Contacts"}
    task = org.create("Tasks", {"Who_Id": contact, "What_Id": about})
    assert ids_of(api.get(f"Contacts/{contact}/Tasks", fields="id")) == [task]


def test_notes_and_attachments(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    about = {"Parent_Id": {"id": account, "module": "Accounts"}}
    org.create("Notes", {**about, "Note_Title": "Call"})
    attachment = org.create(
        "Attachments",
        {
            **about,
            "File_Name": "offer.pdf",
            "Size": "8123",
            "$file_id": "x1",
            "$type": "Attachment",
        },
    )
    note = api.rows(f"Accounts/{account}/Notes", fields="Note_Title,Parent_Id")[0]
    assert note["Parent_Id"]["id"] == account
    assert note["Parent_Id"]["module"]["api_name"] == "Accounts"
    path = f"Accounts/{account}/Attachments"
    fields = "File_Name,Size,Parent_Id,$file_id,$type,Owner"
    row = api.rows(path, fields=fields)[0]
    assert {name: row[name] for name in fields.split(",")[:5]} == {
        "File_Name": "offer.pdf", "Size": "8123", "Parent_Id": None, "$file_id": "x1",
        "$type": "Attachment",
    }  # fmt: skip
    assert row["id"] == attachment
    api.simulator.change_settings({"attachment_parent": "object", "attachment_size": "number"})
    row = api.rows(path, fields=fields)[0]
    assert (row["Size"], row["Parent_Id"]) == (8123, {"name": "Alster", "id": account})
    assert error_of(api.get("Attachments", fields="id"))[1] == "NOT_SUPPORTED"


def test_stage_history(start: Start, org: Organization) -> None:
    api = start(org)
    deal = org.create("Deals", {})
    org.create("DealHistory", {"Potential_Name": deal, "Stage": "Open"})
    assert api.rows(f"Deals/{deal}/Stage_History", fields="Stage")[0]["Stage"] == "Open"


def test_hidden_lists_and_lists_of_other_layouts(start: Start, org: Organization) -> None:
    api = start(org)
    module = org.module("Deals")
    layout = org.layouts.add(module, "Service")
    standard = org.create("Deals", {})
    service = org.create("Deals", {"Layout": {"name": "Service", "id": layout}})
    for deal in (standard, service):
        org.link("Deals", deal, "Products", org.create("Products", {}))
    refused = (400, "INVALID_DATA", {"resource_path_index": 2})
    org.related_lists.change("Deals", "Products", layouts={"Standard": "user_hidden"})
    assert error_of(api.get(f"Deals/{standard}/Products", fields="id")) == refused
    assert api.get(f"Deals/{service}/Products", fields="id").status_code == 200
    org.related_lists.change("Deals", "Products", status="scheduled_for_deletion", layouts={})
    assert error_of(api.get(f"Deals/{service}/Products", fields="id")) == refused
    with pytest.raises(KeyError):
        org.related_lists.change("Deals", "Nothing", status="visible")


def test_a_list_that_zoho_filters(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    won, lost = (
        org.create("Deals", {"Account_Name": account, "Stage": stage}) for stage in ("Won", "Lost")
    )
    org.related_lists.change("Accounts", "Deals", keeps=lambda values: values["Stage"] != "Lost")
    assert ids_of(api.get(f"Accounts/{account}/Deals", fields="id")) == [won]
    assert lost in org.records("Deals")


def test_lists_that_no_api_reads(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    org.related_lists.add("Accounts", "Dunning", type="custom_function")
    org.related_lists.add("Accounts", "Desk", kind="lookup", modules=("Tickets",))
    unsupported = (400, "NOT_SUPPORTED", {"resource_path_index": 2})
    assert error_of(api.get(f"Accounts/{account}/Dunning", fields="id")) == unsupported
    assert error_of(api.get(f"Accounts/{account}/Desk", fields="id")) == unsupported
    org.change_module("Deals", refusal="NO_PERMISSION")
    refused = error_of(api.get(f"Accounts/{account}/Deals", fields="id"))
    assert refused == (403, "NO_PERMISSION", {"permissions": ["Crm_Implied_View_Deals"]})


@pytest.mark.parametrize(
    ("related_list", "scope"),
    [
        ("Notes", "notes"), ("Attachments", "attachments"), ("Emails", "emails"), ("Deals", None),
    ],
)  # fmt: skip
def test_scopes(
    start: Start, org: Organization, account: str, related_list: str, scope: str | None
) -> None:
    api = start(org)
    path = f"Accounts/{account}/{related_list}"
    api.simulator.settings.granted_scopes = ("ZohoCRM.modules.accounts.READ",)
    assert api.get(path, fields="id").status_code == (401 if scope else 204)
    both = ("ZohoCRM.modules.accounts.READ", f"ZohoCRM.modules.{scope}.READ")
    api.simulator.settings.granted_scopes = both
    assert api.get(path, fields="id").status_code == 204


def test_parents_by_external_id(start: Start, org: Organization) -> None:
    api = start(org)
    account = org.create("Accounts", {"Ext_Account": "A-1"})
    deal = add_deals(org, account, 1)[0]
    header = {"X-EXTERNAL": "Accounts.Ext_Account"}
    assert ids_of(api.get("Accounts/A-1/Deals", headers=header, fields="id")) == [deal]
    refused = error_of(api.get("Accounts/A-2/Deals", headers=header, fields="id"))
    assert refused == (400, "INVALID_DATA", {"api_name": "Ext_Account"})
    wrong = {"X-EXTERNAL": "Accounts.Account_Name"}
    refused = error_of(api.get("Accounts/A-1/Deals", headers=wrong, fields="id"))
    assert refused[2] == {"api_name": "Account_Name"}
    assert error_of(api.get("Accounts/A-1/Deals", fields="id"))[2] == {"resource_path_index": 1}
    org.update("Deals", deal, {"Ext_Deal": "D-1"})
    both = {"X-EXTERNAL": "Accounts.Ext_Account, Deals.Ext_Deal"}
    assert ids_of(api.get("Accounts/A-1/Deals/D-1", headers=both)) == [deal]
