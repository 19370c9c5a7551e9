"""`zoho-sync delink`: a plan before, evidence after, and a way back; on both destinations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.crm_copies import copy_on
from tests.zoho_sync.delinking import UNKNOWN, Delinking, row_of
from tests.zoho_sync.terminals import answer_on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server


@pytest.fixture(params=["duckdb", "postgres"])
def delinking(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    zoho_sync: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Delinking:
    """Nothing is loaded and nothing planned."""
    crm = Delinking.build_crm(Crm(simulator_server))
    copy = copy_on(request.param, request, crm, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return Delinking(crm, copy, zoho_sync, tmp_path / "rows.csv")


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


def test_a_plan_is_not_applied_where_its_inputs_changed(delinking: Delinking) -> None:
    rows = delinking.add_members(3)
    delinking.write(rows[:2])
    assert delinking.apply().code == 2  # never planned
    plan = delinking.plan().document["plan"]
    delinking.write(rows)

    changed = delinking.apply()

    assert changed.code == 9
    assert "names other relations now (3 rows, then 2): make a new plan" in changed.sentence
    assert delinking.run("--plan", plan, "--apply", "--yes").code == 9
    assert delinking.writes() == []
    assert delinking.plan().code == 0
    table = "zoho_crm.delink_plans"
    delinking.copy.execute(f"UPDATE {table} SET plan = replace(plan, 'gone', 'remove')")
    delinking.copy.execute(f"UPDATE {table} SET plan = replace(plan, '{UNKNOWN}', '1') || ' '")
    tampered = delinking.apply()
    assert tampered.code == 9
    assert "is not as it was made" in tampered.sentence
    assert delinking.writes() == []
    assert len(delinking.members(rows)) == 3
    plan = delinking.plan().document["plan"]
    assert delinking.apply().code == 0
    delinking.write(rows[:1])  # what was applied stands for nothing new
    assert delinking.apply().code == 9
    assert delinking.run("--plan", plan, "--apply", "--yes").code == 0
    assert len(delinking.writes()) == 1


@pytest.mark.parametrize("delinking", ["duckdb"], indirect=True)
def test_nothing_is_removed_without_confirmation_or_past_the_limit(delinking: Delinking) -> None:
    rows = delinking.add_members(3)
    delinking.write([*rows, rows[0]])
    planned = delinking.plan("--max", "3")
    assert "takes --max 4" in planned.out

    for wrong in (("--offline",), ("--plan", "1"), ("--undo", "1")):
        assert delinking.apply(*wrong).code == 2
    unconfirmed = delinking.run("--from-file", str(delinking.file), "--apply")
    too_many = delinking.apply("--max", "3")

    assert (unconfirmed.code, too_many.code) == (2, 2)
    assert "Remove 3 relations from 1 list in Zoho" in unconfirmed.sentence
    assert "give --yes" in unconfirmed.sentence
    assert "names 4 rows, more than 3" in too_many.sentence
    assert delinking.writes() == []
    assert delinking.apply("--max", "4").code == 0


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


def test_an_offline_plan_asks_zoho_nothing_and_can_be_undone(delinking: Delinking) -> None:
    rows = delinking.add_members(3, status="Opened")
    delinking.write([*rows, row_of(rows[0]["record"], UNKNOWN)])
    assert "The dataset holds no Campaigns.Contacts" in delinking.plan("--offline").out
    values = ", ".join(
        f"('{r['record']}', '{r['related_record']}', 'Opened', 'm{n}')" for n, r in enumerate(rows)
    )
    delinking.copy.execute(
        "CREATE TABLE zoho_crm.campaigns__contacts AS SELECT * FROM"
        f" (VALUES {values}) AS v(parent_id, id, member_status, member_id)"
    )
    delinking.crm.forget_log()

    planned = delinking.plan("--offline")

    assert planned.code == 0
    assert (planned.document["to_remove"], planned.document["already_gone"]) == (3, 1)
    assert delinking.crm.log() == []
    assert delinking.apply().code == 0
    assert delinking.members(rows) == {}
    assert delinking.run("--undo", planned.document["plan"], "--yes").code == 0
    assert set(delinking.members(rows).values()) == {"Opened"}
    again = delinking.run("--undo", planned.document["plan"])
    assert again.code == 0
    assert (
        "was undone already, nothing was changed: 3 relations had been added again."
        in (again.document["message"])
    )


@pytest.mark.parametrize("delinking", ["duckdb"], indirect=True)
def test_a_plan_without_rows_is_a_sentence_without_a_table(delinking: Delinking) -> None:
    delinking.file.write_text("module,record,related_list,related_record\n")

    planned = delinking.command("delink", "--from-file", str(delinking.file))

    assert planned.code == 0
    assert planned.out.startswith("Plan ")
    assert "nothing to do" in " ".join(planned.out.split())


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


def test_rows_come_from_a_query_or_a_table_of_the_dataset(delinking: Delinking) -> None:
    rows = delinking.add_members(4)
    delinking.write(rows[:1])
    delinking.plan()  # makes the dataset
    values = ", ".join(f"('{r['record']}', '{r['related_record']}', '5%s')" for r in rows)
    delinking.copy.execute(
        "CREATE TABLE zoho_crm.judged AS SELECT * FROM"
        f" (VALUES {values}) AS v(campaign, contact, score)"
    )
    query = (
        "SELECT 'Campaigns' AS module, campaign AS record, 'Contacts' AS related_list,"
        " contact AS related_record FROM judged WHERE score LIKE '5%s' -- all of them\n;"
    )

    planned = delinking.run("--from-query", query)

    assert planned.code == 0, planned.err
    assert planned.document["to_remove"] == 4
    assert delinking.run("--from-query", query, "--apply", "--yes").code == 0
    assert delinking.members(rows) == {}
    in_schema = query.split("--")[0].replace("FROM ", "FROM zoho_crm.")
    delinking.copy.execute(f"CREATE VIEW zoho_crm.named AS {in_schema}")
    assert delinking.run("--from-table", "named").document["already_gone"] == 4
    assert delinking.run("--from-table", "zoho_crm.named").document["already_gone"] == 4
    for wrong in ("DELETE FROM judged", "SELECT 1", "SELECT * FROM nowhere"):
        assert delinking.run("--from-query", wrong).code == 2, wrong
    misspelt = delinking.run("--from-query", "SELECT * FORM judged")
    assert misspelt.code == 2
    assert "LINE 1" in misspelt.document["message"]
    none = delinking.run("--from-query", f"{in_schema} AND FALSE")
    assert none.code == 0
    assert "0 relations to remove in 0 calls" in none.document["message"]
    assert none.document["notes"] == []  # no other side would take fewer
    assert len(delinking.copy.query("SELECT * FROM zoho_crm.judged")) == 4


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


@pytest.mark.parametrize("delinking", ["duckdb"], indirect=True)
def test_a_person_is_asked_and_may_say_no(delinking: Delinking) -> None:
    rows = delinking.add_members(1)
    delinking.write(rows)
    delinking.plan()
    command = ("delink", "--from-file", str(delinking.file), "--apply")

    shown, status = answer_on_a_terminal({"[y/N]": "n"}, *command)

    assert status == 2
    assert "Remove 1 relation from 1 list in Zoho" in shown
    assert "nothing was changed in Zoho" in shown
    assert delinking.writes() == []
