"""Writing what sweeps gave: the rows of parents and the note that they were swept, at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from zoho_crm import settings
from zoho_destinations.list_tables import replace_rows
from zoho_destinations.related_sweeps import SweepRow, write_sweeps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from zoho_crm.api_types import JsonObject
    from zoho_crm.outcomes import ResourceOutcome
    from zoho_crm.related_reading import ListOutcome, ListReading
    from zoho_crm.related_tables import ListTable
    from zoho_destinations.due_parents import DueList
    from zoho_destinations.statements import Client

    from .parent_sweep import ParentResult

_REPLACES: Final[frozenset[ListOutcome]] = frozenset({"rows", "none", "gone"})
"""Outcomes that say what the parent's rows are; after the others they stay as they were."""
_SETTLE: Final = timedelta(seconds=settings.SLICE_SETTLE_S)


def write_results(
    client: Client,
    results: Sequence[ParentResult],
    tables: Mapping[str, ListTable],
    *,
    outcomes: Mapping[str, ResourceOutcome],
    run_id: str,
    now: datetime,
) -> None:
    """Replaces the rows of swept parents and notes their sweeps, in one transaction.

    Args:
        client: An open client of the dataset.
        results: What the sweeps of some parents of one module gave.
        tables: The tables of the module's lists, by API name.
        outcomes: The lists' outcomes in this run, by API name; rows and pages are added to them.
        run_id: The run's id.
        now: Zoho's clock, where a reply told none.
    """
    parents: defaultdict[str, list[str]] = defaultdict(list)
    rows: defaultdict[str, list[JsonObject]] = defaultdict(list)
    sweeps: list[SweepRow] = []
    for result in results:
        due = {each.name: each for each in result.parent.lists}
        for name, reading in result.readings.items():
            sweeps.append(_sweep_row(result, due[name], reading, tables[name], (run_id, now)))
            outcomes[name].rows += len(reading.rows)
            outcomes[name].pages += reading.pages
            if reading.outcome in _REPLACES:
                parents[name].append(result.parent.id)
                rows[name] += reading.rows
    with client.begin_transaction():
        for name, ids in parents.items():
            misfits = replace_rows(client, tables[name], ids, rows[name])
            outcomes[name].misfits.update(misfits or {})
        write_sweeps(client, sweeps)


def _sweep_row(
    result: ParentResult,
    due: DueList,
    reading: ListReading,
    table: ListTable,
    facts: tuple[str, datetime],
) -> SweepRow:
    run_id, now = facts
    swept_at = reading.date or now
    is_read = reading.outcome in _REPLACES
    time = result.parent.modified_time
    # One that changed too fast is due again at once. Times have whole seconds: another change
    # within the second of this reading would look the same, so the parent is read once more.
    is_settled = reading.outcome != "changing" and not _is_fresh(time, swept_at)
    return SweepRow(
        module=table.related_list.module,
        list=due.name,
        parent_id=result.parent.id,
        swept_at=swept_at,
        full_at=swept_at if is_read else due.full_at,
        parent_modified_time=time if is_settled else None,
        rows=len(reading.rows) if is_read else due.known_rows,
        pages=reading.pages,
        outcome=reading.outcome,
        code=reading.error.code if reading.error else None,
        run_id=run_id,
    )


def _is_fresh(time: datetime | None, at: datetime) -> bool:
    return time is not None and abs(at - time) <= _SETTLE
