"""One round over the recycle bin: what waits, what is purged soon, then what is new.

Everything that a listing shows is captured or noted as waiting before the listing goes on, so
nothing is passed over, wherever a round ends.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from dlt.common import logger

from .bin_capture import BinCapture, ParentWork, ends_all
from .bin_progress import BIN_TIME, LAST_DAYS, Waiting, key_of
from .bin_reading import BinReader
from .capture_batches import fit_into
from .capture_building import CaptureBuilder
from .evidence import DeletedParent
from .exceptions import ZohoBudgetError, ZohoCrmError
from .list_planner import ListPlanner
from .metadata import is_candidate, read_metadata
from .recycle_bin import RecycleBin
from .selection import select_names
from .settings import MAX_IDS_PER_CALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .api_types import JsonObject
    from .bin_capture import BatchResult
    from .bin_progress import BinProgress
    from .client import ZohoClient
    from .deletions import Deletion
    from .evidence import Capture, Occasion

    ImagesOf: TypeAlias = Callable[[str, Sequence[str]], dict[str, JsonObject]]
    Work: TypeAlias = tuple[Waiting, DeletedParent]

_CALLS_A_BATCH: Final = 60
_PARENTS_A_BATCH: Final = 60
_DAY: Final = timedelta(days=1)


class BinRounds:
    """Captures what is due now, within the client's limit of calls."""

    def __init__(
        self,
        client: ZohoClient,
        progress: BinProgress,
        modules: Sequence[str],
        *,
        images_of: ImagesOf | None = None,
        erased_ids: frozenset[str] = frozenset(),
    ) -> None:
        """Asks for the list of modules.

        Raises:
            ZohoConfigError: A pattern matches no module.
        """
        found = read_metadata(client, only=())
        self._now = (found.date or datetime.now(UTC)).replace(microsecond=0)
        self._names = [each.api_name for each in found.modules if is_candidate(each)]
        self._modules = set(select_names(modules, self._names))
        self._client, self._progress = client, progress
        self._bin = RecycleBin(client)
        self._planner = ListPlanner(client)
        self._builder = CaptureBuilder(
            run_id=uuid.uuid4().hex,
            now=self._now,
            images_of=images_of,
            erased_ids=erased_ids,
        )
        self._reader = BinCapture(client, self._builder)
        self._waits: list[Waiting] = []
        self._has_captured = False
        self._is_over = False

    def captures(self) -> Iterator[Sequence[Capture]]:
        """Yields captures, at least one at a time.

        Raises:
            ZohoCrmError: What ends the round before anything was captured.
        """
        self._warn_of_a_break()
        self._waits = self._progress.waiting()
        try:
            for part in (self._what_waits, self._what_is_purged_soon, self._what_is_new):
                if not self._is_over:
                    yield from part()
        except ZohoCrmError as error:
            self._end(error)
        self._progress.keep_waiting(self._waits)
        for note in self._reader.notes:
            logger.warning(note)

    def _warn_of_a_break(self) -> None:
        before = self._progress.looked_at
        if before is not None and self._now - before >= BIN_TIME:
            logger.warning(
                f"recycle_bin: it was not looked at for {(self._now - before).days} days; what was "
                "deleted and purged in between was not captured."
            )
        self._progress.note_look(self._now)

    # what is due

    def _what_waits(self) -> Iterator[Sequence[Capture]]:
        """What an earlier round could not ask in full; some of it may have left the bin."""
        waits = list(self._waits)
        for start in range(0, len(waits), MAX_IDS_PER_CALL):
            some = waits[start : start + MAX_IDS_PER_CALL]
            listed = {key_of(each): each for each in self._bin.by_ids([w.id for w in some])}
            works: list[Work] = []
            missed: list[Work] = []
            for each in some:
                deletion = listed.get(
                    f"{each.module} {each.id} {each.deleted_time.timestamp():.0f}"
                )
                if deletion is None:
                    missed.append((each, DeletedParent(each.module, each.id, each.deleted_time)))
                else:
                    works.append((each, _parent_of(deletion)))
            yield from self._miss(missed)
            yield from self._capture(works)
            if self._is_over:
                return

    def _what_is_purged_soon(self) -> Iterator[Sequence[Capture]]:
        """Once more, what has come into its last days since the round before."""
        end = self._now - BIN_TIME + timedelta(days=LAST_DAYS)
        start = self._progress.last_days
        if start is None or self._progress.first is None:
            self._progress.move_last_days(end)
            return
        has_met = end - start >= _DAY
        reader = BinReader(self._bin, self._names)
        seen: set[str] = set()
        for page in reader.pages(start):
            due = [each for each in page if each.deleted_time < end]
            if page and not due:
                break
            met = {
                key_of(each): each
                for each in due
                if key_of(each) not in seen and self._progress.is_to_be_met_again(each)
            }
            seen |= met.keys()
            yield from self._list(list(met.values()), "last_days")
            if met:
                has_met = True
                reached = min(reader.next_anchor or start, end)
                self._progress.move_last_days(reached, met.values())
            if self._is_over:
                return
        if has_met:
            self._progress.move_last_days(end)

    def _what_is_new(self) -> Iterator[Sequence[Capture]]:
        """What was deleted since the round before, or is in the bin at the first one."""
        reader = BinReader(self._bin, self._names)
        seen: set[str] = set()
        for page in reader.pages(self._progress.first):
            new = {
                key_of(each): each
                for each in page
                if key_of(each) not in seen and not self._progress.is_known(each)
            }
            seen |= new.keys()
            yield from self._list(list(new.values()), "first")
            self._progress.move_first(reader.next_anchor, new.values())
            if self._is_over:
                return
        for name in sorted(reader.crowded):
            logger.warning(
                f"{name}: more was deleted within a second than Zoho lists; the rest of it is not "
                "captured."
            )

    # capturing

    def _list(self, page: Sequence[Deletion], occasion: Occasion) -> Iterator[Sequence[Capture]]:
        """Captures what a listing shows; all of it waits until it is done."""
        waiting = {(each.module, each.id, each.deleted_time) for each in self._waits}
        works = [
            (Waiting(each.module, each.id, each.deleted_time, occasion), _parent_of(each))
            for each in page
            if self._is_selected(each.module)
            and (each.module, each.id, each.deleted_time) not in waiting
        ]
        self._waits = [*self._waits, *(work for work, _ in works)]
        yield from self._capture(works)

    def _is_selected(self, module: str) -> bool:
        """Modules that Zoho does not list for its API are captured where all are."""
        if module in self._names:
            return module in self._modules
        return len(self._modules) == len(self._names)

    def _capture(self, works: Sequence[Work]) -> Iterator[Sequence[Capture]]:
        queue = list(works)
        while queue and not self._is_over:
            some = queue[:_PARENTS_A_BATCH]
            due = [self._to_ask(pair) for pair in some]  # asks for metadata: the limit comes after
            batch = list(fit_into(due, self._calls_allowed()))
            if not batch:
                self._end(ZohoBudgetError("The limit of calls is reached; the next run goes on."))
                return
            result = self._reader.read(batch)
            again = self._settle(some[: len(batch)], batch, result)
            queue = [*again, *queue[len(batch) :]]
            if result.captures:
                self._has_captured = True
                yield result.captures
            left = set(result.left)
            yield from self._miss([pair for pair in some if pair[1] in left])
            if result.error is not None and ends_all(result.error):
                self._end(result.error)

    def _to_ask(self, pair: Work) -> ParentWork:
        waiting, parent = pair
        lists = self._planner.lists_of(parent.module).values()
        due = tuple(
            each
            for each in lists
            if each.api_name not in waiting.asked and (each.is_asked or waiting.occasion == "first")
        )
        return ParentWork(parent, waiting.occasion, due)

    def _settle(
        self, pairs: Sequence[Work], batch: Sequence[ParentWork], result: BatchResult
    ) -> list[Work]:
        """Notes what is done; gives what was cut and goes on in this round."""
        done = {work.parent for work in result.done}
        again: list[Work] = []
        for (waiting, parent), work in zip(pairs, batch, strict=True):
            if parent in done:
                self._waits.remove(waiting)
            elif parent not in result.left:
                asked = [c.related_list for c in result.captures if c.parent == parent]
                names = {*waiting.asked, *(name for name in asked if name)}
                later = replace(waiting, asked=tuple(sorted(names)))
                self._waits[self._waits.index(waiting)] = later
                if not work.is_whole and result.error is None:
                    again.append((later, parent))
        return again

    def _miss(self, pairs: Sequence[Work]) -> Iterator[Sequence[Capture]]:
        """Says of what left the bin too early that it did; what was captured once is not missed."""
        missed = []
        for waiting, parent in pairs:
            held = next(w for w in self._waits if _same(w, waiting))
            self._waits.remove(held)
            if waiting.occasion == "first":
                missed.append((parent, len(held.asked)))
        if missed:
            self._has_captured = True
            yield self._builder.describe_missed(missed)

    def _calls_allowed(self) -> int:
        """How many lists the next batch may ask for; a call is kept for asking the bin."""
        left = self._client.budget.left
        return _CALLS_A_BATCH if left is None else max(0, min(_CALLS_A_BATCH, left - 1))

    def _end(self, error: ZohoCrmError) -> None:
        self._is_over = True
        if not self._has_captured and not isinstance(error, ZohoBudgetError):
            raise error
        logger.warning(
            f"recycle_bin: {error} {len(self._waits)} deleted records are known to wait."
        )


def _same(one: Waiting, other: Waiting) -> bool:
    return (one.module, one.id, one.deleted_time) == (other.module, other.id, other.deleted_time)


def _parent_of(deletion: Deletion) -> DeletedParent:
    return DeletedParent(
        deletion.module,
        deletion.id,
        deletion.deleted_time,
        deletion.display_name,
        deletion.deleted_by__id,
        deletion.deleted_by__name,
        deletion.deleted_time + BIN_TIME,
    )
