"""What the dataset knows of the organisation's related lists: no call is made for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoho_crm.decoding import decode
from zoho_crm.related_lists import RelatedList
from zoho_destinations.existing import read_columns
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import quote, select

if TYPE_CHECKING:
    import dlt

    from zoho_destinations.statements import Client

_COLUMNS = (
    "module", "api_name", "list_id", "label", "class", "child_modules", "lookup_fields",
    "connected_module", "href", "type", "status", "layouts", "reason", "metadata",
)  # fmt: skip


def read_known_lists(pipeline: dlt.Pipeline) -> list[RelatedList]:
    """Reads the related lists as they were when they were read last; none before that."""
    with open_dataset(pipeline) as client:
        return known_lists(client)


def known_lists(client: Client) -> list[RelatedList]:
    """Does what `read_known_lists` does, with a client that is open."""
    if "related_lists" not in read_columns(client):
        return []
    table = client.make_qualified_table_name("related_lists")
    names = ", ".join(quote(client, name) for name in _COLUMNS)
    rows = select(
        client,
        f"SELECT {names} FROM {table} WHERE read_at IS NOT DISTINCT FROM"
        f" (SELECT max(read_at) FROM {table}) ORDER BY id",
    )
    return [_to_list(*row) for row in rows]


def _to_list(*row: Any) -> RelatedList:
    found = dict(zip(_COLUMNS, row, strict=True))
    return RelatedList(
        module=found["module"],
        api_name=found["api_name"],
        id=found["list_id"] or "",
        label=found["label"],
        kind=found["class"],
        child_modules=tuple(_json(found["child_modules"]) or ()),
        lookup_fields=tuple(_json(found["lookup_fields"]) or ()),
        connected_module=found["connected_module"],
        href=found["href"],
        list_type=found["type"],
        status=found["status"],
        layouts=_json(found["layouts"]) or {},
        reason=found["reason"],
        raw=_json(found["metadata"]) or {},
    )


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = decode(f'{{"value": {value}}}'.encode()).value
    return found["value"] if isinstance(found, Mapping) else None
