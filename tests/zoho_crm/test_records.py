"""Records to Arrow: exact in the typed column, or as text in `x__raw`; and through dlt to SQL."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import dlt
import duckdb
import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zoho_crm.metadata import CASES, field, fields_of_every_type, schema_of
from zoho_crm.columns import TableSchema, dlt_columns
from zoho_crm.decoding import decode
from zoho_crm.exceptions import ZohoResponseError
from zoho_crm.records import Converted, times_of, to_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from zoho_crm.api_types import JsonObject

FIELD_TYPES = {
    "text": "text",
    "bigint": "bigint",
    "decimal": "currency",
    "bool": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "json": "multiselectpicklist",
    "lookup": "lookup",
    "user": "ownerlookup",
}
SCHEMAS = {kind: schema_of(field("X", name)) for kind, name in FIELD_TYPES.items()}
WHAT = schema_of(field("What_Id", "lookup"))
RAW = object()
"""Stands for: the typed column is null and `x__raw` holds the value."""


def convert(kind: str, *texts: str) -> Converted:
    """Converts values given as JSON text, a record each."""
    rows = [{"id": str(n), "X": decode(t.encode()).value} for n, t in enumerate(texts)]
    return to_table(SCHEMAS[kind], rows, read_no=1)


def one(table: pa.Table) -> dict[str, Any]:
    (row,) = table.to_pylist()
    return dict(row)


# values that a column holds, and those that it does not


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("text", '"a"', "a"),
        ("text", '""', ""),
        ("text", "null", None),
        ("text", "1.10", "1.10"),
        ("text", "123456789012345678901", "123456789012345678901"),
        ("text", "true", "true"),
        ("text", '{"b":1.50,"a":["\\u00e9"]}', '{"b":1.50,"a":["é"]}'),
        ("text", "[]", "[]"),
        ("bigint", "4", 4),
        ("bigint", '"123456789012345678"', 123456789012345678),
        ("bigint", "9223372036854775807", 2**63 - 1),
        ("bigint", "-9223372036854775808", -(2**63)),
        ("bigint", '"-5"', -5),
        ("bigint", "4.0", 4),
        ("bigint", "2e2", 200),
        ("bigint", "null", None),
        ("bigint", "4.5", RAW),
        ("bigint", "9223372036854775808", RAW),
        ("bigint", '"9223372036854775808"', RAW),
        ("bigint", "1e400", RAW),
        ("bigint", "1e999999999", RAW),
        ("bigint", '"0x10"', RAW),
        ("bigint", '"007"', RAW),
        ("bigint", '"+7"', RAW),
        ("bigint", '" 7"', RAW),
        ("bigint", '"7.0"', RAW),
        ("bigint", '""', RAW),
        ("bigint", "true", RAW),
        ("bigint", "[1]", RAW),
        ("decimal", "0.1", Decimal("0.1")),
        ("decimal", "12", Decimal(12)),
        ("decimal", "123456789012345678.123456789", Decimal("123456789012345678.123456789")),
        ("decimal", "1.1000000000000", Decimal("1.1")),
        ("decimal", "1e-9", Decimal("1e-9")),
        ("decimal", "1e28", Decimal("1e28")),
        ("decimal", "-0.0", Decimal(0)),
        ("decimal", '"-12.50"', Decimal("-12.5")),
        ("decimal", '"1e3"', Decimal(1000)),
        ("decimal", "9" * 29 + "." + "9" * 9, Decimal("9" * 29 + "." + "9" * 9)),
        ("decimal", "null", None),
        ("decimal", "1e-10", RAW),
        ("decimal", "1e29", RAW),
        ("decimal", "100000000000000000000000000000", RAW),
        ("decimal", "1e999999999", RAW),
        ("decimal", "NaN", RAW),
        ("decimal", '"12,50"', RAW),
        ("decimal", '"$12"', RAW),
        ("decimal", '"1_000"', RAW),
        ("decimal", '"NaN"', RAW),
        ("decimal", '"\\u0661"', RAW),  # a digit, but not one that SQL shows
        ("decimal", '" 1"', RAW),
        ("decimal", '""', RAW),
        ("decimal", "false", RAW),
        ("bool", "true", True),
        ("bool", "false", False),
        ("bool", '"true"', True),
        ("bool", '"false"', False),
        ("bool", "null", None),
        ("bool", '"True"', RAW),
        ("bool", "1", RAW),
        ("bool", "0.0", RAW),
        ("bool", '""', RAW),
        ("date", '"2026-02-28"', date(2026, 2, 28)),
        ("date", '"0001-01-01"', date.min),
        ("date", '"9999-12-31"', date.max),
        ("date", "null", None),
        ("date", '""', RAW),
        ("date", '"0000-01-01"', RAW),
        ("date", '"2026-02-30"', RAW),
        ("date", '"2026-2-3"', RAW),
        ("date", '"02/28/2026"', RAW),
        ("date", '"2026-02-28T00:00:00+01:00"', RAW),
        ("date", "20260228", RAW),
        ("timestamp", '"2026-03-01T10:20:30+05:30"', datetime(2026, 3, 1, 4, 50, 30, tzinfo=UTC)),
        ("timestamp", '"2026-03-01T10:20:30Z"', datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)),
        (
            "timestamp",
            '"2026-03-01T10:20:30.123-08:00"',
            datetime(2026, 3, 1, 18, 20, 30, 123000, tzinfo=UTC),
        ),
        ("timestamp", "null", None),
        ("timestamp", '"2026-03-01T10:20:30"', RAW),  # which instant, nobody knows
        ("timestamp", '"2026-03-01"', RAW),
        ("timestamp", '"2026-03-01T10:20:30.1234567Z"', RAW),
        ("timestamp", '"9999-12-31T23:59:59-01:00"', RAW),
        ("timestamp", '"0001-01-01T00:00:00+01:00"', RAW),
        ("timestamp", '"2026-02-30T00:00:00Z"', RAW),
        ("timestamp", '""', RAW),
        ("timestamp", '"#ERROR"', RAW),
        ("timestamp", "1772340630", RAW),
        ("json", "null", None),
        ("json", "[]", "[]"),
        ("json", '["B", "A"]', '["B","A"]'),
        ("json", '{"b": 1.50, "a": null}', '{"b":1.50,"a":null}'),
        ("json", '"text"', '"text"'),
        ("json", "123456789012345678901", "123456789012345678901"),
    ],
)
def test_a_value_is_held_exactly_or_kept_as_text(kind: str, text: str, expected: Any) -> None:
    converted = convert(kind, text)
    row = one(converted.table)

    if expected is RAW:
        value = decode(text.encode()).value
        assert row["x"] is None
        assert row["x__raw"] == (value if isinstance(value, str) else _compact(text))
        assert converted.misfits == {"x": 1}
    else:
        assert (row["x"], type(row["x"])) == (expected, type(expected))
        assert "x__raw" not in row
        assert not converted.misfits


def _compact(text: str) -> str:
    return re.sub(r"(\d)e(\d)", r"\1E+\2", text).replace("e-", "E-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name":"Ada","id":"7","email":"a@b.test"}', ("7", "Ada", "a@b.test")),
        ('{"name":null,"id":"7"}', ("7", None, None)),
        ('{"name":"Ada","id":7}', ("7", "Ada", None)),
        ('{"name":12,"id":12345678901234567}', ("12345678901234567", "12", None)),
        ('{"name":"Ada","id":null}', (None, "Ada", None)),
        ("null", (None, None, None)),
        ('{"name":"Ada"}', RAW),
        ("{}", RAW),
        ('"Ada"', RAW),
        ('[{"id":"7"}]', RAW),
        ('{"id":true}', RAW),
        ('{"id":{"id":"7"},"name":"Ada"}', RAW),
    ],
)
def test_a_lookup_is_spread_over_its_parts_or_kept_as_text(text: str, expected: Any) -> None:
    row = one(convert("user", text).table)

    parts = (row["x__id"], row["x__name"], row["x__email"])
    if expected is RAW:
        assert parts == (None, None, None)
        assert row["x__raw"] == text.strip('"')
    else:
        assert parts == expected
        assert "x__raw" not in row


@pytest.mark.parametrize(
    ("value", "beside", "expected"),
    [
        ({"id": "7"}, "Deals", "Deals"),
        ({"id": "7", "module": {"api_name": "Leads", "id": "1"}}, "Deals", "Leads"),
        ({"id": "7", "module": "Leads"}, "Deals", "Leads"),
        ({"id": "7", "module": None}, {"api_name": "Deals"}, "Deals"),
        ({"id": "7"}, None, None),
        (None, "Deals", None),
    ],
)
def test_the_module_of_a_lookup_comes_from_itself_or_from_the_record(
    value: Any, beside: Any, expected: str | None
) -> None:
    row = {"id": "1", "What_Id": value, "$se_module": beside}
    assert one(to_table(WHAT, [row], read_no=1).table)["what_id__module"] == expected


# pages


def test_a_page_is_a_table_in_the_schema_of_the_module() -> None:
    schema = schema_of(*fields_of_every_type())
    reply = decode((CASES / "record_of_every_type.json").read_bytes())

    converted = to_table(schema, reply.value["data"], read_no=3)

    assert converted.table.schema.names == [*(c.name for c in schema.columns), "_read_no"]
    assert [f.name for f in converted.table.schema if not f.nullable] == ["id", "_read_no"]
    assert not converted.misfits
    table = converted.table
    assert {name: one(table)[name] for name in EVERY_TYPE} == EVERY_TYPE


JSON_COLUMNS = {
    *("interests", "territories", "tag", "papers", "photos", "consent", "remind_at", "novelty")
}
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


# times


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


# any value at all


numbers = (
    st.decimals(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.integers().map(lambda n: Decimal(n).scaleb(-2))
)
texts = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
    | numbers.map(str)
    | st.dates().map(str)
    | st.datetimes(timezones=st.timezones() | st.none()).map(lambda t: t.isoformat())
    | st.sampled_from(["true", "false", "null", ""])
)
scalars = st.none() | st.booleans() | numbers | texts
references = st.fixed_dictionaries({"id": scalars}, optional={"name": scalars, "email": scalars})
values = st.recursive(
    scalars | references,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)  # the machine may be busy
@given(st.sampled_from(sorted(FIELD_TYPES)), st.lists(values, min_size=1, max_size=6))
def test_any_value_is_equal_in_its_column_or_text_beside_it(kind: str, page: list[Any]) -> None:
    rows = [{"id": str(n), "X": value} for n, value in enumerate(page)]

    converted = to_table(SCHEMAS[kind], rows, read_no=1)

    missed = 0
    for value, row in zip(page, converted.table.to_pylist(), strict=True):
        columns = {k: v for k, v in row.items() if k not in ("id", "_read_no", "x__raw")}
        raw = row.get("x__raw")
        if raw is not None:
            missed += 1
            assert set(columns.values()) == {None}
            assert raw == value if isinstance(value, str) else _is_same(_read(raw), value)
        elif value is None:
            assert set(columns.values()) == {None}
        else:
            assert _is_held(columns, value)
    assert converted.misfits.total() == missed
    _assert_one_by_one_is_the_same(kind, rows, converted)


def _assert_one_by_one_is_the_same(
    kind: str, rows: Sequence[dict[str, Any]], converted: Converted
) -> None:
    """What becomes of a value must not depend on its neighbours."""
    singles = [one(to_table(SCHEMAS[kind], [row], read_no=1).table) for row in rows]
    together = converted.table.to_pylist()
    for row in singles + together:
        row.setdefault("x__raw", None)
    assert singles == together


def _read(text: str) -> Any:
    return decode(text.encode()).value


def _is_same(found: Any, value: Any) -> bool:
    """Compares JSON values; true is not 1, and 1.0 is 1."""
    if isinstance(value, dict):
        return found.keys() == value.keys() and all(_is_same(found[k], value[k]) for k in value)
    if isinstance(value, list):
        return len(found) == len(value) and all(map(_is_same, found, value))
    return bool(found == value) and isinstance(found, bool) == isinstance(value, bool)


def _is_held(columns: dict[str, Any], value: Any) -> bool:
    if "x" not in columns:
        return all(
            held == part if isinstance(part, str | None) else _is_same(_read(held), part)
            for name, held in columns.items()
            for part in [value.get(name.removeprefix("x__"))]
        )
    held = columns["x"]
    match held:
        case bool():
            return bool(held is value) or value == str(held).lower()
        case datetime():
            return bool(datetime.fromisoformat(value) == held)
        case date():
            return bool(value == held.isoformat())
        case int() | Decimal():
            return not isinstance(value, bool) and Decimal(value) == held
    return bool(held == value) or _is_same(_read(held), value)


# through dlt


@pytest.fixture(autouse=True)
def load_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets dlt up to add `_dlt_load_id`, as the source's configuration does."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")


@pytest.fixture
def database(project_dir: Path) -> Path:
    return project_dir / "visits.duckdb"


def load(destination: Path | str, schema: TableSchema, *pages: pa.Table) -> None:
    """Loads pages, or an empty table when there are none, as the source does.

    Args:
        destination: A DuckDB file, or the URL of a Postgres database.
        schema: The table's.
        *pages: What to load in one package.
    """

    @dlt.resource(
        name=schema.table_name,
        columns=dlt_columns(schema),
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
    )
    def visits() -> Iterator[Any]:
        yield from pages or [dlt.mark.materialize_table_schema()]

    visits.apply_hints(additional_table_hints={"x-normalizer": {"seen-data": True}})
    is_url = isinstance(destination, str)
    kind = dlt.destinations.postgres if is_url else dlt.destinations.duckdb
    pipeline = dlt.pipeline("visits", destination=kind(str(destination)))
    pipeline.run(visits(), dataset_name="crm", loader_file_format="parquet")


def select(database: Path, what: str) -> pa.Table:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        return connection.sql(f"SELECT {what} FROM crm.visits ORDER BY id").to_arrow_table()


def test_a_record_of_every_type_reads_back_equal_from_duckdb(database: Path) -> None:
    schema = schema_of(*fields_of_every_type())
    rows = decode((CASES / "record_of_every_type.json").read_bytes()).value["data"]
    nulls = {"id": "9"}
    table = to_table(schema, [*rows, nulls], read_no=3).table

    load(database, schema, table)

    names = ", ".join(f'"{name}"' for name in table.schema.names)
    assert select(database, names).to_pylist() == table.to_pylist()
    described = _types_in(database)
    assert [name for name, _ in described] == list(dlt_columns(schema))
    assert dict(described)["tag"] == "JSON"
    assert dict(described)["amount"] == "DECIMAL(38,9)"
    assert dict(described)["modified_time"] == "TIMESTAMP WITH TIME ZONE"


def test_a_record_of_every_type_and_its_misfits_read_back_equal_from_postgres(
    postgres_url: str,
) -> None:
    schema = schema_of(*fields_of_every_type())
    rows = decode((CASES / "record_of_every_type.json").read_bytes()).value["data"]
    misfit = {"id": "9", "Amount": "?", "Visited_On": "", "Owner": "Ada"}
    pages = [to_table(schema, page, read_no=3).table for page in (rows, [*rows, misfit])]

    load(postgres_url, schema, pages[0])
    load(postgres_url, schema, pages[1])

    names = pages[1].schema.names
    shown = ", ".join(f"{n}::text" if n in JSON_COLUMNS else n for n in names)
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SELECT {shown} FROM crm.visits ORDER BY id")
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert found == pages[1].to_pylist()


@pytest.mark.parametrize("is_empty_first", [False, True])
def test_merged_pages_with_and_without_raw_read_back_equal(
    database: Path, is_empty_first: bool
) -> None:
    schema = schema_of(field("id", "bigint", 0), field("Amount", "currency", 1))
    whole = to_table(schema, [{"id": "1", "Amount": 1}, {"id": "2", "Amount": 2}], read_no=1)
    partly = to_table(schema, [{"id": "2", "Amount": "?"}, {"id": "3", "Amount": "!"}], read_no=2)
    mended = to_table(schema, [{"id": "3", "Amount": Decimal("0.1")}], read_no=1)

    if is_empty_first:
        load(database, schema)
        assert select(database, "*").num_rows == 0
    load(database, schema, whole.table)
    load(database, schema, whole.table, partly.table)
    first = select(database, "id, amount, amount__raw, _read_no").to_pylist()
    load(database, schema, mended.table)
    second = select(database, "id, amount, amount__raw").to_pylist()

    assert [tuple(row.values()) for row in first] == [
        ("1", Decimal(1), None, 1),
        ("2", None, "?", 2),
        ("3", None, "!", 2),
    ]
    assert [tuple(row.values()) for row in second] == [
        ("1", Decimal(1), None),
        ("2", None, "?"),
        ("3", Decimal("0.1"), None),
    ]
    described = [name for name, _ in _types_in(database)]
    assert described == [*dlt_columns(schema), "amount__raw"]  # whichever came first


def test_of_two_readings_in_one_package_the_later_wins(database: Path) -> None:
    schema = schema_of(field("Name", field_id=1))
    early, late = (
        to_table(schema, [{"id": "1", "Name": name}], read_no=number).table
        for number, name in [(4, "old"), (5, "new")]
    )

    load(database, schema, late, early)

    assert select(database, "name, _read_no").to_pylist() == [{"name": "new", "_read_no": 5}]


def _types_in(database: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.sql("DESCRIBE crm.visits").fetchall()
    return [(name, kind) for name, kind, *_ in rows]


def test_the_case_files_say_what_is_json() -> None:
    for path in CASES.glob("*_of_every_type.json"):
        json.loads(path.read_text("utf-8"))
