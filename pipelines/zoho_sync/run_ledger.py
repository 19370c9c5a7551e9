"""Writes a run's report into the ledger, while the run goes on and at its end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

from zoho_destinations.ledger import (
    ResourceRow,
    RunRow,
    create_ledger,
    read_runs,
    write_resource,
    write_run,
)
from zoho_destinations.opening import open_dataset
from zoho_destinations.sync_progress import (
    Progress,
    create_sync_progress,
    read_progress,
    write_progress,
)

if TYPE_CHECKING:
    import dlt

    from .run_report import ResourceReport, RunReport


_UNDER_WAY: Final = "run under way"
"""The task under which `sync_progress` counts the runs that have begun and not finished: 1 or 0."""


class RunLedger:
    """The rows of one run in `sync_runs` and `sync_run_resources`."""

    def __init__(self, pipeline: dlt.Pipeline, command: str) -> None:
        """Writes nothing yet."""
        self._pipeline = pipeline
        self._command = command

    def start(self, report: RunReport) -> bool:
        """Writes the row of a run that begins; without an end it is one that was killed.

        That one is under way is noted beside it, because times of the local clock may be wrong.

        Returns:
            Whether the run before did all it had to, so that nothing is left for this one to mend.
        """
        with open_dataset(self._pipeline) as client:
            create_ledger(client)
            create_sync_progress(client)
            left = read_progress(client, _UNDER_WAY).get("")
            if left is None:  # none of this version has run
                before = read_runs(client, limit=1)
                is_left = not before or before[0].ended_at is None
            else:
                is_left = bool(left.number)
            with client.begin_transaction():
                write_progress(client, _UNDER_WAY, "", Progress(number=1))
                write_run(client, self._run_row(report))
        return not is_left

    def end(self, report: RunReport, *, is_finished: bool) -> None:
        """Writes how the run and each of its resources ended.

        Args:
            report: What became of everything.
            is_finished: No error kept the run from finishing its tables.
        """
        with open_dataset(self._pipeline) as client, client.begin_transaction():
            for resource in report.resources:
                write_resource(client, _resource_row(report.run_id, resource))
            write_run(client, self._run_row(report))
            if is_finished:
                write_progress(client, _UNDER_WAY, "", Progress(number=0))

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
