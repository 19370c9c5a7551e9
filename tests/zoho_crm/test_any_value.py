"""Any value at all is equal in its column or in the text beside it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zoho_crm.converting import FIELD_TYPES, SCHEMAS, one
from zoho_crm.decoding import decode
from zoho_crm.records import Converted, to_table

if TYPE_CHECKING:
    from collections.abc import Sequence


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
