"""A field is set to "Don't show" for the user's profile, and shown again: told, nothing dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zoho_simulator.schema_acts import retype_field

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase
    from zoho_simulator import Organization


def test_a_field_hidden_from_the_user_keeps_its_values_until_it_is_shown_again(
    duckdb_case: SchemaCase,
) -> None:
    case = duckdb_case
    org, settings = case.crm.org, case.crm.simulator.change_settings
    first, second, third, *_ = org.records("Widgets")
    settings({"hidden_field": "null"})
    case.run()
    codes, amounts = values(case, "code"), values(case, "amount")
    org.change_field("Widgets", "Code", permission="hidden")
    org.update("Widgets", first, {"Number": 1})

    report = case.run()  # metadata tells

    assert case.changes() == [("field_hidden", "Widgets", "Code", "text", None)]
    assert any("Code: the user may not see the field any more" in n for n in report["notes"])
    assert values(case, "code") == {**codes, first: None}, "null only in what was read since"
    case.assert_equals_crm("Widgets")
    # Where metadata does not tell, records may: they lack the field.
    settings({"hidden_field": "missing", "field_permissions_shown": False})
    org.change_field("Widgets", "Code", permission="read_only")
    org.change_field("Widgets", "Amount", permission="hidden")
    org.update("Widgets", second, {"Number": 2})

    case.run()

    assert sorted(case.changes()[1:]) == [
        ("field_hidden", "Widgets", "Amount", "currency", None),
        ("field_shown", "Widgets", "Code", None, "text"),
    ]
    assert values(case, "amount") == {**amounts, second: None}
    case.assert_equals_crm("Widgets")
    org.change_field("Widgets", "Amount", permission="read_write")
    org.update("Widgets", third, {"Number": 3})
    case.run()

    case.run()  # fills what the record edited last has told of

    assert case.changes()[3:] == [("field_shown", "Widgets", "Amount", None, "currency")]
    case.assert_equals_crm("Widgets", "Gadgets")


@pytest.mark.soak
def test_a_field_that_is_shown_again_while_its_module_is_read_is_filled(
    duckdb_case: SchemaCase,
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    org.change_field("Widgets", "Code", permission="hidden")
    case.run()
    for number in range(500):
        org.create("Widgets", {"Code": str(number)})
        crm.pass_time(2)

    def show(org: Organization) -> None:
        org.change_field("Widgets", "Code", permission="read_write")

    crm.hooks.add(path="/crm/v8/Widgets", at=2, write=show)
    case.run()

    case.run()

    assert [change[0] for change in case.changes()] == ["field_hidden", "field_shown"]
    case.assert_equals_crm("Widgets")


def values(case: SchemaCase, column: str) -> dict[str, Any]:
    return {row["id"]: row[column] for row in case.rows("widgets")}


@pytest.mark.parametrize("is_known", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_hidden_field_is_not_emptied_by_reading_it_again(
    duckdb_case: SchemaCase, *, is_known: bool
) -> None:
    """Whatever else changes of it: to a type of the same kind, or a value's name."""
    case = duckdb_case
    org = case.crm.org
    case.crm.simulator.change_settings({"field_permissions_shown": False})
    case.run()
    first = next(iter(org.records("Widgets")))
    amounts, sizes = values(case, "amount"), values(case, "size")
    for name in ("Amount", "Size"):
        org.change_field("Widgets", name, permission="hidden")
    if is_known:
        org.update("Widgets", first, {"Number": 1})
        case.run()
        amounts[first] = sizes[first] = None
    retype_field(org, "Widgets", "Amount", "double", permission="hidden")
    org.rename_option("Widgets", "Size", actual="small", display="tiny")

    case.run()

    assert values(case, "amount") == amounts
    assert values(case, "size") == sizes
    for name in ("Amount", "Size"):
        org.change_field("Widgets", name, permission="read_write")
    org.update("Widgets", first, {"Number": 2})
    case.run()
    case.run()
    case.assert_equals_crm("Widgets")
