"""Seeded choices, so that a seed always makes the same organisation."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, TypeVar

from zoho_simulator.values import from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_DAY_S = 86_400


class Draw:
    """A seeded source of choices, times and amounts."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(f"zoho-simulator/{seed}")

    def chance(self, share: float) -> bool:
        """True for a share of the calls."""
        return self._random.random() < share

    def one(self, choices: Sequence[T]) -> T:
        """One of some choices."""
        return choices[int(self._random.random() * len(choices))]

    def maybe(self, share: float, value: T) -> T | None:
        """The value for a share of the calls, null for the others."""
        return value if self._random.random() < share else None

    def weighted(self, choices: Sequence[T], weights: Sequence[float]) -> T:
        """One of some choices, some more often than others."""
        return self._random.choices(choices, weights)[0]

    def several(self, choices: Sequence[T], most: int) -> list[T]:
        """Up to `most` different choices, in their order."""
        count = self._random.randint(0, most)
        chosen = set(self._random.sample(range(len(choices)), min(count, len(choices))))
        return [choice for index, choice in enumerate(choices) if index in chosen]

    def sample(self, choices: Sequence[T], count: int) -> list[T]:
        """Some different choices."""
        return self._random.sample(choices, min(count, len(choices)))

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def amount(self, median: float, spread: float = 0.8) -> Decimal:
        """An amount with cents, lognormal around a median."""
        value = median * self._random.lognormvariate(0, spread)
        return Decimal(int(value * 100)) / 100

    def office_time(self, first_s: int, last_s: int) -> int:
        """A second between two, moved into the hours in which people work."""
        moment = self._random.randint(first_s, max(first_s, last_s))
        day = moment - moment % _DAY_S
        weekday = from_epoch(day).weekday()
        if weekday > 4:
            day -= (weekday - 4) * _DAY_S
        # 07:00 to 17:00 UTC, with more mornings than evenings.
        second = day + int(_DAY_S * self._random.triangular(0.29, 0.71, 0.41))
        return min(max(second, first_s), last_s)

    def day_near(self, epoch_s: int, *, before: int, after: int) -> str:
        """A date around an instant, in days."""
        base = from_epoch(epoch_s).date()
        return self.shift(base, self.number(-before, after))

    @staticmethod
    def shift(base: date, days: int) -> str:
        """A date some days later, as text."""
        return (base + timedelta(days=days)).isoformat()
