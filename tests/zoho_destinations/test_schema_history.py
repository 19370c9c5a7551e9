"""Changes of the schema are recorded once each, also those that happen a second time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_crm.schema_changes import SchemaChange
from zoho_destinations.schema_history import SCHEMA_CHANGES, create_schema_changes, record_changes
from zoho_destinations.statements import select

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

AT = datetime(2026, 7, 1, tzinfo=UTC)


def of_module(kind: str, before: str | None = None, after: str | None = None) -> SchemaChange:
    return SchemaChange(kind, "Widgets", "1", before=before, after=after)


def of_field(kind: str, before: str | None = None, after: str | None = None) -> SchemaChange:
    return SchemaChange(kind, "Widgets", "1", "Code", "11", before=before, after=after)


def record(client: Client, *changes: SchemaChange) -> list[str]:
    """Records what a run found, and what its successor finds again when it was killed."""
    create_schema_changes(client)
    added = record_changes(client, changes, seen_at=AT, run_id="one")
    assert record_changes(client, changes, seen_at=AT, run_id="two") == []
    return [change.kind for change in added]


def test_what_happens_again_after_it_was_out_of_sight_is_recorded_again(client: Client) -> None:
    retyped = of_field("field_retyped", "text", "integer")
    renamed = of_module("module_renamed", "Gadgets", "Widgets")
    assert record(client, renamed, retyped) == ["module_renamed", "field_retyped"]
    assert record(client, retyped) == []
    for gone, back in (
        (of_field("field_hidden", "integer"), of_field("field_shown", after="text")),
        (of_module("module_removed", "Widgets"), of_module("module_added", after="Widgets")),
    ):
        record(client, gone)
        record(client, back)
        assert record(client, retyped) == ["field_retyped"]
    assert record(client, renamed) == ["module_renamed"]
    assert record(client, retyped) == []
    numbers = select(
        client, f"SELECT number FROM {client.make_qualified_table_name(SCHEMA_CHANGES)} ORDER BY 1"
    )
    assert [row[0] for row in numbers] == list(range(1, 10))
