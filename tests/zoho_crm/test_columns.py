"""Fields metadata to columns, slices and dlt's hints."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tests.zoho_crm.metadata import (
    FIRST_ID,
    MODIFIED_TIME,
    field,
    fields,
    fields_of_every_type,
    module,
    schema_of,
)
from zoho_crm.columns import TableSchema, build_table_schema, column_of_field, dlt_columns
from zoho_crm.settings import MAX_FIELDS_PER_CALL

EXPECTED = """
    id text                   owner__id text            owner__name text
    owner__email text         name text                 email text
    phone text                website text              description text
    report text               stage text                visit_number text
    interests json            guests bigint             wizard bigint
    ratio decimal             amount decimal            discount decimal
    converted_s bool          visited_on date           created_time timestamp
    modified_time timestamp   last_activity_time timestamp
    account_name__id text     account_name__name text
    what_id__id text          what_id__name text        what_id__module text
    created_by__id text       created_by__name text     created_by__email text
    modified_by__id text      modified_by__name text    modified_by__email text
    guide__id text            guide__name text          guide__email text
    layout__id text           layout__name text         territories json
    tag json                  papers json               photos json
    record_image text         total decimal             greeting text
    last_call timestamp       calls bigint              visitor_score bigint
    credit_score bigint       consent json              remind_at json
    rating bigint             motto text                novelty json
    address_1_coordinates_latitude decimal
"""
ARROW_TYPES = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(38, 9),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}


def types_of(schema: TableSchema) -> dict[str, str]:
    return {column.name: column.data_type for column in schema.columns}


def test_every_type_of_field_has_its_columns_in_the_order_of_the_fields() -> None:
    schema = schema_of(*fields_of_every_type())

    words = EXPECTED.split()
    assert list(types_of(schema).items()) == list(zip(words[::2], words[1::2], strict=True))
    for column in schema.columns:
        assert column.arrow_type == ARROW_TYPES[column.data_type]


def test_fields_that_lists_never_return_have_no_column_and_are_not_asked_for() -> None:
    schema = schema_of(*fields_of_every_type())

    absent = [one.api_name for one in schema.absent]
    assert absent == ["Legs", "Companies", "Guides", "Quoted_Items", "Address_1"]
    assert not {name for names in schema.slices for name in names} & set(absent)


def test_a_field_without_a_column_takes_no_name_from_one_that_has() -> None:
    schema = schema_of(field("Stops", "subform", 1), field("stops", field_id=2))
    assert [column.name for column in schema.columns] == ["id", "stops"]


@pytest.mark.parametrize(
    ("data_type", "raw", "expected"),
    [
        ("picklist", {"json_type": "jsonarray"}, "json"),
        ("lookup", {"json_type": "jsonarray"}, "json"),
        ("bigint", {"json_type": "string"}, "bigint"),
        ("formula", {"formula": {"return_type": "boolean"}}, "bool"),
        ("formula", {"formula": {"return_type": "date"}}, "date"),
        ("formula", {"formula": {"return_type": "datetime"}}, "timestamp"),
        ("formula", {"formula": {"return_type": "double"}}, "decimal"),
        ("formula", {"formula": {"return_type": "text"}}, "text"),
        ("formula", {"formula": {}, "json_type": "double"}, "decimal"),
        ("formula", {"formula": None, "json_type": None}, "json"),
        ("rollup_summary", {"rollup_summary": {"return_type": "currency"}}, "decimal"),
        ("rollup_summary", {"rollup_summary": {}, "json_type": "long"}, "bigint"),
        ("", {"json_type": "boolean"}, "bool"),
        ("new_type", {"json_type": "double"}, "decimal"),
        ("new_type", {"json_type": "jsonobject"}, "json"),
        ("new_type", {"json_type": "new_too"}, "json"),
        ("new_type", {}, "json"),
    ],
)
def test_the_type_comes_from_what_metadata_says_first(
    data_type: str, raw: dict[str, Any], expected: str
) -> None:
    assert types_of(schema_of(field("X", data_type, **raw)))["x"] == expected


@pytest.mark.parametrize(
    ("api_name", "raw"),
    [
        ("What_Id", {}),
        ("X", {"lookup": {"module": {"api_name": "se_module"}}}),
        ("X", {"lookup": {"module": "se_module"}}),
        ("X", {"lookup": {"module": [{"api_name": "Leads"}, {"api_name": "Deals"}]}}),
        ("X", {"multi_module_lookup": {"modules": [{"api_name": "Contacts"}]}}),
        ("X", {"data_type": "multi_module_lookup"}),
    ],
)
def test_a_lookup_to_several_modules_says_which_and_asks_for_it(
    api_name: str, raw: dict[str, Any]
) -> None:
    schema = schema_of(field(api_name, **{"data_type": "lookup", **raw}))

    column = schema.columns[-1]
    assert (column.part, column.data_type) == ("module", "text")
    assert column.module_key == "$se_module"
    assert schema.slices == ((api_name, "$se_module"),)


def test_a_lookup_to_one_module_does_not() -> None:
    schema = schema_of(field("Who_Id", "lookup", lookup={"module": {"api_name": "Contacts"}}))
    assert [column.part for column in schema.columns] == [None, "id", "name"]
    assert schema.slices == (("Who_Id",),)


def test_se_module_speaks_of_what_id_and_of_nothing_where_that_is_not_clear() -> None:
    several = {"lookup": {"module": {"api_name": "se_module"}}}
    what, who, where = (
        field(name, "lookup", number, **several)
        for number, name in enumerate(["What_Id", "Who_Id", "Where_Id"])
    )

    keys = {c.base_name: c.module_key for c in schema_of(who, what).columns if c.part == "module"}
    unclear = schema_of(who, where)

    assert keys == {"what_id": "$se_module", "who_id": None}
    assert [c.module_key for c in unclear.columns if c.part == "module"] == [None, None]
    assert unclear.slices == (("Who_Id", "Where_Id"),)


def test_slices_are_as_few_as_possible_with_the_time_in_each() -> None:
    names = [f"Field_{number}" for number in range(119)]
    schema = schema_of(field(MODIFIED_TIME, "datetime", 500), *fields(*names))

    assert [len(names) for names in schema.slices] == [50, 50, 22]
    assert all(names[0] == MODIFIED_TIME for names in schema.slices)
    asked = [name for names in schema.slices for name in names if name != MODIFIED_TIME]
    assert asked == names
    assert schema.has_modified_time


@pytest.mark.parametrize(("count", "slices"), [(49, 1), (50, 2), (98, 2), (99, 3), (147, 3)])
def test_a_slice_more_is_asked_for_only_when_it_is_needed(count: int, slices: int) -> None:
    given = fields(*[f"Field_{number}" for number in range(count)])
    schema = schema_of(*given, field(MODIFIED_TIME, "datetime", 500), field("id", "bigint", 501))
    assert len(schema.slices) == slices


def test_a_lookup_and_its_module_share_a_slice_and_both_count() -> None:
    what = field("What_Id", "lookup", 500)
    schema = schema_of(*fields(*[f"Field_{number}" for number in range(49)]), what)

    (first,) = [names for names in schema.slices if "What_Id" in names]
    assert "$se_module" in first
    assert [len(names) for names in schema.slices] == [MAX_FIELDS_PER_CALL, 1]


def test_a_module_without_modified_time_is_asked_for_fifty_fields_at_once() -> None:
    schema = schema_of(*fields(*[f"Field_{number}" for number in range(50)]))
    assert [len(names) for names in schema.slices] == [50]
    assert not schema.has_modified_time


@pytest.mark.parametrize(
    ("given", "slices"),
    [([], (("id",),)), (["id"], (("id",),)), (["id", MODIFIED_TIME], ((MODIFIED_TIME,),))],
)
def test_the_fields_asked_for_are_never_none(given: list[str], slices: object) -> None:
    assert schema_of(*fields(*given)).slices == slices


def test_a_field_listed_twice_is_one_column_and_one_name_twice_is_asked_once() -> None:
    schema = schema_of(field("X", field_id=1), field("X", field_id=1), field("X", field_id=2))
    assert [column.name for column in schema.columns] == ["id", "x", "x_000002"]
    assert schema.slices == (("X",),)


def test_columns_carry_label_and_facts() -> None:
    comments = {c.name: c.comment for c in schema_of(*fields_of_every_type()).columns}

    assert comments["name"] == "Visit Name"
    assert comments["owner__email"] == "Visit Owner (email)"
    assert comments["greeting"] == "Greeting; volatile: as of the record's last read"
    assert comments["report"] == "Report; cut at 500 characters where full_text is off"


def test_what_changes_without_modified_time_is_volatile() -> None:
    columns = schema_of(*fields_of_every_type()).columns
    assert [c.name for c in columns if c.is_volatile] == [
        *("last_activity_time", "total", "greeting", "last_call", "calls", "visitor_score")
    ]


def test_each_field_has_one_place_and_keeps_it_in_the_next_run() -> None:
    owner, older = field("Owner", "ownerlookup", 1), field("RegionCode", field_id=3)
    first = schema_of(field("id", "bigint", 0), owner, older)
    assert column_of_field(first) == {
        str(FIRST_ID): "id",
        owner.id: "owner",
        older.id: "region_code",
    }

    newer = field("Region_Code", field_id=2)
    second = build_table_schema(module(), [newer, older], known_names=column_of_field(first))
    assert column_of_field(second)[older.id] == "region_code"
    assert column_of_field(second)[newer.id] == "region_code_000002"


def test_the_table_is_named_after_the_module_unless_told() -> None:
    assert build_table_schema(module("Price_Lists"), []).table_name == "price_lists"
    assert build_table_schema(module(), [], table_name="visits_2").table_name == "visits_2"


def test_hints_name_every_column_in_table_order() -> None:
    schema = schema_of(*fields_of_every_type())
    hints = dlt_columns(schema)

    assert list(hints) == [
        *types_of(schema),
        *("_read_no", "_dlt_load_id"),
        *("_deleted_type", "_deleted_time", "_deleted_by__id", "_deleted_by__name"),
    ]
    assert all(name == hint["name"] for name, hint in hints.items())
    required = [name for name, hint in hints.items() if not hint["nullable"]]
    assert required == ["id", "_read_no", "_dlt_load_id"]
    assert [name for name, hint in hints.items() if hint.get("primary_key")] == ["id"]
    assert hints["_read_no"]["dedup_sort"] == "desc"


def test_hints_are_exact_for_decimals_and_instants() -> None:
    hints = dlt_columns(schema_of(*fields_of_every_type()))

    assert hints["amount"] == {
        "name": "amount", "data_type": "decimal", "nullable": True, "precision": 38, "scale": 9
    }  # fmt: skip
    assert hints["modified_time"] == {
        "name": "modified_time", "data_type": "timestamp", "nullable": True, "precision": 6
    }  # fmt: skip
    assert hints["tag"] == {"name": "tag", "data_type": "json", "nullable": True}
