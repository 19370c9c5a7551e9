"""How a list is walked so that nothing is lost: given a reply, says what to ask next.

Pure: performs no I/O and knows no clock but the server's. The rules are those of
`docs/how-reading-works.md`:

- A *chain* starts with a fresh request under an *anchor* (the `If-Modified-Since` header) and may
  be followed by page token. One reply is a snapshot; a chain of one page needs no proof.
- Where the anchor can move far enough, the next request starts a new chain (*re-anchoring*).
- Several pages under one anchor are a *stretch*. Whoever pages by offset shifts rows over the page
  border when a row leaves the stretch, so it is walked again, asking for times only, until a walk
  meets every row of the walk before with its time unchanged. Only then the anchor passes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from . import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

Order = Literal["time", "id"]
Row = tuple[str, datetime | None]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Question:
    """One request for a page."""

    anchor: datetime | None
    """Sent as `If-Modified-Since`; none on a first load."""
    page_token: str | None
    only_times: bool
    """A walk that proves: `fields=Modified_Time`."""
    order: Order


@dataclass(frozen=True, slots=True)
class PageReply:
    """What a page said: ids and `Modified_Time`s in UTC, in the order of the reply."""

    rows: Sequence[Row]
    """Empty for 204 and 304."""
    next_page_token: str | None
    date: datetime | None
    """The server's `Date` header."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with the reply just answered."""

    loads: bool
    """The reply's rows are full rows, to be loaded."""
    reread: tuple[str, ...] = ()
    """Ids to be read in full through `ids=` and loaded."""


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """Where a walk changes its way; see `settings`."""

    max_reread_share: float = settings.MAX_REREAD_SHARE
    max_pages_per_stretch: int = settings.MAX_PAGES_PER_STRETCH
    max_walks: int = settings.MAX_WALKS


@dataclass(slots=True)
class _Pass:
    """One walk over one stretch."""

    first_times: dict[str, datetime | None] = field(default_factory=dict)
    """The time with which each row was first met."""
    newest: datetime | None = None
    pages: int = 0
    has_shifted: bool = False
    """A row was met twice: others came before the page, and may leave again unseen."""

    def meet(self, reply: PageReply) -> None:
        self.pages += 1
        for row_id, time in reply.rows:
            self.has_shifted = self.has_shifted or row_id in self.first_times
            self.first_times.setdefault(row_id, time)
            if time is not None and (self.newest is None or time > self.newest):
                self.newest = time


class Walk:
    """Walks one list from an anchor to its end.

    Ask `question`, give the reply to `answer`, load what the step says, repeat until `question`
    is None. `next_anchor` may be stored at any time together with what was loaded before.
    """

    def __init__(
        self,
        anchor: datetime | None = None,
        *,
        order: Order = "time",
        overlap_s: float = settings.OVERLAP_S,
        is_unordered: bool = False,
        limits: WalkLimits | None = None,
    ) -> None:
        """Starts before the first page.

        Args:
            anchor: Where the read before this one ended; None reads from the start.
            order: `time` for modules with `Modified_Time`, `id` for the others.
            overlap_s: Seconds that an anchor stays behind the server's clock.
            is_unordered: The list is known not to be sorted by time.
            limits: Where to change the way; the constants of `settings` by default.
        """
        self.order: Order = order
        self.next_anchor = anchor
        self.outcome: Literal["done", "unprovable"] | None = None
        self.is_unordered = is_unordered
        """The server ignored the header or the sort: the list is read whole, by tokens."""
        self.lacks_date = False
        """A reply had no `Date` header: future-dated records cannot be told."""
        self.met_ids: frozenset[str] = frozenset()
        """The ids of the proved walk, for lists in order of id."""
        self._overlap = timedelta(seconds=overlap_s)
        self._limits = limits or WalkLimits()
        # the chain under way
        self._anchor = anchor
        self._token: str | None = None
        self._end_position: datetime | None = None
        self._first_date: datetime | None = None
        self._loaded: dict[str, datetime | None] = {}
        self._walks = 0
        self._restarts = 0
        # the walk under way, and the one before that it proves
        self._pass = _Pass()
        self._proving: _Pass | None = None
        self._unmet: set[str] = set()

    @property
    def question(self) -> Question | None:
        """The next request, or None at the end."""
        if self.outcome is not None:
            return None
        return Question(self._anchor, self._token, self._proving is not None, self.order)

    @property
    def may_stop(self) -> bool:
        """Nothing read so far waits for a proof."""
        return self.outcome is not None or (self._proving is None and self._pass.pages == 0)

    @property
    def pages_to_prove(self) -> int:
        """Pages read by token that a walk must still meet again."""
        if self._proving is not None:
            return max(1, self._proving.pages - self._pass.pages)
        return self._pass.pages

    def answer(self, reply: PageReply, *, hurry: bool = False) -> Step:
        """Takes the reply to `question` and moves on.

        Args:
            reply: The page.
            hurry: Start a new chain as soon as the anchor can move at all, however much is read
                again: the calls left may not suffice to prove a longer stretch.
        """
        self.lacks_date = self.lacks_date or reply.date is None
        if not self.is_unordered and self.order == "time":
            is_sorted = _is_sorted(reply.rows)
            self.is_unordered = not is_sorted or self._ignores_anchor(reply.rows)
            if not is_sorted and self._anchor is not None:
                return self._start_over()
        self._first_date = self._first_date or reply.date
        proving = self._proving
        self._pass.meet(reply)
        reread = () if proving is None else self._changed_since_loaded(reply.rows)
        self._loaded.update(reply.rows)
        if proving is None:
            self._go_on_reading(reply, hurry=hurry)
        else:
            self._go_on_proving(reply, proving)
        return Step(loads=proving is None, reread=reread)

    def restart(self) -> None:
        """The page token died: the walk under way starts again from the anchor of its chain."""
        self._restarts += 1
        if self._restarts > self._limits.max_walks:
            self.outcome = "unprovable"
        if self._proving is not None:
            self._unmet = set(self._proving.first_times)
        else:
            self._first_date = None
        self._start_pass()

    def _start_over(self) -> Step:
        """Anchors that an order moved are worth nothing when there is none: read from the start."""
        is_reading = self._proving is None
        self.next_anchor = None
        self._start_chain(None)
        return Step(loads=is_reading)

    # a first reading of a stretch

    def _go_on_reading(self, reply: PageReply, *, hurry: bool) -> None:
        if reply.next_page_token is None:
            self._end_pass(None)
            return
        position = self._position_after(reply)
        if position is not None and (
            hurry
            or self._reread_share(reply.rows, position) <= self._limits.max_reread_share
            or (self._is_long and self._passes_most(position))
        ):
            self._end_pass(position)
        else:
            self._token = reply.next_page_token

    def _position_after(self, reply: PageReply) -> datetime | None:
        """Where a new chain could start, or None if that is not beyond this chain's anchor."""
        if self.is_unordered or self.order == "id":
            return None
        last = next((time for _, time in reversed(reply.rows) if time is not None), None)
        if last is None:
            return None
        position = min(last - SECOND, (self._first_date or last) - self._overlap)
        return position if self._anchor is None or position > self._anchor else None

    @property
    def _is_long(self) -> bool:
        return self._pass.pages >= self._limits.max_pages_per_stretch

    def _passes_most(self, position: datetime) -> bool:
        """A new chain gets on: behind the overlap it would read the same pages again and again."""
        times = self._pass.first_times.values()
        again = sum(1 for time in times if time is None or time >= position)
        return again <= len(times) / 2

    @staticmethod
    def _reread_share(rows: Sequence[Row], position: datetime) -> float:
        again = sum(1 for _, time in rows if time is None or time >= position)
        return again / len(rows)

    # walks that prove it

    def _go_on_proving(self, reply: PageReply, before: _Pass) -> None:
        for row_id, time in reply.rows:
            if row_id in self._unmet and before.first_times[row_id] == time:
                self._unmet.discard(row_id)
        if not self._unmet and not before.has_shifted:
            self._pass_is_proved(before)
        elif reply.next_page_token is None:
            self._end_pass(None)
        else:
            position = self._position_after(reply)
            if position is not None and self._is_past(reply.rows, before.newest):
                self._end_pass(position)
            else:
                self._token = reply.next_page_token

    @staticmethod
    def _is_past(rows: Sequence[Row], newest: datetime | None) -> bool:
        last = rows[-1][1] if rows else None
        return last is not None and newest is not None and last > newest

    def _changed_since_loaded(self, rows: Sequence[Row]) -> tuple[str, ...]:
        changed = (
            row_id
            for row_id, time in rows
            if row_id not in self._loaded or self._loaded[row_id] != time
        )
        return tuple(dict.fromkeys(changed))

    # ends

    def _end_pass(self, position: datetime | None) -> None:
        """The walk under way is complete: one page is a snapshot, several are to be proved.

        Args:
            position: Where the next chain starts; None at the end of the list.
        """
        self._end_position = position
        self._walks += 1
        if self._pass.pages == 1:
            self._pass_is_proved(self._pass)
        elif self._walks >= self._limits.max_walks:
            self.outcome = "unprovable"
        else:
            self._proving = self._pass
            self._unmet = set(self._pass.first_times)
            self._start_pass()

    def _pass_is_proved(self, proved: _Pass) -> None:
        if self._end_position is not None:
            self.next_anchor = self._end_position
            self._start_chain(self._end_position)
            return
        self.met_ids = frozenset(proved.first_times) | frozenset(self._pass.first_times)
        if proved.newest is not None and self.order == "time":
            # The first reply's date: what became visible late may lie before what was read later.
            limit = (self._first_date or proved.newest) - self._overlap
            self.next_anchor = min(proved.newest + SECOND, limit)
        self.outcome = "done"

    def _start_chain(self, anchor: datetime | None) -> None:
        self._anchor = anchor
        self._proving = None
        self._unmet = set()
        self._loaded = {}
        self._end_position = None
        self._first_date = None
        self._walks = 0
        self._restarts = 0
        self._start_pass()

    def _start_pass(self) -> None:
        self._token = None
        self._pass = _Pass()

    def _ignores_anchor(self, rows: Sequence[Row]) -> bool:
        anchor = self._anchor
        return anchor is not None and any(time is not None and time < anchor for _, time in rows)


def _is_sorted(rows: Sequence[Row]) -> bool:
    times = [time for _, time in rows if time is not None]
    return all(earlier <= later for earlier, later in pairwise(times))
