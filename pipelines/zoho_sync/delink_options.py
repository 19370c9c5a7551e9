"""What the command line says of one delink."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoConfigError

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

    @property
    def is_write(self) -> bool:
        """Something in Zoho may be changed; a plan's client can't make such a call."""
        return self.is_applied or self.undo is not None

    def check(self) -> None:
        """Refuses options that contradict each other.

        Raises:
            ZohoConfigError: They do.
        """
        names_a_plan = self.plan is not None or self.choice is not None
        if self.undo is not None and (self.is_applied or names_a_plan):
            raise ZohoConfigError(
                "--undo names its plan: leave out --apply, --plan and --from-...."
            )
        if self.plan is not None and (self.choice is not None or not self.is_applied):
            raise ZohoConfigError("--plan goes with --apply, in place of --from-....")
        if self.is_offline and (self.is_applied or self.undo is not None):
            raise ZohoConfigError("--offline is for planning: leave it out of --apply and --undo.")


def current_user() -> str:
    """Who runs this, as far as the system knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for the number
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
