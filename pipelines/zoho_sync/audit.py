"""The work of `zoho-sync audit`: deletions brought up to date, then the recycle bin captured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .capture_summary import summarise
from .capturing import CaptureOptions
from .configuration import read_configuration
from .exit_codes import ExitCode
from .options import LogFormat
from .progress import build_progress
from .run import run_sync
from .run_options import RunOptions
from .target import open_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import CommonOptions
    from .run_report import RunReport

NO_MODULE: Final = ("!*",)
"""Selects no module: metadata, related lists and deletions are read all the same."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What the command line says of one audit."""

    modules: Sequence[str] = ()
    """None given for all."""
    is_recapture: bool = False
    max_calls: int | None = None
    max_runtime_s: float | None = None
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What one audit did."""

    run: RunReport

    @property
    def exit_code(self) -> ExitCode:
        """That of the run it was part of."""
        return self.run.exit_code

    def to_json(self) -> dict[str, Any]:
        """The run's report, with the captures in `audit`."""
        return self.run.to_json()


def run_audit(common: CommonOptions, options: AuditOptions) -> AuditReport:
    """Captures what hangs on the records in the recycle bin.

    Raises:
        ZohoConfigError: The configuration is incomplete or wrong.
        WarehouseError: The destination cannot be used, or somebody else holds it.
    """
    config = read_configuration()
    if options.max_calls is not None:
        config.max_calls = options.max_calls
    config.reconcile_period_s = 0  # what an audit costs is what it captures
    target = open_target(config, common.kind)
    capture = CaptureOptions(modules=options.modules or ("*",), is_recapture=options.is_recapture)
    is_json = common.log_format is LogFormat.JSON
    with build_progress(is_quiet=common.quiet, is_json=is_json) as progress:
        run_options = RunOptions(
            patterns=NO_MODULE,
            max_runtime_s=options.max_runtime_s,
            wait_s=options.wait_s,
            capture=capture,
        )
        report = run_sync(config, target, listener=progress, options=run_options)
    if report.exit_code is ExitCode.DONE and report.captured is not None:
        report.message = summarise(report.captured)
    return AuditReport(report)
