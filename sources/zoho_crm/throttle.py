"""How many calls may be in flight: shrinks on 429, grows back with success."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUCCESSES_TO_GROW = 20


class ConcurrencyGate:
    """Lets at most `limit` calls be in flight; the limit halves on 429 and grows back by one."""

    def __init__(self, most: int) -> None:
        """Starts wide open.

        Args:
            most: Calls in flight at the most, the edition's limit.
        """
        self.most = most
        self.limit = most
        self._in_flight = 0
        self._successes = 0
        self._changed = threading.Condition()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Waits for a place and holds it."""
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight < self.limit)
            self._in_flight += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def refused(self) -> None:
        """Zoho answered 429: half as many from now on."""
        with self._changed:
            self.limit = max(1, self.limit // 2)
            self._successes = 0

    def succeeded(self) -> None:
        """Zoho answered: after a row of those, one more place."""
        with self._changed:
            self._successes += 1
            if self._successes >= _SUCCESSES_TO_GROW and self.limit < self.most:
                self._successes = 0
                self.limit += 1
                self._changed.notify()
