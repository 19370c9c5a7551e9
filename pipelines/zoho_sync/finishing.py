"""What is done by SQL after the last package: all idempotent, none of it costs a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_crm.organization_tables import organization_tables
from zoho_crm.reference_tables import reference_tables
from zoho_destinations.audit_views import refresh_audit_views
from zoho_destinations.comments import refresh_comments
from zoho_destinations.deleted_records import DELETED_RECORDS, fill_creators, note_back
from zoho_destinations.deletion_flags import refresh_deletion_flags
from zoho_destinations.display_names import refresh_display_names
from zoho_destinations.empty_tables import create_empty_tables
from zoho_destinations.existing import read_columns
from zoho_destinations.indexes import create_indexes
from zoho_destinations.jsonb import convert_json_columns
from zoho_destinations.live_views import refresh_live_views
from zoho_destinations.old_states import drop_old_states
from zoho_destinations.opening import open_dataset
from zoho_destinations.records_to_read import remove_from_queue
from zoho_destinations.removed_rows import mark_removed_rows
from zoho_destinations.unseen import note_unseen

from .backfills import finish_backfills
from .home_amounts import find_amounts
from .kept_views import note_kept_views
from .row_relations import subform_parents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import dlt

    from zoho_crm.api_types import Field
    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client
    from zoho_destinations.views import Kept


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a run has loaded, as far as the tables' finish depends on it."""

    session: ReadSession
    metadata: Metadata
    schemas: Mapping[str, TableSchema]
    """Of all modules, by API name."""
    load_ids: Sequence[str]
    mends: bool
    """A run before was interrupted: every table is looked through, not only those loaded now."""
    home_amounts: str = "off"
    """How live views tell amounts in the organisation's currency."""

    @property
    def tables(self) -> list[TableSchema]:
        """The tables of all modules."""
        return list(self.schemas.values())

    @property
    def complete(self) -> list[TableSchema]:
        """The tables of modules that were read to their end."""
        ended = {n for n, outcome in self.session.outcomes.items() if outcome.outcome == "done"}
        return [schema for name, schema in self.schemas.items() if name in ended]

    @property
    def changed(self) -> Collection[str] | None:
        """The tables that got rows; None for any."""
        if self.mends:
            return None
        return {each.table_name for each in self.session.outcomes.values() if each.rows}

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of all modules, by their id."""
        return {field.id: field for found in self.metadata.fields.values() for field in found}

    @property
    def as_of(self) -> datetime:
        """Zoho's clock; the local one only where Zoho's replies have none."""
        return self.session.now or datetime.now(UTC)


def finish_tables(pipeline: dlt.Pipeline, loaded: Loaded) -> None:
    """Brings flags, names, comments, indexes and live views in line with what was loaded."""
    with open_dataset(pipeline) as client:
        create_empty_tables(client, loaded.complete)
        convert_json_columns(client)
        if pipeline.schema_names:  # none where nothing was ever loaded
            create_indexes(client, pipeline.default_schema)
        filling = finish_backfills(client, loaded.session, loaded.tables, at=loaded.as_of)
        _derive(client, loaded)
        amounts = find_amounts(client, loaded.schemas, use=loaded.home_amounts)
        kept: Kept = {}
        refresh_live_views(client, loaded.tables, filling=filling, amounts=amounts, kept=kept)
        refresh_audit_views(client, loaded.tables, loaded.fields, kept=kept)
        note_kept_views(loaded.session, kept)
        if loaded.load_ids:
            drop_old_states(client, pipeline.pipeline_name)
        refresh_comments(client, [*loaded.tables, *reference_tables(), *organization_tables()])


def _derive(client: Client, loaded: Loaded) -> None:
    mark_removed_rows(
        client,
        [schema.table_name for schema in organization_tables()],
        emptied=loaded.session.emptied,
        at=loaded.as_of,
    )
    _settle_deletions(client, loaded)
    for schema in loaded.complete:
        if not schema.has_modified_time:
            note_unseen(client, schema, load_ids=loaded.load_ids, as_of=loaded.as_of)
    parents = subform_parents(loaded.metadata, loaded.schemas)
    refresh_deletion_flags(client, loaded.tables, as_of=loaded.as_of, parents=parents)
    if DELETED_RECORDS in read_columns(client):
        fill_creators(client, {each.module.api_name: each.table_name for each in loaded.tables})
    refresh_display_names(client, loaded.tables, loaded.fields, changed=loaded.changed)


def _settle_deletions(client: Client, loaded: Loaded) -> None:
    """What this run has read is live; what it asked for in vain waits no more."""
    there = read_columns(client)
    if DELETED_RECORDS not in there:
        return
    for name, outcome in loaded.session.outcomes.items():
        table = loaded.schemas[name].table_name if name in loaded.schemas else ""
        if outcome.rows and table in there:
            note_back(client, table, name, load_ids=loaded.load_ids, as_of=loaded.as_of)
    for module, ids in loaded.session.asked_for.items():
        if loaded.session.outcomes[module].outcome != "failed":
            remove_from_queue(client, module, ids)
