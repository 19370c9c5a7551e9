"""One record in full."""

from __future__ import annotations

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from zoho_simulator.fields import field

UNKNOWN = "6000000000009999999"


def test_a_record_has_all_fields_and_no_info(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Last_Name": "Ito", "First_Name": "Jun"})
    body = api.get(f"Contacts/{contact}").json()
    assert list(body) == ["data"]
    shown = body["data"][0]
    fields = api.organization.module("Contacts").fields
    assert set(shown) == {*fields, "$has_more"}
    assert shown["Full_Name"] == "Jun Ito"
    truth = api.simulator.records("Contacts")[contact]
    assert truth == {k: v for k, v in shown.items() if k != "$has_more"}


def test_fields_may_be_chosen_without_a_limit(api: Api) -> None:
    contact = api.organization.create("Contacts", {"Last_Name": "Ito"})
    names = ",".join(["Last_Name", *(f"F{n}" for n in range(60))])
    shown = api.get(f"Contacts/{contact}", fields=names).json()["data"][0]
    assert (shown["id"], shown["Last_Name"]) == (contact, "Ito")
    assert "Full_Name" not in shown


def test_subform_rows_are_embedded_and_move_the_parents_time(api: Api) -> None:
    quote = api.organization.create("Quotes", {"Subject": "Q"})
    api.simulator.clock.advance(seconds=60)
    line = api.organization.create("Quoted_Items", {"Parent_Id": quote, "Quantity": 3})
    shown = api.get(f"Quotes/{quote}").json()["data"][0]
    assert shown["Modified_Time"] == "2026-03-30T09:01:00+02:00"
    assert [(row["id"], row["Quantity"]) for row in shown["Quoted_Items"]] == [(line, 3)]
    assert shown["Quoted_Items"][0]["Parent_Id"] == {"name": "Q", "id": quote}
    assert shown["$has_more"] == {"Quoted_Items": False}
    api.organization.delete("Quoted_Items", line)
    assert api.get(f"Quotes/{quote}").json()["data"][0]["Quoted_Items"] == []


def test_taxes_of_a_line_are_in_no_list(api: Api) -> None:
    api.organization.add_field("Quoted_Items", field("Line_Tax", "line_tax"))
    quote = api.organization.create("Quotes", {"Subject": "Q"})
    tax = [{"name": "VAT", "percentage": 10, "value": 3}]
    line = api.organization.create("Quoted_Items", {"Parent_Id": quote, "Line_Tax": tax})
    [listed] = api.get("Quoted_Items", fields="Line_Tax,Quantity").json()["data"]
    assert "Line_Tax" not in listed
    assert api.get(f"Quoted_Items/{line}").json()["data"][0]["Line_Tax"] == tax


def test_too_many_rows_are_cut_and_that_is_said(start: Start) -> None:
    api = start(max_embedded_rows=2)
    quote = api.organization.create("Quotes", {"Subject": "Q"})
    for quantity in range(3):
        api.organization.create("Quoted_Items", {"Parent_Id": quote, "Quantity": quantity})
    shown = api.get(f"Quotes/{quote}").json()["data"][0]
    assert len(shown["Quoted_Items"]) == 2
    assert shown["$has_more"] == {"Quoted_Items": True}


def test_a_multi_select_lookup_shows_the_links(api: Api) -> None:
    account = api.organization.create("Accounts", {"Account_Name": "A"})
    vendor = api.organization.create("Vendors", {"Vendor_Name": "V"})
    link = api.organization.create("Accounts_X_Vendors", {"Account": account, "Vendor": vendor})
    shown = api.get(f"Accounts/{account}").json()["data"][0]
    assert shown["Suppliers"] == [{"id": link, "Vendor": {"name": "V", "id": vendor}}]


@pytest.mark.parametrize("status", [204, 400, 404])
def test_an_unknown_id(start: Start, status: int) -> None:
    reply = start(unknown_id_status=status).get(f"Contacts/{UNKNOWN}")
    if status == 204:
        assert (reply.status_code, reply.content) == (204, b"")
    else:
        assert error_of(reply) == (status, "INVALID_DATA", {"resource_path_index": 1})


@pytest.mark.parametrize(("status", "code"), [(404, "INVALID_URL_PATTERN"), (400, "INVALID_DATA")])
def test_text_in_place_of_an_id(start: Start, status: int, code: str) -> None:
    reply = start(text_id_status=status).get("Contacts/nobody")
    assert error_of(reply)[:2] == (status, code)


def test_a_number_that_is_no_id(api: Api) -> None:
    assert error_of(api.get("Contacts/42")) == (400, "INVALID_DATA", {"resource_path_index": 1})


def test_counting_needs_no_fields(api: Api) -> None:
    assert api.get("Leads/actions/count").json() == {"count": 0}
    api.organization.create("Leads", {"Last_Name": "A"})
    api.organization.create("Leads", {"Last_Name": "B", "Converted__s": True})
    assert api.get("Leads/actions/count").json() == {"count": 1}
    assert api.get("Leads/actions/count", converted="both").json() == {"count": 2}
    mixed = api.get("Leads/actions/count", email="a@b.example", word="x")
    assert error_of(mixed)[1] == "AMBIGUITY_DURING_PROCESSING"
    assert error_of(api.get("Leads/actions/count", converted="no"))[1] == "PATTERN_NOT_MATCHED"
