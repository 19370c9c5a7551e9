"""Layouts, pipelines, currencies, roles, profiles and territories."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import STAGES, build_relations

if TYPE_CHECKING:
    from zoho_simulator import Organization


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def api(start: Start, org: Organization) -> Api:
    return start(org)


def test_every_module_has_a_standard_layout(api: Api, org: Organization) -> None:
    layouts = api.get("settings/layouts", module="Deals").json()["layouts"]
    assert [(one["name"], one["status"], one["generated_type"]) for one in layouts] == [
        ("Standard", "active", "system")
    ]
    plain, steps = layouts[0]["sections"]
    shown = [field["api_name"] for section in (plain, steps) for field in section["fields"]]
    assert sorted(shown) == sorted(org.module("Deals").fields)
    assert (steps["isSubformSection"], steps["fields"][0]["api_name"]) == (True, "Steps")
    assert layouts[0]["profiles"][0]["name"] == "Administrator"
    api.simulator.settings.layout_status = "number"
    assert api.get("settings/layouts", module="Deals").json()["layouts"][0]["status"] == 0


def test_another_layout(api: Api, org: Organization) -> None:
    layout = org.layouts.add(org.module("Deals"), "Service", left_out=frozenset({"Ext_Deal"}),
                             profiles=())  # fmt: skip
    shown = api.get(f"settings/layouts/{layout}", module="Deals").json()["layouts"][0]
    names = [field["api_name"] for field in shown["sections"][0]["fields"]]
    assert ("Deal_Name" in names, "Ext_Deal" in names) == (True, False)
    assert (shown["name"], shown["profiles"]) == ("Service", [])
    org.layouts.change(org.module("Deals"), "Service", status="inactive")
    shown = api.get(f"settings/layouts/{layout}", module="Deals").json()["layouts"][0]
    assert (shown["status"], shown["visible"]) == ("inactive", False)
    assert api.get("settings/layouts/1", module="Deals").status_code == 204
    assert error_of(api.get("settings/layouts"))[1] == "REQUIRED_PARAM_MISSING"
    assert error_of(api.get("settings/layouts", module="Nothing"))[1] == "INVALID_MODULE"


def test_pipelines_of_a_layout(api: Api, org: Organization) -> None:
    module = org.module("Deals")
    standard = str(org.layouts.of(module)[0].id)
    other = org.layouts.add(module, "Service")
    pipeline = org.reference.add_pipeline(standard, "Sales", STAGES, is_default=True)
    org.reference.add_pipeline(other, "Repairs", ("Won", "Open"))
    org.rename_option("Deals", "Stage", actual="Won", display="Closed")
    shown = api.get("settings/pipeline", layout_id=standard).json()["pipeline"]
    assert [(one["id"], one["display_value"], one["default"]) for one in shown] == [
        (pipeline, "Sales", True)
    ]
    stages = [(one["display_value"], one["actual_value"]) for one in shown[0]["maps"]]
    assert stages == [("Open", "Open"), ("Closed", "Won"), ("Lost", "Lost")]
    repairs = api.get("settings/pipeline", layout_id=other).json()["pipeline"][0]
    assert [(one["sequence_number"], one["actual_value"]) for one in repairs["maps"]] == [
        (1, "Won"), (2, "Open"),
    ]  # fmt: skip
    values = api.get("settings/fields", module="Deals").json()["fields"]
    stage = next(field for field in values if field["api_name"] == "Stage")
    ids = {one["actual_value"]: one["id"] for one in stage["pick_list_values"]}
    assert all(ids[one["actual_value"]] == one["id"] for one in repairs["maps"])
    path = f"settings/pipeline/{pipeline}"
    assert api.get(path, layout_id=standard).json()["pipeline"] == shown
    assert api.get(path, layout_id=other).status_code == 204


def test_pipelines_need_a_layout_of_deals(api: Api, org: Organization) -> None:
    missing = (400, "REQUIRED_PARAM_MISSING", {"param_name": "layout_id"})
    assert error_of(api.get("settings/pipeline")) == missing
    of_accounts = str(org.layouts.of(org.module("Accounts"))[0].id)
    for wrong in ("1", of_accounts):
        refused = error_of(api.get("settings/pipeline", layout_id=wrong))
        assert refused == (400, "INVALID_DATA", {"param_name": "layout_id"})
    standard = str(org.layouts.of(org.module("Deals"))[0].id)
    assert api.get("settings/pipeline", layout_id=standard).status_code == 204


def test_currencies_and_rates(api: Api, org: Organization) -> None:
    org.reference.add_currency("EUR", "Euro - EUR", "€", is_base=True)
    dollar = org.reference.add_currency(
        "USD", "US Dollar - USD", "$", exchange_rate=Decimal("1.08")
    )
    org.clock.advance(minutes=1)
    org.reference.change_currency("USD", exchange_rate="1.0912")
    euro, usd = api.get("org/currencies").json()["currencies"]
    assert (euro["iso_code"], euro["is_base"], euro["exchange_rate"]) == (
        "EUR", True, "1.000000000",
    )  # fmt: skip
    assert (usd["exchange_rate"], usd["modified_time"]) == (
        "1.091200000", "2026-03-30T09:01:00+02:00",
    )  # fmt: skip
    assert api.get(f"org/currencies/{dollar}").json()["currencies"] == [usd]
    assert api.get("org/currencies/1").status_code == 204


def test_an_edition_without_a_feature_says_so(start: Start) -> None:
    api = start(build_relations(), edition="Professional")
    api.organization.reference.add_currency("EUR", "Euro", "€")
    api.organization.reference.add_territory("Europe")
    assert api.get("org").json()["org"][0]["mc_status"] is False
    assert error_of(api.get("org/currencies")) == (403, "CURRENCIES_NOT_ENABLED", {})
    for path in ("settings/territories", "settings/territories/1"):
        assert error_of(api.get(path)) == (400, "FEATURE_NOT_ENABLED", {})
    api.simulator.settings.feature_off = "empty"
    for path in ("settings/territories", "org/currencies", "org/currencies/1"):
        assert api.get(path).status_code == 204
    api.simulator.change_settings({"has_territories": True, "has_currencies": True})
    for path in ("settings/territories", "org/currencies"):
        assert api.get(path).status_code == 200
    assert api.get("org").json()["org"][0]["mc_status"] is True


def test_roles_and_profiles_are_those_of_the_users(api: Api, org: Organization) -> None:
    org.reference.add_role("Sales", reporting_to="CEO", share_with_peers=True)
    org.add_user("Jo", "Weber", email="jo@b.example", role="Sales", profile="Standard")
    org.reference.add_profile("Read Only", custom=True)
    roles = {one["name"]: one for one in api.get("settings/roles").json()["roles"]}
    assert roles["Sales"]["reporting_to"] == {"name": "CEO", "id": roles["CEO"]["id"]}
    assert (roles["CEO"]["reporting_to"], roles["CEO"]["admin_user"]) == (None, True)
    body = api.get("settings/profiles").json()
    profiles = {one["name"]: one for one in body["profiles"]}
    assert body["info"]["count"] == 3
    assert (profiles["Read Only"]["custom"], profiles["Standard"]["custom"]) == (True, False)
    for user in api.get("users", type="AllUsers").json()["users"]:
        assert user["role"]["id"] == roles[user["role"]["name"]]["id"]
        assert user["profile"]["id"] == profiles[user["profile"]["name"]]["id"]
    module = api.get("settings/modules/Deals").json()["modules"][0]
    assert module["profiles"][0]["id"] == profiles["Administrator"]["id"]
    one = roles["Sales"]
    assert api.get(f"settings/roles/{one['id']}").json()["roles"] == [one]
    profile = profiles["Standard"]
    assert api.get(f"settings/profiles/{profile['id']}").json()["profiles"] == [profile]
    for path in ("settings/roles/1", "settings/profiles/1"):
        assert error_of(api.get(path)) == (400, "INVALID_DATA", {"resource_path_index": 2})


def test_territories(api: Api, org: Organization) -> None:
    jo = org.add_user("Jo", "Weber", email="jo@b.example")
    world = org.reference.add_territory("World", manager=jo)
    europe = org.reference.add_territory("Europe", reporting_to=world)
    org.reference.add_territory("Nordics", reporting_to=europe)
    body = api.get("settings/territories").json()
    assert [one["name"] for one in body["territories"]] == ["World", "Europe", "Nordics"]
    assert body["territories"][0]["manager"] == {"name": "Jo Weber", "id": jo}
    assert body["territories"][1]["reporting_to"] == {"name": "World", "id": world}
    page = api.get("settings/territories", per_page=2, page=2).json()
    assert (page["info"]["more_records"], len(page["territories"])) == (False, 1)
    chosen = api.get("settings/territories", ids=europe).json()["territories"]
    assert chosen == api.get(f"settings/territories/{europe}").json()["territories"]
    path = f"settings/territories/{world}/__child_territories"
    assert [one["name"] for one in api.get(path).json()["territories"]] == ["Europe"]
    assert api.get("settings/territories/1").status_code == 204


@pytest.mark.parametrize(
    "path",
    ["settings/layouts?module=Deals", "settings/roles", "settings/profiles", "org/currencies",
     "settings/territories", "settings/pipeline?layout_id=1"],
)  # fmt: skip
def test_scopes(api: Api, path: str) -> None:
    api.simulator.settings.granted_scopes = ("ZohoCRM.settings.fields.READ", "ZohoCRM.org.READ")
    assert error_of(api.get(path))[:2] == (401, "OAUTH_SCOPE_MISMATCH")
    area = path.split("/")[1].split("?")[0]
    api.simulator.settings.granted_scopes = (f"ZohoCRM.settings.{area}.READ",)
    assert api.get(path).status_code != 401
