"""Work under way side by side, taken as it gets done and not in the order it began."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

    from .related_budget import RelatedBudget

T = TypeVar("T")


class UnderWay(Generic[T]):
    """Calls in a pool, each with what is set aside for it of a budget.

    What is done first is taken first: nothing that is done waits in memory for a long list.
    """

    def __init__(self, pool: ThreadPoolExecutor, budget: RelatedBudget) -> None:
        """Starts with nothing."""
        self._pool = pool
        self._budget = budget
        self._reserved: dict[Future[T], int] = {}
        self._done: SimpleQueue[Future[T]] = SimpleQueue()

    def __len__(self) -> int:
        """How many are begun and not taken."""
        return len(self._reserved)

    def begin(self, work: Callable[[], T], *, reserved: int) -> None:
        """Begins one; its calls are reserved."""
        future = self._pool.submit(work)
        self._reserved[future] = reserved
        future.add_done_callback(self._done.put)

    def take(self) -> T | None:
        """Waits for one that is done and gives what it gave; None for one that was cancelled.

        Raises:
            Exception: What the work raised.
        """
        future = self._done.get()
        self._budget.release(self._reserved.pop(future))
        return None if future.cancelled() else future.result()

    def cancel(self) -> None:
        """Lets what has not started yet never start; it is to be taken all the same."""
        for future in [*self._reserved]:
            future.cancel()
