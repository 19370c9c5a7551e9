"""The rows that answer a question, in the order asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ordering import LAST, Key, Ordering, key_maker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .list_query import ListQuery
    from .module import Module
    from .ordering import Sortable
    from .record import Record
    from .settings import SimulatorSettings


class Listing:
    """A range of an ordering, read from either end."""

    def __init__(self, ordering: Ordering, *, start: int, stop: int, descending: bool) -> None:
        self._ordering = ordering
        self._start = start
        self._stop = max(start, stop)
        self._descending = descending

    def __len__(self) -> int:
        return self._stop - self._start

    def page(self, offset: int, size: int) -> list[Key]:
        """The keys of some rows."""
        if offset >= len(self):
            return []
        if self._descending:
            stop = self._stop - offset
            start = max(self._start, stop - size)
        else:
            start = self._start + offset
            stop = min(self._stop, start + size)
        return list(self._ordering.keys.islice(start, stop, reverse=self._descending))

    def offset_after(self, key: Key) -> int:
        """The offset of the first row after a key, whether the key's row is still there or not."""
        position = self._ordering.position_after(key, descending=self._descending)
        offset = self._stop - position if self._descending else position - self._start
        return min(max(offset, 0), len(self))


def build_listing(
    module: Module, query: ListQuery, settings: SimulatorSettings, *, number: int
) -> Listing:
    """The rows of a question as the organisation is now.

    Args:
        module: The module asked.
        query: The question.
        settings: The switches.
        number: The request's, which shuffles ties where their order is unstable.
    """
    sort_by = "id" if settings.sort_ignored else query.sort_by
    descending = query.descending or settings.sort_ignored
    is_time_range = query.since is not None and sort_by == "Modified_Time"
    if (
        query.ids is None
        and settings.tie_order != "unstable"
        and (query.since is None or is_time_range)
    ):
        ordering = _ordering(module, sort_by, partition=query.converted, settings=settings)
        start, stop = _range(ordering, query, settings)
        return Listing(ordering, start=start, stop=stop, descending=descending)
    records = _chosen(module, query, settings)
    return order_rows(records, query, settings, number=number)


def order_rows(
    rows: Iterable[Sortable], query: ListQuery, settings: SimulatorSettings, *, number: int
) -> Listing:
    """Rows in the order that a question asks for; `number` as of `build_listing`."""
    sort_by = "id" if settings.sort_ignored else query.sort_by
    descending = query.descending or settings.sort_ignored
    ordering = _temporary(rows, sort_by, settings=settings, number=number)
    return Listing(ordering, start=0, stop=len(ordering), descending=descending)


def _ordering(
    module: Module, sort_by: str, *, partition: str, settings: SimulatorSettings
) -> Ordering:
    tie_order = "id_asc" if settings.tie_order == "unstable" else settings.tie_order
    nulls_first = settings.null_modified_time == "first"
    return module.ordering(
        sort_by, partition=partition, tie_order=tie_order, nulls_first=nulls_first
    )


def _range(ordering: Ordering, query: ListQuery, settings: SimulatorSettings) -> tuple[int, int]:
    if query.since is None:
        return 0, len(ordering)
    # Assumed, with a switch: whether a record of that very second is newer. Assumed: records
    # without the time never are.
    is_exclusive = settings.if_modified_since == "exclusive"
    start = ordering.position_of(query.since, after=is_exclusive)
    return start, ordering.position_of(LAST - 1, after=False)


def _chosen(module: Module, query: ListQuery, settings: SimulatorSettings) -> Iterable[Record]:
    if query.ids is not None:
        return _named(module, query, settings)
    if query.since is None:
        return module.visible(query.converted)
    ordering = _ordering(module, "Modified_Time", partition=query.converted, settings=settings)
    start, stop = _range(ordering, query, settings)
    return (module.records[key[2]] for key in ordering.keys.islice(start, stop))


def _named(module: Module, query: ListQuery, settings: SimulatorSettings) -> Iterable[Record]:
    first = query.since
    if first is not None and settings.if_modified_since == "exclusive":
        first += 1
    for record_id in set(query.ids or ()):
        record = module.records.get(record_id)
        if record is None or not module.is_visible(record, query.converted):
            continue
        if first is None or (record.modified is not None and record.modified >= first):
            yield record


def _temporary(
    records: Iterable[Sortable], sort_by: str, *, settings: SimulatorSettings, number: int
) -> Ordering:
    nulls_first = settings.null_modified_time == "first"
    key = key_maker(sort_by, tie_order=settings.tie_order, nulls_first=nulls_first)
    if settings.tie_order != "unstable" or sort_by == "id":
        return Ordering(key, records)

    def shuffled(record: Sortable) -> Key:
        time, _, record_id = key(record)
        return time, hash((record_id, number)), record_id

    return Ordering(shuffled, records)
