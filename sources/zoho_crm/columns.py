"""Fields metadata to the schema of a table: which columns, of which types, read from where.

Pure: no network, no database. The schema comes from metadata, never from values.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from .column_history import columns_with_history
from .field_types import PARTS_OF_KIND, is_amount, is_cut, is_volatile, kind_of
from .names import ID, LOAD_ID, PARENT_ID, READ_NO, part_name, to_base_names, to_table_names
from .settings import DECIMAL_PRECISION, DECIMAL_SCALE, MAX_FIELDS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dlt.common.data_types import TDataType
    from dlt.common.schema.typing import TColumnSchema, TTableSchemaColumns

    from .api_types import Field, Module
    from .column_history import ColumnHistory

MODIFIED_TIME: Final = "Modified_Time"
SE_MODULE: Final = "$se_module"
"""Key of a record that tells the module of its multi-module lookup."""

ARROW_TYPES: Final[Mapping[str, pa.DataType]] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}
_HINTS: Final[Mapping[str, TColumnSchema]] = {
    "decimal": {"precision": DECIMAL_PRECISION, "scale": DECIMAL_SCALE},
    "timestamp": {"precision": 6},
}
_DELETION_COLUMNS: Final = {
    "_deleted_type": "text",
    "_deleted_time": "timestamp",
    "_deleted_by__id": "text",
    "_deleted_by__name": "text",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One SQL column and where its values come from."""

    name: str
    """Name in SQL: normalised, at most 63 bytes, the same on every destination."""
    arrow_type: pa.DataType
    data_type: str
    """dlt's data type: text, bigint, decimal, bool, date, timestamp or json."""
    api_name: str
    """Key of the record that holds the value."""
    part: str | None = None
    """Key inside an object: id, name, email; `module` for a multi-module lookup."""
    field_id: str = ""
    comment: str = ""
    """The label, and what a reader of the column should know."""
    is_amount: bool = False
    """The value is an amount of money."""
    is_volatile: bool = False
    """The value changes without `Modified_Time`: it is as of the record's last read."""
    base_name: str = ""
    """The field's name in SQL, which the names of its columns start with."""
    module_key: str | None = None
    """Key of the record that tells the part `module` where the object itself does not."""


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The table of one module."""

    module: Module
    table_name: str
    columns: tuple[Column, ...]
    """Columns that rows carry, `id` first; without `_read_no`, `_deleted_*` and dlt's own."""
    slices: tuple[tuple[str, ...], ...]
    """Field names to ask for, at most 50 a slice, with `Modified_Time` in every slice."""
    has_modified_time: bool
    cut_fields: tuple[str, ...] = ()
    """API names of rich text, of which lists return the first 500 characters."""
    parent_field: str | None = None
    """API name of the lookup to the record that a row of a subform or linking module belongs to."""
    absent: tuple[Field, ...] = ()
    """Fields that a list of records never returns, such as subforms: tables of their own."""
    excluded: Mapping[str, str] = dataclass_field(default_factory=dict)
    """Fields left out by configuration: their names in SQL, by field id."""
    histories: ColumnHistory = dataclass_field(default_factory=dict)
    """By the name of a field's column: all columns of the field, that one last; where there are
    several. Those of fields that are gone are among them."""


def build_table_schema(
    module: Module,
    fields: Sequence[Field],
    *,
    known_names: Mapping[str, str] | None = None,
    table_name: str | None = None,
    parent_field: str | None = None,
    history: ColumnHistory | None = None,
) -> TableSchema:
    """Builds the table of a module from its fields, in their order.

    Args:
        module: The module.
        fields: Its fields, those of all layouts.
        known_names: The names given in earlier runs by field id (`column_of_field` of each):
            they stay, and those of fields that are gone go to no other field.
        table_name: The module's name among all modules, from `to_table_names`; without it the
            name that the module has when there are no others.
        parent_field: API name of the lookup whose id the column `parent_id` repeats.
        history: The columns that fields had in earlier runs, kept in the schema as `histories`.
    """
    unique = list({field.id or field.api_name: field for field in fields}.values())
    present = [field for field in unique if kind_of(field) != "absent"]
    base_names = to_base_names(present, known=known_names or {})
    se_module_field = _field_of_se_module(present)
    columns = [_id_column(present)]
    for field in present:
        if field.api_name != ID:
            base = base_names[field.id or field.api_name]
            if field.api_name == parent_field and PARENT_ID not in {*base_names.values()} - {base}:
                columns.append(_parent_column(field, base))
            columns += _columns_of(field, base, is_se_module=field is se_module_field)
    return TableSchema(
        module=module,
        table_name=table_name or next(iter(to_table_names([module]).values())),
        columns=tuple(columns),
        slices=_build_slices(present, se_module_field),
        has_modified_time=any(field.api_name == MODIFIED_TIME for field in present),
        cut_fields=tuple(field.api_name for field in present if is_cut(field)),
        parent_field=parent_field,
        absent=tuple(field for field in unique if kind_of(field) == "absent"),
        histories=columns_with_history(present, base_names, history or {}),
    )


def column_of_field(schema: TableSchema) -> dict[str, str]:
    """Tells which column holds which field: the part before `__` where it has several."""
    return {column.field_id: column.base_name for column in schema.columns if column.field_id}


def dlt_columns(schema: TableSchema) -> TTableSchemaColumns:
    """Gives dlt's hints for every column of the table, in the order that dlt creates them in.

    `_dlt_load_id` is among them because dlt adds it too late to a table that is created empty.
    """
    hints = {column.name: _hint(column.name, column.data_type) for column in schema.columns}
    hints[ID] |= {"nullable": False, "primary_key": True}
    hints[READ_NO] = {**_hint(READ_NO, "bigint"), "nullable": False, "dedup_sort": "desc"}
    # Loaded rows bring it along, so that it comes before what they never carry.
    hints[LOAD_ID] = {**_hint(LOAD_ID, "text"), "nullable": False}
    return hints | {name: _hint(name, kind) for name, kind in _DELETION_COLUMNS.items()}


def _hint(name: str, data_type: str) -> TColumnSchema:
    return {
        "name": name,
        "data_type": cast("TDataType", data_type),
        "nullable": True,
        **_HINTS.get(data_type, {}),
    }


def _id_column(fields: Sequence[Field]) -> Column:
    field_id = next((field.id for field in fields if field.api_name == ID), "")
    return Column(ID, pa.string(), "text", ID, None, field_id, "Record id", base_name=ID)


def _parent_column(field: Field, base: str) -> Column:
    comment = "Id of the record that the row belongs to"
    return Column(
        PARENT_ID, pa.string(), "text", field.api_name, ID, field.id, comment, base_name=base
    )


def _columns_of(field: Field, base: str, *, is_se_module: bool) -> Iterator[Column]:
    kind = kind_of(field)
    parts: tuple[str | None, ...] = PARTS_OF_KIND.get(kind, (None,))
    data_type = "text" if kind in PARTS_OF_KIND else kind
    for part in parts:
        yield Column(
            name=part_name(base, part),
            arrow_type=ARROW_TYPES[data_type],
            data_type=data_type,
            api_name=field.api_name,
            part=part,
            field_id=field.id,
            comment=_comment(field, part),
            is_amount=is_amount(field),
            is_volatile=is_volatile(field),
            base_name=base,
            module_key=SE_MODULE if part == "module" and is_se_module else None,
        )


def _comment(field: Field, part: str | None) -> str:
    facts = [f"{field.label} ({part})" if part else field.label]
    if is_volatile(field):
        facts.append("volatile: as of the record's last read")
    if is_cut(field):
        facts.append("cut at 500 characters where full_text is off")
    return "; ".join(facts)


def _field_of_se_module(fields: Sequence[Field]) -> Field | None:
    """The one lookup that `$se_module` speaks of; where several could be meant, none."""
    several = [field for field in fields if kind_of(field) == "multi_module_lookup"]
    what = [field for field in several if field.api_name == "What_Id"]
    return (what or several)[0] if what or len(several) == 1 else None


def _build_slices(
    fields: Sequence[Field], se_module_field: Field | None
) -> tuple[tuple[str, ...], ...]:
    """Spreads the fields over as few calls as they need; a list always returns `id`."""
    names = dict.fromkeys(field.api_name for field in fields if field.api_name != ID)
    shared = [MODIFIED_TIME] if names.pop(MODIFIED_TIME, ID) is None else []
    if se_module_field:  # in front, so that both are in one slice
        del names[se_module_field.api_name]
        names = dict.fromkeys([se_module_field.api_name, SE_MODULE, *names])
    return to_slices(list(names), shared)


def to_slices(names: Sequence[str], shared: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Spreads names over calls in their order.

    Args:
        names: What to ask for once.
        shared: What to ask for in every call.
    """
    size = MAX_FIELDS_PER_CALL - len(shared)
    chunks = [names[start : start + size] for start in range(0, len(names), size)] or [[]]
    # `fields` must not be empty: a module of nothing but ids is asked for these.
    return tuple((*shared, *chunk) or (ID,) for chunk in chunks)
