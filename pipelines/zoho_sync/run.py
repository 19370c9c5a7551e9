"""The work of `zoho-sync run`: one scheduled, incremental run."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_crm.budget import CallBudget
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.metadata import read_metadata
from zoho_crm.session import PackageBounds, ReadSession
from zoho_crm.source import selected_modules, table_schemas
from zoho_destinations.exceptions import WarehouseError, explain
from zoho_destinations.ledger import Ledger
from zoho_destinations.lock import dataset_lock

from .exit_codes import ExitCode, exit_code_of
from .finishing import finish_tables
from .identity import check_identity
from .known_metadata import read_known_metadata
from .packages import PackageLoop
from .recovery import finish_pending, forget_missing_tables, restore_state
from .run_report import ResourceReport, RunReport
from .stopping import stops_in_order
from .verdict import verdict_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.metadata import Metadata

    from .configuration import SyncConfiguration
    from .progress import RunListener
    from .target import Target


def run_sync(
    config: SyncConfiguration,
    target: Target,
    *,
    listener: RunListener,
    patterns: Sequence[str] | None = None,
    max_runtime_s: float | None = None,
    wait_s: float = 0.0,
) -> RunReport:
    """Brings the dataset up to date and tells what was done.

    Args:
        config: Credentials, limits and bounds.
        target: The destination and its dataset.
        listener: Hears of the progress.
        patterns: Which modules to read; the configured ones by default.
        max_runtime_s: Seconds after which reading stops by itself.
        wait_s: Seconds to wait for another run, or for a reader of the file.

    Returns:
        The report, also of a run that was partial or failed on its way.

    Raises:
        WarehouseError: The destination cannot be used; nothing was read.
    """
    with (
        dataset_lock(target, wait_s=wait_s),
        build_client(config) as client,
        stops_in_order(client, after_s=max_runtime_s),
    ):
        return SyncRun(config, target, client, listener).run(patterns or config.modules)


def build_client(config: SyncConfiguration) -> ZohoClient:
    """The client that the configuration describes."""
    return ZohoClient(
        config.credentials,
        budget=CallBudget(config.max_calls),
        concurrency=config.concurrency,
    )


class SyncRun:
    """One run, from recovery to report. The caller holds the dataset's lock."""

    def __init__(
        self,
        config: SyncConfiguration,
        target: Target,
        client: ZohoClient,
        listener: RunListener,
    ) -> None:
        """Touches nothing yet."""
        bounds = PackageBounds(config.max_package_rows, config.max_package_seconds)
        self.session = ReadSession(client, overlap_s=config.overlap_s, package=bounds, raises=False)
        self.report = RunReport(
            run_id=uuid.uuid4().hex,
            dataset=target.dataset,
            destination=target.kind,
            location=target.location,
            started_at=datetime.now(UTC),
        )
        self._config = config
        self._target = target
        self._listener = listener

    def run(self, patterns: Sequence[str]) -> RunReport:
        """Does everything and gives the report."""
        self._listener.started(self.report)
        try:
            pipeline = self._recover()
            ledger = Ledger(pipeline, self.report.run_id)
            ledger.start("run", self.report.started_at)
            try:
                self._read_and_load(pipeline, patterns)
            finally:
                self._sum_up()
                ledger.end(self.report)
        except WarehouseError:
            raise
        except Exception as error:
            known = explain(error)
            if known is None:
                raise
            raise known from error
        return self.report

    def _recover(self) -> dlt.Pipeline:
        pipeline = self._target.pipeline(progress=self._collector())
        if finish_pending(pipeline, self._say):
            self._say("The package that an interrupted run left behind is loaded.")
        return restore_state(pipeline)

    def _read_and_load(self, pipeline: dlt.Pipeline, patterns: Sequence[str]) -> None:
        try:
            metadata = self._read_metadata(pipeline, patterns)
            schemas = table_schemas(metadata)
            self._forget_missing(pipeline, schemas)
            loop = PackageLoop(
                pipeline, self.session, metadata, patterns=patterns, say=self._listener.phase
            )
            try:
                loop.run()
            finally:
                self.report.packages = loop.loaded
            self._listener.phase("Finishing tables.")
            finish_tables(pipeline, schemas, self.session)
        except ZohoCrmError as error:
            self.report.exit_code, self.report.message = exit_code_of(error), str(error)

    def _read_metadata(self, pipeline: dlt.Pipeline, patterns: Sequence[str]) -> Metadata:
        self._listener.phase("Reading metadata.")
        check_identity(pipeline, self.session, self._config.credentials, self._say)
        known = read_known_metadata(pipeline)
        metadata = read_metadata(self.session.client, known=known)
        before = {module.api_name for module in known.modules}
        for name in selected_modules(metadata, patterns):
            outcome = self.session.outcome_of(name, "", name)
            outcome.is_new = bool(before) and name not in before
        return metadata

    def _forget_missing(self, pipeline: dlt.Pipeline, schemas: dict[str, TableSchema]) -> None:
        tables = {name: schema.table_name for name, schema in schemas.items()}
        reference = ("modules", "fields", "users", "organization")
        missing = forget_missing_tables(pipeline, {**tables, **{n: n for n in reference}})
        if missing:
            self.session.forgotten |= set(missing)
            self._say(f"Read again from the start, their tables were gone: {', '.join(missing)}.")

    def _sum_up(self) -> None:
        """Fills in the report from what the session knows."""
        client = self.session.client
        for outcome in self.session.outcomes.values():
            usage = client.usage(outcome.resource)
            self.report.resources.append(
                ResourceReport(outcome, usage.calls, usage.credits, usage.seconds)
            )
        self.report.calls = client.calls
        self.report.credits_remaining = client.credits_remaining
        self.report.ended_at = datetime.now(UTC)
        if self.report.exit_code is ExitCode.DONE and not self.report.message:
            verdict = verdict_on([resource.outcome for resource in self.report.resources])
            self.report.exit_code, self.report.message = verdict

    def _say(self, sentence: str) -> None:
        """Tells now and keeps it for the report."""
        self.report.notes.append(sentence)
        self._listener.phase(sentence)
