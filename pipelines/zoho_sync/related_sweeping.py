"""Sweeps: parents chosen by turn, read side by side, written some hundred at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoCrmError, ZohoStoppedError
from zoho_destinations.due_parents import (
    TURNS,
    ParentTable,
    Position,
    choose_given,
    choose_parents,
    count_parents,
    count_waiting,
)

from .parent_sweep import ParentResult, SweepKnowledge, sweep_parent
from .sweep_writing import write_results
from .under_way import UnderWay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zoho_crm.related_tables import ListTable
    from zoho_crm.session import ReadSession
    from zoho_destinations.due_parents import DueParent, Turn, WaitingParents
    from zoho_destinations.statements import Client

    from .related_budget import RelatedBudget
    from .related_plan import PlannedList

PARENTS_A_WRITE: Final = 500
ROWS_A_WRITE: Final = 5_000
"""Rows and parents that one transaction writes at the most, but for one list more."""
_WINDOW: Final = 2
"""Parents under way for each call in flight, where lists are long."""
_WIDE_WINDOW: Final = 40
"""The same where lists are short: calls go on, too, while some hundred parents are written."""


class Sweeper:
    """Sweeps the lists that a run reads, as far as the calls reach."""

    def __init__(
        self,
        session: ReadSession,
        client: Client,
        budget: RelatedBudget,
        *,
        run_id: str,
        counts: bool = True,
    ) -> None:
        """Touches nothing yet.

        Args:
            session: The run's client and outcomes.
            client: An open client of the dataset.
            budget: The calls for related lists.
            run_id: The run's id.
            counts: The organisation gives counts, as far as is known.
        """
        self.before_write: Callable[[], None] = lambda: None
        """Called before each transaction; may raise to stop it."""
        self.knowledge: defaultdict[str, SweepKnowledge] = defaultdict(
            lambda: SweepKnowledge(counts=counts)
        )
        """What was found out, by module."""
        self.tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Parents by what reading their list gave, by `Module.List`."""
        self.codes: dict[tuple[str, str], str] = {}
        """Zoho's code by `Module.List` and outcome, where it refused."""
        self.is_cut = False
        """Calls ran out, or the run was stopped, before all that was due was swept."""
        self.is_complete = False
        """All that was due was swept."""
        self._session = session
        self._client = client
        self._budget = budget
        self._run_id = run_id
        self._swept_before = datetime.max.replace(tzinfo=UTC)
        self._swept = Counter[str]()
        """Parents swept by this run, and the rows that they had."""

    def sweep(self, lists: Sequence[PlannedList], *, max_age: timedelta) -> None:
        """Sweeps what is due: never swept parents, then changed ones, then those past an age.

        Raises:
            ZohoCrmError: Zoho could not be asked any more; what was swept before is kept.
        """
        before = self._swept_before = self._now() - max_age
        modules = group_by_module(lists).values()
        # Few parents first: most lists are complete soonest.
        fewest = sorted(modules, key=lambda each: count_parents(self._client, _parent_table(each)))
        for turn in TURNS:
            for planned in fewest:
                self._sweep_turn(planned, turn, before)
                if self.is_cut:
                    return
        self.is_complete = True

    def sweep_given(self, lists: Sequence[PlannedList], module: str, ids: Sequence[str]) -> None:
        """Sweeps all lists of some parents, whenever they were swept before."""
        planned = group_by_module(lists).get(module)
        if planned:
            parents = choose_given(self._client, _parent_table(planned), ids)
            self._sweep_parents(planned, parents)

    def count_waiting(self, planned: PlannedList) -> WaitingParents:
        """Counts the parents of which a list was due and could not be swept."""
        return count_waiting(
            self._client,
            _parent_table([planned]),
            planned.related_list.api_name,
            swept_before=self._swept_before,
            run_id=self._run_id,
        )

    def _sweep_turn(self, planned: Sequence[PlannedList], turn: Turn, before: datetime) -> None:
        after: Position | None = Position()
        while after is not None and not self.is_cut:
            wanted = [p for p in planned if not self._is_refused(p)]
            if not wanted:
                return
            parents, after = choose_parents(
                self._client, _parent_table(wanted), turn, after=after, swept_before=before
            )
            if parents:
                self._sweep_parents(wanted, parents)

    def _is_refused(self, planned: PlannedList) -> bool:
        one = planned.related_list
        return self.knowledge[one.module].is_refused(one.api_name)

    def _sweep_parents(self, planned: Sequence[PlannedList], parents: Sequence[DueParent]) -> None:
        tables = {p.related_list.api_name: p.table for p in planned if p.table is not None}
        waiting: list[ParentResult] = []
        rows = 0
        try:
            for result in self._side_by_side(parents, tables):
                waiting.append(result)
                rows += sum(len(reading.rows) for reading in result.readings.values())
                if rows >= ROWS_A_WRITE or len(waiting) >= PARENTS_A_WRITE:
                    self._write(waiting, tables)
                    waiting, rows = [], 0
        except ZohoStoppedError:
            self.is_cut = True
        finally:  # what was read is paid for
            self._write(waiting, tables)

    def _side_by_side(
        self, parents: Sequence[DueParent], tables: dict[str, ListTable]
    ) -> Iterator[ParentResult]:
        error: ZohoCrmError | None = None
        with ThreadPoolExecutor(self._session.client.gate.most, thread_name_prefix="sweep") as pool:
            running: UnderWay[ParentResult] = UnderWay(pool, self._budget)
            try:
                yield from self._begin(running, parents, tables)
            except ZohoCrmError as raised:
                error = raised
                running.cancel()
            while len(running):  # what others have read meanwhile is paid for
                try:
                    yield from self._finish(running)
                except ZohoCrmError as raised:
                    error = error or raised
                    running.cancel()
        if error is not None:
            raise error

    def _begin(
        self,
        running: UnderWay[ParentResult],
        parents: Sequence[DueParent],
        tables: dict[str, ListTable],
    ) -> Iterator[ParentResult]:
        """Begins one parent after another; gives those that are done when others must wait."""
        session = self._session
        knowledge = self.knowledge[next(iter(tables.values())).related_list.module]
        for parent in parents:
            calls = 1 + len(parent.lists)
            while not self._budget.reserve(calls):
                if not len(running):
                    self.is_cut = self._budget.is_spent = True
                    return
                yield from self._finish(running)
            sweep = partial(
                sweep_parent,
                session.client,
                parent,
                tables,
                knowledge=knowledge,
                overlap_s=session.overlap_s,
            )
            running.begin(sweep, reserved=calls)
            if len(running) >= self._window():
                yield from self._finish(running)

    def _window(self) -> int:
        """Parents under way at once: as many as keep Zoho busy, and few where rows are many."""
        rows_a_parent = 1 + self._swept["rows"] / max(1, self._swept["parents"])
        wide = min(_WIDE_WINDOW * self._session.client.gate.most, int(ROWS_A_WRITE / rows_a_parent))
        return max(_WINDOW * self._session.client.gate.most, wide)

    def _finish(self, running: UnderWay[ParentResult]) -> Iterator[ParentResult]:
        """Waits for a parent that is done."""
        result = running.take()
        if result is None:
            return
        self.is_cut = self.is_cut or result.is_cut
        rows = sum(len(reading.rows) for reading in result.readings.values())
        self._swept.update(parents=1, rows=rows)
        yield result

    def _write(self, results: Sequence[ParentResult], tables: dict[str, ListTable]) -> None:
        if not results:
            return
        self.before_write()
        outcomes = {}
        for name, table in tables.items():
            one = table.related_list
            outcomes[name] = self._session.outcome_of(one.name, table.name)
        write_results(
            self._client,
            results,
            tables,
            outcomes=outcomes,
            run_id=self._run_id,
            now=self._now(),
        )
        for result in results:
            for name, reading in result.readings.items():
                full_name = tables[name].related_list.name
                self.tallies[full_name][reading.outcome] += 1
                if reading.error is not None and reading.error.code:
                    self.codes[full_name, reading.outcome] = reading.error.code

    def _now(self) -> datetime:
        return self._session.now or datetime.now(UTC)


def group_by_module(lists: Sequence[PlannedList]) -> dict[str, list[PlannedList]]:
    """Lists that are read and whose tables are known, by module."""
    found: defaultdict[str, list[PlannedList]] = defaultdict(list)
    for planned in lists:
        if planned.way == "read" and planned.table is not None:
            found[planned.related_list.module].append(planned)
    return dict(found)


def _parent_table(planned: Sequence[PlannedList]) -> ParentTable:
    parent = planned[0].parent
    if parent is None:
        raise ValueError(f"{planned[0].name}: its module has no table")
    names = [each.related_list.api_name for each in planned]
    return ParentTable(parent.module.api_name, parent.table_name, parent.has_modified_time, names)
