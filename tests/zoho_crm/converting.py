"""Values of one field converted to its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_crm.metadata import field, schema_of
from zoho_crm.decoding import decode
from zoho_crm.records import Converted, to_table

if TYPE_CHECKING:
    import pyarrow as pa


FIELD_TYPES = {
    "text": "text",
    "bigint": "bigint",
    "decimal": "currency",
    "bool": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "json": "multiselectpicklist",
    "lookup": "lookup",
    "user": "ownerlookup",
}
JSON_COLUMNS = {
    *("interests", "territories", "tag", "papers", "photos", "consent", "remind_at", "novelty")
}
SCHEMAS = {kind: schema_of(field("X", name)) for kind, name in FIELD_TYPES.items()}


def convert(kind: str, *texts: str) -> Converted:
    """Converts values given as JSON text, a record each."""
    rows = [{"id": str(n), "X": decode(t.encode()).value} for n, t in enumerate(texts)]
    return to_table(SCHEMAS[kind], rows, read_no=1)


def one(table: pa.Table) -> dict[str, Any]:
    (row,) = table.to_pylist()
    return dict(row)
