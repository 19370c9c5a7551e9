"""Who may call what, and which path there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.zoho_simulator.api import Api, Start


def test_no_usable_header_is_an_authentication_failure(api: Api) -> None:
    for header in ({}, {"Authorization": f"Bearer {api.token}"}):
        reply = requests.get(f"{api.server.url}/crm/v8/org", headers=header, timeout=10)
        assert reply.status_code == 401
        assert reply.json() == {
            "code": "AUTHENTICATION_FAILURE",
            "details": {},
            "message": "Authentication failed",
            "status": "error",
        }


def test_an_unknown_token_is_invalid(api: Api) -> None:
    api.token = "1000.some.thing"
    reply = api.get("org")
    assert (reply.status_code, reply.json()["code"]) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize(
    ("granted", "path", "is_allowed"),
    [
        ("ZohoCRM.modules.READ", "Contacts?fields=id", True),
        ("ZohoCRM.modules.ALL", "Contacts?fields=id", True),
        ("ZohoCRM.modules.contacts.READ", "Contacts?fields=id", True),
        ("zohocrm.modules.CONTACTS.all", "Contacts?fields=id", True),
        ("ZohoCRM.modules.leads.READ", "Contacts?fields=id", False),
        ("ZohoCRM.modules.contacts.CREATE", "Contacts?fields=id", False),
        ("ZohoCRM.modules.custom.READ", "Rates?fields=id", True),
        ("ZohoCRM.modules.custom.READ", "Contacts?fields=id", False),
        ("ZohoCRM.settings.fields.READ", "settings/fields?module=Contacts", True),
        ("ZohoCRM.settings.fields.READ", "settings/modules", False),
        ("ZohoCRM.settings.ALL", "settings/modules", True),
        ("ZohoCRM.modules.ALL", "Contacts/actions/count", False),
    ],
)
def test_scopes(start: Start, granted: str, path: str, is_allowed: bool) -> None:
    reply = start(granted_scopes=(granted,)).get(path)
    if is_allowed:
        assert reply.status_code in {200, 204}
    else:
        assert (reply.status_code, reply.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.parametrize("path", ["/crm/v2/Contacts", "/crm/v9/org", "/crm/v8/a/b/c/d/e", "/x"])
def test_other_paths_and_versions_are_not_found(api: Api, path: str) -> None:
    header = {"Authorization": f"Zoho-oauthtoken {api.token}"}
    reply = requests.get(api.server.url + path, headers=header, timeout=10)
    assert (reply.status_code, reply.json()["code"]) == (404, "INVALID_URL_PATTERN")


def test_the_wrong_verb_is_a_bad_request(api: Api) -> None:
    reply = api.post("/crm/v8/org")
    assert (reply.status_code, reply.json()["code"]) == (400, "INVALID_REQUEST_METHOD")


def test_refused_calls_cost_nothing_before_they_are_authorised(api: Api) -> None:
    before = api.simulator.credits.used
    api.token = "1000.some.thing"
    api.get("org")
    assert api.simulator.credits.used == before


def test_the_date_is_that_of_the_simulators_clock(api: Api) -> None:
    assert api.get("org").headers["Date"] == "Mon, 30 Mar 2026 07:00:00 GMT"
    api.simulator.clock.advance(hours=1, seconds=5)
    api.token = api.refresh()["access_token"]
    assert api.get("org").headers["Date"] == "Mon, 30 Mar 2026 08:00:05 GMT"
