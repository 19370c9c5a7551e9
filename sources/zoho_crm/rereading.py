"""Reading records by id, whole: rows that a walk found changed, or whose slices do not match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import settings
from .asking import RecordCalls, parse_page
from .asking_by_ids import ask_in_parts
from .exceptions import ZohoCrmError, ZohoResponseError
from .records import times_of
from .slices import join_slices, split_unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .api_types import JsonObject

GONE_STATUSES = frozenset({204, 400, 404})
"""What Zoho answers for an id that is not there (any more, or for this user)."""

GONE_CODES = frozenset({"INVALID_DATA", "RESOURCE_NOT_FOUND"})


@dataclass(slots=True)
class ReadRows:
    """Whole rows and the number of the reply that each comes from."""

    rows: list[JsonObject] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    replaced_characters: int = 0

    @property
    def ids(self) -> set[str]:
        """The ids of the records."""
        return {str(row["id"]) for row in self.rows}

    def add(self, rows: Sequence[JsonObject], number: int) -> None:
        """Adds the rows of one reply."""
        self.rows.extend(rows)
        self.numbers.extend([number] * len(rows))


def read_by_ids(
    calls: RecordCalls, ids: Sequence[str], *, module: str, most_tries: int | None = None
) -> ReadRows:
    """Reads records in full, each from one moment; ids that are gone are left out.

    Args:
        calls: Asks for the module's records.
        ids: Which ones.
        module: The module's API name, for errors.
        most_tries: How often rows with slices that do not match are asked again together.
    """
    tries = settings.MAX_REREADS_BY_IDS if most_tries is None else most_tries

    def read(some: Sequence[str]) -> ReadRows:
        return _read_some(calls, some, module=module, tries=tries)

    found = ReadRows()
    for part in ask_in_parts(calls.client, ids, read, ids_in=lambda part: part.ids):
        found.rows += part.rows
        found.numbers += part.numbers
        found.replaced_characters += part.replaced_characters
    return found


def _read_some(calls: RecordCalls, ids: Sequence[str], *, module: str, tries: int) -> ReadRows:
    found = ReadRows()
    waiting = ids
    for attempt in range(tries):
        if attempt:  # let the second pass in which they changed
            calls.client.pause(settings.SLICE_SETTLE_S + 1)
        waiting = _read_together(calls, waiting, found, module=module)
        if not waiting:
            break
    for record_id in waiting:
        _read_alone(calls, record_id, found, module=module)
    return found


def _read_together(
    calls: RecordCalls, ids: Sequence[str], found: ReadRows, *, module: str
) -> Sequence[str]:
    """Reads all slices of some records at once and returns the ids that did not match."""
    futures = [calls.by_ids(ids, slice_no=no) for no in range(len(calls.slices))]
    pages = [parse_page(future.result(), module) for future in futures]
    found.replaced_characters += sum(page.reply.replaced_characters for page in pages)
    rows, unmatched = join_slices([page.rows for page in pages])
    if len(pages) > 1:
        times = [time for _, time in times_of(rows, module=module)]
        rows, unsettled = split_unsettled(rows, times, [page.reply.date for page in pages])
        unmatched += unsettled
    found.add(rows, pages[0].reply.number)
    return unmatched


def _read_alone(calls: RecordCalls, record_id: str, found: ReadRows, *, module: str) -> None:
    try:
        reply = calls.alone(record_id).result()
    except ZohoCrmError as error:
        if error.status in GONE_STATUSES and error.code in GONE_CODES:
            return
        raise
    if reply.status == 204:
        return
    rows = reply.body.get("data")
    if not isinstance(rows, list) or len(rows) != 1:
        raise ZohoResponseError(
            f"{module}: Zoho's reply for a single record does not hold one record.",
            status=reply.status,
            module=module,
        )
    found.add(rows, reply.number)


def chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cuts a list into pieces that a call takes."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
