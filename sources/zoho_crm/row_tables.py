"""Records and rows that are at hand already, as a dlt source, and rows that nobody describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import dlt
from dlt.extract import DltResource

from .api_types import Module
from .columns import ARROW_TYPES, Column, TableSchema, dlt_columns
from .dlt_resources import build_resource
from .fitting import fitted
from .names import ID, PARENT_ID
from .records import to_table
from .resource_state import Progress
from .row_sets import PARENT_FIELD
from .settings import ROWS_A_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from dlt.common.schema.typing import TTableSchemaColumns

    from .api_types import JsonObject
    from .outcomes import ResourceOutcome
    from .rereading import ReadRows
    from .row_sets import RowSet
    from .session import ReadSession

_WHOLE_ROW: Final = "$row"
"""Key under which a row without metadata is kept whole."""


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """Rows of one module, to be merged into its table."""

    schema: TableSchema
    pages: tuple[pa.Table, ...]
    columns: TTableSchemaColumns


@dlt.source(name="zoho_crm", section="zoho_crm", max_table_nesting=0)
def zoho_crm_tables(tables: Any) -> Sequence[DltResource]:
    """The source over tables that were read already.

    Args:
        tables: `LoadedTable`s of different modules.
    """
    return [_resource(table) for table in tables]


def _resource(table: LoadedTable) -> DltResource:
    schema = table.schema
    name = schema.module.api_name

    def read() -> Iterator[Any]:
        Progress(name, module_id=schema.module.id or None).mark_created()
        yield from table.pages

    return build_resource(read, schema, name=name, columns=table.columns)


def build_table(
    session: ReadSession, schema: TableSchema, found: ReadRows, outcome: ResourceOutcome
) -> LoadedTable:
    """Converts rows as read, and counts them in the outcome of their module.

    Args:
        session: Knows what the destination can hold.
        schema: The table.
        found: The rows; there may be none.
        outcome: Where they are counted.
    """
    pages = []
    for start in range(0, len(found.rows), ROWS_A_BATCH):
        some = slice(start, start + ROWS_A_BATCH)
        page = to_table(schema, found.rows[some], read_no=found.numbers[some])
        outcome.rows += page.table.num_rows
        outcome.misfits.update(page.misfits)
        pages.append(page.table)
    outcome.replaced_characters += found.replaced_characters
    columns = dlt_columns(schema) | (session.fitting.columns(schema) if session.fitting else {})
    return LoadedTable(schema, tuple(fitted(session.fitting, schema, pages, outcome)), columns)


def undescribed_schema(row_set: RowSet, parent: TableSchema) -> TableSchema:
    """The table of rows whose module is not offered, so that nobody knows their fields.

    It is named after the parents' table and the field, with two underscores, which no module's
    table has in its name.
    """
    name = f"{parent.table_name}__{row_set.field.lower()}"
    label = f"{row_set.field} of {parent.module.plural_label}"
    module = Module(row_set.name, "", "subform", False, "visible", label, label, None, None)
    columns = (
        _column(ID, "text", ID),
        _column(PARENT_ID, "text", PARENT_FIELD, ID),
        _column("created_time", "timestamp", "Created_Time"),
        _column("modified_time", "timestamp", "Modified_Time"),
        _column("row", "json", _WHOLE_ROW),
    )
    return TableSchema(module, name, columns, (), True, parent_field=PARENT_FIELD)


def with_parent(schema: TableSchema, row: JsonObject, parent_id: str) -> JsonObject:
    """A row as its table takes it: with its parent, and whole where no fields are known."""
    back = schema.parent_field or PARENT_FIELD
    whole = {} if schema.slices else {_WHOLE_ROW: row}
    if row.get(back):
        return {**row, **whole}
    return {**row, back: {"id": parent_id}, **whole}


def is_whole(schema: TableSchema, row: JsonObject) -> bool:
    """Whether a row that came within its parent has a value for every column of its table."""
    return all(column.api_name in row for column in schema.columns)


def _column(name: str, data_type: str, key: str, part: str | None = None) -> Column:
    return Column(name, ARROW_TYPES[data_type], data_type, key, part, base_name=name)
