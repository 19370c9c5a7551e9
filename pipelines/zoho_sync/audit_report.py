"""What `zoho-sync audit` did, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .capture_summary import show_captures
from .durations import format_duration
from .exit_codes import ExitCode
from .report import show_not_loaded
from .wording import count_of

if TYPE_CHECKING:
    from .audit import AuditReport
    from .terminal import Output


def show_audit(report: AuditReport, output: Output) -> None:
    """Prints what was captured, what was not, and where the chain ends."""
    run = report.run
    if run.captured is not None:
        show_captures(run.captured, output)
        for note in run.captured.notes:
            output.say(note)
        output.say(f"The chain of captures ends at {run.captured.head}")
    show_not_loaded(run, output)
    facts = f"{count_of(run.calls, 'call')}, {format_duration(run.seconds)}"
    is_well = run.exit_code is ExitCode.DONE
    output.say(f"{run.message} {facts}.", style="bold green" if is_well else "bold yellow")
