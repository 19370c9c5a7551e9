"""Records kept in order, so that a time is found by bisection and a page is a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Sortable(Protocol):
    """What a list is ordered by: a record's, or a membership's."""

    id: int
    created: int | None
    modified: int | None
    sequence: int


Key = tuple[int, int, int]
"""(sort value, tie, record id)."""

FIRST = -(1 << 70)
LAST = 1 << 70


class Ordering:
    """Keys of some records, ascending."""

    def __init__(self, key: Callable[[Sortable], Key], records: Iterable[Sortable]) -> None:
        self.key = key
        self.keys: SortedList = SortedList(key(record) for record in records)

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, record: Sortable) -> None:
        """Takes a record in."""
        self.keys.add(self.key(record))

    def remove(self, record: Sortable) -> None:
        """Drops a record, which must be as it was when it was added."""
        self.keys.remove(self.key(record))

    def position_of(self, value: int, *, after: bool) -> int:
        """How many records lie before a sort value, or before and on it."""
        bound = (value + 1, FIRST, FIRST) if after else (value, FIRST, FIRST)
        return int(self.keys.bisect_left(bound))

    def position_after(self, key: Key, *, descending: bool) -> int:
        """How many records lie before the row that follows a key."""
        place = self.keys.bisect_left(key) if descending else self.keys.bisect_right(key)
        return int(place)


def key_maker(sort_by: str, *, tie_order: str, nulls_first: bool) -> Callable[[Sortable], Key]:
    """The key of a record in a list sorted by `id`, `Created_Time` or `Modified_Time`."""
    if sort_by == "id":
        return lambda record: (record.id, 0, record.id)
    null = FIRST + 1 if nulls_first else LAST - 1

    def key(record: Sortable) -> Key:
        time = record.modified if sort_by == "Modified_Time" else record.created
        if tie_order == "id_desc":
            tie = -record.id
        else:
            tie = record.sequence if tie_order == "insertion" else 0
        return (null if time is None else time, tie, record.id)

    return key
