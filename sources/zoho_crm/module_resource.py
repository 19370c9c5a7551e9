"""The dlt resource of one module."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common import logger

from .batching import in_batches
from .columns import TableSchema, dlt_columns
from .dlt_resources import build_resource
from .fitting import fitted
from .module_records import ModuleReader
from .resource_state import Progress
from .row_sets import name_unloaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlt.extract import DltResource

    from .outcomes import ResourceOutcome
    from .session import ReadSession


def module_resource(session: ReadSession, schema: TableSchema) -> DltResource:
    """The records of one module, from its anchor to its end or the package's bounds."""
    name = schema.module.api_name

    def read() -> Iterator[Any]:
        progress = Progress(
            name,
            is_forgotten=session.forget(name),
            module_id=schema.module.id or None,
            formerly=session.former_names.pop(name, None),
        )
        outcome = session.outcome_of(name, schema.table_name, name)
        if progress.leaves_out(schema.excluded) and progress.is_created:
            outcome.note("Other fields are left out than before: it is read again from the start.")
        outcome.was_readable = outcome.was_readable or progress.was_read or progress.is_created
        outcome.starts_at(progress.anchor)
        if _is_refused(session, schema, progress, outcome):
            session.finish(name)
            raise_or_tell(session, outcome)
            return
        session.left_out.setdefault(name, set()).update(progress.left_out)
        reader = _build_reader(session, schema, progress)
        # A second reading in the same run is for wanted records alone.
        changed = () if outcome.outcome == "done" else reader.tables()
        tables = in_batches(chain(changed, reader.wanted_tables()))
        for table in fitted(session.fitting, schema, tables, outcome):
            progress.mark_created()
            outcome.was_readable = True  # if it is refused from now on, that is a loss
            yield table
        is_empty = not progress.is_created and outcome.outcome == "done"
        if is_empty and session.creates_empty_tables and not _loads_through_adbc():
            progress.mark_created()
            yield dlt.mark.materialize_table_schema()
        progress.anchor = reader.next_anchor
        _keep_left_out(session, progress, reader)
        _keep_habits(progress, reader)
        if outcome.outcome == "done":
            _note_unloaded(progress, schema, outcome)
            progress.mark_read()
        elif outcome.outcome == "skipped" and outcome.error and not outcome.was_readable:
            progress.keep_refusal(outcome.error, session.now, session.identity)
        if outcome.outcome != "more":
            session.finish(name)
        raise_or_tell(session, outcome)

    columns = dlt_columns(schema) | (session.fitting.columns(schema) if session.fitting else {})
    return build_resource(read, schema, name=name, columns=columns, parallelized=True)


def _build_reader(session: ReadSession, schema: TableSchema, progress: Progress) -> ModuleReader:
    reader = ModuleReader(
        session, schema, anchor=progress.anchor, is_unordered=progress.is_unordered
    )
    if progress.refuses_meta_keys:
        reader.leave_out_meta_keys()
    return reader


def _keep_habits(progress: Progress, reader: ModuleReader) -> None:
    """What the server does otherwise than expected is found out once, not by every run."""
    if reader.is_unordered:
        progress.mark_unordered()
    if reader.refuses_meta_keys:
        progress.mark_meta_keys_refused()


def _note_unloaded(progress: Progress, schema: TableSchema, outcome: ResourceOutcome) -> None:
    """Once, when a module is read to its end for the first time."""
    sentence = name_unloaded(schema)
    if sentence is not None and not progress.was_read:
        outcome.note(sentence)


def _is_refused(
    session: ReadSession, schema: TableSchema, progress: Progress, outcome: ResourceOutcome
) -> bool:
    """Ends what Zoho refused within the day, and what the destination can't hold; no call."""
    refusal = progress.refusal(session.now, session.identity)
    if refusal is not None and not outcome.is_named:
        outcome.end("skipped", refusal)
        return True
    reason = session.fitting.refusal(schema) if session.fitting else None
    if reason is not None:
        outcome.end("failed")
        outcome.reason = reason
    return reason is not None


def _keep_left_out(session: ReadSession, progress: Progress, reader: ModuleReader) -> None:
    """Fields that Zoho hides are found out once, not by every run."""
    if reader.outcome.outcome != "done":
        return
    lacking = reader.left_out
    if lacking is None:  # no record tells: as before, of fields that are still asked for
        lacking = reader.asked & set(progress.left_out)
    progress.left_out = sorted(lacking)
    session.seen_without[reader.module] = set(lacking)


def _loads_through_adbc() -> bool:
    destination = dlt.current.pipeline().destination
    return destination.destination_type.endswith("postgres")


def raise_or_tell(session: ReadSession, outcome: ResourceOutcome) -> None:
    """Ends a resource loudly: an error is raised or logged, never dropped.

    Raises:
        ZohoCrmError: What ended the resource, where the session raises and the rest of the
            organisation is likely to meet it too.
    """
    if not session.raises:
        return
    if outcome.outcome == "failed" and outcome.error is not None:
        raise outcome.error
    if outcome.reason:
        logger.warning(outcome.reason)
    for note in outcome.notes:
        logger.warning(f"{outcome.resource}: {note}")  # dlt's logger
