"""JSON values of one field to Arrow arrays: exactly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from .columns import ARROW_TYPES

MISFIT: Final = (ValueError, TypeError, LookupError, OverflowError)
"""What the functions here raise for values that the type does not hold exactly."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
# What Python can show of a date; both databases take more.
_EPOCH: Final = date(1970, 1, 1)
_DAYS: Final = ((date.min - _EPOCH).days, (date.max - _EPOCH).days)
_DAY_US: Final = 24 * 3600 * 1_000_000
_INSTANTS: Final = (_DAYS[0] * _DAY_US, (_DAYS[1] + 1) * _DAY_US - 1)


def to_array(values: Sequence[Any], data_type: str) -> pa.Array:
    """Converts the values of a column; null stays null.

    Raises:
        One of `MISFIT`: Some value does not fit, or they fit in different ways (a number and
            the same as text): each alone then tells.
    """
    return _CONVERTERS[data_type](values)


def to_part_arrays(
    parts: Sequence[str | None], values: Sequence[Any], modules: Sequence[Any]
) -> list[pa.Array]:
    """Converts the values of a lookup: objects with an id, to an array for each part.

    Args:
        parts: Keys of the objects; `module` may also be told beside them.
        values: Objects or nulls.
        modules: For each value the module told beside it.

    Raises:
        One of `MISFIT`: Some value is no object with an id.
    """
    if not _kinds(values) <= {dict}:
        raise TypeError("a lookup is an object")
    ids = [None if value is None else value["id"] for value in values]
    if not _kinds(ids) <= {str, int}:
        raise TypeError("an id is text or a number")
    arrays = []
    for part in parts:
        if part == "id":
            arrays.append(_to_texts(ids))
        elif part == "module":
            arrays.append(_to_texts(list(map(_module_of, values, modules))))
        else:
            arrays.append(_to_texts([None if v is None else v.get(part) for v in values]))
    return arrays


def to_text(value: Any) -> str | None:
    """Shows a value as text: text as it is, anything else as compact JSON, numbers exact."""
    if value is None or isinstance(value, str):
        return value
    return _ENCODER.encode(value).decode()


def _kinds(values: Sequence[Any]) -> set[type]:
    return set(map(type, values)) - {type(None)}


def _module_of(value: Mapping[str, Any] | None, beside: Any) -> Any:
    if value is None:
        return None
    module = value.get("module") or beside
    return module.get("api_name") if isinstance(module, Mapping) else module


def _to_texts(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:
        return pa.array([to_text(value) for value in values], pa.string())


def _to_json(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if v is None else _ENCODER.encode(v) for v in values], pa.string())


def _to_bigints(values: Sequence[Any]) -> pa.Array:
    kinds = _kinds(values)
    if kinds <= {int}:
        return pa.array(values, pa.int64())
    if kinds <= {int, Decimal}:
        return pa.array([None if v is None else _integral(v) for v in values], pa.int64())
    texts = pa.array(values, pa.string())
    array = texts.cast(pa.int64())
    if not array.cast(pa.string()).equals(texts):
        raise ValueError("not how a whole number is written")
    return array


def _integral(value: int | Decimal) -> int:
    if not -(2**64) < value < 2**64 or value != int(value):
        raise ValueError("not a whole number of 64 bits")
    return int(value)


def _to_decimals(values: Sequence[Any]) -> pa.Array:
    if not _kinds(values) <= {int, Decimal}:
        values = [None if v is None else _to_decimal(v) for v in values]
    return pa.array(values, ARROW_TYPES["decimal"])


def _to_decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _to_booleans(values: Sequence[Any]) -> pa.Array:
    if _kinds(values) == {str}:
        values = [None if v is None else _BOOLEANS[v] for v in values]
    return pa.array(values, pa.bool_())


def _to_dates(values: Sequence[Any]) -> pa.Array:
    array = pa.array(values, pa.string()).cast(pa.date32())
    _check_range(array.view(pa.int32()), _DAYS)
    return array


def _to_timestamps(values: Sequence[Any]) -> pa.Array:
    # Arrow refuses text without an offset here, and more digits than a microsecond has.
    array = pa.array(values, pa.string()).cast(ARROW_TYPES["timestamp"])
    _check_range(array.view(pa.int64()), _INSTANTS)
    return array


def _check_range(array: pa.Array, borders: tuple[int, int]) -> None:
    low, high = pc.min_max(array).as_py().values()
    if low is not None and not borders[0] <= low <= high <= borders[1]:
        raise ValueError("outside the years 1 to 9999")


_CONVERTERS: Final[Mapping[str, Callable[[Sequence[Any]], pa.Array]]] = {
    "text": _to_texts,
    "bigint": _to_bigints,
    "decimal": _to_decimals,
    "bool": _to_booleans,
    "date": _to_dates,
    "timestamp": _to_timestamps,
    "json": _to_json,
}
