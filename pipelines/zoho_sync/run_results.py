"""How `run`, `reconcile` and `audit` end: with a report, or with the one sentence of a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .failures import FailureStyle, tell_sentence
from .options import LogFormat
from .results import R, present

if TYPE_CHECKING:
    from collections.abc import Callable

    from .options import CommonOptions
    from .run_report import RunReport
    from .terminal import Output


def present_run(
    common: CommonOptions, run: RunReport, result: R, show: Callable[[R, Output], None]
) -> int:
    """Prints what is worth printing of a run and gives the exit code.

    Args:
        common: How it is to be printed.
        run: The run.
        result: What the command made of it.
        show: Prints that for people.
    """
    if common.quiet and not common.json and run.exit_code is ExitCode.DONE:
        return ExitCode.DONE
    is_wished_for = common.quiet and result is run and run.exit_code is ExitCode.LIMIT
    if (run.is_futile or is_wished_for) and not common.json:
        is_json_log = common.log_format is LogFormat.JSON
        style = FailureStyle(common.json, is_json_log, common.debug)
        return tell_sentence(run.exit_code, run.message, style)
    return present(result, show, is_json=common.json)
