"""`zoho-sync delink`: a plan before, evidence after, and a way back; on both destinations."""

from __future__ import annotations

import json

import pytest

from tests.zoho_sync.delinking import UNKNOWN, Delinking, row_of


def test_250_relations_of_three_parents_take_four_calls_and_come_back(
    delinking: Delinking,
) -> None:
    rows = [
        row
        for count, status in ((150, "Sent"), (60, "Opened"), (40, "Lost"))
        for row in delinking.add_members(count, status=status)
    ]
    before = delinking.members(rows)
    delinking.write(rows)

    planned = delinking.plan()

    assert planned.code == 0, planned.err + planned.out
    document = planned.document
    assert (document["to_remove"], document["calls_to_apply"]) == (250, 4)
    assert {entry.method for entry in delinking.crm.log()} == {"GET"}
    assert delinking.members(rows) == before

    applied = delinking.apply()

    assert applied.code == 0, applied.err + applied.out
    assert [entry.method for entry in delinking.writes()] == ["DELETE"] * 4
    assert delinking.members(rows) == {}
    records = delinking.records()
    assert len(records) == 250
    assert {r["state"] for r in records} == {"removed"}
    images = [
        json.loads(r["before"]) if isinstance(r["before"], str) else r["before"] for r in records
    ]
    assert {i["id"]: i["Member_Status"] for i in images} == before
    assert all(r["intended_at"] <= r["done_at"] and r["run_by"] for r in records)

    undone = delinking.run("--undo", document["plan"], "--yes")

    assert undone.code == 0, undone.err + undone.out
    assert [entry.method for entry in delinking.writes()[4:]] == ["PUT"] * 4
    assert delinking.members(rows) == before
    assert {r["undo_state"] for r in delinking.records()} == {"restored"}


def test_each_row_is_told_by_what_can_be_done_with_it(delinking: Delinking) -> None:
    org = delinking.crm.org
    campaign = org.create("Campaigns", {"Ext_Campaign": "C-1"})
    there, gone, named = (org.create("Contacts", {"Ext_Contact": f"P-{n}"}) for n in range(3))
    for contact in (there, named):
        org.link("Campaigns", campaign, "Contacts", contact)
    fields = {"record_field": "Ext_Campaign", "related_field": "Ext_Contact"}
    rows = {
        "there": row_of(campaign, there),
        "from the other side again": {
            "module": "Contacts", "record": there, "related_list": "Campaigns",
            "related_record": campaign,
        },
        "gone": row_of(campaign, gone),
        "no such record": row_of(UNKNOWN, there),
        "by external ids": row_of("C-1", "P-2", **fields),
        "wrong external id of the record": row_of("C-9", "P-2", **fields),
        "wrong external id of the related one": row_of("C-1", "P-9", **fields),
        "no external field": row_of("C-1", "P-2", record_field="Campaign_Name"),
        "forbidden": {
            "module": "Deals", "record": campaign, "related_list": "Contact_Roles",
            "related_record": there,
        },
        "wrong type": row_of(campaign, "abc"),
    }  # fmt: skip
    delinking.write(list(rows.values()))

    planned = delinking.plan()

    assert planned.code == 6
    document = planned.document
    assert document["rows_named"] == 10
    columns = ("module", "record", "related_record", "record_field", "related_field")
    found = {tuple(r.get(n) for n in columns): r["planned"] for r in document["rows"]}
    assert len(found) == 9  # one relation was named twice
    states = {
        name: found[tuple(row.get(n) for n in columns)]
        for name, row in rows.items()
        if "again" not in name
    }
    assert states == {
        "there": "remove",
        "gone": "gone",
        "no such record": "gone",
        "by external ids": "remove",
        "wrong external id of the record": "refused",
        "wrong external id of the related one": "refused",
        "no external field": "refused",
        "forbidden": "refused",
        "wrong type": "refused",
    }
    assert "no removing from Deals.Contact_Roles" in planned.out
    assert "No record of Campaigns has 'C-9' in Ext_Campaign" in planned.out
    assert {entry.method for entry in delinking.crm.log()} == {"GET"}
    assert len(org.related_ids("Campaigns", campaign, "Contacts")) == 2

    applied = delinking.apply()

    assert applied.code == 6
    assert "2 relations removed, 2 were gone already, 5 not possible" in applied.document["message"]
    assert org.related_ids("Campaigns", campaign, "Contacts") == []
    assert len(delinking.writes()) == 2
    assert [r["state"] for r in delinking.records()] == ["removed", "removed"]
    again = delinking.apply()
    assert again.document["message"] == applied.document["message"]
    assert len(delinking.writes()) == 2
    undone = delinking.run("--undo", document["plan"], "--yes")
    assert undone.code == 0
    assert len(org.related_ids("Campaigns", campaign, "Contacts")) == 2


def test_what_changed_since_the_plan(delinking: Delinking) -> None:
    """A relation that went meanwhile is done; one that Zoho refuses is told and tried again."""
    rows = delinking.add_members(3)
    products = delinking.crm.org.create("Products", {}), delinking.crm.org.create("Accounts", {})
    delinking.crm.org.link("Products", products[0], "Accounts", products[1])
    names = {"module": "Products", "related_list": "Accounts"}
    delinking.write([*rows, {**names, "record": products[0], "related_record": products[1]}])
    plan = delinking.plan().document["plan"]
    delinking.crm.org.unlink("Campaigns", rows[0]["record"], "Contacts", rows[0]["related_record"])
    delinking.crm.org.change_module("Products", write_refusal="NO_PERMISSION")

    applied = delinking.apply()

    assert applied.code == 6
    assert delinking.members(rows) == {}
    assert sorted(r["state"] for r in delinking.records()) == [
        "failed",
        "gone",
        "removed",
        "removed",
    ]
    assert "The user's profile may not do this" in applied.out
    delinking.crm.org.change_module("Products", write_refusal=None)
    unconfirmed = delinking.run("--plan", plan[:6], "--apply")
    assert unconfirmed.code == 2
    assert "Remove 1 relation from 1 list in Zoho" in unconfirmed.sentence
    assert delinking.run("--plan", plan[:6], "--apply", "--yes").code == 0
    assert [e.method for e in delinking.writes()] == ["DELETE"] * 3
    # Only what the plan has removed comes back.
    undone = delinking.run("--undo", plan[:6], "--yes")
    assert "3 relations added again" in undone.document["message"]
    assert set(delinking.members(rows)) == {r["related_record"] for r in rows[1:]}


def test_a_missing_scope_leaves_nothing_behind_and_a_lost_reply_counts_as_removed(
    delinking: Delinking,
) -> None:
    rows = delinking.add_members(2)
    delinking.write(rows)
    granted = delinking.crm.settings.granted_scopes
    delinking.crm.settings.granted_scopes = ("ZohoCRM.modules.READ", "ZohoCRM.org.READ")
    assert delinking.plan().code == 0

    refused = delinking.apply()

    assert refused.code == 3
    assert "ZohoCRM.modules.campaigns.DELETE" in refused.sentence
    assert delinking.records() == []
    assert len(delinking.members(rows)) == 2
    delinking.crm.settings.granted_scopes = granted
    delinking.crm.simulator.tokens.expire_all()
    plan = delinking.plan().document["plan"]
    delinking.crm.forget_log()
    delinking.crm.faults.add(kind="cut", method="DELETE")
    delinking.crm.faults.add(kind="429", method="DELETE")

    applied = delinking.apply()

    assert applied.code == 0
    assert [e.status for e in delinking.writes()] == [200, 429, 400]
    replies = {(r["state"], r["reply_code"]) for r in delinking.records()}
    assert replies == {("removed", "INVALID_DATA")}
    delinking.run("--undo", plan, "--yes")
    assert len(delinking.members(rows)) == 2


@pytest.mark.parametrize("delinking", ["duckdb"], indirect=True)
def test_a_limit_of_calls_ends_it_in_order(
    delinking: Delinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row for _ in range(3) for row in delinking.add_members(2)]
    delinking.write(rows)
    assert delinking.plan().code == 0
    monkeypatch.setenv("SOURCES__ZOHO_CRM__MAX_CALLS", "2")

    first = delinking.apply()

    assert first.code == 8
    assert "4 relations removed, 2 left; apply it again" in first.document["message"]
    assert delinking.apply().code == 0
    assert delinking.members(rows) == {}


@pytest.mark.parametrize("delinking", ["duckdb"], indirect=True)
def test_what_cannot_come_back_is_named(delinking: Delinking) -> None:
    org = delinking.crm.org
    rows = delinking.add_members(3)
    contact = org.create("Contacts", {"Ext_Contact": "P-1"})
    deal = org.create("Deals", {"Ext_Deal": "D-1", "Contact_Name": contact})
    book, product = org.create("Price_Books", {}), org.create("Products", {})
    org.link("Price_Books", book, "Products", product, values={"list_price": 12.5})
    lookup = {
        "module": "Contacts",
        "record": "P-1",
        "related_list": "Deals",
        "related_record": "D-1",
    }
    fields = {"record_field": "Ext_Contact", "related_field": "Ext_Deal"}
    priced = {"module": "Price_Books", "related_list": "Products"}
    delinking.write(
        [*rows, {**lookup, **fields}, {**priced, "record": book, "related_record": product}]
    )
    planned = delinking.plan()
    assert planned.code == 0, planned.out
    plan = planned.document["plan"]
    assert delinking.apply().code == 0
    assert org.records("Deals")[deal]["Contact_Name"] is None
    org.delete("Contacts", rows[0]["related_record"])
    campaign, since = rows[1]["record"], rows[1]["related_record"]
    org.link("Campaigns", campaign, "Contacts", since, values={"Member_Status": "New"})

    undone = delinking.run("--undo", plan, "--yes")

    assert undone.code == 6
    message = undone.document["message"]
    assert "2 relations added again, 1 were there, 2 could not be added" in message
    assert delinking.members(rows) == {since: "New", rows[2]["related_record"]: "Sent"}
    notes = {
        r["related_record"]: r["undo_note"]
        for r in delinking.records()
        if r["undo_state"] == "failed"
    }
    assert set(notes) == {"D-1", rows[0]["related_record"]}
    assert "is a lookup" in notes["D-1"]
    (shown,) = delinking.crm.simulator.related("Price_Books", book, "Products")
    assert float(shown["$member_info"]["list_price"]) == 12.5
