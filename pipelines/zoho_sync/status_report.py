"""How fresh each table is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from .durations import format_duration
from .exit_codes import ExitCode
from .results import ending
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoho_destinations.ledger import RunRow

    from .terminal import Output


@dataclass(frozen=True, slots=True)
class TableStatus:
    """One table."""

    resource: str
    table: str
    rows: int
    """Live rows; those of deleted records are in the table, too."""
    newest_change: datetime | None
    """Of the CRM's clock."""
    read_at: datetime | None
    """Start of the last run that read it to its end: changes made before are in the table."""
    outcome: str
    """How the last run that tried ended for it."""
    reason: str | None
    age_s: float | None
    """Seconds since `read_at`."""
    is_too_old: bool

    def to_json(self) -> dict[str, Any]:
        """The status as JSON values; times are ISO 8601 in UTC."""
        return {
            "resource": self.resource,
            "table": self.table,
            "rows": self.rows,
            "newest_change": self.newest_change.isoformat() if self.newest_change else None,
            "read_at": self.read_at.isoformat() if self.read_at else None,
            "age_seconds": None if self.age_s is None else round(self.age_s),
            "is_too_old": self.is_too_old,
            "outcome": self.outcome,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The dataset."""

    location: str
    dataset: str
    now: datetime
    tables: Sequence[TableStatus]
    last_run: RunRow | None
    max_age_s: float | None

    @property
    def too_old(self) -> list[TableStatus]:
        """Tables older than allowed."""
        return [table for table in self.tables if table.is_too_old]

    @property
    def exit_code(self) -> ExitCode:
        """Partial where something is older than allowed, or nothing is there to be fresh."""
        is_missing = self.max_age_s is not None and not self.tables
        return ExitCode.PARTIAL if self.too_old or is_missing else ExitCode.DONE

    @property
    def message(self) -> str:
        """One sentence."""
        if not self.tables:
            return f"Nothing is loaded in {self.location} yet: run `zoho-sync run`."
        if self.too_old:
            allowed = format_duration(self.max_age_s or 0)
            names = ", ".join(table.table for table in self.too_old)
            return f"Not read to the end within {allowed}: {names}."
        return f"{count_of(len(self.tables), 'table')} in {self.location}, dataset {self.dataset}."

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        run = self.last_run
        last_run = {
            "run_id": run.run_id,
            "started_at": run.started_at.isoformat(),
            "ended_at": run.ended_at.isoformat() if run.ended_at else None,
            "outcome": run.outcome,
            "message": run.message,
        } if run else None  # fmt: skip
        return {
            **ending(self.exit_code, self.message),
            "location": self.location,
            "dataset": self.dataset,
            "tables": [table.to_json() for table in self.tables],
            "last_run": last_run,
        }


def show_status(report: StatusReport, output: Output) -> None:
    """Prints a line for each table, then the last run."""
    if report.tables:
        headings = ("table", ">rows", "newest change", "that is", "read", "outcome")
        output.show_table(headings, [_row(table, report.now) for table in report.tables])
        output.say("")
    for table in report.tables:
        if table.reason:
            output.say(f"- {table.reason}")
    if report.last_run:
        output.say(_last_run(report.last_run))
    is_well = report.exit_code is ExitCode.DONE
    output.say(report.message, style="" if is_well else "bold red")


def _row(table: TableStatus, now: datetime) -> list[object]:
    read = "never" if table.age_s is None else f"{format_duration(table.age_s)} ago"
    return [
        table.table,
        table.rows,
        table.newest_change,
        _since(table.newest_change, now),
        Text(read, style="red" if table.is_too_old else ""),
        Text(table.outcome, style="" if table.outcome == "done" else "yellow"),
    ]


def _since(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    # Zoho takes records dated in the future.
    return f"{format_duration(seconds)} ago" if seconds >= 0 else "in the future"


def _last_run(run: RunRow) -> str:
    started = f"Last run: {run.started_at:%Y-%m-%d %H:%M:%S}Z"
    if run.ended_at is None:
        return f"{started}, which is still going on or was killed."
    took = format_duration((run.ended_at - run.started_at).total_seconds())
    return f"{started}, {run.outcome} after {took}: {run.message}"
