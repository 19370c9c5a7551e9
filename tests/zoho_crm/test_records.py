"""Pages as tables: what does not fit its column is kept beside it; ids and times."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.converting import SCHEMAS, convert, one
from tests.zoho_crm.metadata import CASES, field, fields_of_every_type, schema_of
from zoho_crm.decoding import decode
from zoho_crm.exceptions import ZohoResponseError
from zoho_crm.records import times_of, to_table

if TYPE_CHECKING:
    from zoho_crm.api_types import JsonObject


def test_a_page_is_a_table_in_the_schema_of_the_module() -> None:
    schema = schema_of(*fields_of_every_type())
    reply = decode((CASES / "record_of_every_type.json").read_bytes())

    converted = to_table(schema, reply.value["data"], read_no=3)

    assert converted.table.schema.names == [*(c.name for c in schema.columns), "_read_no"]
    assert [f.name for f in converted.table.schema if not f.nullable] == ["id", "_read_no"]
    assert not converted.misfits
    table = converted.table
    assert {name: one(table)[name] for name in EVERY_TYPE} == EVERY_TYPE


EVERY_TYPE = {
    "id": "6000000000000101001",
    "owner__email": "ada@example.test",
    "name": "Überfahrt à la carte 船 \N{SHIP}",
    "phone": "",
    "website": None,
    "interests": '["Sea","Land"]',
    "wizard": 123456789012345678,
    "ratio": Decimal("0.1"),
    "amount": Decimal("123456789012345678.123456789"),
    "converted_s": False,
    "visited_on": date(2026, 2, 28),
    "modified_time": datetime(2026, 3, 4, 17, 20, 11, tzinfo=UTC),
    "last_activity_time": None,
    "what_id__module": "Deals",
    "modified_by__email": None,
    "territories": "[]",
    "tag": '[{"name":"VIP","id":"6000000000000000601","color_code":"#57B1FD"}]',
    "papers": '[{"id":"1","File_Name__s":"a.pdf","Size__s":12.50}]',
    "total": Decimal("99.9"),
    "visitor_score": 42,
    "novelty": '{"x":[1,2.0]}',
    "_read_no": 3,
}


def test_only_what_does_not_fit_goes_aside_and_only_where_it_does_not() -> None:
    converted = convert("decimal", "1.5", '"n/a"', "null", "2", '"3"', "1e-10", '""')

    assert converted.table.column("x").to_pylist() == [
        *(Decimal("1.5"), None, None, Decimal(2), Decimal(3), None, None)
    ]
    assert converted.table.column("x__raw").to_pylist() == [
        *(None, "n/a", None, None, None, "1E-10", "")
    ]
    assert converted.misfits == Counter(x=3)


def test_values_that_fit_in_different_ways_are_no_misfits() -> None:
    converted = convert("bigint", "1", '"2"', "3.0", "null")
    assert converted.table.column("x").to_pylist() == [1, 2, 3, None]
    assert converted.table.schema.names == ["id", "x", "_read_no"]
    assert not converted.misfits


def test_raw_columns_stand_at_the_end_under_names_that_postgres_takes() -> None:
    long = field("Amount_" + "x" * 60, "currency", 5)
    schema = schema_of(long, field("Day", "date", 6))

    rows = [{"id": "1", long.api_name: "?", "Day": ""}]
    names = to_table(schema, rows, read_no=1).table.schema.names

    assert names[-2:] == [f"{schema.columns[1].name}__raw", "day__raw"]
    assert max(map(len, names)) <= 63


def test_a_field_that_zoho_leaves_out_is_null() -> None:
    rows: list[JsonObject] = [{"id": "1"}, {"id": "2", "X": True}]
    assert to_table(SCHEMAS["bool"], rows, read_no=1).table.column("x").to_pylist() == [None, True]


def test_each_row_may_come_from_a_reply_of_its_own() -> None:
    rows: list[JsonObject] = [{"id": "1"}, {"id": 2}]
    table = to_table(SCHEMAS["bool"], rows, read_no=[7, 9]).table
    assert table.select(["id", "_read_no"]).to_pylist() == [
        {"id": "1", "_read_no": 7},
        {"id": "2", "_read_no": 9},
    ]


def test_an_empty_page_is_the_caller_s_mistake() -> None:
    with pytest.raises(ValueError, match="empty page"):
        to_table(SCHEMAS["bool"], [], read_no=1)


@pytest.mark.parametrize("broken", [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": ["1"]}])
def test_records_without_an_id_are_refused_with_module_and_count(broken: dict[str, Any]) -> None:
    rows = [{"id": "1"}, broken, broken]
    message = "Visits: 2 of 3 records came without an id."
    with pytest.raises(ZohoResponseError, match=re.escape(message)) as caught:
        to_table(SCHEMAS["bool"], rows, read_no=1)
    assert caught.value.module == "Visits"
    with pytest.raises(ZohoResponseError, match=re.escape(message)):
        times_of(rows, module="Visits")


def test_a_record_that_is_no_object_is_refused() -> None:
    rows: Any = [{"id": "1"}, "record"]
    with pytest.raises(ZohoResponseError, match="Visits: a record is not an object"):
        times_of(rows, module="Visits")


def test_times_are_instants_in_utc_beside_their_ids() -> None:
    rows: list[JsonObject] = [
        {"id": "1", "Modified_Time": "2026-03-04T18:20:11+01:00"},
        {"id": 2, "Modified_Time": None},
        {"id": "3"},
        {"id": "4", "Modified_Time": "2026-03-04T17:20:11Z"},
    ]
    instant = datetime(2026, 3, 4, 17, 20, 11, tzinfo=UTC)

    times = times_of(rows)

    assert times == [("1", instant), ("2", None), ("3", None), ("4", instant)]
    assert {time.tzinfo for _, time in times if time} == {UTC}
    assert times_of([]) == []


@pytest.mark.parametrize(
    "time", ["2026-03-04T18:20:11", "yesterday", "", 5, {}, "0001-01-01T00:00:00+01:00"]
)
def test_a_time_that_names_no_instant_is_refused(time: Any) -> None:
    with pytest.raises(ZohoResponseError, match="Modified_Time is not a time") as caught:
        times_of([{"id": "1", "Modified_Time": time}], module="Visits")
    assert "18:20" not in str(caught.value)


def test_the_case_files_are_json() -> None:
    held = {path.name: json.loads(path.read_text("utf-8")) for path in CASES.glob("*.json")}

    assert held.keys() == {"fields_of_every_type.json", "record_of_every_type.json"}
    assert all(held.values())
