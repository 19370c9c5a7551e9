"""Which rows a plan of `zoho-sync delink` is made of, and what it takes to apply it."""

from __future__ import annotations

import pytest

from tests.zoho_sync.delinking import UNKNOWN, Delinking, row_of
from tests.zoho_sync.terminals import answer_on_a_terminal


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
