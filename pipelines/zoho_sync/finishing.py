"""What is done by SQL after the last package: all idempotent, none of it costs a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_destinations.comments import refresh_comments
from zoho_destinations.deletion_flags import refresh_deletion_flags
from zoho_destinations.display_names import refresh_display_names
from zoho_destinations.empty_tables import create_empty_tables
from zoho_destinations.indexes import create_indexes
from zoho_destinations.jsonb import convert_json_columns
from zoho_destinations.live_views import refresh_live_views
from zoho_destinations.unseen import note_unseen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client


def finish_tables(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
    *,
    load_ids: Sequence[str],
) -> None:
    """Brings flags, names, comments, indexes and live views in line with what was loaded.

    Args:
        pipeline: Where it was loaded to.
        session: What became of each resource.
        metadata: The fields, which say where lookups point.
        schemas: The tables of all modules.
        load_ids: The packages of this run.
    """
    tables = list(schemas.values())
    with pipeline.sql_client() as client:
        create_empty_tables(client, [schemas[name] for name in _read_to_end(session, schemas)])
        convert_json_columns(client)
        create_indexes(client, pipeline.default_schema)
        _derive(client, session, metadata, schemas, load_ids=load_ids)
        refresh_live_views(client, tables)
        refresh_comments(client, tables)


def _derive(
    client: Client,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
    *,
    load_ids: Sequence[str],
) -> None:
    as_of = session.now or datetime.now(UTC)
    for name in _read_to_end(session, schemas):
        if not schemas[name].has_modified_time:
            note_unseen(client, schemas[name], load_ids=load_ids, as_of=as_of)
    refresh_deletion_flags(client, list(schemas.values()), as_of=as_of)
    fields = {field.id: field for found in metadata.fields.values() for field in found}
    refresh_display_names(client, list(schemas.values()), fields)


def _read_to_end(session: ReadSession, schemas: Mapping[str, TableSchema]) -> list[str]:
    """Modules of which everything is loaded now."""
    return [
        name
        for name in schemas
        if name in session.outcomes and session.outcomes[name].outcome == "done"
    ]
