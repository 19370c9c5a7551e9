"""Telling a failure: one sentence, an exit code, and a traceback only if asked for."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .exit_codes import ExitCode


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
    # Here, because they import dlt, which `--help` need not wait for.
    from .explanations import explain_failure
    from .masking import mask_secrets

    if style.is_debug:
        sys.stderr.write(mask_secrets("".join(traceback.format_exception(error))))
    exit_code, sentence = explain_failure(error)
    if style.is_json:
        from .results import ending

        facts = ending(exit_code, mask_secrets(" ".join(sentence.split())))
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    return tell_sentence(exit_code, sentence, style)


def tell_lost_result(error: OSError, style: FailureStyle) -> int:
    """Prints that all was done, but could not be told, and gives the exit code."""
    from .exit_codes import ExitCode

    sentence = f"The result could not be written to standard output ({error.strerror})."
    return tell_sentence(ExitCode.UNAVAILABLE, sentence, style)


def tell_sentence(exit_code: ExitCode, sentence: str, style: FailureStyle) -> int:
    """Prints the sentence of a command that has achieved nothing, and gives the exit code."""
    from .logs import json_line
    from .masking import mask_secrets

    line = mask_secrets(" ".join(sentence.split()))
    if style.has_json_logs:
        sys.stderr.write(json_line("error", line, exit_code=int(exit_code)) + "\n")
    else:
        sys.stderr.write(f"zoho-sync: {line}\n")
    return int(exit_code)
