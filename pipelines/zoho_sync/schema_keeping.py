"""What a run does about schemas that change: before it reads, and when one changes meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from zoho_crm.field_selection import idle_patterns
from zoho_crm.metadata import Metadata, former_names, read_metadata
from zoho_crm.source import settle_columns, table_schemas

from .backfills import apply_left_values, plan_backfills, settle_filled, tell_costs
from .renamed_picklists import rename_stored_values
from .schema_watch import note_changes, note_permissions, tell_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.schema_changes import SchemaChange
    from zoho_crm.session import ReadSession

    from .configuration import SyncConfiguration
    from .run_report import RunReport

_REWRITTEN: Final = frozenset({"modules", "fields", "picklist_values"})
"""Resources that tell of the metadata itself."""


class SchemaKeeper:
    """Reads metadata, records what changed, and prepares tables and jobs for it."""

    def __init__(
        self,
        session: ReadSession,
        config: SyncConfiguration,
        report: RunReport,
        *,
        say: Callable[[str], None],
        phase: Callable[[str], None],
    ) -> None:
        """Touches nothing yet.

        Args:
            session: The run's client, bounds and outcomes.
            config: What to do about new columns and renamed fields.
            report: Gets the changes.
            say: Tells a sentence and keeps it for the report.
            phase: Tells a sentence.
        """
        self._session = session
        self._config = config
        self._report = report
        self._say = say
        self._phase = phase

    def read(self, pipeline: dlt.Pipeline, known: Metadata) -> Metadata:
        """Reads the metadata for a run and records what changed since the runs before."""
        known = replace(known, carries_renames=self._config.keep_renamed_columns)
        metadata = self._leave_out(read_metadata(self._session.client, known=known))
        self._note(pipeline, known, metadata)
        self._known = known
        return metadata

    def prepare(self, pipeline: dlt.Pipeline, metadata: Metadata) -> None:
        """Brings stored values in line, and plans what has to be read again of older records."""
        schemas = table_schemas(metadata)
        for sentence in apply_left_values(pipeline, list(schemas.values())):
            self._say(sentence)
        rename_stored_values(
            pipeline,
            self._session.client,
            known=self._known,
            metadata=metadata,
            schemas=schemas,
            say=self._say,
        )
        self._plan(pipeline, metadata, schemas)

    def reread(self, pipeline: dlt.Pipeline, metadata: Metadata) -> Metadata:
        """Reads the fields of modules again whose records came without some of them.

        Args:
            pipeline: The pipeline, its packages loaded.
            metadata: What this run has gone by so far.
        """
        stale = sorted(self._session.stale_modules)
        self._session.stale_modules.clear()
        self._phase(f"Fields of {', '.join(stale)} are missing: reading them again.")
        known = settle_columns(metadata)
        at = self._session.now or datetime.now(UTC)
        settle_filled(pipeline, self._session, table_schemas(metadata), at=at)
        fresh = self._leave_out(read_metadata(self._session.client, known=known, again=stale))
        self._give_up(fresh, stale)
        self._note(pipeline, known, fresh)
        self._known = known
        self._session.finished -= _REWRITTEN
        self.prepare(pipeline, fresh)
        return fresh

    def _plan(
        self, pipeline: dlt.Pipeline, metadata: Metadata, schemas: Mapping[str, TableSchema]
    ) -> None:
        session = self._session
        plans = plan_backfills(pipeline, metadata, schemas, left_out=session.left_out)
        if plans and not self._config.fill_new_columns:
            names = ", ".join(plan.schema.module.api_name for plan in plans)
            self._say(f"New columns of {names} stay empty in older rows: fill_new_columns is off.")
            return
        if plans:
            tell_costs(pipeline, plans, self._say, full_text=session.full_text)
        session.backfills = plans

    def _give_up(self, metadata: Metadata, modules: Sequence[str]) -> None:
        """Ends modules for this run whose records lack fields, where what they have is not told.

        Read by the fields known before, columns would turn empty in silence.
        """
        for name in modules:
            if error := metadata.failures.get(name):
                self._session.outcome_of(name, "", name).end_by(error)
                self._session.finish(name)

    def note_permissions(self, pipeline: dlt.Pipeline, metadata: Metadata) -> None:
        """Records what reading has shown of modules and fields that may be read no more."""
        run_id = self._report.run_id
        self._tell(note_permissions(pipeline, self._session, metadata, run_id=run_id))

    def _note(self, pipeline: dlt.Pipeline, known: Metadata, metadata: Metadata) -> None:
        changes = note_changes(pipeline, known, metadata, run_id=self._report.run_id)
        self._session.former_names = former_names(known, metadata)
        self._tell(changes)

    def _tell(self, changes: Sequence[SchemaChange]) -> None:
        self._report.schema_changes += changes
        for sentence in tell_changes(changes):
            self._say(sentence)

    def _leave_out(self, metadata: Metadata) -> Metadata:
        patterns = self._config.exclude_fields
        for pattern in idle_patterns(patterns, metadata.fields):
            self._say(f"exclude_fields names {pattern}, but there is no such field.")
        return replace(metadata, excluded_fields=patterns)
