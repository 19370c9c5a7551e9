"""The work of `zoho-sync status`: how fresh each table is, from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from zoho_crm.removable_relations import find_mirror, find_removable
from zoho_crm.selection import EVERYTHING, select_names
from zoho_destinations.existing import read_columns, read_facts
from zoho_destinations.ledger import RESOURCES, RUNS, read_runs
from zoho_destinations.list_ways import read_ways
from zoho_destinations.reading_rights import require_readable
from zoho_destinations.statements import select

from .glance import glance_at, is_there, readable_target
from .known_related_lists import known_lists
from .related_configuration import read_related_configuration
from .status_report import StatusReport, TableStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.related_lists import RelatedList
    from zoho_destinations.existing import TableFacts
    from zoho_destinations.ledger import RunRow
    from zoho_destinations.list_ways import WayRow
    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client

    from .configuration import SyncConfiguration

_LAST_READS: Final = """
SELECT resource, table_name, outcome, reason, read_at
FROM (
    SELECT r.resource, r.table_name, r.outcome, r.reason,
           max(CASE WHEN r.outcome = 'done' THEN s.started_at END)
               OVER (PARTITION BY r.resource) AS read_at,
           row_number() OVER (PARTITION BY r.resource ORDER BY s.started_at DESC) AS newest
    FROM {resources} r JOIN {runs} s ON s.run_id = r.run_id
) reads
WHERE newest = 1
ORDER BY resource
"""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class _LastRead(NamedTuple):
    resource: str
    table: str | None
    outcome: str
    reason: str | None
    read_at: datetime | None


def read_status(
    config: SyncConfiguration,
    kind: Kind,
    *,
    patterns: Sequence[str] = (),
    max_age_s: float | None = None,
) -> StatusReport:
    """Reads the ledger and counts the tables; asks Zoho nothing.

    Args:
        config: Names the dataset.
        kind: `duckdb` or `postgres`.
        patterns: Which resources; none for all.
        max_age_s: How long ago a table may have been read to its end.

    Raises:
        ZohoConfigError: A pattern matches nothing that was ever read, or a key for related lists is
            wrong.
        WarehouseError: The database cannot be read, or a run holds it.
    """
    read_related_configuration()  # a misspelt key should not wait for the next run
    target = readable_target(config, kind)
    now = datetime.now(UTC)
    reads: list[_LastRead] = []
    facts: dict[str, TableFacts] = {}
    runs: list[RunRow] = []
    if is_there(target):
        with glance_at(target) as client:
            require_readable(client)
            if {RUNS, RESOURCES} <= set(read_columns(client)):
                runs = read_runs(client, limit=1)
                reads = _wanted(_follow_sources(client, _last_reads(client)), patterns)
                facts = read_facts(client, [read.table for read in reads if read.table])
    return StatusReport(
        location=target.location,
        dataset=target.dataset,
        now=now,
        # What could never be read has no table, and is not old.
        tables=[
            _judge(read, facts[read.table], now=now, max_age_s=max_age_s)
            for read in reads
            if read.table in facts
        ],
        last_run=runs[0] if runs else None,
        max_age_s=max_age_s,
    )


def _last_reads(client: Client) -> list[_LastRead]:
    """How the last try of each resource ended, and when it was last read to its end."""
    sql = _LAST_READS.format(
        resources=client.make_qualified_table_name(RESOURCES),
        runs=client.make_qualified_table_name(RUNS),
    )
    return [_LastRead(*row) for row in select(client, sql)]


def _follow_sources(client: Client, reads: Sequence[_LastRead]) -> list[_LastRead]:
    """A derived list is as fresh as what it is derived from: once compared, no run reads it.

    One that is derived without having been compared is in no run's ledger.
    """
    ways = read_ways(client)
    by_name = {read.resource: read for read in reads}
    followed = dict(by_name)
    for one in known_lists(client):
        way = ways.get(one.name)
        if way is None or way.way != "derived":
            continue
        sources = [by_name[name] for name in _sources_of(one, ways) if name in by_name]
        if one.name in by_name or sources:
            read = by_name.get(one.name) or _LastRead(one.name, way.table_name, "done", None, None)
            followed[one.name] = _as_fresh_as(read, sources)
    return [followed[name] for name in sorted(followed)]


def _sources_of(one: RelatedList, ways: Mapping[str, WayRow]) -> list[str]:
    """The resources that a derived list is derived from: its children, or its other side."""
    relation = find_removable(one.module, one.api_name)
    mirror = find_mirror(relation) if relation else None
    if mirror is not None and mirror.name in ways and ways[mirror.name].way == "read":
        return [mirror.name, *one.child_modules]
    return list(one.child_modules)


def _as_fresh_as(read: _LastRead, sources: Sequence[_LastRead]) -> _LastRead:
    if not sources:
        return read
    stalest = min(sources, key=lambda source: source.read_at or _NEVER)
    return read._replace(outcome=stalest.outcome, reason=stalest.reason, read_at=stalest.read_at)


def _wanted(reads: list[_LastRead], patterns: Sequence[str]) -> list[_LastRead]:
    if not reads:
        return reads
    names = set(select_names(patterns or EVERYTHING, [read.resource for read in reads]))
    return [read for read in reads if read.resource in names]


def _judge(
    read: _LastRead, facts: TableFacts, *, now: datetime, max_age_s: float | None
) -> TableStatus:
    read_at = read.read_at.astimezone(UTC) if read.read_at else None
    age_s = (now - read_at).total_seconds() if read_at else None
    return TableStatus(
        resource=read.resource,
        table=read.table or read.resource,
        rows=facts.live_rows,
        newest_change=facts.newest_modified,
        read_at=read_at,
        outcome=read.outcome,
        reason=read.reason,
        age_s=age_s,
        is_too_old=max_age_s is not None and (age_s is None or age_s > max_age_s),
    )
