"""New columns and older records: what has to be filled, what that costs, and when it is done."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from zoho_crm.backfill import Backfill, backfill_resource_name, job_of, side_table_name
from zoho_crm.columns import column_of_field
from zoho_crm.metadata import follow_renames
from zoho_crm.names import ID, OVERFLOW
from zoho_crm.schema_changes import is_other_type
from zoho_crm.settings import PAGE_SIZE
from zoho_crm.source import table_schemas
from zoho_destinations.backfilled_values import apply_backfilled_values
from zoho_destinations.existing import read_facts
from zoho_destinations.field_backfills import FieldBackfill, mark_filled, read_waiting
from zoho_destinations.jsonb import convert_json_columns
from zoho_destinations.missing_columns import add_missing_columns
from zoho_destinations.opening import open_dataset
from zoho_destinations.schema_history import read_latest

from .hidden_fields import HIDDEN
from .wording import count_of, list_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    import dlt

    from zoho_crm.api_types import Field
    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client


def columns_to_fill(known: Metadata, metadata: Metadata) -> list[FieldBackfill]:
    """The columns whose older rows lack values, since the field is new or its values are others.

    Args:
        known: What earlier runs read.
        metadata: What this run read.
    """
    before = follow_renames(known, metadata.modules)
    return [
        backfill
        for name, schema in table_schemas(metadata).items()
        # Modules without `Modified_Time` are read whole at every run.
        if schema.has_modified_time and before.fields.get(name)
        for backfill in _compare(before, metadata, schema)
    ]


def _compare(before: Metadata, metadata: Metadata, schema: TableSchema) -> Iterator[FieldBackfill]:
    module = schema.module
    known = {field.id: field for field in before.fields[module.api_name]}
    names = before.column_names.get(module.api_name, {})
    columns = column_of_field(schema)
    now = {field.api_name for field in metadata.fields[module.api_name]}
    for field in metadata.fields[module.api_name]:
        old = known.get(field.id)
        column = columns.get(field.id)
        if column is None or field.api_name == ID:
            continue
        is_there = old is not None and names.get(field.id) == column
        if not is_there or (old is not None and _may_differ(old, field, now)):
            yield FieldBackfill(
                module.api_name, module.id, schema.table_name, field.api_name, field.id, column
            )


def _may_differ(old: Field, field: Field, names: Collection[str]) -> bool:
    """Whether rows may hold other values in the field's column than the field has.

    Where its old name is another field's by now, records that were read before the metadata told
    of it brought the other one's values under that name.
    """
    has_lost_name = old.api_name != field.api_name and old.api_name in names
    return has_lost_name or is_other_type(old, field)


def plan_backfills(
    pipeline: dlt.Pipeline,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
    *,
    left_out: Mapping[str, Collection[str]],
) -> list[Backfill]:
    """What waits to be filled and can be: one job for each module.

    Fields that records come without wait until they are shown: filled with null, their columns
    would be emptied.

    Args:
        pipeline: The pipeline, its packages loaded.
        metadata: What this run read.
        schemas: The module tables, by module.
        left_out: By module: fields that records lack, as this run has found.
    """
    with open_dataset(pipeline) as client:
        waiting = read_waiting(client)
        latest = read_latest(client, "field") if waiting else {}
    by_module: defaultdict[str, list[FieldBackfill]] = defaultdict(list)
    for each in waiting:
        if latest.get((each.module_id, each.field_id)) != HIDDEN:
            by_module[each.module_id].append(each)
    plans = []
    for name, schema in schemas.items():
        columns = column_of_field(schema)
        wanted = {
            each.field_id: each.id
            for each in by_module.get(schema.module.id, ())
            if columns.get(each.field_id) == each.column_name
        }
        lacking = left_out.get(name, ())
        fields = tuple(
            field
            for field in metadata.fields[name]
            if field.id in wanted and field.api_name not in lacking
        )
        if fields:
            job = job_of([wanted[field.id] for field in fields])
            plans.append(Backfill(schema, fields, job))
    return plans


def tell_costs(
    pipeline: dlt.Pipeline,
    plans: Sequence[Backfill],
    say: Callable[[str], None],
    *,
    full_text: bool,
) -> None:
    """Says what filling takes, before it is begun."""
    with open_dataset(pipeline) as client:
        facts = read_facts(client, [plan.schema.table_name for plan in plans])
    for plan in plans:
        found = facts.get(plan.schema.table_name)
        rows = found.live_rows if found else 0
        calls = (rows // PAGE_SIZE + 1) * plan.calls_a_page(full_text=full_text)
        names = list_names([field.api_name for field in plan.fields])
        say(
            f"{plan.schema.module.api_name}: reading {names} of {count_of(rows, 'older record')} "
            f"takes about {count_of(calls, 'call')}."
        )


def apply_left_values(pipeline: dlt.Pipeline, schemas: Sequence[TableSchema]) -> list[str]:
    """Applies what a run that was killed had loaded and not applied.

    Returns:
        Sentences on what did not fit.
    """
    with open_dataset(pipeline) as client:
        convert_json_columns(client)
        add_missing_columns(client, schemas)
        beside = apply_backfilled_values(client, schemas)
    names = {schema.table_name: schema.module.api_name for schema in schemas}
    return [_tell_beside(names[table], rows) for table, rows in beside.items()]


def _tell_beside(module: str, rows: int) -> str:
    return (
        f"{module}: rows of {count_of(rows, 'record')} have no room in Postgres for the values of "
        f"new columns, which are kept as json in the column {OVERFLOW}."
    )


def finish_backfills(
    client: Client, session: ReadSession, schemas: Sequence[TableSchema], *, at: datetime
) -> set[tuple[str, str]]:
    """Applies what this run has loaded, and records what is filled.

    Returns:
        Table and column of what is not filled yet.
    """
    add_missing_columns(client, schemas)
    beside = apply_backfilled_values(client, schemas)
    for plan in session.backfills:
        if rows := beside.get(plan.schema.table_name):
            filling = session.outcome_of(plan.resource, plan.schema.table_name)
            filling.overflow = _tell_beside(plan.schema.module.api_name, rows)
    done = {
        plan.schema.module.id: outcome.rows
        for plan in session.backfills
        if (outcome := session.outcomes.get(plan.resource)) and outcome.outcome == "done"
    }
    filled = {(p.schema.module.id, f.id) for p in session.backfills for f in p.fields}
    waiting = read_waiting(client)
    for module_id, rows in done.items():
        ids = [
            each.id
            for each in waiting
            if each.module_id == module_id and (module_id, each.field_id) in filled
        ]
        mark_filled(client, ids, at=at, rows=rows)
    return {(each.table_name, each.column_name) for each in read_waiting(client)}


def settle_filled(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    schemas: Mapping[str, TableSchema],
    *,
    at: datetime,
) -> None:
    """Records what this run has filled so far, so that it may fill more of the same modules."""
    if not session.backfills:
        return
    with open_dataset(pipeline) as client:
        convert_json_columns(client)
        finish_backfills(client, session, list(schemas.values()), at=at)
    for plan in session.backfills:
        if session.outcome_of(plan.resource, "").outcome == "done":
            session.finished.discard(plan.resource)


def backfill_tables(schemas: Mapping[str, TableSchema]) -> dict[str, str]:
    """The side table of each backfill resource, whether there is one or not."""
    return {
        backfill_resource_name(name): side_table_name(schema.table_name)
        for name, schema in schemas.items()
    }
