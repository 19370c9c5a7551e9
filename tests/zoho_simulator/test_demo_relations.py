"""The demo organisation's relations and deletions are worth reading, and change by the day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api
from tests.zoho_simulator.test_demo import check_quotes
from zoho_simulator import Organization, Simulator, build_demo_organization
from zoho_simulator.rendering import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_S = 86_400


@pytest.fixture(scope="module")
def demo(demo_organization: Organization) -> Iterator[Api]:
    with Simulator(demo_organization).serve() as server:
        api = Api(server)
        yield api
        api.session.close()
        assert server.simulator.failures == []


def test_lists_are_of_every_kind_and_type(demo: Api) -> None:
    organization = demo.organization
    lists = [
        one for name in organization.modules for one in organization.related_lists.of(name).values()
    ]
    assert {one.kind for one in lists} == {
        "lookup", "activities", "many_to_many", "multiselect", "emails", "none",
    }  # fmt: skip
    assert {one.type for one in lists} == {
        "default", "multiselectlookup", "grouped", "combined_view", "custom_lookup",
        "custom_related_list", "slyteui", "queries", "custom_function",
    }  # fmt: skip
    assert {one.status for one in lists} >= {"visible", "user_hidden", "scheduled_for_deletion"}
    ids = Counter((name, one.id) for name in organization.modules
                  for one in organization.related_lists.of(name).values())  # fmt: skip
    assert max(ids.values()) == 1


def parents_with_rows(demo: Api, module: str, related_list: str) -> list[str]:
    """A few parents that have something in a list."""
    organization = demo.organization
    found: list[str] = []
    for record in organization.module(module).visible():
        if organization.related_ids(module, str(record.id), related_list):
            found.append(str(record.id))
        if len(found) == 2:
            break
    return found


def walk(demo: Api, path: str, fields: str) -> dict[str, dict[str, Any]]:
    pages = demo.walk(path, fields=fields, converted="both")
    return {row["id"]: row for page in pages for row in page}


def test_every_list_reads_as_it_is(demo: Api) -> None:
    organization = demo.organization
    read: set[str] = set()
    for name, module in organization.modules.items():
        if module.traits.refusal or not module.traits.api_supported:
            continue
        for one in organization.related_lists.of(name).values():
            if one.kind in {"emails", "none"} or one.status != "visible":
                continue
            names = list(organization.module(one.modules[0]).fields)[:48]
            for parent in parents_with_rows(demo, name, one.api_name):
                related = demo.simulator.related(name, parent, one.api_name)
                truth = {row["id"]: row for row in json.loads(encode(related))}
                rows = walk(demo, f"{name}/{parent}/{one.api_name}", ",".join(names))
                assert set(rows) == set(truth), (name, one.api_name)
                same = ("$member_info", "$module", "Contact_Role", "Modified_Time")
                for record_id, row in rows.items():
                    for key in set(same) & set(row):
                        assert row[key] == truth[record_id][key]
                read.add(f"{name}.{one.api_name}")
    assert len(read) > 50
    assert {
        "Campaigns.Leads", "Contacts.Campaigns", "Deals.Contact_Roles", "Deals.Stage_History",
        "Accounts.Suppliers7", "Price_Books.Products", "Accounts.Activities_Chronological_View",
        "Contacts.Events_History", "Leads.Notes", "Deals.Attachments",
        "Services__s.Appointments__s",
    } <= read  # fmt: skip


def test_the_newsletter_has_more_members_than_pages_reach(demo: Api) -> None:
    sizes = {
        campaign: len(demo.organization.related_ids("Campaigns", str(campaign), "Contacts"))
        for campaign in demo.organization.module("Campaigns").records
    }
    campaign = max(sizes, key=lambda one: sizes[one])
    assert sizes[campaign] > 2_000
    assert len(walk(demo, f"Campaigns/{campaign}/Contacts", "id")) == sizes[campaign]


def test_a_list_leaves_something_out_that_no_metadata_tells_of(demo: Api) -> None:
    cases = demo.organization.records("Cases").values()
    all_of = Counter(case["Product_Name"]["id"] for case in cases if case["Product_Name"])
    shown = {product: len(demo.organization.related_ids("Products", product, "Cases"))
             for product in all_of}  # fmt: skip
    assert sum(shown.values()) < sum(all_of.values()) * 0.9


def test_emails_and_files(demo: Api) -> None:
    contact = demo.organization.records("Contacts")
    counts = [
        len(demo.get(f"Contacts/{one}/Emails").json()["Emails"]) for one in list(contact)[2:3]
    ]
    assert counts == [10]
    types = {row["$type"] for row in files(demo)}
    assert types == {"Attachment", "Link URL"}
    assert all(row["Parent_Id"] is None for row in files(demo))


def files(demo: Api) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for deal in parents_with_rows(demo, "Deals", "Attachments"):
        rows += demo.rows(f"Deals/{deal}/Attachments", fields="$type,Parent_Id,File_Name")
    for account in list(demo.organization.module("Accounts").records)[:400]:
        if demo.organization.related_ids("Accounts", str(account), "Attachments"):
            rows += demo.rows(f"Accounts/{account}/Attachments", fields="$type,Parent_Id")
    return rows


def test_deletions_of_many_ages(demo: Api) -> None:
    modules = ("Leads", "Accounts", "Contacts", "Deals", "Tasks", "Cases", "Quotes")
    rows = [row for name in modules for row in demo.simulator.deletions(name)]
    assert {row["type"] for row in rows} == {"recycle", "permanent"}
    now = demo.organization.clock.now
    binned = [row for row in rows if row["type"] == "recycle"]
    ages = [(now - datetime.fromisoformat(row["deleted_time"])).days for row in binned]
    assert min(ages) < 7
    assert 55 <= max(ages) < 60
    hours = Counter(row["deleted_time"][:10] for row in demo.simulator.deletions("Leads"))
    assert max(hours.values()) >= 40
    assert demo.get("settings/recycle_bin/actions/count").json()["count"] >= len(binned)


def test_the_account_that_somebody_deleted_left_deals_behind(demo: Api) -> None:
    accounts = [row["id"] for row in demo.rows("Accounts/deleted", type="recycle")]
    left = {
        account: walk_deleted(demo, f"Accounts/deleted/{account}/Deals") for account in accounts
    }
    assert max(left.values()) >= 3


def walk_deleted(demo: Api, path: str) -> int:
    reply = demo.get(path, fields="Deal_Name,Amount")
    return len(reply.json()["data"]) if reply.content else 0


def test_what_administrators_have_set_up(demo: Api) -> None:
    layouts = {one["name"]: one for one in demo.get("settings/layouts?module=Deals").json()[
        "layouts"]}  # fmt: skip
    assert set(layouts) == {"Standard", "Service Contracts"}
    deals = demo.organization.records("Deals").values()
    assert {deal["Layout"]["id"] for deal in deals} == {one["id"] for one in layouts.values()}
    for name, pipeline in (("Standard", "Standard (Standard)"),
                           ("Service Contracts", "Service Contracts")):  # fmt: skip
        shown = demo.get("settings/pipeline", layout_id=layouts[name]["id"]).json()["pipeline"]
        assert [one["display_value"] for one in shown] == [pipeline]
    currencies = demo.get("org/currencies").json()["currencies"]
    assert [one["iso_code"] for one in currencies if one["is_base"]] == ["EUR"]
    assert [one["iso_code"] for one in currencies if not one["is_active"]] == ["PLN"]
    roles = {one["name"] for one in demo.get("settings/roles").json()["roles"]}
    users = demo.get("users", type="AllUsers").json()["users"]
    assert {user["role"]["name"] for user in users} <= roles
    profiles = demo.get("settings/profiles").json()["profiles"]
    assert {one["name"] for one in profiles} == {"Administrator", "Standard", "Auditor"}
    territories = demo.get("settings/territories").json()["territories"]
    assert [one["name"] for one in territories if one["reporting_to"] is None] == ["World"]


def state(organization: Organization) -> dict[str, Any]:
    """What a day should change, by kind."""
    links = {relation.left + relation.right: {(left, right): dict(link.values)
                                              for left, right, link in one}
             for relation, one in organization.links.items()}  # fmt: skip
    return {
        "links": links,
        "lines": organization.records("Quoted_Items"),
        "suppliers": set(organization.records("Accounts_X_Vendors")),
        "bin": {entry.id for entry in organization.bin},
        "notes": organization.records("Notes"),
        "files": set(organization.records("Attachments")),
        "rates": {code: one.exchange_rate
                  for code, one in organization.reference.currencies.items()},
    }  # fmt: skip


def test_what_reading_by_time_cannot_see_happens_when_asked_for() -> None:
    organization = build_demo_organization(seed=11, scale=0.05)
    organization.clock.freeze()
    assert not {"restore", "merge_contacts"} & set(organization.change_day())
    assert {"restore", "merge_contacts"} <= set(organization.change_day(silent=True))


def test_days_change_relations_lines_and_deletions() -> None:
    organization = build_demo_organization(seed=11, scale=0.3)
    organization.clock.freeze()
    before = state(organization)
    done: Counter[str] = Counter()
    for _ in range(3):
        done.update(organization.change_day(silent=True))
    after = state(organization)
    for name in ("CampaignsLeads", "CampaignsContacts", "ProductsDeals", "DealsContacts"):
        assert before["links"][name] != after["links"][name]
    joined = before["links"]["CampaignsContacts"]
    assert set(joined) - set(after["links"]["CampaignsContacts"])
    assert set(after["lines"]) - set(before["lines"])
    assert set(before["lines"]) - set(after["lines"])
    assert after["suppliers"] != before["suppliers"]
    assert after["bin"] - before["bin"]
    assert before["bin"] - after["bin"]
    assert after["files"] > before["files"]
    assert after["rates"] != before["rates"]
    assert {"restore", "purge", "merge_contacts", "delete_account", "remove_line"} <= set(done)
    check_quotes(organization)
