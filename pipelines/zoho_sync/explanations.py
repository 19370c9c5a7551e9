"""What each error means to who typed the command: an exit code and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer
from dlt.common.configuration.exceptions import ConfigurationException

from zoho_crm.exceptions import ZohoCrmError
from zoho_destinations.exceptions import WarehouseBusyError, WarehouseError
from zoho_destinations.explain import explain

from .durations import format_duration
from .exit_codes import ExitCode, exit_code_of
from .options import InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Iterator

_USAGE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""click's, or the copy of it that typer carries of late: typer exports no name for it."""
_REPORT_IT: Final = "run it again with --debug and report what it shows."


def explain_failure(error: BaseException) -> tuple[ExitCode, str]:
    """Gives the exit code and the sentence of an error."""
    if isinstance(error, InterruptedByUserError | KeyboardInterrupt | typer.Abort):
        return ExitCode.INTERRUPTED, "Interrupted; nothing is lost, run it again."
    if isinstance(error, _USAGE_ERROR):
        return ExitCode.CONFIGURATION, _usage_sentence(error)
    for cause in _causes(error):
        if isinstance(cause, WarehouseBusyError) and cause.waited_s is not None:
            return exit_code_of(cause), f"{cause} {_how_to_wait(cause.waited_s)}"
        if isinstance(cause, ZohoCrmError | WarehouseError):
            return exit_code_of(cause), str(cause)
        if isinstance(cause, ConfigurationException):
            return ExitCode.CONFIGURATION, f"The configuration cannot be read: {cause}"
    if known := explain(error):  # what the drivers say, in the warehouse's words
        return exit_code_of(known), str(known)
    *_, origin = _causes(error)
    first_line = next(iter(str(origin).strip().splitlines()), "no message").rstrip(".")
    return ExitCode.UNEXPECTED, f"Unexpected {type(origin).__name__}: {first_line}; {_REPORT_IT}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first; dlt wraps what a step raises."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = getattr(current, "exception", None)
        current = current.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None)


def _how_to_wait(waited_s: float) -> str:
    """What to do about a dataset that is held; all commands that write one have the option."""
    if waited_s:
        return f"It was waited for, {format_duration(waited_s)}: run it again later."
    return "Run it again later, or with `--wait 10m`, which waits for it."


def _usage_sentence(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "zoho-sync"
    said = str(error.format_message()).strip()  # type: ignore[attr-defined]  # usage errors have it
    said = said.replace(": Value error, ", ": ")  # typer's words for what it has not worded itself
    return f"{said}{'' if said[-1:] in '.?!' else '.'} See `{command} --help`."
