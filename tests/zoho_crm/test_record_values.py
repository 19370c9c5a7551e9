"""Values of each type: held exactly, or kept as text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.zoho_crm.converting import convert, one
from tests.zoho_crm.metadata import field, schema_of
from zoho_crm.decoding import decode
from zoho_crm.records import to_table

WHAT = schema_of(field("What_Id", "lookup"))
RAW = object()
"""Stands for: the typed column is null and `x__raw` holds the value."""


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
