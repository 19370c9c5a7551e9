"""How many calls a run may still make for related lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoho_crm.client import ZohoClient


class RelatedBudget:
    """The limit of `related.max_calls` within the run's own.

    It decides whether another parent is begun. What is begun is finished: a long list may take
    more calls than are left of this limit, but never more than are left of the run's.
    """

    def __init__(self, client: ZohoClient, max_calls: int | None) -> None:
        """Starts with nothing spent.

        Args:
            client: Counts the calls.
            max_calls: Calls for related lists; None for no limit.
        """
        self._client = client
        self._max_calls = max_calls
        self._calls_before = client.calls
        self._reserved = 0
        self.is_spent = False
        """Something was not begun for want of calls."""

    @property
    def spent(self) -> int:
        """Calls made so far, those of others meanwhile included."""
        return self._client.calls - self._calls_before

    @property
    def is_half_spent(self) -> bool:
        """Half of the limit is spent: what only confirms must leave the rest to what is new."""
        return self._max_calls is not None and 2 * self.spent >= self._max_calls

    def affordable(self, calls: int) -> int:
        """How many of so many calls can be made."""
        own = None if self._max_calls is None else self._max_calls - self.spent - self._reserved
        lefts = [left for left in (own, self._client.budget.left) if left is not None]
        return max(0, min([calls, *lefts]))

    @property
    def is_run_spent(self) -> bool:
        """It is the run's own limit that is reached."""
        return not self._client.budget.allows(1)

    def reserve(self, calls: int) -> bool:
        """Sets calls aside for work about to begin; the first work may begin with one call left."""
        wanted = calls if self._reserved else 1
        left = None if self._max_calls is None else self._max_calls - self.spent - self._reserved
        if (left is not None and left < wanted) or not self._client.budget.allows(wanted):
            return False
        self._reserved += calls
        return True

    def release(self, calls: int) -> None:
        """The work is done."""
        self._reserved -= calls
