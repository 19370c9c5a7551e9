"""Picklist entries under new names: what records say of them now, and stored values to match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.asking import RecordCalls, parse_page
from zoho_crm.backfill import Backfill, side_schema
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.metadata import follow_renames
from zoho_crm.picklists import picklist_key, picklist_values
from zoho_crm.schema_changes import find_changes
from zoho_destinations.field_backfills import (
    FieldBackfill,
    create_field_backfills,
    request_backfills,
)
from zoho_destinations.opening import open_dataset
from zoho_destinations.renamed_values import rename_values, sample_records

from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import dlt

    from zoho_crm.api_types import Field, JsonObject
    from zoho_crm.client import ZohoClient
    from zoho_crm.columns import Column, TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_destinations.statements import Client

_KINDS: Final = ("display_value", "actual_value", "reference_value")
"""What records may show of an entry: which of them is not documented for renamed ones."""
_SAMPLE: Final = 10
"""Records that are asked for each value."""
_MOST_IDS: Final = 100


@dataclass(frozen=True, slots=True)
class _Renames:
    """The renamed entries of one field."""

    schema: TableSchema
    field: Field
    column: Column
    names: Mapping[str, frozenset[str]]
    """What an entry may be called now, by what it may have been called."""
    is_ambiguous: bool
    """An old name is another entry's name by now: a stored value could be either's."""


def rename_stored_values(
    pipeline: dlt.Pipeline,
    zoho: ZohoClient,
    *,
    known: Metadata,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
    say: Callable[[str], None],
) -> None:
    """Brings stored picklist values in line with what records show now.

    A few records that hold an old name are asked what they show, in one call a field. Where a
    name cannot be told from another entry's, or Zoho does not answer, the field is read again of
    all records.
    """
    for renames in _find(known, metadata, schemas):
        with open_dataset(pipeline) as client:
            stored = _sample(client, renames)
            if not stored:
                continue
            found = None if renames.is_ambiguous else _ask(zoho, renames, stored)
            if found is None:
                _read_again(client, renames, at=metadata.date)
                continue
            rows = rename_values(client, renames.schema.table_name, renames.column, found)
        if rows:
            names = ", ".join(f"{old!r} is {new!r}" for old, new in found.items())
            where = f"{renames.schema.module.api_name}.{renames.field.api_name}"
            say(f"{where}: {names} now, in {count_of(rows, 'row')}.")


def _find(
    known: Metadata, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> Iterator[_Renames]:
    before = follow_renames(known, metadata.modules)
    changes = find_changes(known, metadata)
    wanted = {(c.module, c.field_id) for c in changes if c.kind == "picklist_value_renamed"}
    for module, field_id in sorted(wanted, key=str):
        schema = schemas.get(module)
        old = _field(before, module, field_id)
        new = _field(metadata, module, field_id)
        column = _column(schema, field_id)
        if schema is None or old is None or new is None or column is None:
            continue
        names, is_ambiguous = _names(old, new)
        if names:
            yield _Renames(schema, new, column, names, is_ambiguous)


def _names(old: Field, new: Field) -> tuple[dict[str, frozenset[str]], bool]:
    now = {picklist_key(value): value for value in picklist_values(new)}
    found: dict[str, frozenset[str]] = {}
    is_ambiguous = False
    for value in picklist_values(old):
        key = picklist_key(value)
        if key not in now or _called(value) == _called(now[key]):
            continue
        others = {name for k, other in now.items() if k != key for name in _called(other)}
        for name in _called(value):
            is_ambiguous |= name in others or name in found
            found[name] = frozenset(_called(now[key]))
    return found, is_ambiguous


def _called(value: JsonObject) -> list[str]:
    return list(dict.fromkeys(str(value[kind]) for kind in _KINDS if value.get(kind)))


def _sample(client: Client, renames: _Renames) -> dict[str, str]:
    """Ids of a few records that hold an old name, and that name."""
    found: dict[str, str] = {}
    for old in renames.names:
        ids = sample_records(
            client, renames.schema.table_name, renames.column, value=old, limit=_SAMPLE
        )
        found |= {record_id: old for record_id in ids if record_id not in found}
    return dict(list(found.items())[:_MOST_IDS])


def _ask(zoho: ZohoClient, renames: _Renames, stored: Mapping[str, str]) -> dict[str, str] | None:
    """What is shown now for each old name; None where no record tells."""
    calls = RecordCalls(zoho, side_schema(Backfill(renames.schema, (renames.field,), "")))
    try:
        page = parse_page(
            calls.by_ids(list(stored), slice_no=0).result(), renames.schema.module.api_name
        )
    except ZohoCrmError:
        return None  # filling meets the same, and tells of it
    found: dict[str, str] = {}
    told = set()
    for row in page.rows:
        old = stored.get(str(row.get("id")), "")
        shown = _shown(row.get(renames.field.api_name))
        if old in shown:
            told.add(old)
        elif new := next((name for name in renames.names.get(old, ()) if name in shown), None):
            found[old] = new
    return found if set(stored.values()) <= found.keys() | told else None


def _shown(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _read_again(client: Client, renames: _Renames, *, at: datetime | None) -> None:
    schema = renames.schema
    wanted = FieldBackfill(
        schema.module.api_name,
        schema.module.id,
        schema.table_name,
        renames.field.api_name,
        renames.field.id,
        renames.column.base_name,
    )
    create_field_backfills(client)
    if at is not None and schema.has_modified_time:
        request_backfills(client, [wanted], at=at)


def _field(metadata: Metadata, module: str, field_id: str | None) -> Field | None:
    fields = metadata.fields.get(module, ())
    return next((field for field in fields if field.id == field_id), None)


def _column(schema: TableSchema | None, field_id: str | None) -> Column | None:
    columns = schema.columns if schema else ()
    return next(
        (c for c in columns if c.field_id == field_id and c.data_type in ("text", "json")), None
    )
