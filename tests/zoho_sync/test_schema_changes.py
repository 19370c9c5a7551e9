"""Fields and modules come, go and get other names: seen, told once, and nothing is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zoho_simulator.fields import field, multi_module_lookup
from zoho_simulator.schema_acts import remove_module, rename_field, rename_module
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase

DAY_S = 24 * 3600
PAGE = (Path(__file__).parents[2] / "docs" / "schema-changes.md").read_text("utf-8")
[EXAMPLE] = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_every_change_of_fields_is_told_once(case: SchemaCase) -> None:
    assert case.run()["schema_changes"] == []
    assert case.copy.query(EXAMPLE) == [], "an empty table, not none"
    org = case.crm.org
    org.remove_field("Widgets", "Amount")
    org.change_field("Widgets", "Code", label="Key", display_label="Key")
    rename_field(org, "Widgets", "Number", "Serial_No")
    org.rename_option("Widgets", "Size", actual="small", display="tiny")
    org.add_field("Gadgets", field("Weight", "double"))

    report = case.run()

    wanted = [
        ("field_added", "Gadgets", "Weight", None, "double"),
        ("field_relabelled", "Widgets", "Code", "Code", "Key"),
        ("field_removed", "Widgets", "Amount", "currency", None),
        ("field_renamed", "Widgets", "Serial_No", "Number", "Serial_No"),
        ("picklist_value_renamed", "Widgets", "Size", "small", "tiny"),
    ]
    assert sorted(case.changes(), key=str) == sorted(wanted, key=str)
    told = [c["sentence"] for c in report["schema_changes"]]
    assert "Widgets.Amount: the field is gone; its column stays." in told
    assert set(told) <= set(report["notes"])
    assert report["message"].endswith("Zoho's schema has 5 changes: see the table schema_changes.")
    assert case.run()["schema_changes"] == []
    assert len(case.changes()) == len(wanted) == len(case.copy.query(EXAMPLE))


def test_modules_come_and_go_without_a_failed_run(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    org, crm = case.crm.org, case.crm
    case.run()
    rename_module(org, "Widgets", "Parts")
    org.change_module("Gadgets", status="user_hidden")
    crm.add_module("Tools", times=[crm.now_s])
    crm.forget_log()

    case.run()

    assert sorted(case.changes(), key=str) == [
        ("module_added", "Tools", None, None, "Tools"),
        ("module_renamed", "Parts", None, "Widgets", "Parts"),
        ("module_status", "Gadgets", None, "visible", "user_hidden"),
    ]
    assert case.table_of("Parts") == "widgets"
    assert [entry.status for entry in crm.log("Parts")] == [304], "the anchor went along"
    org.update("Parts", next(iter(org.records("Parts"))), {"Code": "new"})
    org.update("Gadgets", next(iter(org.records("Gadgets"))), {"Code": "hidden"})
    remove_module(org, "Tools")
    case.run()
    assert case.changes()[-1][:2] == ("module_removed", "Tools")
    assert len(case.rows("tools")) == 1
    case.assert_equals_crm("Parts", "Gadgets")

    crm.add_module("Tools", times=[crm.now_s - 40 * DAY_S] * 2)  # another one of the same name

    case.run()
    assert case.table_of("Tools") != "tools"
    case.assert_equals_crm("Parts", "Gadgets", "Tools")
    assert len(case.rows("tools")) == 1
    crm.pass_time(DAY_S)
    assert case.run()["schema_changes"] == [], "the fields of the first one are not missed"


def test_a_lookup_to_a_module_of_another_name_points_where_it_did(
    duckdb_case: SchemaCase,
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    org.add_field("Widgets", multi_module_lookup("Parent"))
    gadget = Reference("Gadgets", int(next(iter(org.records("Gadgets")))))
    for record_id in list(org.records("Widgets")):
        org.update("Widgets", record_id, {"Parent": gadget}, keep_time=True)
    case.run()
    rename_module(org, "Gadgets", "Things")
    crm.pass_time(DAY_S)
    crm.forget_log()

    case.run()

    assert case.changes() == [("module_renamed", "Things", None, "Gadgets", "Things")]
    assert [entry.status for entry in crm.log("Widgets")] == [304], "nothing to fill"
    case.assert_equals_crm("Widgets", "Things")


@pytest.mark.soak
def test_a_module_may_be_replaced_by_another_of_its_name_at_once(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    crm = case.crm
    crm.add_module("Tools", times=[crm.now_s])
    case.run()
    remove_module(crm.org, "Tools")
    crm.add_module("Tools", times=[crm.now_s - 40 * DAY_S] * 2)
    case.run()
    crm.pass_time(DAY_S)

    assert case.run()["schema_changes"] == []

    assert [change[0] for change in case.changes()] == ["module_added", "module_removed"]
    case.assert_equals_crm("Tools")
    (gone,) = case.copy.query(
        "SELECT table_name FROM zoho_crm.modules WHERE removed_at IS NOT NULL"
    )
    assert gone["table_name"] == "tools"


@pytest.mark.soak
def test_two_modules_that_swap_their_names_keep_their_tables(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    org = case.crm.org
    case.run()
    rename_module(org, "Widgets", "Parts")
    rename_module(org, "Gadgets", "Widgets")
    rename_module(org, "Parts", "Gadgets")
    for module in ("Widgets", "Gadgets"):
        org.update(module, next(iter(org.records(module))), {"Code": "new"})

    case.run()

    assert (case.table_of("Gadgets"), case.table_of("Widgets")) == ("widgets", "gadgets")
    case.assert_equals_crm("Widgets", "Gadgets")


@pytest.mark.soak
def test_a_module_selected_by_name_may_go_without_failing_the_run(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    case.run()
    remove_module(case.crm.org, "Gadgets")

    for _ in range(2):
        report = case.run("Widgets", "Gadgets", code=6)
        (gone,) = [r for r in report["resources"] if r["resource"] == "Gadgets"]
        assert gone["outcome"] == "skipped"
        assert gone["reason"].startswith("Gadgets: Zoho does not list the module any more")
    case.run()
