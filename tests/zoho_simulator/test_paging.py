"""Pages: what a token is bound to, how far it reaches, and what it remembers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho_simulator.api import Api, Start, add_contacts, error_of

ORDERED: dict[str, Any] = {
    "fields": "Modified_Time",
    "sort_by": "Modified_Time",
    "sort_order": "asc",
}
SINCE = {"If-Modified-Since": "2026-01-01T00:00:00+00:00"}


def next_token(api: Api, **params: Any) -> str:
    return str(api.get("Contacts", **params).json()["info"]["next_page_token"])


def test_page_reaches_2000_records(start: Start) -> None:
    api = start()
    add_contacts(api.organization, 1)
    assert api.get("Contacts", fields="id", page=10).status_code == 204
    assert api.get("Contacts", fields="id", page=40, per_page=50).status_code == 204
    beyond = (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 2000})
    assert error_of(api.get("Contacts", fields="id", page=11)) == beyond
    assert error_of(api.get("Contacts", fields="id", page=41, per_page=50)) == beyond


def test_page_and_token_exclude_each_other(api: Api) -> None:
    add_contacts(api.organization, 3)
    token = next_token(api, fields="id", per_page=2)
    _, code, details = error_of(api.get("Contacts", fields="id", page=2, page_token=token))
    assert code == "AMBIGUITY_DURING_PROCESSING"
    assert details["ambiguity_due_to"] == [{"param_name": "page"}, {"param_name": "page_token"}]
    reply = error_of(api.get("Contacts", fields="id", cvid="1", sort_by="id"))
    assert reply[1] == "AMBIGUITY_DURING_PROCESSING"


def test_tokens_lead_through_the_list_and_page_stays_1(api: Api) -> None:
    ids = add_contacts(api.organization, 5)
    pages = list(api.walk("Contacts", **ORDERED, per_page=2))
    assert [[row["id"] for row in page] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    token = next_token(api, **ORDERED, per_page=2)
    info = api.get("Contacts", **ORDERED, per_page=2, page_token=token).json()["info"]
    assert info["page"] == 1
    back = api.get("Contacts", **ORDERED, per_page=2, page_token=info["previous_page_token"]).json()
    assert [row["id"] for row in back["data"]] == ids[:2]


@pytest.mark.parametrize(
    "change",
    [{"fields": "id"}, {"per_page": 3}, {"sort_order": "desc"}, {"converted": "both"}],
)
def test_a_token_is_bound_to_the_parameters(api: Api, change: dict[str, Any]) -> None:
    add_contacts(api.organization, 5)
    params = {**ORDERED, "per_page": 2}
    token = next_token(api, **params)
    reply = api.get("Contacts", **{**params, **change, "page_token": token})
    mismatch = (400, "TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
    assert error_of(reply) == mismatch


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_token_may_be_bound_to_the_header(start: Start, is_bound: bool) -> None:
    api = start(header_bound_to_token=is_bound)
    add_contacts(api.organization, 5)
    first = api.get("Contacts", headers=SINCE, **ORDERED, per_page=2).json()
    token = first["info"]["next_page_token"]
    same = api.get("Contacts", headers=SINCE, **ORDERED, per_page=2, page_token=token)
    assert same.status_code == 200
    dropped = api.get("Contacts", **ORDERED, per_page=2, page_token=token)
    if is_bound:
        assert error_of(dropped)[1] == "TOKEN_BOUND_DATA_MISMATCH"
    else:
        assert dropped.status_code == 200


def test_a_token_is_bound_to_the_user(api: Api) -> None:
    add_contacts(api.organization, 3)
    token = next_token(api, **ORDERED, per_page=2)
    other = api.organization.add_user("Bo", "Berg", email="bo@brightwell.example")
    refresh = api.simulator.tokens.new_refresh_token(int(other))
    api.token = api.refresh(refresh_token=refresh.value)["access_token"]
    reply = api.get("Contacts", **ORDERED, per_page=2, page_token=token)
    assert error_of(reply) == (400, "INVALID_DATA", {"param_name": "page_token"})


def test_a_token_lives_24_hours(api: Api) -> None:
    add_contacts(api.organization, 3)
    token = next_token(api, **ORDERED, per_page=2)
    api.simulator.clock.advance(hours=24)
    api.token = api.refresh()["access_token"]
    details = {"api_name": "page_token", "json_path": "$.query.page_token"}
    reply = api.get("Contacts", **ORDERED, per_page=2, page_token=token)
    assert error_of(reply) == (400, "EXPIRED_VALUE", details)


def test_a_chain_of_tokens_ends_at_its_limit(start: Start) -> None:
    api = start(max_token_rows=4)
    add_contacts(api.organization, 9)
    params = {**ORDERED, "per_page": 2}
    token = next_token(api, **params)
    token = next_token(api, **params, page_token=token)
    reply = api.get("Contacts", **params, page_token=token)
    limit = (400, "PAGINATION_LIMIT_EXCEEDED", {"param_name": "page_token"})
    assert error_of(reply) == limit


@pytest.mark.parametrize("paging", ["offset", "cursor"])
@pytest.mark.parametrize("sort_order", ["asc", "desc"])
def test_what_a_token_remembers(start: Start, paging: str, sort_order: str) -> None:
    api = start(paging=paging)
    ids = add_contacts(api.organization, 6)
    shown = ids if sort_order == "asc" else ids[::-1]
    params = {**ORDERED, "sort_order": sort_order, "per_page": 2}
    token = next_token(api, **params)
    api.organization.delete("Contacts", shown[0])
    rows = api.rows("Contacts", **params, page_token=token)
    # By offset everybody moves up when somebody leaves, and one row is never shown.
    expected = shown[3:5] if paging == "offset" else shown[2:4]
    assert [row["id"] for row in rows] == expected


@pytest.mark.parametrize("paging", ["offset", "cursor"])
def test_rows_that_share_a_second_are_walked_once(start: Start, paging: str) -> None:
    api = start(paging=paging)
    ids = add_contacts(api.organization, 7)
    api.organization.mass_update("Contacts", ids, {"Amount": 1})
    for sort_order in ("asc", "desc"):
        params = {**ORDERED, "sort_order": sort_order, "per_page": 2}
        found = [row["id"] for page in api.walk("Contacts", **params) for row in page]
        assert sorted(found) == ids


@pytest.mark.parametrize(
    ("tie_order", "expected"),
    [("id_asc", [0, 1, 2]), ("id_desc", [2, 1, 0]), ("insertion", [2, 0, 1])],
)
def test_the_order_of_ties(start: Start, tie_order: str, expected: list[int]) -> None:
    api = start(tie_order=tie_order)
    ids = add_contacts(api.organization, 3)
    api.organization.mass_update("Contacts", [ids[2], ids[0], ids[1]], {"Amount": 1})
    rows = api.rows("Contacts", **ORDERED)
    assert [row["id"] for row in rows] == [ids[n] for n in expected]


def test_unstable_ties_are_shuffled_for_each_request(start: Start) -> None:
    api = start(tie_order="unstable")
    ids = add_contacts(api.organization, 30)
    api.organization.mass_update("Contacts", ids, {"Amount": 1})
    orders = {tuple(row["id"] for row in api.rows("Contacts", **ORDERED)) for _ in range(4)}
    assert len(orders) > 1
    assert all(sorted(order) == ids for order in orders)


@pytest.mark.parametrize(("position", "expected"), [("first", [2, 0, 1]), ("last", [0, 1, 2])])
def test_where_records_without_modified_time_stand(
    start: Start, position: str, expected: list[int]
) -> None:
    api = start(null_modified_time=position)
    ids = add_contacts(api.organization, 2)
    ids.append(api.organization.create("Contacts", {"Modified_Time": None}))
    rows = api.rows("Contacts", **ORDERED)
    assert [row["id"] for row in rows] == [ids[n] for n in expected]
    assert rows[expected.index(2)]["Modified_Time"] is None
    # Assumed: they are never newer than anything.
    rows = api.get("Contacts", headers=SINCE, **ORDERED).json()["data"]
    assert [row["id"] for row in rows] == ids[:2]


def test_numbered_pages_may_tell_no_token_but_the_last(start: Start) -> None:
    api = start(numbered_pages="last_tells_token", max_discrete_rows=6)
    ids = add_contacts(api.organization, 9)
    pages = [api.get("Contacts", **ORDERED, per_page=2, page=n).json()["info"] for n in (1, 2, 3)]
    assert [bool(info["next_page_token"]) for info in pages] == [False, False, True]
    assert all(info["more_records"] for info in pages)
    token = pages[-1]["next_page_token"]
    last = api.get("Contacts", **ORDERED, per_page=2, page_token=token).json()
    assert [row["id"] for row in last["data"]] == ids[6:8]
    assert last["info"]["next_page_token"]
