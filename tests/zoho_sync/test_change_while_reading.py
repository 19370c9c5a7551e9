"""A field is deleted, renamed or added while its module is read: nothing is emptied in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.changing_schemas import DAY_S
from zoho_simulator.fields import field
from zoho_simulator.schema_acts import rename_field, rename_module

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase
    from tests.zoho_sync.every_change import Act
    from zoho_simulator import Organization


def _set(**traits: Any) -> Act:
    return lambda org: org.change_module("Widgets", **traits)


MODULE_CHANGES: dict[str, tuple[Act, Act | None]] = {
    "renamed": (lambda org: rename_module(org, "Widgets", "Parts"), None),
    "permission withdrawn": (_set(refusal="NO_PERMISSION"), _set(refusal=None)),
    "closed": (_set(api_supported=False), _set(api_supported=True)),
}
"""What happens to a module, and how it is undone where it has to be."""


def test_a_change_while_a_module_is_read_is_followed_in_the_same_run(
    case: SchemaCase, tmp_path: Path
) -> None:
    crm, org = case.crm, case.crm.org
    for number in range(500):
        org.create("Widgets", {"Code": str(number), "Amount": number})
        crm.pass_time(2)

    def change(org: Organization) -> None:
        rename_field(org, "Widgets", "Code", "Article")
        org.remove_field("Widgets", "Amount")
        org.add_field("Widgets", field("Weight", "double"))
        for record_id in list(org.records("Widgets"))[:300]:
            org.update("Widgets", record_id, {"Weight": 1.5}, keep_time=True)

    crm.hooks.add(path="/crm/v8/Widgets", at=2, write=change)

    report = case.run()

    kinds = [change["kind"] for change in report["schema_changes"]]
    assert sorted(kinds) == ["field_added", "field_removed", "field_renamed"]
    case.assert_equals_crm("Widgets")
    assert case.column_of("Widgets", "Article") == "code"
    assert case.run()["schema_changes"] == []
    case.assert_equals_crm("Widgets", "Gadgets")
    case.assert_equals_fresh_load(tmp_path / "fresh.duckdb", "Widgets", "Gadgets")


def test_a_name_that_goes_to_another_field_unnoticed_is_mended_when_it_is_seen(
    duckdb_case: SchemaCase,
) -> None:
    """Records have every field that was asked for, and another one's values under its name."""
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    crm.simulator.change_settings({"schema_moves_module_time": False})
    org.add_field("Widgets", field("Other", "text"))
    case.run()
    rename_field(org, "Widgets", "Code", "Aside")
    rename_field(org, "Widgets", "Other", "Code")
    rename_field(org, "Widgets", "Aside", "Other")
    org.update("Widgets", next(iter(org.records("Widgets"))), {"Code": "other", "Other": "code"})
    assert case.run()["schema_changes"] == []
    crm.pass_time(DAY_S)

    case.run()

    assert {change[0] for change in case.changes()} == {"field_renamed"}
    assert case.column_of("Widgets", "Other") == "code"
    case.assert_equals_crm("Widgets")


@pytest.mark.soak
@pytest.mark.parametrize("change", MODULE_CHANGES)
def test_a_module_that_changes_while_it_is_first_read_is_read_on_as_soon_as_it_can_be(
    duckdb_case: SchemaCase, change: str
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    for number in range(500):
        org.create("Widgets", {"Code": str(number)})
        crm.pass_time(2)
    act, back = MODULE_CHANGES[change]
    crm.hooks.add(path="/crm/v8/Widgets", at=2, write=act)
    case.run(code=6)
    held = len(case.rows("widgets"))

    if back is not None:
        back(org)
    case.run()

    assert held >= 200, "what was read before is kept"
    case.assert_equals_crm("Parts" if change == "renamed" else "Widgets", "Gadgets")
    assert len(case.rows("widgets")) == 545


def test_a_field_that_zoho_refuses_because_it_is_gone_is_followed_in_the_same_run(
    case: SchemaCase,
) -> None:
    crm, org = case.crm, case.crm.org
    crm.settings.unknown_field = "refused"
    crm.settings.schema_moves_module_time = False
    org.create("Widgets", {"Code": "7"})
    case.run()
    rename_field(org, "Widgets", "Code", "Article")
    org.create("Widgets", {"Article": "8"})

    report = case.run()

    assert [change["kind"] for change in report["schema_changes"]] == ["field_renamed"]
    case.assert_equals_crm("Widgets")


@pytest.mark.soak
def test_a_field_added_once_others_of_its_module_are_filled_is_filled_too(
    duckdb_case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    monkeypatch.setenv("SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS", "150")
    case.run()
    for number in range(300):
        org.create("Gadgets", {"Code": str(number)})
        crm.pass_time(2)
    _add_filled(org, "Weight")

    def change(org: Organization) -> None:
        rename_field(org, "Gadgets", "Code", "Article")
        _add_filled(org, "Height")

    crm.hooks.add(path="/crm/v8/Gadgets", at=2, write=change)

    case.run()

    case.assert_equals_crm("Widgets", "Gadgets")
    filled = {row["field"]: row["done_at"] is not None for row in case.rows("field_backfills")}
    assert filled == {"Weight": True, "Height": True}
    asked = [entry.params["fields"] for entry in crm.log("Widgets")]
    assert asked.count("Modified_Time,Weight") == asked.count("Modified_Time,Height") == 1


def _add_filled(org: Organization, name: str) -> None:
    org.add_field("Widgets", field(name, "double"))
    for record_id in list(org.records("Widgets")):
        org.update("Widgets", record_id, {name: 1.5}, keep_time=True)
