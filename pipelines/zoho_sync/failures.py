"""Telling a failure: one sentence, an exit code, and a traceback only if asked for."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


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
