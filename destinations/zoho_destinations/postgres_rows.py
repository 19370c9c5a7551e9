"""How much of a page a row takes in Postgres, where a row must lie in one. Pure.

Long values are moved out of the line: what is left of them is a pointer. Short ones stay, and so
the width of a row is that of its many short values. All sizes here are upper bounds, exact but for
values that compress well. Measured against the real server by the tests.

Source: PostgreSQL, "TOAST" and "Database Page Layout".
"""

from __future__ import annotations

import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_ROW_BYTES: Final = 8160
"""The largest row, its header included, that a page of 8 kB holds."""
MAX_COLUMNS: Final = 1600
POINTER_BYTES: Final = 18
"""What stays of a value that was moved out of the line."""
MAX_SHORT_BYTES: Final = 24
"""A value of so many bytes, its header included, stays in the line whatever the row's width."""
MAX_SQUEEZED_BYTES: Final = 28
"""A value that compresses to `MAX_SHORT_BYTES` stays, too, and is aligned to 4 bytes."""
MIN_SQUEEZABLE_BYTES: Final = 32
"""No shorter value is compressed."""
MAX_ZLIB_BYTES: Final = 32
"""What zlib makes of every text that pglz or lz4 compresses to `MAX_SHORT_BYTES`."""
MAX_SQUEEZABLE_BYTES: Final = 4_200
"""No longer value can be compressed so far: lz4 needs a byte for each 255, pglz more."""
HEADER_BYTES: Final = 23
DIGITS_PER_GROUP: Final = 4
"""Decimal digits that a numeric keeps in 2 bytes."""


def upper_bounds(table: pa.Table, *, at_widest: Collection[str] = ()) -> pa.ChunkedArray:
    """Gives for each row at least the bytes that its values take, quickly.

    Args:
        table: The rows.
        at_widest: Columns that count as wide as a value can be, whatever they hold.
    """
    exact = [name for name in table.column_names if name not in at_widest]
    widest = (table.num_columns - len(exact)) * MAX_SQUEEZED_BYTES
    total = pa.chunked_array([[widest] * table.num_rows], pa.int64())
    for name in exact:
        total = pc.add(total, _bound_of(table[name]))
    return total


def header_bytes(columns: int) -> int:
    """Gives the bytes before a row's values, in a table of so many columns."""
    return _align(HEADER_BYTES + -(-columns // 8), 8)


def data_bytes(values: Iterable[Any]) -> int:
    """Gives the bytes that a row's values take, in the order of their columns."""
    size = 0
    for value in values:
        size = _end_of(value, size)
    return size


def _bound_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_string(column.type):
        length = pc.cast(pc.binary_length(column), pa.int64())
        sizes = pc.if_else(pc.less(length, MAX_SHORT_BYTES), pc.add(length, 1), MAX_SQUEEZED_BYTES)
        return pc.fill_null(sizes, 0)
    if pa.types.is_decimal(column.type):
        width = MAX_SHORT_BYTES
    elif pa.types.is_boolean(column.type):
        width = 1
    else:
        width = 15  # eight bytes, aligned to eight
    return pc.if_else(pc.is_valid(column), width, 0)


def _end_of(value: Any, start: int) -> int:
    """Gives where a value ends that is written behind `start` bytes."""
    if value is None:
        return start
    if isinstance(value, bool):
        return start + 1
    if isinstance(value, str):
        return start + _text_bytes(value.encode())
    if isinstance(value, Decimal):
        size = 3 + 2 * _groups(value)
        return start + (size if size <= MAX_SHORT_BYTES else POINTER_BYTES)
    if isinstance(value, date) and not isinstance(value, datetime):
        return _align(start, 4) + 4
    return _align(start, 8) + 8  # a bigint or a time


def _text_bytes(text: bytes) -> int:
    if len(text) < MAX_SHORT_BYTES:
        return len(text) + 1
    if not MIN_SQUEEZABLE_BYTES <= len(text) <= MAX_SQUEEZABLE_BYTES:
        return POINTER_BYTES
    is_squeezed = len(zlib.compress(text)) <= MAX_ZLIB_BYTES
    return MAX_SQUEEZED_BYTES if is_squeezed else POINTER_BYTES


def _groups(value: Decimal) -> int:
    """Counts the groups of four digits that are kept: not those of zeros at either end."""
    whole, _, fraction = f"{value.copy_abs():f}".partition(".")
    whole = whole.rjust(_align(len(whole), DIGITS_PER_GROUP), "0")
    digits = whole + fraction.ljust(_align(len(fraction), DIGITS_PER_GROUP), "0")
    starts = range(0, len(digits), DIGITS_PER_GROUP)
    kept = [n for n, at in enumerate(starts) if digits[at : at + DIGITS_PER_GROUP].strip("0")]
    return kept[-1] - kept[0] + 1 if kept else 0


def _align(size: int, to: int) -> int:
    return -(-size // to) * to
