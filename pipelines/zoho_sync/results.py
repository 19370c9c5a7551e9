"""What a command hands back: an exit code, a sentence, the facts as JSON."""

from __future__ import annotations

from typing import Any, Protocol

from .exit_codes import ExitCode


class Result(Protocol):
    """What every command has found out."""

    @property
    def exit_code(self) -> ExitCode:
        """What the process ends with."""
        ...

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values, with those of `ending` among them."""
        ...


def ending(exit_code: ExitCode, message: str) -> dict[str, Any]:
    """How a command ended, the same in every JSON document."""
    return {"exit_code": int(exit_code), "outcome": exit_code.name.lower(), "message": message}
