"""Relations are removed and added again, item by item, where Zoho documents it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations

if TYPE_CHECKING:
    import requests

    from zoho_simulator import Organization

UNKNOWN = "6000000000009999999"


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def api(start: Start, org: Organization) -> Api:
    return start(org)


@pytest.fixture
def campaign(org: Organization) -> str:
    return org.create("Campaigns", {"Ext_Campaign": "C-1"})


def add_members(org: Organization, campaign: str, count: int) -> list[str]:
    contacts = [org.create("Contacts", {"Ext_Contact": f"P-{n}"}) for n in range(count)]
    for contact in contacts:
        org.link("Campaigns", campaign, "Contacts", contact, values={"Member_Status": "Sent"})
    return contacts


def remove(api: Api, path: str, **headers: str) -> requests.Response:
    return api.send("DELETE", path, headers=headers)


def put(api: Api, path: str, *items: Any, **headers: str) -> requests.Response:
    return api.send("PUT", path, json={"data": list(items)}, headers=headers)


def codes(reply: requests.Response) -> list[tuple[str, Any]]:
    return [(one["code"], one["details"]) for one in reply.json()["data"]]


def test_many_at_once(api: Api, org: Organization, campaign: str) -> None:
    contacts = add_members(org, campaign, 101)
    path = f"Campaigns/{campaign}/Contacts?ids="
    refused = error_of(remove(api, path + ",".join(contacts)))
    assert refused == (400, "LIMIT_EXCEEDED", {"limit": "100", "param_name": "ids"})
    reply = remove(api, path + ",".join(contacts[:100]))
    assert reply.status_code == 200
    assert reply.json()["data"][0] == {
        "code": "SUCCESS", "details": {"id": contacts[0]}, "message": "relation removed",
        "status": "success",
    }  # fmt: skip
    assert [details["id"] for _, details in codes(reply)] == contacts[:100]
    assert org.related_ids("Campaigns", campaign, "Contacts") == contacts[100:]
    assert set(contacts) <= set(org.records("Contacts"))


def test_one_from_either_side(api: Api, org: Organization, campaign: str) -> None:
    first, second = add_members(org, campaign, 2)
    assert remove(api, f"Campaigns/{campaign}/Contacts/{first}").status_code == 200
    assert remove(api, f"Contacts/{second}/Campaigns/{campaign}").status_code == 200
    assert org.related_ids("Campaigns", campaign, "Contacts") == []


def test_what_is_gone_is_told_and_stops_nothing(api: Api, org: Organization, campaign: str) -> None:
    first, second, hidden = add_members(org, campaign, 3)
    org.unlink("Campaigns", campaign, "Contacts", first)
    org.hide("Contacts", hidden)
    path = f"Campaigns/{campaign}/Contacts"
    reply = remove(api, f"{path}?ids={first},{second},{UNKNOWN},{hidden}")
    assert reply.status_code == 207
    assert codes(reply) == [
        ("INVALID_DATA", {"id": first}), ("SUCCESS", {"id": second}),
        ("INVALID_DATA", {"id": UNKNOWN}), ("INVALID_DATA", {"id": hidden}),
    ]  # fmt: skip
    reply = remove(api, f"{path}?ids={first},{second}")
    assert (reply.status_code, len(codes(reply))) == (400, 2)
    reply = remove(api, f"{path}/{first}")
    assert (reply.status_code, codes(reply)) == (400, [("INVALID_DATA", {"id": first})])
    api.simulator.settings.relation_gone_status = 404
    assert error_of(remove(api, f"{path}/{first}")) == (404, "INVALID_DATA", {})


def test_refusals(api: Api, org: Organization, campaign: str) -> None:
    contact = add_members(org, campaign, 1)[0]
    path = f"Campaigns/{campaign}/Contacts"
    assert error_of(remove(api, path)) == (400, "MANDATORY_NOT_FOUND", {"param_name": "ids"})
    for wrong in (f"{path}?ids={contact},abc", f"{path}/abc"):
        assert error_of(remove(api, wrong)) == (400, "UNABLE_TO_PARSE_DATA_TYPE", {})
    assert org.related_ids("Campaigns", campaign, "Contacts") == [contact]
    refused = error_of(remove(api, f"Campaigns/abc/Contacts/{contact}"))
    assert refused == (400, "INVALID_DATA", {"resource_path_index": 1})
    refused = error_of(remove(api, f"Campaigns/{UNKNOWN}/Contacts/{contact}"))
    assert refused == (404, "INVALID_DATA", {})
    refused = error_of(remove(api, f"Campaigns/{campaign}/Nothing/{contact}"))
    assert refused == (400, "INVALID_DATA", {"resource_path_index": 2})
    assert error_of(remove(api, f"Nothing/{campaign}/Contacts/{contact}"))[1] == "INVALID_MODULE"


@pytest.mark.parametrize(
    ("module", "related_list", "other"),
    [
        ("Accounts", "Deals", "Deals"), ("Deals", "Contact_Roles", "Contacts"),
        ("Accounts", "Suppliers7", "Vendors"), ("Accounts", "Notes", "Notes"),
    ],
)  # fmt: skip
def test_other_relations_are_not_supported(
    api: Api, org: Organization, module: str, related_list: str, other: str
) -> None:
    parent, child = org.create(module, {}), org.create(other, {})
    refused = (400, "NOT_SUPPORTED", {"resource_path_index": 2})
    path = f"{module}/{parent}/{related_list}"
    assert error_of(remove(api, f"{path}/{child}")) == refused
    assert error_of(put(api, path, {"id": child})) == refused


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("NO_PERMISSION",
         (403, "NO_PERMISSION", {"permissions": ["Crm_Implied_Delete_Campaigns"]})),
        ("AUTHORIZATION_FAILED", (400, "AUTHORIZATION_FAILED", {})),
    ],
)  # fmt: skip
def test_a_profile_that_may_not_write(
    api: Api, org: Organization, campaign: str, refusal: str, expected: Any
) -> None:
    contact = add_members(org, campaign, 1)[0]
    org.change_module("Campaigns", write_refusal=refusal)
    assert error_of(remove(api, f"Campaigns/{campaign}/Contacts/{contact}")) == expected
    assert len(api.rows(f"Campaigns/{campaign}/Contacts", fields="id")) == 1


@pytest.mark.parametrize(
    ("scopes", "may_remove", "may_add"),
    [
        (("ZohoCRM.modules.READ",), False, False),
        (("ZohoCRM.modules.ALL",), True, True),
        (("ZohoCRM.modules.campaigns.DELETE",), True, False),
        (("ZohoCRM.modules.campaigns.UPDATE",), False, True),
        (("ZohoCRM.modules.WRITE",), False, True),
        (("ZohoCRM.modules.contacts.ALL",), False, False),
    ],
)
def test_scopes(
    api: Api, org: Organization, campaign: str, scopes: tuple[str, ...],
    may_remove: bool, may_add: bool,
) -> None:  # fmt: skip
    contact = add_members(org, campaign, 1)[0]
    api.simulator.settings.granted_scopes = scopes
    path = f"Campaigns/{campaign}/Contacts"
    for reply, is_allowed in ((put(api, path, {"id": contact}), may_add),
                              (remove(api, f"{path}/{contact}"), may_remove)):  # fmt: skip
        assert reply.status_code == (200 if is_allowed else 401)
        if not is_allowed:
            assert error_of(reply)[1] == "OAUTH_SCOPE_MISMATCH"


def test_external_ids_on_both_sides(api: Api, org: Organization, campaign: str) -> None:
    contact, other = add_members(org, campaign, 2)
    path = "Campaigns/C-1/Contacts/P-0"
    header = "Campaigns.Ext_Campaign, Contacts.Ext_Contact"
    reply = remove(api, path, **{"X-EXTERNAL": header})
    assert (reply.status_code, codes(reply)) == (200, [("SUCCESS", {"id": contact})])
    assert org.related_ids("Campaigns", campaign, "Contacts") == [other]
    mixed = remove(api, f"Campaigns/C-1/Contacts/{other}", **{"X-EXTERNAL": header.split(",")[0]})
    assert mixed.status_code == 200
    reply = put(api, path, {"Member_Status": "Back"}, **{"X-EXTERNAL": header})
    assert (reply.status_code, codes(reply)) == (200, [("SUCCESS", {"id": contact})])
    assert org.related_ids("Campaigns", campaign, "Contacts") == [contact]
    reply = put(api, "Campaigns/C-1/Contacts/P-9", {}, **{"X-EXTERNAL": header})
    assert (reply.status_code, codes(reply)) == (
        400, [("INVALID_DATA", {"api_name": "Ext_Contact"})],
    )  # fmt: skip


def test_wrong_external_ids_name_their_field(api: Api, org: Organization, campaign: str) -> None:
    add_members(org, campaign, 1)
    both = "Campaigns.Ext_Campaign,Contacts.Ext_Contact"
    for path, header, field in (
        ("Campaigns/C-9/Contacts/P-0", both, "Ext_Campaign"),
        ("Campaigns/C-1/Contacts/P-9", both, "Ext_Contact"),
        ("Campaigns/C-1/Contacts/P-0", "Campaigns.Campaign_Name", "Campaign_Name"),
        ("Campaigns/C-1/Contacts/P-0", "Campaigns", "Campaigns"),
    ):
        refused = error_of(remove(api, path, **{"X-EXTERNAL": header}))
        assert refused == (400, "INVALID_DATA", {"api_name": field})
    assert len(org.related_ids("Campaigns", campaign, "Contacts")) == 1


def test_one_header_for_both_sides_as_in_the_sample(
    api: Api, org: Organization, campaign: str
) -> None:
    add_members(org, campaign, 1)
    header = {"X-EXTERNAL": "Campaigns.Ext_Campaign"}
    refused = error_of(remove(api, "Campaigns/C-1/Contacts/P-0", **header))
    assert refused == (400, "UNABLE_TO_PARSE_DATA_TYPE", {})
    api.simulator.settings.external_header = "one_for_both"
    assert remove(api, "Campaigns/C-1/Contacts/P-0", **header).status_code == 200


def test_the_lookup_of_the_sample(api: Api, org: Organization) -> None:
    contact = org.create("Contacts", {"Ext_Contact": "P-1"})
    deal = org.create("Deals", {"Ext_Deal": "D-1", "Contact_Name": contact}, modified_time=9)
    header = {"X-EXTERNAL": "Contacts.Ext_Contact,Deals.Ext_Deal"}
    assert remove(api, "Contacts/P-1/Deals/D-1", **header).status_code == 200
    shown = org.records("Deals")[deal]
    assert shown["Contact_Name"] is None
    assert shown["Modified_Time"] == "2026-03-30T09:00:00+02:00"
    assert error_of(remove(api, f"Contacts/{contact}/Deals/{deal}"))[1] == "NOT_SUPPORTED"


def test_relations_are_added_and_changed(api: Api, org: Organization, campaign: str) -> None:
    member = add_members(org, campaign, 1)[0]
    lead, other = org.create("Contacts", {}), org.create("Contacts", {})
    path = f"Campaigns/{campaign}/Contacts"
    reply = put(api, path, {"id": member, "Member_Status": "Opened"}, {"id": lead})
    assert reply.status_code == 200
    assert reply.json()["data"][0]["message"] == "relation updated"
    reply = put(api, f"{path}/{other}", {"Member_Status": "Sent"})
    assert (reply.status_code, codes(reply)) == (200, [("SUCCESS", {"id": other})])
    rows = api.rows(path, fields="Member_Status", sort_order="asc")
    assert {row["id"]: row["Member_Status"] for row in rows} == {
        member: "Opened", lead: None, other: "Sent",
    }  # fmt: skip


def test_a_price_book_needs_a_price(api: Api, org: Organization) -> None:
    book, product = org.create("Price_Books", {}), org.create("Products", {})
    path = f"Price_Books/{book}/Products"
    reply = put(api, path, {"id": product})
    missing = {"api_name": "list_price", "json_path": "$.data[0].list_price"}
    assert (reply.status_code, codes(reply)) == (400, [("MANDATORY_NOT_FOUND", missing)])
    assert put(api, path, {"id": product, "list_price": 12.5}).status_code == 200
    assert api.rows(path, fields="list_price")[0]["list_price"] == 12.5


def test_what_cannot_be_added(api: Api, org: Organization, campaign: str) -> None:
    contact = org.create("Contacts", {})
    path = f"Campaigns/{campaign}/Contacts"
    reply = put(api, path, {"id": contact}, {"id": UNKNOWN}, {}, {"id": "abc"}, 7)
    assert reply.status_code == 207
    wrong = {"api_name": "id", "json_path": "$.data[1].id"}
    assert codes(reply)[1] == ("INVALID_DATA", wrong)
    assert [code for code, _ in codes(reply)] == [
        "SUCCESS", "INVALID_DATA", "MANDATORY_NOT_FOUND", "INVALID_DATA", "MANDATORY_NOT_FOUND",
    ]  # fmt: skip
    assert error_of(put(api, path, *[{"id": contact}] * 101))[1] == "LIMIT_EXCEEDED"
    assert error_of(put(api, path))[1] == "MANDATORY_NOT_FOUND"
    assert error_of(api.send("PUT", path, data="{"))[1] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_appointments_and_services(api: Api, org: Organization) -> None:
    for name in ("Appointments__s", "Services__s"):
        org.add_module(name, [], generated_type="default")
    visit, service = org.create("Appointments__s", {}), org.create("Services__s", {})
    api.simulator.settings.granted_scopes = ("ZohoCRM.modules.appointments.ALL",)
    path = f"Appointments__s/{visit}/Services__s"
    assert put(api, path, {"id": service}).status_code == 200
    assert remove(api, f"{path}?ids={service}").status_code == 200
