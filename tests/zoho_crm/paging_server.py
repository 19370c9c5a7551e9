"""The smallest server that pages like Zoho may: an independent reading of `zoho-crm-api.md`."""

from __future__ import annotations

import heapq
import sys
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from zoho_crm.paging import PageReply, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.zoho_crm.paging_histories import History, Write

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class DeadTokenError(Exception):
    """The page token is not valid any more."""


class MisusedTokenError(AssertionError):
    """The page token was used with other parameters than those it is bound to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record as readers see it."""

    time: int | None
    version: int
    is_moved: bool = True
    """Whether its last change moved `Modified_Time` to a time that was not past."""


Rows = dict[int, Row]
Key = tuple[int, int, int]


@cache
def to_instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def to_seconds(instant: datetime) -> int:
    return round((instant - _EPOCH).total_seconds())


@cache
def to_id(number: int) -> str:
    return str(100_001 + number)


def to_number(record_id: str) -> int:
    return int(record_id) - 100_001


def _find_keys_around(first: int) -> tuple[Key, Key]:
    """Those before the first row with this time and after the last that has any time."""
    return (0, first, -sys.maxsize), (1, 0, -sys.maxsize)


class Server:
    """Holds the records, answers questions, and lets time pass and others write."""

    def __init__(self, history: History, clock: int) -> None:
        self.setup = history.setup
        self.clock = clock
        self.rows: Rows = {number: Row(time, 1) for number, time in history.records}
        self.change_count = 0
        self.run_no = 0
        self.wandering: set[int] = set()
        """Records that once got a time that was not the clock's, or came back with an old one."""
        self._written: dict[int, Row | None] = dict(self.rows)
        self._times: dict[int, set[int | None]] = {n: {t} for n, t in history.records}
        self._hidden: dict[int, tuple[Row, int]] = {}
        self._pending: list[tuple[int, int, int, Row | None]] = []
        self._visible_at: dict[int, int] = {}
        self._write_count = 0
        self._tokens: dict[str, tuple[Question, int | Key]] = {}
        self._sorted: list[tuple[Key, int, Row]] | None = None

    # Others

    def wait(self, seconds: int) -> None:
        self.clock += seconds
        while self._pending and self._pending[0][0] <= self.clock:
            _, _, number, row = heapq.heappop(self._pending)
            self._show(number, row)

    def write(self, write: Write) -> None:
        self.wait(write.wait_s)
        for number in write.records:
            before = self._written.get(number)
            if write.kind == "create" and number not in self._written:
                self._publish(number, self._dated_row(number, write, version=1), write.lag_s)
            elif write.kind == "edit" and before:
                row = self._dated_row(number, write, version=before.version + 1)
                self._publish(number, row, write.lag_s)
            elif write.kind in ("delete", "hide") and before:
                if write.kind == "hide":
                    self._hidden[number] = (before, self.run_no)
                self._publish(number, None, 0)
            # One that leaves and comes back with its old time within a run can hide another
            # row: no reading by pages could tell.
            elif write.kind == "show" and self._hidden.get(number, (None, self.run_no))[1] < (
                self.run_no
            ):
                row, _ = self._hidden.pop(number)
                self.wandering.add(number)
                self._publish(number, replace(row, is_moved=False), 0)

    def _dated_row(self, number: int, write: Write, *, version: int) -> Row:
        known = self._times.setdefault(number, set())
        before = self._written.get(number)
        time = self.clock + write.dated_s
        # As above: coming back to an earlier time would be leaving and coming back.
        while time in known and (before is None or time != before.time):
            time += 1
        known.add(time)
        if time != self.clock:
            self.wandering.add(number)
        # A second edit within one second moves nothing. It must be found all the same, unless the
        # server does not even say when the first was read.
        is_second = before is not None and time == before.time
        is_moved = write.dated_s >= 0 and (self.setup.has_date or not is_second)
        return Row(time, version, is_moved)

    def _publish(self, number: int, row: Row | None, lag_s: int) -> None:
        """Readers see it after the lag, and each record's changes in the order of writing."""
        self._written[number] = row
        lag_s = min(lag_s, self.setup.overlap_s - 1)
        visible_at = max(self.clock + lag_s, self._visible_at.get(number, 0))
        self._visible_at[number] = visible_at
        self._write_count += 1
        if visible_at <= self.clock:
            self._show(number, row)
        else:
            heapq.heappush(self._pending, (visible_at, self._write_count, number, row))

    def _show(self, number: int, row: Row | None) -> None:
        self._sorted = None
        self.change_count += 1
        if row is None:
            self.rows.pop(number, None)
        else:
            self.rows[number] = row

    # Readers

    def ask(self, question: Question, *, token_dies: bool = False) -> tuple[PageReply, Rows]:
        """Returns the reply and, what a full row would hold, the rows in it."""
        listed = self.find_listed(question)
        start = self._find_start(question, listed, token_dies=token_dies)
        stop = start + self.setup.page_size
        page = listed[start:stop]
        token = None
        if stop < len(listed):
            token = f"token-{len(self._tokens) + 1}"
            position = stop if self.setup.paging == "offset" else page[-1][0]
            self._tokens[token] = (replace(question, page_token=None), position)
        reply = PageReply(
            rows=tuple((to_id(number), self._to_shown_time(row)) for _, number, row in page),
            next_page_token=token,
            date=to_instant(self.clock) if self.setup.has_date else None,
        )
        return reply, {number: row for _, number, row in page}

    def read_ids(self, record_ids: Iterable[str]) -> Rows:
        numbers = map(to_number, record_ids)
        return {number: self.rows[number] for number in numbers if number in self.rows}

    def find_listed(self, question: Question) -> list[tuple[Key, int, Row]]:
        if self._sorted is None:
            keyed = ((self._to_key(number, row), number, row) for number, row in self.rows.items())
            self._sorted = sorted(keyed)
        setup = self.setup
        if question.anchor is None or setup.ignores_header or setup.order == "id":
            return self._sorted
        first = to_seconds(question.anchor) + (0 if setup.is_inclusive else 1)
        if not (setup.ignores_sort or setup.nulls_pass_header):
            start, stop = (bisect_left(self._sorted, (key,)) for key in _find_keys_around(first))
            return self._sorted[start:stop]
        return [
            entry
            for entry in self._sorted
            if (setup.nulls_pass_header if entry[2].time is None else entry[2].time >= first)
        ]

    def _to_shown_time(self, row: Row) -> datetime | None:
        has_time = row.time is not None and self.setup.order == "time"
        return to_instant(row.time) if has_time and row.time is not None else None

    def _to_key(self, number: int, row: Row) -> Key:
        setup = self.setup
        if setup.ignores_sort:
            return (0, 0, -number)
        if setup.order == "id":
            return (0, 0, number)
        tie = {"id": number, "id desc": -number, "mixed": number * 7919 % 10_007}[setup.ties]
        if row.time is None:
            return (-1 if setup.nulls == "first" else 1, 0, tie)
        return (0, row.time, tie)

    def _find_start(
        self, question: Question, listed: list[tuple[Key, int, Row]], *, token_dies: bool
    ) -> int:
        if question.page_token is None:
            return 0
        bound_to, position = self._tokens[question.page_token]
        if bound_to != replace(question, page_token=None):
            raise MisusedTokenError(f"a token given for {bound_to} was sent with {question}")
        if token_dies:
            raise DeadTokenError
        if isinstance(position, int):
            return position
        return sum(key <= position for key, _, _ in listed)
