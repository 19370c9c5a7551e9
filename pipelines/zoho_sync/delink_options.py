"""What the command line says of one delink."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .delink_inputs import InputChoice

MAX_ROWS: Final = 1_000
"""Rows that a plan may name without a word from the user."""


@dataclass(frozen=True, slots=True)
class DelinkOptions:
    """The options of the command."""

    choice: InputChoice | None = None
    plan: str | None = None
    """The beginning of a plan's id."""
    undo: str | None = None
    is_applied: bool = False
    is_offline: bool = False
    max_rows: int = MAX_ROWS
    is_confirmed: bool = False
    wait_s: float = 0.0


def current_user() -> str:
    """Who runs this, as far as the system knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for the number
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
