"""Deleted records are told of for as long and as much as Zoho tells of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api, Start, add_contacts, error_of
from tests.zoho_simulator.relations import build_relations

if TYPE_CHECKING:
    from zoho_simulator import Organization

DAY_S = 86_400


@pytest.fixture
def org() -> Organization:
    return build_relations()


def kinds(api: Api, module: str = "Contacts", **params: Any) -> dict[str, str]:
    """The type of each deletion that a list tells of."""
    reply = api.get(f"{module}/deleted", **params)
    return {row["id"]: row["type"] for row in reply.json()["data"]} if reply.content else {}


def test_a_deletion_has_the_documented_members(start: Start, org: Organization) -> None:
    author = org.add_user("Jo", "Weber", email="jo@b.example")
    contact = org.create("Contacts", {"Last_Name": "Ito"}, user=author)
    org.delete("Contacts", contact)
    reply = start(org).get("Contacts/deleted").json()
    ada = {"name": "Ada Field", "id": "6000000000000000901"}
    assert reply["data"] == [
        {"id": contact, "display_name": "Ito", "type": "recycle", "deleted_by": ada,
         "created_by": {"name": "Jo Weber", "id": author},
         "deleted_time": "2026-03-30T09:00:00+02:00"}
    ]  # fmt: skip
    assert reply["info"] == {"per_page": 200, "count": 1, "page": 1, "more_records": False}


def test_nothing_but_the_time_is_told_of_a_permanent_deletion(
    start: Start, org: Organization
) -> None:
    contact = org.create("Contacts", {"Last_Name": "Ito"})
    org.delete("Contacts", contact)
    org.clock.advance(hours=1)
    org.purge("Contacts", contact)
    assert start(org).rows("Contacts/deleted") == [
        {"id": contact, "display_name": None, "type": "permanent", "deleted_by": None,
         "created_by": None, "deleted_time": "2026-03-30T10:00:00+02:00"}
    ]  # fmt: skip


def test_what_is_purged_may_keep_the_time_of_its_deletion(start: Start, org: Organization) -> None:
    api = start(org, purge_moves_time=False)
    contact = org.create("Contacts", {})
    org.delete("Contacts", contact)
    org.clock.advance(minutes=30)
    org.purge("Contacts", contact)
    assert api.rows("Contacts/deleted")[0]["deleted_time"] == "2026-03-30T09:00:00+02:00"
    with pytest.raises(ValueError, match="not in the recycle bin"):
        org.purge("Contacts", contact)


def test_types_of_deletions(start: Start, org: Organization) -> None:
    api = start(org)
    kept, gone = add_contacts(org, 2)
    for contact in (kept, gone):
        org.delete("Contacts", contact)
    org.purge("Contacts", gone)
    assert kinds(api) == {kept: "recycle", gone: "permanent"}
    assert kinds(api, type="recycle") == {kept: "recycle"}
    assert kinds(api, type="permanent") == {gone: "permanent"}
    assert api.get("Leads/deleted").status_code == 204
    refused = error_of(api.get("Contacts/deleted", type="gone"))
    assert refused == (400, "PATTERN_NOT_MATCHED", {"param_name": "type"})
    assert error_of(api.get("Nothing/deleted"))[1] == "INVALID_MODULE"


def test_refusals_may_be_wrapped(start: Start, org: Organization) -> None:
    reply = start(org, deleted_errors_wrapped=True).get("Contacts/deleted", type="gone")
    assert reply.status_code == 400
    assert reply.json()["data"][0]["code"] == "PATTERN_NOT_MATCHED"


def test_the_bin_is_emptied_by_age_and_both_lists_forget(start: Start, org: Organization) -> None:
    api = start(org)
    contact = org.create("Contacts", {})
    org.delete("Contacts", contact)
    deleted_at = org.clock.now
    api.wait(hours=60 * 24 - 1)
    assert kinds(api) == {contact: "recycle"}
    api.wait(hours=2)
    assert kinds(api) == {contact: "permanent"}
    purged_at = datetime.fromisoformat(api.rows("Contacts/deleted")[0]["deleted_time"])
    assert purged_at == deleted_at + timedelta(days=60)
    with pytest.raises(ValueError, match="not in the recycle bin"):
        org.restore("Contacts", contact)
    api.wait(hours=120 * 24)
    assert kinds(api) == {}


def test_the_bin_is_emptied_by_hand(start: Start, org: Organization) -> None:
    api = start(org)
    contact, lead = org.create("Contacts", {}), org.create("Leads", {})
    org.delete("Contacts", contact)
    org.delete("Leads", lead)
    assert org.empty_recycle_bin("Leads") == 1
    assert (kinds(api), kinds(api, "Leads")) == ({contact: "recycle"}, {lead: "permanent"})
    assert org.empty_recycle_bin() == 1
    assert api.get("settings/recycle_bin").status_code == 204


def test_a_restored_record_is_told_of_no_more_until_it_is_deleted_again(
    start: Start, org: Organization
) -> None:
    api = start(org)
    contact = org.create("Contacts", {"Last_Name": "Ito"})
    org.delete("Contacts", contact)
    org.restore("Contacts", contact)
    assert kinds(api) == {}
    assert [row["id"] for row in api.rows("Contacts", fields="id")] == [contact]
    org.clock.advance(minutes=5)
    org.delete("Contacts", contact)
    assert api.rows("Contacts/deleted")[0]["deleted_time"] == "2026-03-30T09:05:00+02:00"


@pytest.mark.parametrize(("reading", "statuses"), [("exclusive", (304, 200)),
                                                   ("inclusive", (200, 200))])  # fmt: skip
def test_deletions_since(
    start: Start, org: Organization, reading: str, statuses: tuple[int, int]
) -> None:
    api = start(org, if_modified_since=reading)
    org.delete("Contacts", org.create("Contacts", {}), deleted_time=org.clock.now)
    for seconds, status in zip((0, -1), statuses, strict=True):
        since = (org.clock.now + timedelta(seconds=seconds)).isoformat()
        assert api.get("Contacts/deleted", headers={"If-Modified-Since": since}).status_code == (
            status
        )


def test_deletions_by_page(start: Start, org: Organization) -> None:
    api = start(org)
    ids = add_contacts(org, 5)
    for second, contact in enumerate(ids):
        org.delete("Contacts", contact, deleted_time=org.clock.epoch_s + second)
    pages = [api.get("Contacts/deleted", per_page=2, page=page) for page in (1, 2, 3, 4)]
    assert [row["id"] for page in pages[:3] for row in page.json()["data"]] == ids[::-1]
    assert [page.json()["info"]["more_records"] for page in pages[:3]] == [True, True, False]
    assert pages[3].status_code == 204
    api.simulator.settings.deleted_order = "asc"
    assert [row["id"] for row in api.rows("Contacts/deleted")] == ids


def test_pages_of_deletions_end_unless_the_switch_says_otherwise(
    start: Start, org: Organization
) -> None:
    api = start(org, max_discrete_rows=4)
    for contact in add_contacts(org, 6):
        org.delete("Contacts", contact)
    assert len(api.rows("Contacts/deleted", per_page=2, page=2)) == 2
    refused = error_of(api.get("Contacts/deleted", per_page=2, page=3))
    assert refused == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": 4})
    api.simulator.settings.deleted_page_limit = False
    assert len(api.rows("Contacts/deleted", per_page=2, page=3)) == 2


def test_a_merge_hands_everything_over_and_the_duplicate_is_gone(
    start: Start, org: Organization
) -> None:
    api = start(org)
    master, duplicate = (org.create("Accounts", {"Account_Name": n}) for n in ("A", "B"))
    deal = org.create("Deals", {"Account_Name": duplicate})
    note = org.create("Notes", {"Parent_Id": {"id": duplicate, "module": "Accounts"}})
    product = org.create("Products", {})
    member = org.link("Accounts", duplicate, "Products", product)
    org.add_email("Accounts", duplicate, subject="Offer")
    before = org.records("Deals")[deal]["Modified_Time"]
    org.clock.advance(minutes=1)
    org.merge("Accounts", master, [duplicate], values={"Ext_Account": "A-1"})
    assert kinds(api, "Accounts") == {duplicate: "permanent"}
    assert org.related_ids("Accounts", master, "Deals") == [deal]
    assert org.related_ids("Accounts", master, "Notes") == [note]
    row = api.rows(f"Accounts/{master}/Products", fields="id")[0]
    assert (row["id"], row["$member_info"]["id"]) == (product, member)
    assert len(api.get(f"Accounts/{master}/Emails").json()["Emails"]) == 1
    assert org.records("Deals")[deal]["Modified_Time"] == before
    shown = org.records("Accounts")[master]
    assert (shown["Ext_Account"], shown["Modified_Time"]) == ("A-1", "2026-03-30T09:01:00+02:00")
    with pytest.raises(ValueError, match="cannot take"):
        org.merge("Accounts", master, [master])


@pytest.mark.parametrize(
    ("merged_type", "told"), [("permanent", 1), ("recycle", 1), ("unlisted", 0)]
)
def test_what_is_told_of_a_merged_record_is_a_switch(
    start: Start, org: Organization, merged_type: str, told: int
) -> None:
    api = start(org, merged_type=merged_type, merge_touches_children=True)
    master, duplicate = add_contacts(org, 2)
    deal = org.create("Deals", {"Contact_Name": duplicate}, modified_time=1_000_000)
    org.merge("Contacts", master, [duplicate])
    assert len(kinds(api)) == told
    assert set(kinds(api).values()) <= {merged_type}
    assert org.records("Deals")[deal]["Modified_Time"] == "2026-03-30T09:00:00+02:00"


def test_rows_of_a_deleted_parent_go_and_come_back_with_it(start: Start, org: Organization) -> None:
    api = start(org)
    deal = org.create("Deals", {"Deal_Name": "D"})
    line = org.add_line("Deals", deal, "Steps", {"Step": "Kick-off"})
    org.delete("Deals", deal)
    assert api.get("Steps", fields="id").status_code == 204
    assert kinds(api, "Steps") == {}
    org.restore("Deals", deal)
    assert [row["id"] for row in api.rows("Steps", fields="id")] == [line]
    api.simulator.settings.rows_of_deleted_parent = "stay"
    org.delete("Deals", deal)
    assert len(api.rows("Steps", fields="id")) == 1


@pytest.mark.parametrize(("reading", "told"), [("unlisted", []), ("permanent", ["permanent"]),
                                               ("recycle", ["recycle"])])  # fmt: skip
def test_what_is_told_of_a_removed_line_is_a_switch(
    start: Start, org: Organization, reading: str, told: list[str]
) -> None:
    api = start(org, child_row_deletions=reading)
    deal = org.create("Deals", {})
    line = org.add_line("Deals", deal, "Steps", {"Step": "Kick-off"})
    org.clock.advance(minutes=1)
    org.remove_line("Deals", deal, "Steps", line)
    assert list(kinds(api, "Steps").values()) == told
    assert org.records("Deals")[deal]["Modified_Time"] == "2026-03-30T09:01:00+02:00"
    with pytest.raises(KeyError):
        org.remove_line("Deals", deal, "Steps", line)
