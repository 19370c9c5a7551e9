"""Scripted faults and scripted writes."""

from __future__ import annotations

import time

import pytest
import requests

from tests.zoho_simulator.api import Api, add_contacts

PATH = "/crm/v8/Contacts"


def test_a_fault_strikes_as_often_as_it_was_told(api: Api) -> None:
    add_contacts(api.organization, 1)
    api.simulator.faults.add(path=PATH, kind="500", times=2, after=1)
    statuses = [api.get("Contacts?fields=id").status_code for _ in range(5)]
    assert statuses == [200, 500, 500, 200, 200]
    assert [entry.fault for entry in api.simulator.log[2:4]] == ["500", "500"]


def test_a_fault_is_for_its_path(api: Api) -> None:
    api.simulator.faults.add(path="/crm/v8/settings/*", kind="429")
    assert api.get("Contacts?fields=id").status_code == 204
    assert api.get("settings/modules").status_code == 429
    assert api.get("settings/modules").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429", 429, "TOO_MANY_REQUESTS"),
        ("500", 500, "INTERNAL_ERROR"),
        ("503", 503, "INTERNAL_ERROR"),
        ("expired-value", 400, "EXPIRED_VALUE"),
        ("invalid-token", 401, "INVALID_TOKEN"),
        ("scope-mismatch", 401, "OAUTH_SCOPE_MISMATCH"),
        ("no-permission", 403, "NO_PERMISSION"),
    ],
)
def test_faults_that_answer(api: Api, kind: str, status: int, code: str) -> None:
    api.simulator.faults.add(path=PATH, kind=kind)  # type: ignore[arg-type] # a Kind, by the table
    reply = api.get("Contacts?fields=id")
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_faults_that_are_not_json(api: Api) -> None:
    api.simulator.faults.add(path=PATH, kind="502-html")
    reply = api.get("Contacts?fields=id")
    assert (reply.status_code, reply.text[:6]) == (502, "<html>")
    api.simulator.faults.add(path=PATH, kind="not-json")
    reply = api.get("Contacts?fields=id")
    assert reply.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_a_reply_cut_half_way_and_a_closed_connection(api: Api) -> None:
    add_contacts(api.organization, 50)
    api.simulator.faults.add(path=PATH, kind="cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.get("Contacts?fields=id")
    api.simulator.faults.add(path=PATH, kind="close")
    with pytest.raises(requests.ConnectionError):
        api.get("Contacts?fields=id")
    assert api.get("Contacts?fields=id").status_code == 200
    assert [entry.status for entry in api.simulator.log[-3:]] == [200, 0, 200]


def test_a_slow_reply(api: Api) -> None:
    api.simulator.faults.add(path=PATH, kind="slow", seconds=0.1)
    started = time.monotonic()
    assert api.get("Contacts?fields=id").status_code == 204
    assert time.monotonic() - started >= 0.1


def test_a_reply_made_up_or_changed(api: Api) -> None:
    add_contacts(api.organization, 1)
    api.simulator.faults.add(path=PATH, kind="body", body=b'{"data":[{}]}')
    assert api.get("Contacts?fields=id").json() == {"data": [{}]}
    api.simulator.faults.add(
        path=PATH, kind="edit", edit=lambda body: body.replace(b'"id"', b'"x"')
    )
    assert "x" in api.get("Contacts?fields=id").json()["data"][0]
    api.simulator.faults.add(path=PATH, kind="no-date")
    assert "Date" not in api.get("Contacts?fields=id").headers


def test_a_fault_may_wait_for_a_page_token(api: Api) -> None:
    add_contacts(api.organization, 3)
    api.simulator.faults.add(path=PATH, kind="500", params={"page": None})
    assert api.get("Contacts?fields=id&page=1").status_code == 200
    assert api.get("Contacts?fields=id").status_code == 500


def test_the_accounts_server_fails_as_well(api: Api) -> None:
    api.simulator.faults.add(path="/oauth/v2/token", kind="502-html")
    reply = api.post("/oauth/v2/token")
    assert reply.status_code == 502


def test_an_unknown_fault_is_a_mistake_of_the_test(api: Api) -> None:
    with pytest.raises(ValueError, match="no such fault: teapot"):
        api.simulator.faults.add(kind="teapot")  # type: ignore[arg-type] # the point of it


def test_writes_between_two_requests(api: Api) -> None:
    ids = add_contacts(api.organization, 4)
    api.simulator.hooks.add(path=PATH, at=2, write=lambda org: org.delete("Contacts", ids[0]))
    pages = list(api.walk("Contacts", fields="id", sort_by="id", sort_order="asc", per_page=2))
    # By offset, the third record is never shown.
    assert [[row["id"] for row in page] for page in pages] == [ids[:2], ids[3:]]


def test_a_write_before_a_request_by_number_or_predicate(api: Api) -> None:
    done: list[str] = []
    api.simulator.hooks.before(api.simulator.request_number + 2, lambda _: done.append("number"))
    api.simulator.hooks.before(
        lambda call: call.params.get("module") == "Leads", lambda _: done.append("Leads")
    )
    api.get("org")
    assert done == []
    api.get("org")
    assert done == ["number"]
    api.get("settings/fields?module=Contacts")
    api.get("settings/fields?module=Leads")
    api.get("settings/fields?module=Leads")
    assert done == ["number", "Leads"]


def test_a_failing_write_is_noted(api: Api) -> None:
    api.simulator.hooks.add(path="/crm/v8/org", write=lambda org: org.delete("Leads", "1"))
    assert api.get("org").status_code == 200
    assert [type(error) for error in api.simulator.failures] == [KeyError]
    api.simulator.failures.clear()


def test_a_write_before_each_request(api: Api) -> None:
    api.simulator.hooks.add(
        path="/crm/v8/Leads", at=0, write=lambda org: org.create("Leads", {"Last_Name": "X"})
    )
    assert [len(api.rows("Leads?fields=id")) for _ in range(3)] == [1, 2, 3]
    api.simulator.hooks.clear()
    assert len(api.rows("Leads?fields=id")) == 3
