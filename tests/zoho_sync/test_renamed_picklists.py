"""A picklist entry gets another name: stored values follow what records show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase


def test_stored_values_follow_a_renamed_entry(case: SchemaCase) -> None:
    rename_and_compare(case, "display")


@pytest.mark.soak
def test_stored_values_stay_where_records_show_the_actual_value(duckdb_case: SchemaCase) -> None:
    rename_and_compare(duckdb_case, "actual")


def rename_and_compare(case: SchemaCase, shown: str) -> None:
    crm, org = case.crm, case.crm.org
    crm.simulator.change_settings({"picklist_value": shown})
    case.run()
    gone = next(iter(org.records("Widgets")))
    org.rename_option("Widgets", "Size", actual="small", display='ti"ny')
    org.rename_option("Widgets", "Colours", actual="red", display="rot")
    org.update("Widgets", list(org.records("Widgets"))[6], {"Code": "changed"})
    org.delete("Widgets", gone)
    crm.forget_log()

    report = case.run()

    asked = [entry.params for entry in crm.log("Widgets")]
    assert len([p for p in asked if "ids" in p]) == 2
    assert len(asked) == 3, "no record is read again"
    case.assert_equals_crm("Widgets")
    told = [note for note in report["notes"] if "now, in" in note]
    assert len(told) == (2 if shown == "display" else 0)
    held = {row["id"]: row for row in case.rows("widgets")}
    assert held[gone]["size"] == ('ti"ny' if shown == "display" else "small")
    org.rename_option("Widgets", "Size", actual="small", display="wee")
    case.run()
    case.assert_equals_crm("Widgets")


@pytest.mark.soak
def test_entries_that_swap_their_names_are_read_again(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    org = case.crm.org
    case.run()
    org.rename_option("Widgets", "Size", actual="small", display="large")
    org.rename_option("Widgets", "Size", actual="large", display="small")

    case.run()

    case.assert_equals_crm("Widgets")
    assert [row["field"] for row in case.rows("field_backfills")] == ["Size"]
