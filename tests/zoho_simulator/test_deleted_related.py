"""Of a record in the recycle bin Zoho shows the live children, through lookups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations

if TYPE_CHECKING:
    from zoho_simulator import Organization


@pytest.fixture
def org() -> Organization:
    return build_relations()


@pytest.fixture
def account(org: Organization) -> str:
    """An account that is about to be deleted."""
    return org.create("Accounts", {"Account_Name": "Alster"})


def test_live_children_of_a_deleted_parent(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    kept, binned, moved = (
        org.create("Deals", {"Account_Name": account, "Deal_Name": n}) for n in "ABC"
    )
    org.delete("Deals", binned)
    org.delete("Accounts", account)
    org.update("Deals", moved, {"Account_Name": None})
    path = f"Accounts/deleted/{account}/Deals"
    body = api.get(path, fields="Deal_Name,Account_Name").json()
    parent = {"name": "Alster", "id": account}
    assert body["data"] == [{"id": kept, "Deal_Name": "A", "Account_Name": parent}]
    assert body["info"] == {
        "per_page": 200, "count": 1, "page": 1, "more_records": False, "next_page_token": None,
        "previous_page_token": None, "page_token_expiry": None,
    }  # fmt: skip
    org.restore("Deals", binned)
    assert len(api.rows(path, fields="id")) == 2
    assert api.get(f"Accounts/deleted/{account}/Contacts", fields="id").status_code == 204


def test_only_while_the_parent_is_in_the_bin(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    org.create("Deals", {"Account_Name": account})
    path = f"Accounts/deleted/{account}/Deals"
    not_deleted = (400, "INVALID_DATA", {"resource_path_index": 2})
    assert error_of(api.get(path, fields="id")) == not_deleted
    org.delete("Accounts", account)
    assert len(api.rows(path, fields="id")) == 1
    assert error_of(api.get(f"Deals/deleted/{account}/Deals", fields="id")) == not_deleted
    api.wait(hours=60 * 24)
    assert error_of(api.get(path, fields="id")) == not_deleted
    assert error_of(api.get("Accounts/deleted/x/Deals", fields="id")) == not_deleted


def test_refusals(start: Start, org: Organization, account: str) -> None:
    api = start(org)
    org.delete("Accounts", account)
    base = f"Accounts/deleted/{account}"
    assert error_of(api.get(f"{base}/Deals")) == (
        400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"},
    )  # fmt: skip
    unknown = error_of(api.get(f"{base}/Nothing", fields="id"))
    assert unknown == (400, "INVALID_DATA", {"resource_path_index": 3})
    api.simulator.settings.deleted_path_index = "specification"
    unknown = error_of(api.get(f"{base}/Nothing", fields="id"))
    assert unknown == (400, "INVALID_DATA", {"resource_path_index": 2})
    org.related_lists.change("Accounts", "Deals", status="user_hidden")
    assert error_of(api.get(f"{base}/Deals", fields="id"))[1] == "INVALID_DATA"
    assert error_of(api.get(f"Nothing/deleted/{account}/Deals", fields="id"))[1] == "INVALID_MODULE"
    many = ",".join(f"F{n}" for n in range(51))
    assert error_of(api.get(f"{base}/Contacts", fields=many))[1] == "LIMIT_EXCEEDED"
    org.change_module("Contacts", refusal="NO_PERMISSION")
    assert error_of(api.get(f"{base}/Contacts", fields="id"))[:2] == (403, "NO_PERMISSION")
    assert error_of(api.send("POST", f"{base}/Contacts"))[1] == "INVALID_REQUEST_METHOD"


@pytest.mark.parametrize(
    ("reading", "served"),
    [
        ("lookup", {"Deals"}),
        ("any_lookup", {"Deals", "Notes", "Attachments", "Tasks"}),
        ("with_members", {"Deals", "Notes", "Attachments", "Tasks", "Products"}),
    ],
)
def test_which_relations_are_served_is_a_switch(
    start: Start, org: Organization, account: str, reading: str, served: set[str]
) -> None:
    api = start(org, deleted_related=reading)
    about = {"id": account, "module": "Accounts"}
    org.create("Deals", {"Account_Name": account})
    org.create("Notes", {"Parent_Id": about})
    org.create("Attachments", {"Parent_Id": about})
    org.create("Tasks", {"What_Id": about})
    org.link("Accounts", account, "Products", org.create("Products", {}))
    org.link("Accounts", account, "Suppliers7", org.create("Vendors", {}))
    org.delete("Accounts", account)
    lists = org.related_lists.of("Accounts")
    statuses = {
        name: api.get(f"Accounts/deleted/{account}/{name}", fields="id").status_code
        for name in ("Deals", "Notes", "Attachments", "Tasks", "Products", "Suppliers7",
                     "Activities_Chronological_View", "Emails")
    }  # fmt: skip
    assert set(statuses) <= set(lists)
    assert {name for name, status in statuses.items() if status == 200} == served
    refused = {name for name, status in statuses.items() if status == 400}
    assert refused == set(statuses) - served


def test_pages_by_number_only(start: Start, org: Organization, account: str) -> None:
    api = start(org, max_discrete_rows=4)
    for _ in range(6):
        org.create("Deals", {"Account_Name": account})
    org.delete("Accounts", account)
    path = f"Accounts/deleted/{account}/Deals"
    first = api.get(path, fields="id", per_page=2).json()
    token = first["info"]["next_page_token"]
    assert token
    header = {"If-Modified-Since": "2030-01-01T00:00:00+00:00"}
    again = api.get(
        path, fields="id", per_page=2, page_token=token, sort_by="x", headers=header
    ).json()
    assert again["data"] == first["data"]
    second = api.rows(path, fields="id", per_page=2, page=2)
    assert not {row["id"] for row in second} & {row["id"] for row in first["data"]}
    refused = error_of(api.get(path, fields="id", per_page=2, page=3))
    assert refused[1] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    api.simulator.settings.deleted_page_limit = False
    assert len(api.rows(path, fields="id", per_page=2, page=3)) == 2


def test_scopes(api: Api) -> None:
    api.simulator.settings.granted_scopes = ("ZohoCRM.modules.contacts.READ",)
    path = "Accounts/deleted/6000000000001000000/Contacts"
    assert error_of(api.get(path, fields="id"))[:2] == (401, "OAUTH_SCOPE_MISMATCH")
    api.simulator.settings.granted_scopes = ("ZohoCRM.modules.accounts.READ",)
    assert error_of(api.get(path, fields="id"))[1] == "INVALID_DATA"
