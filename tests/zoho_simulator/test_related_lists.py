"""Related-list metadata, which most lists follow from fields and modules into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations
from zoho_simulator import Organization, Relation, lookup

if TYPE_CHECKING:
    from collections.abc import Callable

LISTS = "settings/related_lists"


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def api(start: Start, org: Organization) -> Api:
    return start(org)


def lists_of(api: Api, module: str, **params: Any) -> dict[str, dict[str, Any]]:
    reply = api.get(LISTS, module=module, **params)
    return {one["api_name"]: one for one in reply.json()["related_lists"]} if reply.content else {}


def test_lists_follow_from_fields_modules_and_relations(api: Api) -> None:
    assert set(lists_of(api, "Accounts")) == {
        "Contacts", "Deals", "Suppliers7", "Products", "Tasks", "Tasks_History", "Events",
        "Events_History", "Calls", "Calls_History", "Activities_Chronological_View",
        "Activities_Chronological_View_History", "Notes", "Attachments", "Emails",
    }  # fmt: skip
    assert set(lists_of(api, "Price_Books")) == {"Products"}
    assert {"Leads", "Contacts"} <= set(lists_of(api, "Campaigns"))
    assert {"Contact_Roles", "Stage_History", "Products"} <= set(lists_of(api, "Deals"))
    assert {"Price_Books", "Leads", "Accounts", "Contacts", "Deals"} <= set(
        lists_of(api, "Products")
    )
    assert api.get(LISTS, module="Steps").status_code == 204


def test_a_list_has_the_documented_keys(api: Api, org: Organization) -> None:
    deals = lists_of(api, "Accounts")["Deals"]
    assert deals["module"] == {"api_name": "Deals", "id": str(org.module("Deals").id)}
    assert (deals["type"], deals["status"]) == ("default", "visible")
    assert deals["href"] == "Accounts/{ENTITYID}/Deals"
    assert isinstance(deals["sequence_number"], str)
    assert {
        "id", "sequence_number", "display_label", "api_name", "name", "module", "action", "href",
        "type", "connectedmodule", "linkingmodule", "customize_sort", "customize_fields",
        "customize_display_label", "sort_by", "sort_order", "fields", "status",
        "parent_related_lists", "personality_name",
    } <= set(deals)  # fmt: skip
    single = api.get(f"{LISTS}/{deals['id']}", module="Accounts").json()["related_lists"]
    assert single == [deals]
    assert api.get(f"{LISTS}/1", module="Accounts").status_code == 204


def test_a_lookup_names_the_list_that_it_makes(api: Api) -> None:
    shown = api.get("settings/fields", module="Deals").json()["fields"]
    fields = {field["api_name"]: field["lookup"] for field in shown}
    made = lists_of(api, "Accounts")["Deals"]
    assert fields["Account_Name"]["api_name"] == "Deals"
    assert fields["Account_Name"]["id"] == made["id"]


def test_ids_are_not_used_twice(api: Api, org: Organization) -> None:
    org.related_lists.add("Accounts", "Dunning", type="custom_function")
    ids = [one["id"] for m in ("Accounts", "Deals", "Contacts", "Leads", "Products", "Campaigns")
           for one in lists_of(api, m).values()]  # fmt: skip
    assert len(set(ids)) == len(ids)


def test_grouped_lists_name_their_members(api: Api) -> None:
    lists = lists_of(api, "Accounts")
    view = lists["Activities_Chronological_View_History"]
    assert (view["type"], view["module"], view["href"]) == ("grouped", None, None)
    names = ["Tasks_History", "Events_History", "Calls_History"]
    expected = [{"api_name": name, "id": lists[name]["id"]} for name in names]
    assert view["parent_related_lists"] == expected


def shown_shapes(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a field and a list say of one multi-select lookup."""
    fields = api.get("settings/fields", module="Accounts").json()["fields"]
    field = next(one for one in fields if one["api_name"] == "Suppliers")
    return field["multiselectlookup"], lists_of(api, "Accounts")["Suppliers7"]


def test_the_nested_shape_of_a_multiselect_lookup(api: Api) -> None:
    field, one = shown_shapes(api)
    assert (one["type"], one["linkingmodule"]) == ("multiselectlookup", "Accounts_X_Vendors")
    assert (one["connectedmodule"], one["connectedlookupApiName"]) == ("Vendors", "Vendor")
    linking = one["multiselectlookup"]["linking_details"]
    assert linking["lookup_field"]["api_name"] == "Account"
    assert field == one["multiselectlookup"]
    assert field["related_list"] == {"api_name": "Suppliers7", "id": one["id"]}


def test_the_flat_shape_of_a_multiselect_lookup(api: Api) -> None:
    api.simulator.settings.multiselect_metadata = "flat"
    field, one = shown_shapes(api)
    assert {name: field[name] for name in ("lookup_apiname", "connectedlookup_apiname",
                                           "api_name", "id")} == {
        "lookup_apiname": "Account", "connectedlookup_apiname": "Vendor",
        "api_name": "Suppliers7", "id": one["id"],
    }  # fmt: skip
    assert field["linking_module"]["api_name"] == "Accounts_X_Vendors"
    assert field["connected_module"]["api_name"] == "Vendors"
    assert one["multiselectlookup"] == field
    assert "connectedlookupApiName" not in one


def test_layouts_show_different_lists(api: Api, org: Organization) -> None:
    module = org.module("Deals")
    layout = org.layouts.add(module, "Service")
    standard = str(org.layouts.of(module)[0].id)
    org.related_lists.add("Deals", "Visits", status="absent", layouts={"Service": "visible"})
    org.related_lists.change("Deals", "Notes", layouts={"Service": "user_hidden"})
    plain = lists_of(api, "Deals")
    assert plain == lists_of(api, "Deals", layout_id=standard)
    assert ("Visits" in plain, plain["Notes"]["status"]) == (False, "visible")
    service = lists_of(api, "Deals", layout_id=layout)
    assert ("Visits" in service, service["Notes"]["status"]) == (True, "user_hidden")
    hidden = lists_of(api, "Deals", layout_id=layout, status="user_hidden")
    assert set(hidden) == {"Notes"}
    refused = error_of(api.get(LISTS, module="Deals", layout_id="1"))
    assert refused == (400, "INVALID_DATA", {"param_name": "layout_id"})


@pytest.mark.parametrize(
    "kind",
    ["combined_view", "custom_related_list", "slyteui", "queries", "custom_function"],
)
def test_lists_without_records_behind_them(api: Api, org: Organization, kind: str) -> None:
    org.related_lists.add("Accounts", "Special", type=kind)
    shown = lists_of(api, "Accounts")["Special"]
    assert (shown["type"], shown["module"], shown["href"]) == (kind, None, None)


def test_refusals(api: Api) -> None:
    assert error_of(api.get(LISTS)) == (400, "REQUIRED_PARAM_MISSING", {"param_name": "module"})
    unknown = error_of(api.get(LISTS, module="Nothing"))
    assert unknown == (400, "INVALID_MODULE", {"param_name": "module"})
    assert error_of(api.get(LISTS, module="Accounts", status="x"))[1] == "INVALID_DATA"
    api.simulator.settings.granted_scopes = ("ZohoCRM.settings.fields.READ",)
    assert error_of(api.get(LISTS, module="Accounts"))[1] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.parametrize(
    ("change", "name", "is_there"),
    [
        (lambda org: org.remove_field("Deals", "Account_Name"), "Deals", False),
        (lambda org: org.add_field("Leads", lookup("Agency", "Accounts", related_list="Brought")),
         "Brought", True),
        (lambda org: org.change_field("Deals", "Account_Name", related_list="Chances"),
         "Chances", True),
        (lambda org: org.add_relation(Relation("Accounts", "Vendors", "Rivals", None)),
         "Rivals", True),
    ],
)  # fmt: skip
def test_lists_follow_changes_of_the_schema(
    api: Api, org: Organization, change: Callable[[Organization], None], name: str, is_there: bool
) -> None:
    lists_of(api, "Accounts")
    change(org)
    assert (name in lists_of(api, "Accounts")) is is_there


def test_a_relation_of_ones_own(api: Api, org: Organization) -> None:
    org.add_relation(Relation("Accounts", "Vendors", "Rivals", "Rival_Of", ("Since",)))
    account, vendor = org.create("Accounts", {}), org.create("Vendors", {})
    org.link("Vendors", vendor, "Rival_Of", account, values={"Since": "2020"})
    row = api.rows(f"Accounts/{account}/Rivals", fields="id")[0]
    assert (row["id"], row["$member_info"]["Since"]) == (vendor, "2020")
