"""A field is deleted, renamed or added while its module is read: nothing is emptied in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.fields import field
from zoho_simulator.schema_acts import rename_field

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase
    from zoho_simulator import Organization


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
