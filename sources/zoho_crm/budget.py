"""The run's limit of calls, and what readers still owe to finish what they started."""

from __future__ import annotations

import threading
from collections import defaultdict

from .exceptions import ZohoBudgetError


class CallBudget:
    """Counts calls against a limit; shared by all threads of a run.

    A reader that follows page tokens owes the calls that prove what it read. Others see only what
    is left beside that, so that a limit ends reading between stretches, not inside one.
    """

    def __init__(self, max_calls: int | None = None) -> None:
        """Starts with nothing spent.

        Args:
            max_calls: Calls that may be made; None for no limit.
        """
        self.max_calls = max_calls
        self.spent = 0
        self._owed: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def take(self) -> None:
        """Counts one call about to be made.

        Raises:
            ZohoBudgetError: The limit is reached.
        """
        with self._lock:
            if self.max_calls is not None and self.spent >= self.max_calls:
                raise ZohoBudgetError(
                    f"The limit of {self.max_calls} calls is reached; the next run goes on."
                )
            self.spent += 1

    def owe(self, reader: str, calls: int) -> None:
        """Says how many calls a reader needs to prove what it has read so far."""
        with self._lock:
            self._owed[reader] = calls

    def allows(self, calls: int) -> bool:
        """Whether so many calls can be made beside what readers owe."""
        left = self.left
        return left is None or left >= calls

    @property
    def left(self) -> int | None:
        """How many calls can be made beside what readers owe; None for no limit."""
        with self._lock:
            if self.max_calls is None:
                return None
            return self.max_calls - self.spent - sum(self._owed.values())
