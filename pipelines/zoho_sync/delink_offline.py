"""How relations stand as far as the dataset knows: for plans that ask Zoho nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from dlt.common.normalizers.naming.snake_case import NamingConvention

from zoho_crm.decoding import decode
from zoho_crm.settings import MAX_IDENTIFIER_LENGTH
from zoho_destinations.delink_members import MEMBER_INFO
from zoho_destinations.existing import read_columns
from zoho_destinations.live_views import FLAG
from zoho_destinations.statements import quote, select

from .delink_identities import resolve_ids
from .delink_plan import PlannedRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoho_crm.removable_relations import RemovableRelation
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

_PARENTS_A_QUERY: Final = 500
_KEY: Final = ("parent_id", "id")
_INFO: Final = {
    "id": "member_id",
    "Created_Time": "member_created_time",
    "Modified_Time": "member_modified_time",
}


def read_held_standings(sql: Client, rows: Sequence[RelationRow]) -> Iterator[PlannedRow]:
    """Looks relations up in the tables of related lists, their records by external ids first.

    Args:
        sql: An open client of the dataset.
        rows: Distinct rows whose relations may be removed.

    Yields:
        One planned row each; `unknown` where the dataset can't tell.
    """
    tables = read_columns(sql)
    by_ids, unknown = resolve_ids(sql, rows)
    for row, why in unknown.items():
        yield PlannedRow(row, "unknown", why)
    for (module, related_list), group in groupby(sorted(by_ids, key=_list_of), key=_list_of):
        table = list_table(module, related_list)
        resolved = {row: by_ids[row] for row in group}
        yield from _look_up(sql, table, tables.get(table, {}), resolved)


def list_table(module: str, related_list: str) -> str:
    """The table of a module's related list."""
    naming = NamingConvention(MAX_IDENTIFIER_LENGTH)
    parts = (naming.normalize_identifier(name) for name in (module, related_list))
    return naming.shorten_fragments(*parts)


def _list_of(row: RelationRow) -> tuple[str, str]:
    return row.module, row.related_list


def _look_up(
    client: Client,
    table: str,
    columns: Mapping[str, str],
    rows: Mapping[RelationRow, RelationRow],
) -> Iterator[PlannedRow]:
    """Looks up the rows of one list; each comes with the same by ids."""
    if not set(_KEY) <= set(columns):
        name = ".".join(_list_of(next(iter(rows))))
        why = f"The dataset holds no {name}: `zoho-sync run {name}`, or plan without --offline."
        yield from (PlannedRow(row, "unknown", why) for row in rows)
        return
    parents = list(dict.fromkeys(by_ids.record for by_ids in rows.values()))
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for start in range(0, len(parents), _PARENTS_A_QUERY):
        held |= _read(client, table, columns, parents[start : start + _PARENTS_A_QUERY])
    for row, by_ids in rows.items():
        found = held.get((by_ids.record, by_ids.related_record))
        if found is None or row.relation is None:
            yield PlannedRow(row, "gone", "It is not in the dataset.")
        else:
            yield PlannedRow(row, "remove", image=_to_image(row.relation, found))


def _read(
    client: Client, table: str, columns: Mapping[str, str], parents: Sequence[str]
) -> dict[tuple[str, str], dict[str, Any]]:
    # json as text: the drivers give it back each in its own way.
    shown = [
        f"CAST({quote(client, n)} AS text)" if "json" in t.lower() else quote(client, n)
        for n, t in columns.items()
    ]
    places = ", ".join(["%s"] * len(parents))
    live = f" AND {FLAG} IS NULL" if FLAG in columns else ""
    rows = select(
        client,
        f"SELECT {', '.join(shown)} FROM {client.make_qualified_table_name(table)}"
        f" WHERE parent_id IN ({places}){live}",
        *parents,
    )
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {(str(row["parent_id"]), str(row["id"])): row for row in found}


def _to_image(relation: RemovableRelation, held: Mapping[str, Any]) -> dict[str, Any]:
    """The member as Zoho shows it, from the columns of the list's table."""
    naming = NamingConvention(MAX_IDENTIFIER_LENGTH)
    fields = {name: held.get(naming.normalize_identifier(name)) for name in relation.member_fields}
    if held.get("member_info"):
        info = decode(str(held["member_info"]).encode()).value
    else:
        info = {name: _plain(held[column]) for name, column in _INFO.items() if column in held}
    return {"id": str(held["id"]), **fields, MEMBER_INFO: info}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
