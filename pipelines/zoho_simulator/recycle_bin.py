"""The recycle bin of all modules, and what becomes of its records as time passes."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from .settings import RECYCLE_BIN_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .record import DeletedRecord

_DAY_S = 86_400


class RecycleBin:
    """Deleted records that can still be restored, by id."""

    def __init__(self) -> None:
        self._entries: dict[int, DeletedRecord] = {}
        self._by_age: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[DeletedRecord]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, record_id: int) -> DeletedRecord | None:
        """An entry by the record's id."""
        return self._entries.get(record_id)

    def put(self, entry: DeletedRecord) -> None:
        """Takes a deleted record in."""
        self._entries[entry.id] = entry
        heappush(self._by_age, (entry.deleted_time, entry.id))

    def take(self, record_id: int) -> DeletedRecord | None:
        """Takes an entry out, to restore or to purge it."""
        return self._entries.pop(record_id, None)

    def take_expired(self, now: int) -> Iterator[DeletedRecord]:
        """Takes out what Zoho would have purged by now (documented: after 60 days)."""
        limit = now - RECYCLE_BIN_DAYS * _DAY_S
        while self._by_age and self._by_age[0][0] <= limit:
            time, record_id = heappop(self._by_age)
            entry = self._entries.get(record_id)
            if entry is not None and entry.deleted_time == time:
                del self._entries[record_id]
                yield entry
