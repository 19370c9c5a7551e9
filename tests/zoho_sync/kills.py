"""Commands killed at events of each kind in turn, and the ordinary run after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_sync.processes import KILLED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.zoho_sync.processes import Ended, Processes


class Kills:
    """One command that is killed again and again.

    Attributes:
        made: Kills that met the command before its end.
    """

    def __init__(
        self, processes: Processes, command: tuple[str, ...], counts: Mapping[str, int]
    ) -> None:
        """Starts nothing yet.

        Args:
            processes: Start the command.
            command: With all its options.
            counts: The kinds of events in turn, and how many there may be of each.
        """
        self._processes, self._command = processes, command
        self._kinds, self._counts = tuple(counts), dict(counts)
        self._number = 0
        self._last: tuple[str, int] | None = None
        self.made = 0

    def kill(self, choose: Callable[[int], int]) -> None:
        """Runs the command, killed at the event that is chosen from the number of events."""
        kind = self._kinds[self._number % len(self._kinds)]
        self._last = (kind, choose(self._counts[kind]))
        self._number += 1
        killed = self._processes.run(*self._command, kill=self._last)
        self.made += killed.code == KILLED

    def run(self) -> Ended:
        """Runs the command as it is, which must succeed, and learns how many events there are."""
        ended = self._processes.run(*self._command)
        assert ended.code == 0, (self._number, self._last, ended.stderr, ended.stdout)
        self._counts = {kind: max(1, ended.counts.get(kind, 1)) for kind in self._kinds}
        return ended
