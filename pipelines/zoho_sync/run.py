"""The work of `zoho-sync run`: one scheduled, incremental run."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_crm.budget import CallBudget
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.organization_tables import organization_tables
from zoho_crm.session import PackageBounds, ReadSession
from zoho_crm.source import selected_modules, table_schemas
from zoho_destinations.explain import explain
from zoho_destinations.lock import dataset_lock
from zoho_destinations.opening import open_dataset
from zoho_destinations.own_schemas import create_own_schemas
from zoho_destinations.postgres_fitting import build_fitting
from zoho_destinations.publish import publish, published_file

from .backfills import backfill_tables
from .before_load import BeforeLoad
from .capturing import capture_bin, configured_capture, require_modules
from .deletions import read_deletions
from .exit_codes import ExitCode, exit_code_of
from .finishing import Loaded, finish_tables
from .identity import check_identity
from .known_metadata import read_known_metadata
from .missing_tables import forget_missing_tables
from .packages import PackageLoop
from .reconcile_step import reconcile_all_soon, reconcile_modules
from .recovery import finish_pending, restore_state
from .related_configuration import read_related_configuration
from .related_phase import load_related_lists, read_selection
from .row_comparison import compare_rows
from .run_ledger import RunLedger
from .run_options import RunOptions
from .run_report import ResourceReport, RunReport
from .schema_keeping import SchemaKeeper
from .schema_watch import sum_up_changes
from .stopping import stops_in_order
from .verdict import verdict_on
from .working_folder import explain_lost_folder, open_pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata
    from zoho_destinations.lock import Lock

    from .capturing import CaptureOptions
    from .configuration import SyncConfiguration
    from .progress import RunListener
    from .related_selection import Selection
    from .target import Target

PUBLISHED = frozenset({ExitCode.DONE, ExitCode.PARTIAL, ExitCode.LIMIT})
"""Ends of a run that leave a dataset worth reading."""
REFERENCE_TABLES = (
    *("modules", "fields", "related_lists", "users", "organization"),
    *(schema.table_name for schema in organization_tables()),
)


def run_sync(
    config: SyncConfiguration,
    target: Target,
    *,
    listener: RunListener,
    options: RunOptions | None = None,
) -> RunReport:
    """Brings the dataset up to date and tells what was done.

    Args:
        config: Credentials, limits and bounds.
        target: The destination and its dataset.
        listener: Hears of the progress.
        options: What the command line says.

    Returns:
        The report, also of a run that was partial or failed on its way.

    Raises:
        WarehouseError: The destination cannot be used.
    """
    given = options or RunOptions()
    # What is wrong here would be found out at the end, all else done.
    read_related_configuration()
    published_file(target.destination, target.dataset)
    try:
        with (
            dataset_lock(target.destination, target.dataset, wait_s=given.wait_s) as lock,
            build_client(config) as client,
            stops_in_order(client, after_s=given.max_runtime_s),
        ):
            run = SyncRun(config, target, client, listener, lock)
            run.capture = given.capture or configured_capture(config)
            report = run.run(given)
            if report.exit_code in PUBLISHED:
                publish(target.pipeline(), lock)
            return report
    except Exception as error:  # whatever the drivers raise, in the warehouse's words
        known = explain(error) or explain_lost_folder(error, target)
        if known is None or known is error:
            raise
        raise known from error


def build_client(config: SyncConfiguration, *, may_write: bool = False) -> ZohoClient:
    """The client that the configuration describes; by default one that can only read."""
    return ZohoClient(
        config.credentials,
        budget=CallBudget(config.max_calls),
        concurrency=config.concurrency,
        may_write=may_write,
    )


class SyncRun:
    """One run, from recovery to report. The caller holds the dataset's lock."""

    def __init__(
        self,
        config: SyncConfiguration,
        target: Target,
        client: ZohoClient,
        listener: RunListener,
        lock: Lock,
    ) -> None:
        """Touches nothing yet."""
        self.session = ReadSession(
            client,
            overlap_s=config.overlap_s,
            package=PackageBounds(config.max_package_rows, config.max_package_seconds),
            raises=False,
            full_text=config.full_text,
            creates_empty_tables=False,
        )
        self.report = RunReport(
            run_id=uuid.uuid4().hex,
            dataset=target.dataset,
            destination=target.kind,
            location=target.location,
            started_at=datetime.now(UTC),
        )
        self.capture: CaptureOptions | None = None
        """What to capture of the recycle bin, where anything."""
        self._config = config
        self._target = target
        self._listener = listener
        self._lock = lock
        self._is_other_user = False
        self._schema = SchemaKeeper(
            self.session, config, self.report, say=self._say, phase=listener.phase
        )
        self._mends = False
        """An earlier run was interrupted: what it left undone is done now."""

    def run(self, options: RunOptions) -> RunReport:
        """Does everything and gives the report."""
        self._listener.started(self.report)
        pipeline = self._recover()
        ledger = RunLedger(pipeline, options.command)
        self._mends = not ledger.start(self.report) or bool(self.report.notes)
        is_finished = False
        try:
            self._read_and_load(pipeline, options)
            is_finished = True
        except ZohoCrmError as error:
            self.report.exit_code, self.report.message = exit_code_of(error), str(error)
        self._sum_up()
        ledger.end(self.report, is_finished=is_finished)
        return self.report

    def _recover(self) -> dlt.Pipeline:
        pipeline, damage = open_pipeline(self._target)
        with open_dataset(pipeline) as client:
            create_own_schemas(client)
        for done in (damage, finish_pending(pipeline)):
            if done is not None:
                self._say(done)
        return restore_state(pipeline)

    def _read_and_load(self, pipeline: dlt.Pipeline, options: RunOptions) -> None:
        selection = read_selection(pipeline, options.patterns or self._config.modules)
        metadata = self._read_metadata(pipeline, selection.modules)
        schemas = table_schemas(metadata)
        if self.capture is not None:
            listed = [module.api_name for module in metadata.modules]
            with open_dataset(pipeline) as client:
                require_modules(client, listed, schemas, self.capture.modules)
        self._forget_missing(pipeline, schemas)
        self._schema.prepare(pipeline, metadata)
        self._listener.phase("Reading deletions.")
        read_deletions(pipeline, self.session, metadata, schemas)
        if self._is_other_user:
            reconcile_all_soon(pipeline, schemas)
        loop = self._build_loop(pipeline, metadata, schemas, selection.modules)
        loop.run()
        self._reconcile(loop, metadata, schemas, all_of_them=options.reconciles)
        if loop.metadata is not metadata:  # fields changed while they were read
            metadata, schemas = loop.metadata, table_schemas(loop.metadata)
        self._finish(loop, metadata, schemas)
        if self.capture is not None:
            self._capture(loop.pipeline, schemas, self.capture)
        scope = (selection, selected_modules(metadata, selection.modules))
        self._load_related_lists(loop.pipeline, schemas, scope)

    def _build_loop(
        self,
        pipeline: dlt.Pipeline,
        metadata: Metadata,
        schemas: Mapping[str, TableSchema],
        patterns: Sequence[str],
    ) -> PackageLoop:
        loop = PackageLoop(
            pipeline, self.session, metadata, patterns=patterns, listener=self._listener
        )
        loop.before_load = BeforeLoad(
            loop, self.session, schemas, lock=self._lock, listener=self._listener
        )
        loop.reread = self._schema.reread
        self.session.rereads_metadata = True
        with open_dataset(pipeline) as client:
            self.session.fitting = build_fitting(client)
        return loop

    def _finish(
        self, loop: PackageLoop, metadata: Metadata, schemas: Mapping[str, TableSchema]
    ) -> None:
        """What follows the packages: permissions, rows that are gone, flags, views, indexes."""
        self._schema.note_permissions(loop.pipeline, metadata)
        self._listener.phase("Comparing rows of subforms and links.")
        undescribed = compare_rows(loop, self.session, metadata, schemas)
        self.report.packages = len(loop.load_ids)
        self.report.notes += [package.sentence for package in loop.set_aside]
        self._listener.phase("Finishing tables.")
        loaded = Loaded(
            self.session,
            metadata,
            {**schemas, **{each.module.api_name: each for each in undescribed}},
            loop.load_ids,
            mends=self._mends,
            home_amounts=self._config.home_amounts,
        )
        finish_tables(loop.pipeline, loaded)

    def _capture(
        self,
        pipeline: dlt.Pipeline,
        schemas: Mapping[str, TableSchema],
        options: CaptureOptions,
    ) -> None:
        self._lock.check()
        options = replace(options, run_id=self.report.run_id)
        with open_dataset(pipeline) as client:
            self.report.captured = capture_bin(
                client, self.session, schemas, options=options, listener=self._listener
            )

    def _reconcile(
        self,
        loop: PackageLoop,
        metadata: Metadata,
        schemas: Mapping[str, TableSchema],
        *,
        all_of_them: bool,
    ) -> None:
        self._listener.phase("Reconciling.")
        self.report.reconciled = reconcile_modules(
            loop.pipeline,
            self.session,
            metadata,
            schemas,
            period_s=self._config.reconcile_period_s,
            all_of_them=all_of_them,
        )
        if self.report.reconciled:
            loop.run()  # what has to be read in full now

    def _load_related_lists(
        self,
        pipeline: dlt.Pipeline,
        schemas: Mapping[str, TableSchema],
        scope: tuple[Selection, Sequence[str]],
    ) -> None:
        self._listener.phase("Reading related lists.")
        load_related_lists(
            pipeline,
            self.session,
            schemas,
            run_id=self.report.run_id,
            scope=scope,
            before_write=self._lock.check,
        )

    def _read_metadata(self, pipeline: dlt.Pipeline, patterns: Sequence[str]) -> Metadata:
        self._listener.phase("Reading metadata.")
        self._is_other_user = check_identity(
            pipeline, self.session, self._config.credentials, self._say
        )
        known = read_known_metadata(pipeline)
        metadata = self._schema.read(pipeline, known)
        before = {module.api_name for module in known.modules}
        for name in selected_modules(metadata, patterns):
            outcome = self.session.outcome_of(name, "", name)
            outcome.is_new = bool(before) and name not in before
        return metadata

    def _forget_missing(self, pipeline: dlt.Pipeline, schemas: Mapping[str, TableSchema]) -> None:
        tables = {name: schema.table_name for name, schema in schemas.items()}
        tables |= {name: name for name in REFERENCE_TABLES} | backfill_tables(schemas)
        missing = forget_missing_tables(pipeline, tables)
        if missing:
            self.session.forgotten |= set(missing)
            names = ", ".join(sorted(missing))
            self._say(
                f"The tables of {names} were gone, or columns of theirs: they are read again from "
                "the start."
            )

    def _sum_up(self) -> None:
        """Fills in the report from what the session knows."""
        client, report = self.session.client, self.report
        for outcome in self.session.outcomes.values():
            usage = client.usage(outcome.resource)
            report.resources.append(
                ResourceReport(outcome, usage.calls, usage.credits, usage.seconds)
            )
        report.calls = client.calls
        report.credits_remaining = client.credits_remaining
        report.ended_at = datetime.now(UTC)
        if report.exit_code is ExitCode.DONE:
            outcomes = [resource.outcome for resource in report.resources]
            report.exit_code, report.message = verdict_on(outcomes)
        changes = sum_up_changes(len(report.schema_changes))
        report.message = f"{report.message} {changes}".strip()

    def _say(self, sentence: str) -> None:
        """Tells now and keeps it for the report."""
        self.report.notes.append(sentence)
        self._listener.phase(sentence)
