"""A field is set to "Don't show" for the user's profile, and shown again: told, nothing dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase

Tells = Literal["metadata", "records"]
HIDING: dict[Tells, dict[str, Any]] = {
    # Zoho's documentation says that records lack such a field, or show null.
    "metadata": {"hidden_field": "null"},
    "records": {"hidden_field": "missing", "field_permissions_shown": False},
}


@pytest.mark.parametrize("tells", ["metadata", "records"])
def test_a_field_hidden_from_the_user_keeps_its_values_until_it_is_shown_again(
    duckdb_case: SchemaCase, tells: Tells
) -> None:
    case = duckdb_case
    org = case.crm.org
    case.crm.simulator.change_settings(HIDING[tells])
    case.run()
    first, second, *_ = org.records("Widgets")
    held = {row["id"]: row["code"] for row in case.rows("widgets")}
    org.change_field("Widgets", "Code", permission="hidden")
    org.update("Widgets", first, {"Amount": 1})

    report = case.run()

    told = ("field_hidden", "Widgets", "Code", "text", None)
    assert case.changes() == [told]
    assert any("Code: the user may not see the field any more" in n for n in report["notes"])
    now = {row["id"]: row["code"] for row in case.rows("widgets")}
    assert now == {**held, first: None}, "null only in what was read since"
    case.assert_equals_crm("Widgets")
    org.change_field("Widgets", "Code", permission="read_only")
    org.update("Widgets", second, {"Code": "new"})

    case.run()

    assert case.changes() == [told, ("field_shown", "Widgets", "Code", None, "text")]
    if tells == "records":
        case.run()  # they tell only while they are read: the next run fills
    assert len(case.changes()) == 2
    case.assert_equals_crm("Widgets", "Gadgets")
