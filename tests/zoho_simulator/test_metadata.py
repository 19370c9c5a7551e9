"""Organisation, users, modules and fields."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from zoho_simulator import Organization


def test_the_organisation_says_its_edition(start: Start) -> None:
    shown = start(edition="Professional").get("org").json()["org"][0]
    assert shown["license_details"]["paid_type"] == "professional"
    assert shown["license_details"]["users_license_purchased"] == 25
    assert shown["time_zone"] == "Europe/Berlin"
    assert shown["iso_code"] == "EUR"


def test_modules_are_listed_whether_readable_or_not(api: Api) -> None:
    api.organization.add_module("Home", [], generated_type="default", api_supported=False)
    shown = {m["api_name"]: m for m in api.get("settings/modules").json()["modules"]}
    assert set(shown) == set(api.organization.modules)
    assert shown["Home"]["api_supported"] is False
    assert shown["Quoted_Items"]["generated_type"] == "subform"
    assert shown["Quoted_Items"]["parent_module"]["api_name"] == "Quotes"
    assert shown["Accounts"]["parent_module"] == {}
    assert api.get("settings/modules/Home").status_code == 204
    single = api.get("settings/modules/Accounts").json()["modules"]
    assert single == [shown["Accounts"]]
    assert error_of(api.get("settings/modules/Nothing"))[:2] == (400, "INVALID_MODULE")


def test_modules_by_status(api: Api) -> None:
    api.organization.change_module("Vendors", status="user_hidden")
    shown = api.get("settings/modules", status="user_hidden,system_hidden").json()["modules"]
    assert [module["api_name"] for module in shown] == ["Vendors"]
    assert api.get("settings/modules", status="scheduled_for_deletion").status_code == 204
    details = error_of(api.get("settings/modules", status="visible,odd"))[2]
    assert (details["param_name"], details["index"]) == ("status", 1)


def test_fields_have_the_documented_keys(api: Api) -> None:
    shown = {f["api_name"]: f for f in api.get("settings/fields?module=Contacts").json()["fields"]}
    assert set(shown) == set(api.organization.module("Contacts").fields)
    assert len({f["id"] for f in shown.values()}) == len(shown)
    name = shown["Last_Name"]
    assert {
        "id", "api_name", "field_label", "display_label", "data_type", "json_type", "length",
        "decimal_place", "ui_type", "display_type", "custom_field", "system_mandatory",
        "read_only", "field_read_only", "visible", "virtual_field", "searchable", "sortable",
        "filterable", "unique", "external", "view_type", "operation_type", "pick_list_values",
        "lookup", "multiselectlookup", "multiuserlookup", "multi_module_lookup", "subform",
        "associated_module", "formula", "rollup_summary", "currency", "auto_number", "textarea",
        "crypt", "private", "hipaa_compliance", "history_tracking", "parent_field",
        "child_fields", "profiles", "layout_associations", "created_time", "modified_time",
        "created_source", "column_name", "default_value",
    } <= set(name)  # fmt: skip
    assert (name["lookup"], name["formula"], name["pick_list_values"]) == ({}, {}, [])
    assert shown["id"]["data_type"] == "bigint"
    assert (shown["Tag"]["data_type"], shown["Tag"]["json_type"]) == ("text", "jsonarray")
    assert shown["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    assert shown["Notes_HTML"]["textarea"] == {"type": "rich_text"}
    assert shown["Amount"]["currency"]["precision"] == 2
    values = [value["display_value"] for value in shown["Topics"]["pick_list_values"]]
    assert values == ["A", "B"]


def test_embedded_fields_name_their_modules(api: Api) -> None:
    quote = {f["api_name"]: f for f in api.get("settings/fields?module=Quotes").json()["fields"]}
    assert quote["Quoted_Items"]["data_type"] == "subform"
    assert quote["Quoted_Items"]["associated_module"]["module"] == "Quoted_Items"
    account = {
        f["api_name"]: f for f in api.get("settings/fields?module=Accounts").json()["fields"]
    }
    linking = account["Suppliers"]["multiselectlookup"]["linking_details"]
    assert linking["module"]["api_name"] == "Accounts_X_Vendors"
    connected = account["Suppliers"]["multiselectlookup"]["connected_details"]
    assert connected["module"]["api_name"] == "Vendors"


def test_fields_need_a_module(api: Api) -> None:
    missing = (400, "REQUIRED_PARAM_MISSING", {"param_name": "module"})
    assert error_of(api.get("settings/fields")) == missing
    unknown = (400, "INVALID_MODULE", {"param_name": "module"})
    assert error_of(api.get("settings/fields?module=Nothing")) == unknown
    assert error_of(api.get("settings/fields?module=Leads&type=x"))[1] == "PATTERN_NOT_MATCHED"
    assert api.get("settings/fields?module=Leads&type=unused").status_code == 204


def test_one_field(api: Api) -> None:
    spec = api.organization.module("Leads").fields["Last_Name"]
    shown = api.get(f"settings/fields/{spec.id}?module=Leads").json()["fields"]
    assert [f["api_name"] for f in shown] == ["Last_Name"]
    assert api.get("settings/fields/1?module=Leads").status_code == 204


def test_a_changed_label_leaves_the_api_name(api: Api) -> None:
    api.organization.change_field("Leads", "Last_Name", display_label="Family name")
    shown = {f["api_name"]: f for f in api.get("settings/fields?module=Leads").json()["fields"]}
    assert shown["Last_Name"]["display_label"] == "Family name"
    assert shown["Last_Name"]["field_label"] == "Last Name"


@pytest.fixture
def staff() -> Organization:
    organization = Organization.empty()
    organization.clock.freeze()
    for number in range(1, 5):
        status = ("active", "inactive", "deleted", "active")[number - 1]
        organization.add_user(
            None, f"User{number}", email=f"u{number}@b.example", status=status,
            profile="Standard", confirm=number != 4, time_zone="Europe/London",
        )  # fmt: skip
    return organization


@pytest.mark.parametrize(
    ("user_type", "count"),
    [
        ("AllUsers", 5), ("ActiveUsers", 3), ("DeactiveUsers", 1), ("DeletedUsers", 1),
        ("AdminUsers", 1), ("NotConfirmedUsers", 1), ("ActiveConfirmedUsers", 2),
        ("CurrentUser", 1),
    ],
)  # fmt: skip
def test_users_by_type(start: Start, staff: Organization, user_type: str, count: int) -> None:
    body = start(staff).get("users", type=user_type).json()
    assert len(body["users"]) == body["info"]["count"] == count


def test_users_by_page(start: Start, staff: Organization) -> None:
    api = start(staff)
    first = api.get("users", type="AllUsers", per_page=3).json()
    second = api.get("users", type="AllUsers", per_page=3, page=2).json()
    assert first["info"] == {"per_page": 3, "count": 3, "page": 1, "more_records": True}
    assert second["info"] == {"per_page": 3, "count": 2, "page": 2, "more_records": False}
    assert api.get("users", type="AllUsers", per_page=3, page=3).status_code == 204
    assert error_of(api.get("users", type="Nobodies"))[1] == "PATTERN_NOT_MATCHED"


def test_users_changed_since(start: Start, staff: Organization) -> None:
    api = start(staff)
    user = api.get("users", type="AllUsers").json()["users"][1]
    header = {"If-Modified-Since": (staff.clock.now - timedelta(days=1)).isoformat()}
    assert api.get("users", headers=header, type="AllUsers").status_code == 304
    staff.change_user(user["id"], last_name="Changed")
    users = api.get("users", headers=header, type="AllUsers").json()["users"]
    assert [u["last_name"] for u in users] == ["Changed"]
    assert api.get(f"users/{user['id']}").json()["users"] == users
    assert {"created_time", "Modified_Time", "created_by", "Modified_By"} <= set(users[0])


@pytest.mark.parametrize("shown_as", ["missing", "null"])
def test_a_hidden_field_is_listed_but_its_values_are_not_shown(start: Start, shown_as: str) -> None:
    api = start(hidden_field=shown_as)
    contact = api.organization.create("Contacts", {"Last_Name": "Ito", "Amount": 5})
    api.organization.change_field("Contacts", "Amount", permission="hidden")

    listed = {f["api_name"]: f for f in api.get("settings/fields?module=Contacts").json()["fields"]}

    assert listed["Amount"]["profiles"][0]["permission_type"] == "hidden"
    for path in ("Contacts?fields=Last_Name,Amount", f"Contacts/{contact}"):
        (row,) = api.get(path).json()["data"]
        assert row["Last_Name"] == "Ito"
        assert ("Amount" in row, row.get("Amount")) == (shown_as == "null", None)
    api.simulator.change_settings({"field_permissions_shown": False})
    (field,) = [f for f in api.get("settings/fields?module=Contacts").json()["fields"]
                   if f["api_name"] == "Amount"]  # fmt: skip
    assert field["profiles"][0]["permission_type"] == "read_write"
