"""The simulator's own clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

# Monday morning after a change to summer time in Europe.
DEMO_START = datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


class Clock:
    """A clock that runs with real time from wherever it is set, until it is frozen."""

    def __init__(self, start: datetime = DEMO_START) -> None:
        self._base = start.astimezone(UTC)
        self._started_s = time.monotonic()
        self._is_frozen = False

    @property
    def now(self) -> datetime:
        """The present instant, in UTC."""
        if self._is_frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._started_s)

    @property
    def epoch_s(self) -> int:
        """The present instant in whole seconds since 1970."""
        return int(self.now.timestamp())

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self._is_frozen

    def set(self, instant: datetime) -> None:
        """Moves to an instant, forward or back."""
        if instant.tzinfo is None:
            raise ValueError("the clock needs an instant with an offset")
        self._base = instant.astimezone(UTC)
        self._started_s = time.monotonic()

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Moves forward."""
        self.set(self.now + timedelta(seconds=seconds, minutes=minutes, hours=hours))

    def freeze(self) -> None:
        """Stands still on a whole second; `set` and `advance` go on moving it."""
        self._base = self.now.replace(microsecond=0)
        self._is_frozen = True

    def thaw(self) -> None:
        """Runs again."""
        self._started_s = time.monotonic()
        self._is_frozen = False
