"""API credits of the last 24 hours, and requests in flight."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .errors import too_many_requests
from .settings import CREDIT_WINDOW_S, SUB_CONCURRENCY

if TYPE_CHECKING:
    from .clock import Clock
    from .settings import SimulatorSettings


class CreditLedger:
    """Documented: a sliding window; each call's credits come back 24 hours after it."""

    def __init__(self, clock: Clock, settings: SimulatorSettings, *, licences: int) -> None:
        self._clock = clock
        self._settings = settings
        self._licences = licences
        self._spent: deque[tuple[int, int]] = deque()
        self._used = 0
        self.preload(settings.credits_used)

    @property
    def total(self) -> int:
        """The credits of 24 hours."""
        daily = self._settings.daily_credits
        return self._settings.limits.credits_for(self._licences) if daily is None else daily

    @property
    def used(self) -> int:
        """The credits spent in the last 24 hours."""
        oldest = self._clock.epoch_s - CREDIT_WINDOW_S
        while self._spent and self._spent[0][0] <= oldest:
            self._used -= self._spent.popleft()[1]
        return self._used

    @property
    def shown_remaining(self) -> int | None:
        """Documented: the header is sent once half of the credits are used."""
        used = self.used
        return self.total - used if used * 2 >= self.total else None

    def preload(self, used: int) -> None:
        """Starts anew with some credits spent just now."""
        self._spent.clear()
        self._used = 0
        if used:
            self._add(used)

    def spend(self, cost: int) -> None:
        """Takes the credits of a call.

        Raises:
            ApiError: Documented: 429 when they are used up; assumed: that costs nothing.
        """
        if self.used + cost > self.total:
            raise too_many_requests("API credits of the day are used up")
        self._add(cost)

    def _add(self, cost: int) -> None:
        now = self._clock.epoch_s
        self._used += cost
        if self._spent and self._spent[-1][0] == now:
            cost += self._spent.pop()[1]
        self._spent.append((now, cost))


class Slots:
    """Documented: calls in flight, by edition, and 10 for the group of heavy calls."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self.in_flight = 0
        self.heavy_in_flight = 0
        self.most_in_flight = 0

    def enter(self, *, is_heavy: bool) -> None:
        """Takes a slot.

        Raises:
            ApiError: All slots are taken.
        """
        if self.in_flight >= self._settings.max_concurrency:
            raise too_many_requests("Concurrency limit of the edition exceeded")
        if is_heavy and self.heavy_in_flight >= SUB_CONCURRENCY:
            raise too_many_requests("Sub-concurrency limit exceeded")
        self.in_flight += 1
        self.heavy_in_flight += is_heavy
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def leave(self, *, is_heavy: bool) -> None:
        """Gives the slot back."""
        self.in_flight -= 1
        self.heavy_in_flight -= is_heavy
