"""Fields that the user may not see any more, and may see again: recorded, and then filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zoho_crm.columns import column_of_field
from zoho_crm.schema_changes import SchemaChange, change_of, type_of
from zoho_destinations.field_backfills import FieldBackfill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoho_crm.api_types import Field
    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession

    Latest = Mapping[tuple[str, str | None], str]

HIDDEN: Final = "field_hidden"
SHOWN: Final = "field_shown"


def name_returns(changes: Sequence[SchemaChange], latest: Latest) -> list[SchemaChange]:
    """Tells fields that are shown again from new ones.

    Args:
        changes: What was found.
        latest: The kind of the newest change of each field, by ids of module and field.
    """
    return [
        replace(change, kind=SHOWN)
        if change.kind == "field_added"
        and latest.get((change.module_id, change.field_id)) == HIDDEN
        else change
        for change in changes
    ]


def find_hidden(session: ReadSession, metadata: Metadata, latest: Latest) -> list[SchemaChange]:
    """What records tell of fields that metadata lists as if they were shown."""
    return [
        change
        for module, lacking in session.seen_without.items()
        for field in metadata.fields.get(module, ())
        for change in _compare(metadata, module, field, field.api_name in lacking, latest)
    ]


def columns_shown_again(
    changes: Sequence[SchemaChange], schemas: Mapping[str, TableSchema]
) -> list[FieldBackfill]:
    """The columns whose rows were read without a field that is shown again."""
    found = []
    for change in changes:
        schema = schemas.get(change.module)
        column = column_of_field(schema).get(change.field_id or "") if schema else None
        if change.kind != SHOWN or schema is None or column is None or not change.field:
            continue
        if schema.has_modified_time:
            found.append(
                FieldBackfill(
                    change.module, change.module_id, schema.table_name,
                    change.field, change.field_id or "", column,
                )
            )  # fmt: skip
    return found


def _compare(
    metadata: Metadata, module: str, field: Field, is_lacking: bool, latest: Latest
) -> Iterator[SchemaChange]:
    of = metadata.module(module)
    was_hidden = latest.get((of.id, field.id or None)) == HIDDEN
    if is_lacking and not was_hidden:
        yield change_of(HIDDEN, of, field, before=type_of(field))
    elif was_hidden and not is_lacking:
        yield change_of(SHOWN, of, field, after=type_of(field))
