"""What is asked of older records for the sake of a few fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_crm.metadata import field, schema_of
from zoho_crm.backfill import Backfill, side_schema

if TYPE_CHECKING:
    from zoho_crm.api_types import Field

SEVERAL = {"lookup": {"module": {"api_name": "se_module"}}}
WHAT = field("What_Id", "lookup", 3, **SEVERAL)
WHO = field("Who_Id", "lookup", 4, **SEVERAL)
BASICS = (field("id", "bigint", 1), field("Modified_Time", "datetime", 2), field("Name", "text", 5))


def backfill_of(*wanted: Field, others: tuple[Field, ...] = ()) -> Backfill:
    return Backfill(schema_of(*BASICS, *others, *wanted), wanted, "job")


def test_only_the_time_and_the_fields_are_asked_for() -> None:
    fields = [field(f"New_{n}", "text", 10 + n) for n in range(60)]

    slices = side_schema(backfill_of(*fields)).slices

    assert [len(names) for names in slices] == [50, 12]
    assert all(names[0] == "Modified_Time" for names in slices)
    assert not {"Name", "id"} & {name for names in slices for name in names}


def test_the_module_that_records_speak_of_is_that_of_the_field_it_always_was() -> None:
    side = side_schema(backfill_of(WHO, others=(WHAT,)))

    keys = {column.name: column.module_key for column in side.columns if column.part == "module"}
    assert keys == {"who_id__module": None, "what_id__module": "$se_module"}
    alone = side_schema(backfill_of(WHO))
    assert {column.module_key for column in alone.columns} == {None, "$se_module"}


def test_a_page_costs_a_call_for_each_slice_and_more_for_rich_text() -> None:
    story = field("Story", "textarea", 6, textarea={"type": "rich_text"})
    many = backfill_of(story, *(field(f"New_{n}", "text", 10 + n) for n in range(60)))

    assert many.calls_a_page(full_text=False) == 2
    assert many.calls_a_page(full_text=True) == 2 + 1 + 2, "the texts, and times of 100 ids a call"
