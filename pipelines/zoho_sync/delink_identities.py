"""The ids of records that rows name by external fields, as far as the dataset holds them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from zoho_crm.decoding import decode
from zoho_destinations.existing import read_columns
from zoho_destinations.live_views import FLAG
from zoho_destinations.statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zoho_crm.relation_calls import RecordRef
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

    Tables = Mapping[str, Mapping[str, str]]

_FIELDS: Final = "fields"
_VALUES_A_QUERY: Final = 500
_COLUMN_OF: Final = """
    SELECT table_name, column_name, CAST(metadata AS text) FROM {fields}
    WHERE module = %s AND api_name = %s AND removed_at IS NULL
"""
_ELSE: Final = "plan without --offline"


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the values of an external field stand; without a name the dataset can't tell."""

    table: str = ""
    name: str = ""
    is_flagged: bool = False
    """Deleted records are in the table as well."""
    why: str = ""


def resolve_ids(
    client: Client, rows: Iterable[RelationRow]
) -> tuple[dict[RelationRow, RelationRow], dict[RelationRow, str]]:
    """Names relations by ids that are named by external ids.

    Args:
        client: An open client of the dataset.
        rows: The relations.

    Returns:
        Each relation with the same by ids; and those that the dataset can't tell, with why.
    """
    named = list(rows)
    ids, unknown = _find_ids(
        client, {ref for row in named for ref in (row.list.parent, row.related)}
    )
    known = {}
    whys = {}
    for row in named:
        refs = (row.list.parent, row.related)
        if missing := [unknown[ref] for ref in refs if ref in unknown]:
            whys[row] = " ".join(missing)
            continue
        record, related = (ids[ref] for ref in refs)
        known[row] = replace(
            row, record=record, related_record=related, record_field="", related_field=""
        )
    return known, whys


def _find_ids(
    client: Client, refs: Iterable[RecordRef]
) -> tuple[dict[RecordRef, str], dict[RecordRef, str]]:
    """Gives ids; and of records that the dataset can't tell, why."""
    ids: dict[RecordRef, str] = {}
    whys: dict[RecordRef, str] = {}
    tables: Tables | None = None
    for (module, field), group in groupby(sorted(refs, key=_field_of), key=_field_of):
        members = list(group)
        if not field:
            ids |= {ref: ref.key for ref in members}
            continue
        tables = read_columns(client) if tables is None else tables
        column = _find_column(client, tables, module, field)
        if column.why:
            whys |= dict.fromkeys(members, column.why)
            continue
        held = _read_ids(client, column, [ref.key for ref in members])
        for ref in members:
            found = held.get(ref.key, ())
            if len(found) == 1:
                ids[ref] = found[0]
            else:
                whys[ref] = _say_how_many(ref, len(found))
    return ids, whys


def _field_of(ref: RecordRef) -> tuple[str, str]:
    return ref.module, ref.external_field


def _find_column(client: Client, tables: Tables, module: str, field: str) -> _Column:
    name = f"{module}.{field}"
    found = []
    if _FIELDS in tables:
        fields = client.make_qualified_table_name(_FIELDS)
        found = select(client, _COLUMN_OF.format(fields=fields), module, field)
    if not found:
        return _Column(why=f"The dataset knows no field {name}: {_run(module)}, or {_ELSE}.")
    table, column, metadata = found[0]
    if not decode(str(metadata).encode()).value.get("external"):
        return _Column(why=f"{name} was no external field when its module was read last: {_ELSE}.")
    columns = tables.get(table, {})
    if column not in columns:
        return _Column(why=f"The dataset holds no values of {name}: {_ELSE}.")
    return _Column(table, column, FLAG in columns)


def _read_ids(client: Client, column: _Column, values: Sequence[str]) -> Mapping[str, list[str]]:
    """Gives the ids of live records by the value they hold."""
    shown = f"CAST({quote(client, column.name)} AS text)"
    live = f" AND {FLAG} IS NULL" if column.is_flagged else ""
    held = defaultdict(list)
    for start in range(0, len(values), _VALUES_A_QUERY):
        part = values[start : start + _VALUES_A_QUERY]
        places = ", ".join(["%s"] * len(part))
        rows = select(
            client,
            f"SELECT {shown}, id FROM {client.make_qualified_table_name(column.table)}"
            f" WHERE {shown} IN ({places}){live}",
            *part,
        )
        for value, record_id in rows:
            held[str(value)].append(str(record_id))
    return held


def _say_how_many(ref: RecordRef, count: int) -> str:
    held = f"{count} records" if count else "no record"
    then = _ELSE if count else f"{_run(ref.module)}, or {_ELSE}"
    value = f"{ref.key!r} in {ref.external_field}"
    return f"The dataset holds {held} of {ref.module} with {value}: {then}."


def _run(module: str) -> str:
    return f"`zoho-sync run {module}`"
