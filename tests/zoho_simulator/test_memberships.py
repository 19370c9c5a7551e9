"""Memberships: many-to-many relations, contact roles, multi-select lookups."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.zoho_simulator.api import Start, error_of
from tests.zoho_simulator.relations import build_relations, ids_of

if TYPE_CHECKING:
    from zoho_simulator import Organization


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def account(org: Organization) -> str:
    return org.create("Accounts", {"Account_Name": "Alster"})


def test_memberships_have_an_id_and_times_of_their_own(start: Start, org: Organization) -> None:
    api = start(org)
    campaign, lead = org.create("Campaigns", {}), org.create("Leads", {"Last_Name": "Ito"})
    org.clock.advance(minutes=5)
    member = org.link("Campaigns", campaign, "Leads", lead, values={"Member_Status": "Sent"})
    org.clock.advance(minutes=5)
    changed = org.link("Campaigns", campaign, "Leads", lead, values={"Member_Status": "Opened"})
    assert changed == member
    row = api.rows(f"Campaigns/{campaign}/Leads", fields="Last_Name,Member_Status")[0]
    assert row == {
        "id": lead, "Last_Name": "Ito", "Member_Status": "Opened",
        "$member_info": {
            "id": member, "Member_Status": "Opened", "Created_Time": "2026-03-30T09:05:00+02:00",
            "Modified_Time": "2026-03-30T09:10:00+02:00",
        },
    }  # fmt: skip
    other_way = api.rows(f"Leads/{lead}/Campaigns", fields="id")[0]
    assert (other_way["id"], other_way["$member_info"]) == (campaign, row["$member_info"])
    assert "Member_Status" not in other_way
    single = api.get(f"Campaigns/{campaign}/Leads/{lead}").json()
    assert (len(single["data"]), single["data"][0]["Last_Name"]) == (1, "Ito")
    assert "info" not in single
    org.unlink("Leads", lead, "Campaigns", campaign)
    assert api.get(f"Campaigns/{campaign}/Leads", fields="id").status_code == 204
    assert api.get(f"Campaigns/{campaign}/Leads/{lead}").status_code == 404
    again = org.link("Campaigns", campaign, "Leads", lead)
    assert again != member
    with pytest.raises(ValueError, match="does not hold"):
        org.link("Campaigns", campaign, "Leads", lead, values={"list_price": 1})


@pytest.mark.parametrize(
    ("place", "in_row", "in_info"),
    [("member_info", False, True), ("row", True, False), ("both", True, True)],
)
def test_where_the_fields_of_a_membership_stand_is_a_switch(
    start: Start, org: Organization, place: str, in_row: bool, in_info: bool
) -> None:
    api = start(org, member_fields=place)
    book, product = org.create("Price_Books", {}), org.create("Products", {})
    org.link("Price_Books", book, "Products", product, values={"list_price": 12})
    row = api.rows(f"Price_Books/{book}/Products", fields="list_price")[0]
    assert ("list_price" in row, "list_price" in row["$member_info"]) == (in_row, in_info)


def test_converted_leads_are_members_only_when_asked_for(start: Start, org: Organization) -> None:
    api = start(org)
    campaign = org.create("Campaigns", {})
    kept, gone = org.create("Leads", {}), org.create("Leads", {"Converted__s": True})
    for lead in (kept, gone):
        org.link("Campaigns", campaign, "Leads", lead)
    path = f"Campaigns/{campaign}/Leads"
    assert ids_of(api.get(path, fields="id")) == [kept]
    assert ids_of(api.get(path, fields="id", converted="both")) == [gone, kept]
    assert org.related_ids("Campaigns", campaign, "Leads") == [kept, gone]


@pytest.mark.parametrize("reading", ["record", "member"])
def test_which_time_counts_for_members_is_a_switch(
    start: Start, org: Organization, reading: str
) -> None:
    api = start(org, related_modified_time=reading)
    campaign = org.create("Campaigns", {})
    lead = org.create("Leads", {}, modified_time=1_000_000)
    org.link("Campaigns", campaign, "Leads", lead)
    header = {"If-Modified-Since": (org.clock.now - timedelta(minutes=1)).isoformat()}
    reply = api.get(f"Campaigns/{campaign}/Leads", headers=header, fields="id")
    assert reply.status_code == (304 if reading == "record" else 200)


def test_linking_touches_neither_record_unless_the_switch_says_so(
    start: Start, org: Organization
) -> None:
    api = start(org)
    campaign, lead = org.create("Campaigns", {}), org.create("Leads", {})
    org.clock.advance(minutes=1)
    org.link("Campaigns", campaign, "Leads", lead)
    assert org.records("Leads")[lead]["Modified_Time"] == "2026-03-30T09:00:00+02:00"
    api.simulator.settings.link_touches_records = True
    org.unlink("Campaigns", campaign, "Leads", lead)
    assert org.records("Leads")[lead]["Modified_Time"] == "2026-03-30T09:01:00+02:00"
    assert org.records("Campaigns")[campaign]["Modified_Time"] == "2026-03-30T09:01:00+02:00"


@pytest.mark.parametrize("keeps", [True, False])
def test_memberships_of_a_deleted_record(start: Start, org: Organization, keeps: bool) -> None:
    api = start(org, restore_keeps_links=keeps)
    campaign, lead = org.create("Campaigns", {}), org.create("Leads", {})
    org.link("Campaigns", campaign, "Leads", lead)
    org.delete("Leads", lead)
    assert api.get(f"Campaigns/{campaign}/Leads", fields="id").status_code == 204
    org.restore("Leads", lead)
    assert bool(org.related_ids("Campaigns", campaign, "Leads")) is keeps
    org.delete("Campaigns", campaign)
    org.purge("Campaigns", campaign)
    assert api.get(f"Leads/{lead}/Campaigns", fields="id").status_code == 204


@pytest.mark.parametrize("shape", ["object", "number"])
def test_contact_roles(start: Start, org: Organization, shape: str) -> None:
    api = start(org, contact_role=shape)
    deal, contact = org.create("Deals", {}), org.create("Contacts", {"Last_Name": "Ito"})
    values = {"Contact_Role": "Decision Maker"}
    org.link("Deals", deal, "Contact_Roles", contact, values=values)
    row = api.rows(f"Deals/{deal}/Contact_Roles", fields="Last_Name")[0]
    role = row["Contact_Role"]
    if shape == "number":
        assert role > 2**53
    else:
        assert role == {"name": "Decision Maker", "id": "60000000000006871"}
    assert (row["id"], row["Last_Name"]) == (contact, "Ito")
    assert set(row["$member_info"]) == {"id", "Created_Time", "Modified_Time"}


@pytest.mark.parametrize("reading", ["linking", "connected"])
def test_a_multiselect_lookup_shows_one_of_two_things(
    start: Start, org: Organization, account: str, reading: str
) -> None:
    api = start(org, multiselect_rows=reading)
    vendor = org.create("Vendors", {"Vendor_Name": "Cobalt"})
    row_id = org.link("Accounts", account, "Suppliers7", vendor, values={"Since": "2026-01-01"})
    row = api.rows(f"Accounts/{account}/Suppliers7", fields="Vendor,Vendor_Name,Since")[0]
    if reading == "linking":
        vendor_shown = {"name": "Cobalt", "id": vendor}
        assert row == {"id": row_id, "Vendor": vendor_shown, "Since": "2026-01-01"}
    else:
        assert (row["id"], row["Vendor_Name"]) == (vendor, "Cobalt")
        assert row["$member_info"]["id"] == row_id
    org.unlink("Accounts", account, "Suppliers7", vendor)
    assert api.get(f"Accounts/{account}/Suppliers7", fields="id").status_code == 204


def test_a_list_of_2500_members_by_token(start: Start, org: Organization) -> None:
    api = start(org)
    campaign = org.create("Campaigns", {})
    contacts = [org.create("Contacts", {}) for _ in range(2_500)]
    for contact in contacts:
        org.link("Campaigns", campaign, "Contacts", contact)
    path = f"Campaigns/{campaign}/Contacts"
    pages = list(api.walk(path, fields="id", sort_by="id", sort_order="asc"))
    assert [row["id"] for page in pages for row in page] == contacts
    assert len(pages) == 13
    assert len(api.rows(path, fields="id", page=10)) == 200
    refused = error_of(api.get(path, fields="id", page=11))
    assert refused == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000})


def test_what_cannot_be_linked_is_told(org: Organization, account: str) -> None:
    vendor, deal = org.create("Vendors", {}), org.create("Deals", {})
    with pytest.raises(KeyError):
        org.link("Accounts", account, "Products", "6000000000009999999")
    for related_list, other in (("Products", vendor), ("Suppliers7", vendor), ("Deals", deal)):
        with pytest.raises(KeyError):
            org.unlink("Accounts", account, related_list, other)
    for change in (org.link, org.unlink):
        with pytest.raises(ValueError, match="nothing can be"):
            change("Accounts", account, "Tasks", deal)
