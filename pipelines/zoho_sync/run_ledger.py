"""Writes a run's report into the ledger, while the run goes on and at its end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from zoho_destinations.ledger import (
    ResourceRow,
    RunRow,
    create_ledger,
    read_runs,
    write_resource,
    write_run,
)
from zoho_destinations.opening import open_dataset

if TYPE_CHECKING:
    import dlt

    from .run_report import ResourceReport, RunReport


class RunLedger:
    """The rows of one run in `sync_runs` and `sync_run_resources`."""

    def __init__(self, pipeline: dlt.Pipeline, command: str) -> None:
        """Writes nothing yet."""
        self._pipeline = pipeline
        self._command = command

    def start(self, report: RunReport) -> bool:
        """Writes the row of a run that begins; without an end it is one that was killed.

        Returns:
            Whether the run before came to its end, so that nothing is left for this one to mend.
        """
        with open_dataset(self._pipeline) as client:
            create_ledger(client)
            before = read_runs(client, limit=1)
            write_run(client, self._run_row(report))
        return bool(before) and before[0].ended_at is not None

    def end(self, report: RunReport) -> None:
        """Writes how the run and each of its resources ended."""
        with open_dataset(self._pipeline) as client, client.begin_transaction():
            for resource in report.resources:
                write_resource(client, _resource_row(report.run_id, resource))
            write_run(client, self._run_row(report))

    def _run_row(self, report: RunReport) -> RunRow:
        has_ended = report.ended_at is not None
        return RunRow(
            run_id=report.run_id,
            command=self._command,
            started_at=report.started_at,
            ended_at=report.ended_at,
            outcome=report.exit_code.name.lower() if has_ended else None,
            exit_code=int(report.exit_code) if has_ended else None,
            pipeline=self._pipeline.pipeline_name,
            host=socket.gethostname(),
            pid=os.getpid(),
            calls=report.calls if has_ended else None,
            credits=sum(r.credits for r in report.resources) if has_ended else None,
            rows=report.rows if has_ended else None,
            message=report.message or None,
        )


def _resource_row(run_id: str, report: ResourceReport) -> ResourceRow:
    outcome = report.outcome
    return ResourceRow(
        run_id=run_id,
        resource=outcome.resource,
        table_name=outcome.table_name or None,
        rows=outcome.rows,
        pages=outcome.pages,
        calls=report.calls,
        credits=report.credits,
        seconds=round(report.seconds, 3),
        anchor_before=outcome.anchor_before,
        anchor_after=outcome.anchor_after,
        outcome=outcome.outcome,
        code=outcome.code,
        reason=outcome.explanation,
    )
