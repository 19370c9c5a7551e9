"""A list of records refuses what Zoho refuses, and shows what Zoho shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho_simulator.api import Api, Start, add_contacts, error_of


def test_fields_are_mandatory(api: Api) -> None:
    missing = (400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    assert error_of(api.get("Contacts")) == missing
    assert error_of(api.get("Contacts", fields="")) == missing


def test_more_than_fifty_fields_are_refused(api: Api) -> None:
    add_contacts(api.organization, 1)
    fifty = ",".join(f"F{n}" for n in range(50))
    assert api.get("Contacts", fields=fifty).status_code == 200
    refused = error_of(api.get("Contacts", fields=fifty + ",F50"))
    assert refused == (400, "LIMIT_EXCEEDED", {"limit": 50, "param_name": "fields"})


def test_the_id_is_always_there_and_unknown_fields_are_left_out(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Last_Name": "Ito"})
    assert api.rows("Contacts", fields="Nonsense") == [{"id": contact}]
    assert api.rows("Contacts", fields="Amount,Last_Name") == [
        {"id": contact, "Amount": None, "Last_Name": "Ito"}
    ]


def test_unknown_fields_may_be_refused_and_keys_with_a_dollar_too(start: Start) -> None:
    add_contacts((api := start(unknown_field="refused")).organization, 1)
    refused = (400, "INVALID_DATA", {"param_name": "fields"})
    assert error_of(api.get("Contacts", fields="Last_Name,Nonsense")) == refused
    assert api.get("Contacts", fields="id,Last_Name,$approval_state").status_code == 200
    api.simulator.change_settings({"meta_key_in_fields": "refused"})
    assert error_of(api.get("Contacts", fields="Last_Name,$approval_state")) == refused


def test_an_empty_module_answers_204_without_a_body(api: Api) -> None:
    reply = api.get("Contacts", fields="id")
    assert (reply.status_code, reply.content) == (204, b"")


def test_info_has_the_documented_members(api: Api) -> None:
    add_contacts(api.organization, 3)
    info = api.get("Contacts", fields="id", per_page=2).json()["info"]
    assert {k: v for k, v in info.items() if "token" not in k} == {
        "call": False, "email": False, "per_page": 2, "count": 2, "page": 1,
        "sort_by": "id", "sort_order": "desc", "more_records": True,
    }  # fmt: skip
    assert info["page_token_expiry"] == "2026-03-31T09:00:00+02:00"
    assert len(info["next_page_token"]) <= 500
    last = api.get("Contacts", fields="id", per_page=2, page=2).json()["info"]
    assert (last["more_records"], last["next_page_token"]) == (False, None)
    assert last["page_token_expiry"] is None
    assert last["previous_page_token"]


def test_an_unknown_module_is_refused(api: Api) -> None:
    unknown = (400, "INVALID_MODULE", {"resource_path_index": 0})
    assert error_of(api.get("Nothing", fields="id")) == unknown


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("NO_PERMISSION", (403, "NO_PERMISSION", {"permissions": ["Crm_Implied_View_Vendors"]})),
        ("INVALID_MODULE", (400, "INVALID_MODULE", {"resource_path_index": 0})),
        ("NOT_SUPPORTED", (400, "NOT_SUPPORTED", {"resource_path_index": 0})),
    ],
)
def test_a_module_may_be_listed_and_not_readable(api: Api, refusal: str, expected: Any) -> None:
    api.organization.change_module("Vendors", refusal=refusal)
    assert error_of(api.get("Vendors", fields="id")) == expected
    assert error_of(api.get("Vendors/6000000000001000000")) == expected


def test_notes_are_for_administrators(start: Start) -> None:
    api = start()
    api.organization.create("Notes", {"Note_Title": "Call"})
    assert len(api.rows("Notes", fields="Note_Title")) == 1
    api.simulator.settings.user_is_admin = False
    assert error_of(api.get("Notes", fields="Note_Title"))[:2] == (403, "NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"sort_by": "Last_Name"}, ("INVALID_DATA", "sort_by")),
        ({"sort_order": "up"}, ("PATTERN_NOT_MATCHED", "sort_order")),
        ({"converted": "maybe"}, ("PATTERN_NOT_MATCHED", "converted")),
        ({"per_page": "201"}, ("INVALID_DATA", "per_page")),
        ({"per_page": "0"}, ("INVALID_DATA", "per_page")),
        ({"page": "x"}, ("INVALID_DATA", "page")),
        ({"ids": "abc"}, ("INVALID_DATA", "ids")),
        ({"cvid": "1"}, ("INVALID_DATA", "cvid")),
        ({"page_token": "garbage"}, ("INVALID_DATA", "page_token")),
    ],
)
def test_bad_parameters_are_named(
    api: Api, params: dict[str, Any], expected: tuple[str, str]
) -> None:
    status, code, details = error_of(api.get("Contacts", fields="id", **params))
    assert (status, code, details["param_name"]) == (400, *expected)


def test_sorting_is_by_id_created_or_modified_time(api: Api) -> None:
    first = api.organization.create("Contacts", {}, created_time=3_000, modified_time=9_000)
    second = api.organization.create("Contacts", {}, created_time=2_000, modified_time=8_000)
    for sort_by, ascending in (
        ("id", [first, second]),
        ("Created_Time", [second, first]),
        ("Modified_Time", [second, first]),
    ):
        for sort_order, ids in (("asc", ascending), ("desc", ascending[::-1])):
            rows = api.rows("Contacts", fields="id", sort_by=sort_by, sort_order=sort_order)
            assert [row["id"] for row in rows] == ids
    assert [row["id"] for row in api.rows("Contacts", fields="id")] == [second, first]
    api.simulator.settings.sort_ignored = True
    rows = api.rows("Contacts", fields="id", sort_by="Modified_Time", sort_order="asc")
    assert [row["id"] for row in rows] == [second, first]


def test_a_module_without_modified_time_is_not_sorted_by_it(api: Api) -> None:
    api.organization.create("Rates", {"Name": "USD"})
    details = error_of(api.get("Rates", fields="id", sort_by="Modified_Time"))[2]
    assert details["supported_values"] == ["id", "Created_Time"]
    row = api.rows("Rates", fields="id,Created_Time,Modified_Time", sort_by="id")[0]
    assert "Modified_Time" not in row
    # Assumed: such a module disregards the header.
    header = {"If-Modified-Since": "2030-01-01T00:00:00+00:00"}
    assert api.get("Rates", headers=header, fields="id").status_code == 200


def test_converted_leads_come_only_when_asked_for(api: Api) -> None:
    kept = api.organization.create("Leads", {"Last_Name": "Kept"})
    gone = api.organization.create("Leads", {"Last_Name": "Gone", "Converted__s": True})
    for params, ids in (
        ({}, [kept]),
        ({"converted": "false"}, [kept]),
        ({"converted": "true"}, [gone]),
        ({"converted": "both"}, [gone, kept]),
        ({"ids": f"{kept},{gone}"}, [kept]),
    ):
        assert [row["id"] for row in api.rows("Leads", fields="id", **params)] == ids
    api.organization.update("Leads", kept, {"Converted__s": True})
    assert api.get("Leads", fields="id").status_code == 204


def test_ids_choose_records_and_unknown_ones_are_left_out(api: Api) -> None:
    ids = add_contacts(api.organization, 3)
    rows = api.rows("Contacts", fields="id", ids=f"{ids[0]},6000000000009999999,{ids[2]}")
    assert [row["id"] for row in rows] == [ids[2], ids[0]]
    assert api.get("Contacts", fields="id", ids="6000000000009999999").status_code == 204
    many = ",".join(str(6_000_000_000_001_000_000 + n) for n in range(101))
    assert error_of(api.get("Contacts", fields="id", ids=many))[1] == "LIMIT_EXCEEDED"


def test_subforms_and_multiselect_lookups_are_not_in_lists(api: Api) -> None:
    api.organization.create("Quotes", {"Subject": "Q"})
    api.organization.create("Accounts", {"Account_Name": "A"})
    assert "Quoted_Items" not in api.rows("Quotes", fields="Subject,Quoted_Items")[0]
    assert "Suppliers" not in api.rows("Accounts", fields="Account_Name,Suppliers")[0]


def test_rich_text_is_cut_at_500_characters(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Notes_HTML": "ü" * 501})
    assert api.rows("Contacts", fields="Notes_HTML")[0]["Notes_HTML"] == "ü" * 500
    single = api.get(f"Contacts/{contact}").json()["data"][0]
    assert single["Notes_HTML"] == "ü" * 501


def test_hidden_records_are_not_there(api: Api) -> None:
    ids = add_contacts(api.organization, 2)
    api.organization.hide("Contacts", ids[0])
    assert [row["id"] for row in api.rows("Contacts", fields="id")] == [ids[1]]
    assert api.get(f"Contacts/{ids[0]}").status_code == 204
    assert list(api.simulator.records("Contacts")) == [ids[1]]
    before = api.simulator.records("Contacts", include_hidden=True)[ids[0]]["Modified_Time"]
    api.organization.show("Contacts", ids[0])
    assert api.simulator.records("Contacts")[ids[0]]["Modified_Time"] == before
    assert len(api.rows("Contacts", fields="id")) == 2


def test_territories_are_for_some_modules(api: Api) -> None:
    reply = error_of(api.get("Vendors", fields="id", territory_id="1"))
    assert reply[1] == "INVALID_MODULE"
    assert error_of(api.get("Contacts", fields="id", territory_id="1"))[1] == "INVALID_DATA"
