"""Reading a few fields of all records again: a new field, or one whose values became others.

Incremental reading meets a record only when it changes; a new field changes none. Its values go
into a side table, from which SQL applies them: see `zoho_destinations.backfilled_values`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from .api_types import Field
from .batching import in_batches
from .columns import MODIFIED_TIME, TableSchema, build_table_schema, dlt_columns
from .dlt_resources import build_resource
from .full_text import text_calls_a_page
from .module_records import ModuleReader
from .module_resource import raise_or_tell
from .names import ID, shorten_name
from .resource_state import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dlt.extract import DltResource

    from .columns import Column
    from .session import ReadSession

SIDE_PREFIX: Final = "_backfill_"
CARRIED: Final = "_carried"
"""Column of a side table: the names of the fields that a row carries, with commas between."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """Fields of one module to be read again for all records."""

    schema: TableSchema
    """The module's table as it is now."""
    fields: tuple[Field, ...]
    """The fields to fill; none of them is read from elsewhere than lists of records."""
    job: str
    """Tells this job from others of the module; the same from run to run until it is done."""

    @property
    def resource(self) -> str:
        """The name of its resource."""
        return backfill_resource_name(self.schema.module.api_name)

    def calls_a_page(self, *, full_text: bool) -> int:
        """Calls for each 200 records, at the most.

        Args:
            full_text: Whether rich text is read past what lists return of it.
        """
        side = side_schema(self)
        return len(side.slices) + (text_calls_a_page(side.cut_fields) if full_text else 0)


def job_of(requests: Sequence[str]) -> str:
    """Names the job that fulfils some requests, in whatever order."""
    return hashlib.sha256("\n".join(sorted(requests)).encode()).hexdigest()[:16]


def backfill_resource_name(module: str) -> str:
    """The resource that fills new columns of a module."""
    return f"{module}__backfill"


def side_table_name(table_name: str) -> str:
    """The table that holds values until they are applied."""
    return shorten_name(f"{SIDE_PREFIX}{table_name}")


def side_schema(backfill: Backfill) -> TableSchema:
    """The side table: `id`, `Modified_Time` and the fields, in the columns that they have."""
    schema = backfill.schema
    names = {column.field_id: column.base_name for column in schema.columns if column.field_id}
    always = {ID, MODIFIED_TIME}
    known = [column for column in schema.columns if column.api_name in always]
    fields = [field for field in backfill.fields if field.api_name not in always]
    return build_table_schema(
        schema.module,
        [*map(_field_of, known), *fields, *_fields_beside(schema, fields)],
        known_names=names,
        table_name=side_table_name(schema.table_name),
    )


def _fields_beside(schema: TableSchema, fields: Sequence[Field]) -> list[Field]:
    """The module's other lookups to several modules, where there is one among the fields.

    Which of them `$se_module` speaks of can only be told from all of them.
    """
    there = {field.api_name for field in fields}
    several = [column for column in schema.columns if column.part == "module"]
    if there.isdisjoint(column.api_name for column in several):
        return []
    return [_field_of(column) for column in several if column.api_name not in there]


def _field_of(column: Column) -> Field:
    data_type = "datetime" if column.api_name == MODIFIED_TIME else "bigint"
    if column.part is not None:
        data_type = "multi_module_lookup"
    return Field(column.field_id, column.api_name, column.api_name, data_type, None, {})


def backfill_resource(session: ReadSession, backfill: Backfill) -> DltResource:
    """The values of some fields of all records, from where the run before stopped."""
    side = side_schema(backfill)
    name = backfill.resource

    def read() -> Iterator[Any]:
        progress = Progress(name, is_forgotten=session.forget(name), module_id=backfill.job)
        outcome = session.outcome_of(name, side.table_name)
        outcome.starts_at(progress.anchor)
        if progress.was_read:  # a run was killed between its last package and its end
            outcome.end("done")
            session.finish(name)
            return
        reader = ModuleReader(
            session,
            side,
            anchor=progress.anchor,
            is_unordered=progress.is_unordered,
            resource=name,
        )
        for table in in_batches(reader.tables()):
            progress.mark_created()
            yield _with_carried(table, side)
        progress.anchor = reader.next_anchor
        if reader.is_unordered:
            progress.mark_unordered()
        if outcome.outcome == "done":
            progress.mark_read()
        if outcome.outcome != "more":
            session.finish(name)
        raise_or_tell(session, outcome)

    columns = {k: v for k, v in dlt_columns(side).items() if not k.startswith("_deleted_")}
    columns[CARRIED] = {"name": CARRIED, "data_type": "text", "nullable": True}
    return build_resource(read, side, name=name, columns=columns, parallelized=True)


def _with_carried(table: pa.Table, side: TableSchema) -> pa.Table:
    bases = dict.fromkeys(
        column.base_name for column in side.columns if column.api_name not in (ID, MODIFIED_TIME)
    )
    values = pa.array([",".join(bases)] * table.num_rows, pa.string())
    return table.append_column(CARRIED, values)
