"""The part of a run that reconciles: after its reading, before its tables are finished."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_crm.recycle_bin import RecycleBin
from zoho_destinations.met_records import MetRecords
from zoho_destinations.opening import open_dataset
from zoho_destinations.records_to_read import read_queue
from zoho_destinations.sync_progress import read_progress

from .reconcile import TASK, Reconciled, Reconciler
from .reconcile_plan import choose_modules, mark_due
from .recovery import resource_states
from .row_relations import subform_parents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client


def reconcile_modules(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
    *,
    period_s: float,
    all_of_them: bool,
) -> list[Reconciled]:
    """Reconciles what is due among the modules that this run has read to their end.

    What has to be read in full afterwards is in `session.wanted`; those modules are not finished.

    Args:
        pipeline: The pipeline, its packages loaded.
        session: The run's client and outcomes.
        metadata: The organisation's modules and fields.
        schemas: The tables of all modules.
        period_s: Seconds between two modules in turn; 0 for never.
        all_of_them: Every module that the run has read was asked for.
    """
    now = session.now or datetime.now(UTC)
    anchors = module_anchors(pipeline)
    loaded = [
        name
        for name, schema in schemas.items()
        if name in anchors and schema.has_modified_time and _was_read(session, name)
    ]
    parents = subform_parents(metadata, schemas)
    rows = {name for name in loaded if schemas[name].table_name in parents}
    recycle_bin = RecycleBin(session.client, overlap_s=session.overlap_s)
    done: list[Reconciled] = []
    with open_dataset(pipeline) as client:
        chosen = choose_modules(
            client, loaded, now=now, period_s=period_s, all_of_them=all_of_them, rows=rows
        )
        reconciler = Reconciler(client, session, recycle_bin, now=now, parents=parents)
        for name, progress in chosen.items():
            done.append(reconciler.reconcile(schemas[name], anchors[name], progress))
        if done:
            _clean_up(client)
            _want_queued(client, session, done)
    return done


def reconcile_all_soon(pipeline: dlt.Pipeline, modules: Collection[str]) -> None:
    """Has all modules reconciled as soon as runs can."""
    with open_dataset(pipeline) as client:
        mark_due(client, modules)


def module_anchors(pipeline: dlt.Pipeline) -> dict[str, datetime]:
    """Where the next ordinary reading of each module starts; only of those that were read whole."""
    return {
        name: datetime.fromisoformat(state["next_anchor"]).astimezone(UTC)
        for name, state in resource_states(pipeline).items()
        if state.get("was_read") and state.get("next_anchor")
    }


def _was_read(session: ReadSession, name: str) -> bool:
    return name in session.outcomes and session.outcomes[name].outcome == "done"


def _clean_up(client: Client) -> None:
    """Leaves the table of a walk only where one goes on."""
    if not any(progress.anchor for progress in read_progress(client, TASK).values()):
        MetRecords(client).drop()


def _want_queued(client: Client, session: ReadSession, done: list[Reconciled]) -> None:
    queue = read_queue(client, [each.module for each in done])
    session.wanted |= {module: list(ids) for module, ids in queue.items()}
    session.finished -= queue.keys()
