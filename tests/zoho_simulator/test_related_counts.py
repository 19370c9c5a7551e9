"""The counts of up to 20 related lists in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations

if TYPE_CHECKING:
    import requests

NAME = "get_related_records_count"
UNKNOWN = "6000000000009999999"


@pytest.fixture
def api(start: Start) -> Api:
    organization = build_relations()
    return start(organization)


@pytest.fixture
def account(api: Api) -> str:
    """With two deals, a product and no contact."""
    organization = api.organization
    account = organization.create("Accounts", {})
    for _ in range(2):
        organization.create("Deals", {"Account_Name": account})
    organization.link("Accounts", account, "Products", organization.create("Products", {}))
    return account


def ask(api: Api, account: str, *lists: Any, body: Any = None) -> requests.Response:
    items = [{"related_list": {"api_name": one}} if isinstance(one, str) else one for one in lists]
    payload = {NAME: items} if body is None else body
    return api.send("POST", f"Accounts/{account}/actions/{NAME}", json=payload)


def test_counts_stand_in_arrays_within_an_array(api: Api, account: str) -> None:
    shown = ask(api, account, "Deals", "Contacts", "Products").json()[NAME]
    assert [one[0]["count"] for one in shown] == [2, 0, 1]
    lists = api.organization.related_lists.of("Accounts")
    deals = {"api_name": "Deals", "id": str(lists["Deals"].id)}
    assert shown[0][0]["related_list"] == deals
    by_id = ask(api, account, {"related_list": {"id": deals["id"]}}).json()[NAME]
    assert by_id == [shown[0]]


def test_or_in_one_array(api: Api, account: str) -> None:
    api.simulator.settings.related_count_shape = "flat"
    assert [one["count"] for one in ask(api, account, "Deals").json()[NAME]] == [2]


def test_converted_leads_are_counted_when_asked_for(api: Api) -> None:
    organization = api.organization
    campaign = organization.create("Campaigns", {})
    lead = organization.create("Leads", {"Converted__s": True})
    organization.link("Campaigns", campaign, "Leads", lead)
    counts = []
    for converted in ("false", "both"):
        item = {"related_list": {"api_name": "Leads"}, "params": {"converted": converted}}
        path = f"Campaigns/{campaign}/actions/{NAME}"
        reply = api.send("POST", path, json={NAME: [item]})
        counts.append(reply.json()[NAME][0][0]["count"])
    assert counts == [0, 1]


def test_one_wrong_list_does_not_hide_the_others(api: Api, account: str) -> None:
    api.organization.related_lists.add("Accounts", "Dunning", type="custom_function")
    reply = ask(api, account, "Deals", "Nothing", "Dunning", {})
    assert reply.status_code == 207
    shown = reply.json()[NAME]
    assert shown[0]["count"] == 2
    assert [one["code"] for one in shown[1:]] == [
        "INVALID_DATA", "NOT_SUPPORTED", "MANDATORY_NOT_FOUND",
    ]  # fmt: skip
    path = f"$.{NAME}[1].related_list.api_name"
    assert shown[1]["details"] == {"api_name": "api_name", "json_path": path}


def test_wrong_ones_only(api: Api, account: str) -> None:
    reply = ask(api, account, {"related_list": {}})
    assert (reply.status_code, reply.json()[NAME][0]["code"]) == (400, "EXPECTED_FIELD_MISSING")
    filtered = {"related_list": {"api_name": "Deals"}, "params": {"filters": {}}}
    reply = ask(api, account, filtered)
    assert (reply.status_code, reply.json()[NAME][0]["code"]) == (400, "NOT_SUPPORTED")


def test_refusals(api: Api, account: str) -> None:
    assert error_of(ask(api, account, body={}))[1] == "MANDATORY_NOT_FOUND"
    assert error_of(ask(api, account, body=[1]))[1] == "UNABLE_TO_PARSE_DATA_TYPE"
    lists = {"related_list": {"api_name": "Deals"}, "params": ["converted"]}
    refused = ask(api, account, lists).json()[NAME][0]
    assert refused["code"] == "UNABLE_TO_PARSE_DATA_TYPE"
    deep = f"Accounts/{account}/actions/{NAME}"
    refused = error_of(api.send("POST", deep, data='{"x":' + "[" * 20_000))
    assert refused[:2] == (400, "UNABLE_TO_PARSE_DATA_TYPE")
    assert ask(api, account, *["Deals"] * 20).status_code == 200
    refused = error_of(ask(api, account, *["Deals"] * 21))
    assert (refused[1], refused[2]["maximum_length"]) == ("INVALID_DATA", 20)
    assert error_of(ask(api, "x", "Deals"))[2] == {"resource_path_index": 1}
    assert error_of(ask(api, UNKNOWN, "Deals"))[:2] == (404, "INVALID_DATA")
    api.simulator.settings.unknown_parent_status = 204
    assert ask(api, UNKNOWN, "Deals").status_code == 204
    assert error_of(api.get(f"Accounts/{account}/actions/{NAME}"))[1] == "INVALID_REQUEST_METHOD"
    api.simulator.settings.related_counts_supported = False
    assert error_of(ask(api, account, "Deals"))[:2] == (403, "NOT_ALLOWED")
