"""Fields are left out by pattern; those that reading needs never are."""

from __future__ import annotations

import pytest

from tests.zoho_crm.metadata import FIRST_ID, fields, module
from zoho_crm.columns import build_table_schema, column_of_field
from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.field_selection import excluded_names, idle_patterns, leave_out_fields

NAMES = ("id", "Modified_Time", "Fax", "Custom_1", "Custom_2", "Photo")
FIELDS = fields(*NAMES)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("Contacts.Fax", ["Fax"]),
        ("contacts.CUSTOM_*", ["Custom_1", "Custom_2"]),
        ("*.Photo", ["Photo"]),
        ("Leads.*", []),
        ("Contacts.*", ["Fax", "Custom_1", "Custom_2", "Photo"]),
        ("Contacts.Gone", []),
    ],
)
def test_a_pattern_leaves_out(pattern: str, names: list[str]) -> None:
    assert excluded_names("Contacts", NAMES, [pattern]) == set(names)
    assert idle_patterns([pattern], {"Contacts": FIELDS}) == ([] if names else [pattern])


@pytest.mark.parametrize("pattern", ["Fax", "Contacts.", ".Fax", "Contacts.id", "*.Modified_Time"])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(ZohoConfigError, match="EXCLUDE_FIELDS"):
        excluded_names("Contacts", NAMES, [pattern])


def test_a_field_that_is_left_out_is_not_asked_for_and_keeps_its_name() -> None:
    whole = build_table_schema(module("Contacts"), FIELDS)
    schema = leave_out_fields(whole, ["Contacts.Fax", "*.Custom_1", "Leads.*"])
    assert [int(key) - FIRST_ID for key in column_of_field(schema)] == [0, 1, 4, 5]
    assert schema.excluded == {str(FIRST_ID + 2): "fax", str(FIRST_ID + 3): "custom_1"}
    assert schema.slices == (("Modified_Time", "Custom_2", "Photo"),)
    assert leave_out_fields(whole, ["Leads.*"]) is whole


def test_fields_less_are_calls_less() -> None:
    wide = fields("id", "Modified_Time", *(f"Answer_{n}" for n in range(120)))
    whole = build_table_schema(module("Surveys"), wide)
    schema = leave_out_fields(whole, ["Surveys.Answer_1*"])
    assert (len(whole.slices), len(schema.slices)) == (3, 2)
    assert sum(map(len, schema.slices)) == 2 + 120 - 31
