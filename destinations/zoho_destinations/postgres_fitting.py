"""Rows and tables that Postgres can't hold: known before the load, so that none of it fails.

Of a row that is too wide the last fields go into one column of json, `_overflow`: nothing is
dropped, and the row is there. A table of too many columns is not loaded at all.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from zoho_crm.columns import MODIFIED_TIME, dlt_columns
from zoho_crm.names import ID, OVERFLOW

from .existing import read_columns
from .postgres_rows import (
    MAX_COLUMNS,
    MAX_ROW_BYTES,
    MAX_SHORT_BYTES,
    MAX_SQUEEZED_BYTES,
    data_bytes,
    header_bytes,
    upper_bounds,
)
from .statements import is_postgres
from .unfitting import Unfitting, too_many_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dlt.common.schema.typing import TTableSchemaColumns

    from zoho_crm.columns import Column, TableSchema
    from zoho_crm.outcomes import ResourceOutcome

    from .statements import Client

SPARE_COLUMNS: Final = 64
"""Columns that a row may have beside those known: `x__raw` of others, dropped ones."""
LATER_BYTES: Final = 320
"""Room for what is written into a row later: the flags of deletion, the load, some new fields."""
NAMES: Final = ("name", "email")
"""Parts of a lookup that are brought in line later, and may become longer."""
SHORT: Final = "x" * (MAX_SHORT_BYTES - 1)
"""Stands for a value whose size may change, or differs as `jsonb`: as wide as one can be."""
STAYING: Final = frozenset({ID, MODIFIED_TIME, "Created_Time"})
"""Fields that never leave a row."""
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class PostgresFitting:
    """What Postgres can't hold of a run's tables."""

    def __init__(self, columns: Mapping[str, Mapping[str, str]]) -> None:
        """Knows the tables that are there.

        Args:
            columns: Their columns, by table, in the order that they have in SQL.
        """
        self._columns = columns
        self._unfitting: dict[str, Unfitting] = {}

    def refusal(self, schema: TableSchema) -> str | None:
        """Says why the table can't exist, and which fields to leave out."""
        names = {*dlt_columns(schema), *self._columns.get(schema.table_name, ())}
        surplus = len(names) + 1 - MAX_COLUMNS
        return too_many_columns(schema, surplus) if surplus > 0 else None

    def columns(self, schema: TableSchema) -> TTableSchemaColumns:
        """Gives the column for what does not fit, to tables that might need it."""
        if _always_fits(schema):
            return {}
        return {OVERFLOW: {"name": OVERFLOW, "data_type": "json", "nullable": True}}

    def fit(self, schema: TableSchema, table: pa.Table, outcome: ResourceOutcome) -> pa.Table:
        """Moves values of rows that are too wide into `_overflow`."""
        if _always_fits(schema):
            return table
        row_maker = _RowMaker(schema, table, self._columns.get(schema.table_name, ()))
        moved = row_maker.moved_values()
        if not moved:
            return table
        found = self._unfitting.setdefault(schema.module.api_name, Unfitting(schema))
        found.add(moved, row_maker.widest)
        outcome.overflow = found.sentence
        return _without(table, moved)


def build_fitting(client: Client) -> PostgresFitting | None:
    """Gives what knows the limits of the dataset's database; None where there are none."""
    return PostgresFitting(read_columns(client)) if is_postgres(client) else None


def _always_fits(schema: TableSchema) -> bool:
    """Every value as wide as it can be would do."""
    widths = sum(15 if c.data_type in _ALIGNED else MAX_SQUEEZED_BYTES for c in schema.columns)
    return widths + LATER_BYTES + header_bytes(MAX_COLUMNS) <= MAX_ROW_BYTES


_ALIGNED: Final = frozenset({"bigint", "timestamp", "date", "bool"})


class _RowMaker:
    """Sizes of the rows of one table, and what has to leave them."""

    def __init__(self, schema: TableSchema, table: pa.Table, known: Iterable[str]) -> None:
        self.widest = 0
        self._table = table
        order = dict.fromkeys([*known, *table.column_names])
        self._order = [name for name in order if name in table.column_names]
        self._room = MAX_ROW_BYTES - LATER_BYTES - header_bytes(len(order) + SPARE_COLUMNS)
        self._json = {column.name for column in schema.columns if column.data_type == "json"}
        self._ids = _ids_of_names(schema.columns)
        self._movable = _movable(schema.columns)

    def moved_values(self) -> dict[int, dict[str, Any]]:
        """Gives what leaves each row that is too wide, by the row's number."""
        bounds = upper_bounds(self._table, at_widest={*self._json, *self._ids})
        wide = pc.indices_nonzero(pc.greater(bounds, self._room)).to_pylist()
        rows = self._table.take(pa.array(wide, pa.int64())).to_pylist() if wide else []
        moved = {number: self._leave(row) for number, row in zip(wide, rows, strict=True)}
        return {number: values for number, values in moved.items() if values}

    def _leave(self, row: dict[str, Any]) -> dict[str, Any]:
        stored = {name: self._stored(name, row) for name in self._order}
        size = data_bytes(stored.values())
        self.widest = max(self.widest, size + MAX_ROW_BYTES - self._room)
        moved: dict[str, Any] = {}
        for name in (name for name in self._movable if row[name] is not None):
            if size <= self._room:  # by an estimate, as alignment may have changed
                size = data_bytes(stored.values()) + bool(moved) * MAX_SQUEEZED_BYTES
                if size <= self._room:
                    break
            moved[name] = msgspec.Raw(row[name].encode()) if name in self._json else row[name]
            size -= data_bytes([stored[name]])
            stored[name] = None
        return moved

    def _stored(self, name: str, row: dict[str, Any]) -> Any:
        value = row[name]
        if name in self._ids:
            return SHORT if row.get(self._ids[name]) is not None else None
        if name in self._json and value is not None:
            return value if len(value) > len(SHORT) else SHORT
        return value


def _ids_of_names(columns: Sequence[Column]) -> dict[str, str]:
    """Gives for each name or e-mail of a lookup the column that holds its id."""
    ids = {column.base_name: column.name for column in columns if column.part == "id"}
    return {c.name: ids[c.base_name] for c in columns if c.part in NAMES and c.base_name in ids}


def _movable(columns: Sequence[Column]) -> list[str]:
    """Gives the columns that may leave a row, the first to leave first: lookups are the last."""
    free = [column for column in columns if column.api_name not in STAYING]
    places = {column.base_name: place for place, column in enumerate(columns)}
    # Of a lookup the id first: without it nobody brings the name back.
    free.sort(key=lambda c: (c.part is not None, -places[c.base_name], c.part != "id"))
    return [column.name for column in free]


def _without(table: pa.Table, moved: Mapping[int, Mapping[str, Any]]) -> pa.Table:
    """Puts what leaves the rows into `_overflow`."""
    count = Counter(name for values in moved.values() for name in values)
    for name in count:
        stays = [name not in moved.get(number, ()) for number in range(table.num_rows)]
        column = pc.if_else(pa.array(stays), table[name], pa.scalar(None, table[name].type))
        table = table.set_column(table.column_names.index(name), table.field(name), column)
    texts = [_to_json(moved.get(number)) for number in range(table.num_rows)]
    return table.append_column(OVERFLOW, pa.array(texts, pa.string()))


def _to_json(values: Mapping[str, Any] | None) -> str | None:
    return _ENCODER.encode(values).decode() if values else None
