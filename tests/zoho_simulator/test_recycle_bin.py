"""The recycle bin lists, filters and counts the deleted records of all modules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations

BIN = "settings/recycle_bin"


@pytest.fixture
def api(start: Start) -> Api:
    """Four deleted records: the names and people in another order than the times."""
    organization = build_relations()
    jo = organization.add_user("Jo", "Weber", email="jo@b.example")
    first = organization.clock.epoch_s
    for number, (module, name, user) in enumerate(
        [("Contacts", "Nowak", None), ("Accounts", "Alster", jo), ("Leads", "Ito", None),
         ("Contacts", "Zbinden", jo)]
    ):  # fmt: skip
        field = "Account_Name" if module == "Accounts" else "Last_Name"
        record = organization.create(module, {field: name})
        organization.delete(module, record, deleted_time=first + number, user=user)
    return start(organization)


def names(api: Api, **params: Any) -> list[str]:
    reply = api.get(BIN, **params)
    return [row["display_name"] for row in reply.json()["recycle_bin"]] if reply.content else []


def filtered(*conditions: tuple[str, str, Any]) -> dict[str, Any]:
    group = [
        {"field": {"api_name": field}, "comparator": comparator, "value": value}
        for field, comparator, value in conditions
    ]
    return {"filters": json.dumps({"group_operator": "AND", "group": group})}


def test_an_entry_has_the_documented_members(api: Api) -> None:
    body = api.get(BIN).json()
    entry = body["recycle_bin"][0]
    module = api.organization.module("Contacts")
    assert entry == {
        "id": entry["id"], "display_name": "Zbinden", "deleted_time": "2026-03-30T09:00:03+02:00",
        "module": {"api_name": "Contacts", "id": str(module.id)},
        "owner": {"name": "Ada Field", "id": "6000000000000000901"},
        "deleted_by": {"name": "Jo Weber", "id": "6000000000000000902"},
    }  # fmt: skip
    assert body["info"] == {"per_page": 200, "count": 4, "page": 1, "more_records": False}
    assert api.get(f"{BIN}/{entry['id']}").json() == {"recycle_bin": [entry]}


def test_orders(api: Api) -> None:
    assert names(api) == ["Zbinden", "Ito", "Alster", "Nowak"]
    assert names(api, sort_order="asc") == ["Nowak", "Alster", "Ito", "Zbinden"]
    by_name = names(api, sort_by="display_name", sort_order="asc")
    assert by_name == ["Alster", "Ito", "Nowak", "Zbinden"]
    by_person = names(api, sort_by="deleted_by", sort_order="asc")
    assert by_person == ["Nowak", "Ito", "Alster", "Zbinden"]
    refused = error_of(api.get(BIN, sort_by="owner"))
    assert (refused[1], refused[2]["param_name"]) == ("INVALID_DATA", "sort_by")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("module", "equal", "Contacts"), ["Zbinden", "Nowak"]),
        (("module", "equal", {"api_name": "Leads"}), ["Ito"]),
        (("module", "not_equal", "Contacts"), ["Ito", "Alster"]),
        (("display_name", "equal", "ito"), ["Ito"]),
        (("display_name", "contains", "nd"), ["Zbinden"]),
        (("display_name", "not_contains", "n"), ["Ito", "Alster"]),
        (("display_name", "starts_with", "a"), ["Alster"]),
        (("display_name", "ends_with", "O"), ["Ito"]),
        (("deleted_by", "equal", "Jo Weber"), ["Zbinden", "Alster"]),
        (("deleted_by", "equal", {"name": "Jo Weber", "id": "1"}), ["Zbinden", "Alster"]),
        (("deleted_time", "greater_than", "2026-03-30T07:00:01Z"), ["Zbinden", "Ito"]),
        (("deleted_time", "less_than", "2026-03-30T09:00:01+02:00"), ["Nowak"]),
        (("deleted_time", "equal", "2026-03-30T07:00:01+00:00"), ["Alster"]),
    ],
)
def test_filters(api: Api, condition: tuple[str, str, Any], expected: list[str]) -> None:
    assert names(api, **filtered(condition)) == expected
    counted = api.get(f"{BIN}/actions/count", **filtered(condition)).json()
    assert counted == {"count": len(expected)}


def test_all_conditions_must_hold(api: Api) -> None:
    both = filtered(("module", "equal", "Contacts"), ("deleted_by", "contains", "ada"))
    assert names(api, **both) == ["Nowak"]
    none = filtered(("module", "equal", "Contacts"), ("display_name", "equal", "Ito"))
    assert api.get(BIN, **none).status_code == 204
    alone = {"field": {"api_name": "display_name"}, "comparator": "equal", "value": "Ito"}
    assert names(api, filters=json.dumps(alone)) == ["Ito"]
    assert api.get(f"{BIN}/actions/count").json() == {"count": 4}


def test_ids_come_before_filters(api: Api) -> None:
    rows = api.get(BIN).json()["recycle_bin"]
    ids = {"ids": f"{rows[0]['id']},{rows[2]['id']},9,x"}
    assert names(api, **ids, **filtered(("module", "equal", "Leads"))) == ["Zbinden", "Alster"]


def test_pages_and_their_end(api: Api) -> None:
    assert names(api, per_page=3) == ["Zbinden", "Ito", "Alster"]
    assert names(api, per_page=3, page=2) == ["Nowak"]
    assert api.get(BIN, per_page=3, page=3).status_code == 204
    api.simulator.settings.max_discrete_rows = 3
    assert error_of(api.get(BIN, per_page=3, page=2))[1] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    api.simulator.settings.recycle_bin_page_limit = False
    assert names(api, per_page=3, page=2) == ["Nowak"]


def test_what_is_not_in_the_bin_answers_204(api: Api) -> None:
    contact = api.organization.create("Contacts", {})
    for text in (contact, "9", "nothing"):
        assert api.get(f"{BIN}/{text}").status_code == 204
    api.organization.empty_recycle_bin()
    assert api.get(BIN).status_code == 204
    assert api.get(f"{BIN}/actions/count").json() == {"count": 0}


def condition(**changes: Any) -> dict[str, Any]:
    return {
        "field": {"api_name": "display_name"}, "comparator": "equal", "value": "Ito", **changes
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (condition(comparator="greater_than"), ("INVALID_DATA", "comparator", "$.comparator")),
        (condition(field={"api_name": "Owner"}), ("INVALID_DATA", "field", "$.field")),
        (condition(value=7), ("INVALID_DATA", "value", "$.value")),
        (condition(field={"api_name": "deleted_time"}, value=7),
         ("INVALID_DATA", "value", "$.value")),
        (condition(field={"api_name": ["module"]}), ("INVALID_DATA", "field", "$.field")),
        (condition(comparator=["equal"]), ("INVALID_DATA", "comparator", "$.comparator")),
        ({"group": [condition(comparator="x")]},
         ("INVALID_DATA", "comparator", "$.group[0].comparator")),
        ({"group_operator": "OR", "group": [condition()]},
         ("INVALID_DATA", "group_operator", "$.group_operator")),
        ({"group": []}, ("INVALID_DATA", "group", "$.group")),
        ([1], ("INVALID_DATA", "filters", "$")),
    ],
)  # fmt: skip
def test_filters_that_do_not_fit(api: Api, filters: Any, expected: tuple[str, str, str]) -> None:
    status, code, details = error_of(api.get(BIN, filters=json.dumps(filters)))
    assert (status, code, details["api_name"], details["json_path"]) == (400, *expected)
    assert details["param_name"] == "filters"
    api.simulator.settings.recycle_bin_filter_status = 403
    assert api.get(f"{BIN}/actions/count", filters=json.dumps(filters)).status_code == 403


def test_filters_that_lack_something_or_have_too_much(api: Api) -> None:
    missing = {"field": {"api_name": "module"}}
    refused = error_of(api.get(BIN, filters=json.dumps(missing)))
    names_missing = {"param_names": ["comparator", "value"]}
    assert refused == (400, "EXPECTED_PARAM_MISSING", names_missing)
    both = json.dumps({**condition(), "group": [condition()]})
    assert error_of(api.get(BIN, filters=both))[1] == "AMBIGUITY_DURING_PROCESSING"
    many = json.dumps({"group": [condition()] * 26})
    assert error_of(api.get(BIN, filters=many))[1] == "CRITERIA_LIMIT_EXCEEDED"
    assert error_of(api.get(BIN, filters="{"))[1] == "INVALID_DATA"


def test_the_scope_of_the_bin(api: Api) -> None:
    api.simulator.settings.granted_scopes = ("ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.READ")
    for path in (BIN, f"{BIN}/1", f"{BIN}/actions/count"):
        assert error_of(api.get(path))[:2] == (401, "OAUTH_SCOPE_MISMATCH")
    api.simulator.settings.granted_scopes = ("ZohoCRM.settings.recycle_bin.READ",)
    assert api.get(BIN).status_code == 200
    assert error_of(api.send("POST", BIN))[:2] == (400, "INVALID_REQUEST_METHOD")
