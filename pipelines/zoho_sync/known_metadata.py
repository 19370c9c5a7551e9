"""What the dataset remembers of the organisation's metadata, so that it is not asked again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoho_crm.api_types import Field, JsonObject, Module, parse_field, parse_module
from zoho_crm.column_history import ColumnHistory, KnownColumn, parse_history
from zoho_crm.decoding import decode
from zoho_crm.exceptions import ZohoUnsupportedError
from zoho_crm.field_types import kind_of
from zoho_crm.metadata import Metadata, is_candidate
from zoho_destinations.existing import read_columns
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import dlt

    from zoho_destinations.statements import Client


def read_known_metadata(pipeline: dlt.Pipeline) -> Metadata:
    """Reads the tables `modules` and `fields`; empty where they are not there yet."""
    with open_dataset(pipeline) as client:
        there = read_columns(client)
        if not {"modules", "fields"} <= there.keys():
            return Metadata()
        columns = '"columns"' if "columns" in there["fields"] else "NULL"
        modules = select(
            client,
            "SELECT metadata, table_name, refusal, fields_read_at, removed_at"
            f" FROM {client.make_qualified_table_name('modules')}",
        )
        fields = select(
            client,
            f"SELECT table_name, module, field_id, column_name, removed_at, metadata, {columns}"
            f" FROM {client.make_qualified_table_name('fields')}",
        )
        profile_id = _read_profile(client, there)
    return replace(_build(modules, fields), profile_id=profile_id)


def _read_profile(client: Client, there: Mapping[str, Collection[str]]) -> str | None:
    """The profile of the API user, which an earlier run has read."""
    if not {"organization", "users"} <= there.keys():
        return None
    rows = select(
        client,
        f"SELECT profile__id FROM {client.make_qualified_table_name('users')} WHERE id IN"
        f" (SELECT user_id FROM {client.make_qualified_table_name('organization')})",
    )
    return rows[0][0] if rows else None


def _build(module_rows: Iterable[Any], field_rows: Iterable[Any]) -> Metadata:
    modules: list[Module] = []
    past_modules: list[Module] = []
    table_names: dict[str, str] = {}
    refusals: dict[str, Any] = {}
    read_at: list[datetime] = []
    unread: set[str] = set()
    for raw, table_name, refusal, fields_read_at, removed_at in module_rows:
        module = parse_module(_json(raw))
        if table_name:
            table_names[module.id] = table_name
        if removed_at is not None:
            past_modules.append(module)
            continue
        modules.append(module)
        if not table_name and is_candidate(module):
            refusals[module.api_name] = ZohoUnsupportedError(
                refusal or f"{module.api_name}: its fields could not be read.",
                module=module.api_name,
            )
        if fields_read_at:
            read_at.append(fields_read_at.astimezone(UTC))
        else:
            unread.add(module.api_name)
    gone = {table_names.get(module.id) for module in past_modules}
    listed = {module.api_name for module in modules}
    fields, column_names, columns = _fields_of(
        # Not those of a module that is gone and whose name another one has by now.
        row
        for table, *row in field_rows
        if table not in gone or row[0] not in listed
    )
    return Metadata(
        modules=tuple(modules),
        fields=fields,
        refusals=refusals,
        unread_modules=frozenset(unread),
        column_names=column_names,
        columns=columns,
        table_names=table_names,
        past_modules=tuple(past_modules),
        read_at=min(read_at, default=None),
    )


def _fields_of(
    rows: Iterable[Any],
) -> tuple[
    Mapping[str, tuple[Field, ...]],
    Mapping[str, Mapping[str, str]],
    Mapping[str, ColumnHistory],
]:
    fields: defaultdict[str, list[Field]] = defaultdict(list)
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    columns: defaultdict[str, dict[str, tuple[KnownColumn, ...]]] = defaultdict(dict)
    for module, field_id, column_name, removed_at, raw, history in rows:
        field = parse_field(_json(raw))
        if column_name:
            names[module][field_id] = column_name
            # A dataset of an earlier release tells the last column only.
            only = (KnownColumn(column_name, kind_of(field), field.api_name),)
            columns[module][field_id] = only
        if known := parse_history(_decode(history)):
            columns[module][field_id] = known
        if removed_at is None:
            fields[module].append(field)
    return {module: tuple(found) for module, found in fields.items()}, names, columns


def _json(value: Any) -> JsonObject:
    found = _decode(value)
    return found if isinstance(found, Mapping) else {}


def _decode(value: Any) -> Any:
    """Postgres gives decoded json, DuckDB text."""
    return decode(value.encode()).value if isinstance(value, str) else value
