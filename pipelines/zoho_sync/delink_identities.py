"""The ids of records that rows name by external fields, as far as the dataset holds them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoho_destinations.existing import read_columns
from zoho_destinations.statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoho_crm.relation_calls import RecordRef
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

_COLUMN_OF = """
    SELECT table_name, column_name FROM {fields}
    WHERE module = %s AND api_name = %s AND removed_at IS NULL
"""


def resolve_ids(
    client: Client, rows: Iterable[RelationRow]
) -> tuple[list[RelationRow], list[RelationRow]]:
    """Gives the rows by ids, and those of records that the dataset does not hold."""
    known, unknown = [], []
    for row in rows:
        record = _find(client, row.list.parent)
        related = _find(client, row.related)
        if record is None or related is None:
            unknown.append(row)
        else:
            ids = {"record": record, "related_record": related}
            known.append(replace(row, **ids, record_field="", related_field=""))
    return known, unknown


def _find(client: Client, ref: RecordRef) -> str | None:
    if not ref.external_field:
        return ref.key
    tables = read_columns(client)
    if "fields" not in tables:
        return None
    fields = client.make_qualified_table_name("fields")
    for table, column in select(
        client, _COLUMN_OF.format(fields=fields), ref.module, ref.external_field
    ):
        if column in tables.get(table, {}):
            found = select(
                client,
                f"SELECT id FROM {client.make_qualified_table_name(table)}"
                f" WHERE CAST({quote(client, column)} AS text) = %s",
                ref.key,
            )
            if len(found) == 1:
                return str(found[0][0])
    return None
