"""What a failed command says: one sentence, an exit code, and a traceback only if asked for."""

from __future__ import annotations

import errno
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""click's, or the copy of it that typer has carried since 0.26: typer exports no name for it."""
_REPORT_IT: Final = "run it again with --debug and report what it shows."


class InterruptedByUserError(Exception):
    """Ctrl-C, on its way through libraries that would make something else of it."""


@dataclass(frozen=True, slots=True)
class FailureStyle:
    """How failures are told; taken from the words as typed, since those may not be parsable."""

    is_json: bool
    has_json_logs: bool
    is_debug: bool

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Self:
        """Reads the options that matter wherever they stand."""
        joined = " ".join(arguments)
        return cls(
            is_json="--json" in arguments,
            has_json_logs="--log-format json" in joined or "--log-format=json" in joined,
            is_debug="--debug" in arguments,
        )


def tell_failure(error: BaseException, style: FailureStyle) -> int:
    """Prints what happened and gives the exit code; never a secret."""
    # Here because they import dlt, which `--help` need not wait for.
    from .logs import json_line
    from .masking import mask_secrets
    from .results import ending

    exit_code, sentence = explain_failure(error)
    sentence = mask_secrets(" ".join(sentence.split()))
    if style.is_debug:
        sys.stderr.write(mask_secrets("".join(traceback.format_exception(error))))
    if style.has_json_logs:
        sys.stderr.write(json_line("error", sentence, exit_code=int(exit_code)) + "\n")
    else:
        sys.stderr.write(f"zoho-sync: {sentence}\n")
    if style.is_json:
        sys.stdout.write(json.dumps(ending(exit_code, sentence), indent=2) + "\n")
    return int(exit_code)


def explain_failure(error: BaseException) -> tuple[ExitCode, str]:
    """Gives the exit code and the sentence of an error."""
    from .exit_codes import ExitCode

    if isinstance(error, InterruptedByUserError | KeyboardInterrupt | typer.Abort):
        return ExitCode.INTERRUPTED, "Interrupted; nothing is lost, run it again."
    if isinstance(error, _USAGE_ERROR):
        return ExitCode.CONFIGURATION, _usage_sentence(error)
    for cause in _causes(error):
        if known := _explain_known(cause):
            return known
    first_line = next(iter(str(error).strip().splitlines()), "no message")
    return ExitCode.UNEXPECTED, f"Unexpected {type(error).__name__}: {first_line}; {_REPORT_IT}"


def _explain_known(error: BaseException) -> tuple[ExitCode, str] | None:
    from dlt.common.configuration.exceptions import ConfigurationException

    from zoho_crm.exceptions import ZohoCrmError
    from zoho_destinations.exceptions import WarehouseError

    from .exit_codes import ExitCode, exit_code_of

    if isinstance(error, ZohoCrmError | WarehouseError):
        return exit_code_of(error), str(error)
    if isinstance(error, ConfigurationException):
        return ExitCode.CONFIGURATION, f"The configuration cannot be read: {error}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" at {error.filename}" if error.filename else ""
        return ExitCode.UNAVAILABLE, f"The disk is full{where}: make room and run it again."
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first; dlt wraps what a step raises."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = getattr(current, "exception", None)
        current = current.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None)


def _usage_sentence(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "zoho-sync"
    said = str(error.format_message()).strip()  # type: ignore[attr-defined]  # of all usage errors
    return f"{said}{'' if said[-1:] in '.?!' else '.'} See `{command} --help`."
