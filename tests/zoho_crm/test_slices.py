"""Joining the slices of a page: only rows from one moment are put together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zoho_crm.columns import build_table_schema
from zoho_crm.settings import MAX_FIELDS_PER_CALL, SLICE_SETTLE_S
from zoho_crm.slices import join_slices, split_unsettled

from tests.zoho_crm.metadata import field, module, schema_of  # isort: skip

NOW = datetime(2026, 3, 30, 7, tzinfo=UTC)


def row(record_id: str, time: str, **values: Any) -> dict[str, Any]:
    return {"id": record_id, "Modified_Time": time, **values}


def test_rows_of_one_moment_are_joined_in_the_order_of_the_first_slice() -> None:
    rows, again = join_slices(
        [
            [row("2", "t1", a=1), row("1", "t2", a=2)],
            [row("1", "t2", b=3), row("2", "t1", b=4)],
            [row("2", "t1", c=5), row("1", "t2", c=6)],
        ]
    )
    assert rows == [row("2", "t1", a=1, b=4, c=5), row("1", "t2", a=2, b=3, c=6)]
    assert again == []


@pytest.mark.parametrize(
    ("others", "again"),
    [
        ([[]], ["1"]),
        ([[row("1", "t2", b=1)]], ["1"]),
        ([[row("1", "t1", b=1)], []], ["1"]),
        ([[row("1", "t1", b=1)], [row("1", "t2", c=1)]], ["1"]),
        ([[row("1", "t1", b=1), row("9", "t1", b=1)]], ["9"]),
        ([[row("9", "t1")], [row("8", "t1")]], ["1", "9", "8"]),
        ([[row("1", None, b=1)]], ["1"]),  # type: ignore[arg-type]  # Zoho may say null
    ],
)
def test_rows_that_do_not_match_in_every_slice_are_asked_again(
    others: list[list[dict[str, Any]]], again: list[str]
) -> None:
    rows, unmatched = join_slices([[row("1", "t1", a=1)], *others])
    assert unmatched == again
    assert len(rows) == (0 if "1" in again else 1)


def test_one_slice_needs_no_joining() -> None:
    assert join_slices([[row("1", "t1")]]) == ([row("1", "t1")], [])


def test_rows_without_a_time_match_on_their_id() -> None:
    rows, again = join_slices([[{"id": "1", "a": 1}], [{"id": "1", "b": 2}]])
    assert (rows, again) == ([{"id": "1", "a": 1, "b": 2}], [])


def test_a_row_changed_just_before_a_reply_is_not_settled() -> None:
    ages_s = [0, SLICE_SETTLE_S, SLICE_SETTLE_S + 1, 3600, -60]
    rows = [{"id": str(age_s)} for age_s in ages_s]
    times = [NOW - timedelta(seconds=age_s) for age_s in ages_s]

    settled, unsettled = split_unsettled(rows, times, [NOW, NOW + timedelta(seconds=5)])

    assert unsettled == ["0", str(SLICE_SETTLE_S), "-60"]
    assert [each["id"] for each in settled] == [str(SLICE_SETTLE_S + 1), "3600"]


def test_without_any_date_or_time_rows_count_as_settled() -> None:
    assert split_unsettled([{"id": "1"}], [NOW], [None]) == ([{"id": "1"}], [])
    assert split_unsettled([{"id": "1"}], [None], [NOW]) == ([{"id": "1"}], [])


@pytest.mark.parametrize("count", [1, 49, 50, 51, 98, 99, 150])
def test_slices_hold_every_field_once_and_the_time_in_each(count: int) -> None:
    fields = [field(f"F{n}", field_id=n) for n in range(count)]
    fields.append(field("Modified_Time", "datetime", field_id=999))

    slices = build_table_schema(module(), fields).slices

    asked = [name for names in slices for name in names if name != "Modified_Time"]
    assert sorted(asked) == sorted(f"F{n}" for n in range(count))
    assert all("Modified_Time" in names for names in slices)
    assert max(map(len, slices)) <= MAX_FIELDS_PER_CALL
    assert len(slices) == -(-count // (MAX_FIELDS_PER_CALL - 1))


def test_the_module_of_a_lookup_is_asked_for_with_it_and_counts() -> None:
    fields = [field(f"F{n}", field_id=n) for n in range(48)]
    what = field("What_Id", "lookup", 900)
    slices = schema_of(*fields, what, field("Modified_Time", "datetime", 999)).slices

    assert len(slices) == 2
    (holding,) = [names for names in slices if "What_Id" in names]
    assert "$se_module" in holding
    assert max(map(len, slices)) <= MAX_FIELDS_PER_CALL
