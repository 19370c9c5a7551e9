"""What a command hands back, and how it is printed: as text, or as one JSON document."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .terminal import Output, results

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exit_codes import ExitCode


class Result(Protocol):
    """What every command has found out."""

    @property
    def exit_code(self) -> ExitCode:
        """What the process ends with."""
        ...

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values, those of `ending` among them."""
        ...


R = TypeVar("R", bound=Result)


def present(result: R, show: Callable[[R, Output], None], *, is_json: bool) -> int:
    """Prints the result on standard output and gives the exit code."""
    if is_json:
        # ASCII: valid whatever the encoding of the stream is.
        sys.stdout.write(json.dumps(result.to_json(), indent=2) + "\n")
    else:
        show(result, results())
    return int(result.exit_code)


def ending(exit_code: ExitCode, message: str) -> dict[str, Any]:
    """How a command ended, the same in every JSON document."""
    return {"exit_code": int(exit_code), "outcome": exit_code.name.lower(), "message": message}
