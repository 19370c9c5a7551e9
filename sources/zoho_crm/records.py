"""Records as decoded to an Arrow table in their module's schema.

Pure: no network, no database. A value that its column cannot hold exactly goes into `x__raw`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .arrays import MISFIT, to_array, to_part_arrays, to_text
from .columns import MODIFIED_TIME, Column, TableSchema
from .exceptions import ZohoResponseError
from .names import ID, READ_NO, part_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .api_types import JsonObject


@dataclass(frozen=True, slots=True)
class Converted:
    """A page as a table, and what did not fit."""

    table: pa.Table
    """The schema's columns, `_read_no`, then an `x__raw` for each field with a misfit."""
    misfits: Counter[str] = field(default_factory=Counter)
    """Values that did not fit, by the field's name in SQL (the `x` of `x__raw`)."""


def to_table(
    schema: TableSchema, rows: Sequence[JsonObject], *, read_no: int | Sequence[int]
) -> Converted:
    """Converts the records of a page, at least one.

    Args:
        schema: The module's table.
        rows: Records as decoded, slices joined; a key that is missing is null.
        read_no: The number of the reply, of all rows or of each.

    Raises:
        ZohoResponseError: A record came without its id.
    """
    if not rows:
        raise ValueError("an empty page has no table: dlt can't load one into Postgres")
    arrays: list[pa.Array] = []
    raw: dict[str, pa.Array] = {}
    values_of = _transpose(schema, rows)
    for base, group in groupby(schema.columns, key=lambda c: c.base_name or c.name):
        columns = tuple(group)
        if base == ID:
            arrays.append(pa.array(_ids_of(rows, schema.module.api_name), pa.string()))
            continue
        # what each record says of the module that the field points to
        modules = values_of[columns[-1].module_key]
        converted, texts = _convert(columns, values_of[columns[0].api_name], modules)
        arrays += converted
        if texts.count(None) < len(rows):
            raw[base] = pa.array(texts, pa.string())
    numbers = [read_no] * len(rows) if isinstance(read_no, int) else read_no
    arrays += [pa.array(numbers, pa.int64()), *raw.values()]
    names = [part_name(base, "raw") for base in raw]
    return Converted(
        pa.table(arrays, schema=_arrow_schema(schema.columns, names)),
        Counter({base: len(rows) - texts.null_count for base, texts in raw.items()}),
    )


def times_of(
    rows: Sequence[JsonObject], *, module: str | None = None
) -> list[tuple[str, datetime | None]]:
    """Gives the id and the `Modified_Time` in UTC of each record; None where it is null.

    Raises:
        ZohoResponseError: A record has no id, or a time that is not one with an offset.
    """
    ids = _ids_of(rows, module)
    try:
        times = [_to_instant(row.get(MODIFIED_TIME)) for row in rows]
    except (ValueError, TypeError, OverflowError):
        raise ZohoResponseError(
            f"{module or 'Zoho'}: a record's {MODIFIED_TIME} is not a time with an offset.",
            module=module,
        ) from None  # the cause quotes the value
    return list(zip(ids, times, strict=True))


def _ids_of(rows: Sequence[JsonObject], module: str | None) -> list[str]:
    where = module or "Zoho"
    if not set(map(type, rows)) <= {dict}:
        raise ZohoResponseError(f"{where}: a record is not an object.", module=module)
    ids = [row.get(ID) for row in rows]
    if set(map(type, ids)) <= {str, int} and "" not in ids:
        return list(map(str, ids))
    missing = sum(type(record_id) not in (str, int) or record_id == "" for record_id in ids)
    raise ZohoResponseError(
        f"{where}: {missing} of {len(rows)} records came without an id.", module=module
    )


def _to_instant(text: Any) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no offset")
    return instant.astimezone(UTC)


def _transpose(schema: TableSchema, rows: Sequence[JsonObject]) -> dict[str | None, Sequence[Any]]:
    keys = {column.api_name: None for column in schema.columns}
    keys |= {column.module_key: None for column in schema.columns if column.module_key}
    try:
        values: Iterable[Sequence[Any]] = zip(*map(itemgetter(ID, *keys), rows), strict=True)
    except KeyError:  # a field that Zoho leaves out although it was asked for
        values = [[row.get(key) for row in rows] for key in (ID, *keys)]
    return {None: [None] * len(rows), **dict(zip((ID, *keys), values, strict=True))}


def _convert(
    columns: Sequence[Column], values: Sequence[Any], modules: Sequence[Any]
) -> tuple[list[pa.Array], list[str | None]]:
    """Converts the values of a field; the second list holds the text of those that don't fit."""
    try:
        if columns[0].part is None:
            arrays = [to_array(values, columns[0].data_type)]
        else:
            arrays = to_part_arrays([column.part for column in columns], values, modules)
    except MISFIT:
        if len(values) == 1:
            return [pa.nulls(1, column.arrow_type) for column in columns], [to_text(values[0])]
    else:
        return arrays, [None] * len(values)
    middle = len(values) // 2
    arrays, raw = _convert(columns, values[:middle], modules[:middle])
    more_arrays, more_raw = _convert(columns, values[middle:], modules[middle:])
    return list(map(pa.concat_arrays, zip(arrays, more_arrays, strict=True))), raw + more_raw


def _arrow_schema(columns: Sequence[Column], raw_names: Sequence[str]) -> pa.Schema:
    def fields() -> Iterator[pa.Field]:
        for column in columns:
            yield pa.field(column.name, column.arrow_type, nullable=column.name != ID)
        yield pa.field(READ_NO, pa.int64(), nullable=False)
        for name in raw_names:
            yield pa.field(name, pa.string())

    return pa.schema(fields())
