"""Related lists in a run: after the modules' packages, as far as the calls reach.

`load_related_lists` is what a run calls; `sweep_parents` reads the lists of given parents again,
for those who have just changed them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.selection import EVERYTHING
from zoho_crm.source import table_schemas
from zoho_destinations.existing import count_rows, read_columns
from zoho_destinations.list_ways import create_ways, read_ways
from zoho_destinations.opening import open_dataset
from zoho_destinations.related_sweeps import create_sweeps, mark_deleted_parents

from .kept_views import note_kept_views
from .known_metadata import read_known_metadata
from .known_related_lists import known_lists
from .list_finishing import finish_lists
from .list_preparation import (
    compare_derived,
    give_up_refused,
    note_unchecked,
    prepare_lists,
)
from .related_budget import RelatedBudget
from .related_configuration import read_related_configuration
from .related_notes import note_what_lists_gave
from .related_plan import PlanFacts, plan_lists
from .related_selection import Selection, require_known, split_selection
from .related_sweeping import Sweeper, group_by_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import dlt

    from zoho_crm.columns import TableSchema
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

    from .related_configuration import RelatedConfiguration
    from .related_plan import PlannedList


class RelatedPhase:
    """One run's work on related lists, within one open client of the dataset."""

    def __init__(
        self,
        client: Client,
        session: ReadSession,
        schemas: Mapping[str, TableSchema],
        *,
        run_id: str,
        config: RelatedConfiguration | None = None,
    ) -> None:
        """Looks at what is known; asks Zoho nothing.

        Args:
            client: An open client of the dataset.
            session: The run's client and outcomes.
            schemas: The tables of all modules whose fields are known.
            run_id: The run's id.
            config: The configuration of related lists; read where it is not given.
        """
        self.before_write: Callable[[], None] = lambda: None
        """Called before each transaction; may raise to stop it."""
        self.config = config or read_related_configuration()
        self._client = client
        self._session = session
        self._schemas = schemas
        self._run_id = run_id
        self._lists = known_lists(client)

    def plan(self, selection: Selection, modules: Sequence[str]) -> list[PlannedList]:
        """Decides how each list is read, from what is loaded and what earlier runs found out."""
        tables = read_columns(self._client)
        loaded = {n for n, schema in self._schemas.items() if schema.table_name in tables}
        facts = PlanFacts(
            self._lists,
            self._schemas,
            frozenset(loaded),
            read_ways(self._client),
            self._sizes(loaded),
        )
        return plan_lists(facts, self.config, selection, modules)

    def _sizes(self, loaded: Iterable[str]) -> dict[str, int]:
        """How many records the modules at both sides of a relation have."""
        ends = {one.module for one in self._lists if one.is_many_to_many}
        return {
            name: count_rows(self._client, self._schemas[name].table_name)
            for name in ends.intersection(loaded)
        }

    def run(self, selection: Selection, modules: Sequence[str]) -> None:
        """Derives, compares and sweeps; what calls do not reach is left to the next run."""
        if not self._lists:
            self._miss_named(selection)
            return
        create_sweeps(self._client)
        create_ways(self._client)
        budget = RelatedBudget(self._session.client, self.config.max_calls)
        planned = self.plan(selection, modules)
        prepare_lists(self._client, planned)
        try:
            if self.config.max_calls:
                planned = self._compare(planned, budget, (selection, modules))
                # Of a run that was asked to stop before, it tells whether anything is left.
                self._sweep(planned, budget)
            else:
                note_unchecked(self._session, self._client, planned)
        except ZohoCrmError as error:
            self._session.outcome_of("related_lists", "related_lists").end_by(error)
        finally:
            self.finish(planned)

    def _miss_named(self, selection: Selection) -> None:
        """Says of lists that are asked for that nobody knows which there are."""
        for pattern in selection.named_lists:
            outcome = self._session.outcome_of(pattern, "")
            outcome.is_named = True
            outcome.end(
                "skipped",
                reason=f"{pattern}: which related lists there are could not be read; see what is "
                "said of related_lists.",
            )

    def _compare(
        self,
        planned: list[PlannedList],
        budget: RelatedBudget,
        scope: tuple[Selection, Sequence[str]],
    ) -> list[PlannedList]:
        """Compares derived lists with Zoho's; those that differ are read from then on."""
        if self._session.client.stopping.is_set():
            return planned
        compare_derived(self._session, self._client, planned, budget)
        planned = self.plan(*scope)
        prepare_lists(self._client, planned)
        return planned

    def _sweep(self, planned: Sequence[PlannedList], budget: RelatedBudget) -> None:
        wanted = give_up_refused(self._session, self._client, planned)
        sweeper = self.build_sweeper(budget)
        try:
            sweeper.sweep(wanted, max_age=timedelta(days=self.config.max_age_days))
        finally:
            note_what_lists_gave(self._session, self._client, wanted, sweeper, budget)

    def build_sweeper(self, budget: RelatedBudget) -> Sweeper:
        """A sweeper of this run."""
        sweeper = Sweeper(self._session, self._client, budget, run_id=self._run_id)
        sweeper.before_write = self.before_write
        return sweeper

    def finish(self, planned: Sequence[PlannedList]) -> None:
        """Brings rows and views in line with what is loaded, at no call."""
        self.before_write()
        for module, lists in group_by_module(planned).items():
            parent = lists[0].parent
            if parent is not None:
                mark_deleted_parents(self._client, module, parent.table_name)
        note_kept_views(self._session, finish_lists(self._client, planned, self._schemas))


def read_selection(pipeline: dlt.Pipeline, patterns: Sequence[str]) -> Selection:
    """Takes a selection apart, with the modules that lists named in it are derived from.

    Args:
        pipeline: The pipeline into the dataset, which knows the lists.
        patterns: Modules and lists.

    Raises:
        ZohoConfigError: A pattern names no related list.
    """
    selection = split_selection(patterns)
    if not selection.lists:
        return selection
    with open_dataset(pipeline) as client:
        lists, ways = known_lists(client), read_ways(client)
    require_known(selection, [one.name for one in lists])
    derived = [
        child
        for one in lists
        if selection.is_named(one.name)
        and one.name in ways
        and ways[one.name].way in ("derived", "waiting")
        for child in one.child_modules
    ]
    return selection.joined_by(derived)


def load_related_lists(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    schemas: Mapping[str, TableSchema],
    *,
    run_id: str,
    scope: tuple[Selection, Sequence[str]],
    before_write: Callable[[], None] = lambda: None,
) -> None:
    """Brings the related lists up to date, as far as `related.max_calls` allows.

    Args:
        pipeline: The pipeline into the dataset; the modules are loaded.
        session: The run's client and outcomes.
        schemas: The tables of all modules whose fields are known.
        run_id: The run's id.
        scope: What is selected, and the modules that this run reads.
        before_write: Called before each transaction; may raise to stop it.
    """
    with open_dataset(pipeline) as client:
        phase = RelatedPhase(client, session, schemas, run_id=run_id)
        phase.before_write = before_write
        phase.run(*scope)


def sweep_parents(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    parents: Mapping[str, Sequence[str]],
    *,
    run_id: str,
    lists: Sequence[str] = (),
    max_calls: int | None = None,
) -> None:
    """Reads related lists of some parents again, whenever they were read before.

    Args:
        pipeline: The pipeline into the dataset.
        session: The client and the outcomes.
        parents: Ids of parents, by module.
        run_id: The run's id.
        lists: Only these lists, as `Module.List`; all that are read by default.
        max_calls: Calls at the most; the run's own limit by default.

    Raises:
        ZohoCrmError: Zoho could not be asked; what was read before is kept.
    """
    session.now = session.now or datetime.now(UTC)
    schemas = table_schemas(read_known_metadata(pipeline))
    with open_dataset(pipeline) as client:
        phase = RelatedPhase(client, session, schemas, run_id=run_id)
        planned = phase.plan(split_selection([*lists] or EVERYTHING), list(schemas))
        wanted = [one for one in planned if not lists or one.name in lists]
        if not group_by_module(wanted):
            return
        create_sweeps(client)
        create_ways(client)
        prepare_lists(client, wanted)
        sweeper = phase.build_sweeper(RelatedBudget(session.client, max_calls))
        try:
            for module, ids in parents.items():
                sweeper.sweep_given(wanted, module, ids)
        finally:
            phase.finish(planned)
