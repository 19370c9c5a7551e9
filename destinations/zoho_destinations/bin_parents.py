"""Deleted records as `deleted_records` has them, and what the audit has asked of each so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.evidence import DeletedParent

from .deleted_records import BIN_DAYS, DELETED_RECORDS, IN_BIN
from .evidence_tables import CAPTURES
from .existing import read_columns
from .records_to_read import RECORDS_TO_READ
from .statements import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .statements import Client

# Ids are unique in an organisation, and a module may be renamed: captures never are.
_FACTS: Final = (
    "d.module, d.id, d.deleted_time, d.display_name, d.deleted_by__id, d.deleted_by__name,"
    " coalesce(d.purge_due_at,"
    " CASE WHEN d.type = 'recycle' THEN d.deleted_time + INTERVAL '{days} days' END)"
)
_OPEN: Final = """
WITH asked AS (
    SELECT parent_id, deleted_time, related_list, max(captured_at) AS last_at
    FROM {captures} WHERE outcome <> 'erased'
    GROUP BY parent_id, deleted_time, related_list
)
SELECT {facts}, a.parent_id IS NOT NULL, a.related_list, a.last_at
FROM {deleted} d LEFT JOIN asked a ON a.parent_id = d.id AND a.deleted_time = d.deleted_time
WHERE {in_bin} AND d.deleted_time IS NOT NULL
    AND coalesce(d.purge_due_at, d.deleted_time + INTERVAL '{days} days') > %s
ORDER BY 7, d.module, d.id, d.deleted_time
"""
# What left the bin may have been restored; that is not known before its record was asked for.
_GONE: Final = """
SELECT {facts}, (
    SELECT count(DISTINCT c.related_list) FROM {captures} c
    WHERE c.parent_id = d.id AND c.deleted_time = d.deleted_time)
FROM {deleted} d
WHERE d.restored_at IS NULL AND d.deleted_time IS NOT NULL AND (
    (d.type = 'recycle' AND (
        coalesce(d.purge_due_at, d.deleted_time + INTERVAL '{days} days') <= %s
        OR (d.left_bin_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM {queue} q WHERE q.module = d.module AND q.id = d.id))))
    OR (d.type = 'permanent' AND NOT EXISTS (
        SELECT 1 FROM {deleted} r WHERE r.id = d.id
        AND r.type = 'recycle' AND r.restored_at IS NULL AND r.deleted_time <= d.deleted_time))
) AND NOT EXISTS (
    SELECT 1 FROM {captures} c WHERE c.parent_id = d.id AND c.deleted_time = d.deleted_time
    AND c.related_list IS NULL AND c.outcome <> 'erased')
ORDER BY d.deleted_time, d.module, d.id
"""
_ERASED: Final = "SELECT DISTINCT parent_id FROM {captures} WHERE outcome = 'erased'"


@dataclass(frozen=True, slots=True)
class BinParent:
    """A record in the bin, and when each of its lists was asked last."""

    parent: DeletedParent
    asked: dict[str | None, datetime] = field(default_factory=dict)
    """By list; the record itself under None, once all of its lists have been asked."""


def has_deletions(client: Client) -> bool:
    """Whether deletions have been read into this dataset."""
    return DELETED_RECORDS in read_columns(client)


def read_modules(client: Client) -> set[str]:
    """Gives the modules that deletions are known of, readable or not."""
    deleted = client.make_qualified_table_name(DELETED_RECORDS)
    return {str(row[0]) for row in select(client, f"SELECT DISTINCT module FROM {deleted}")}


def read_bin(client: Client, *, as_of: datetime) -> Iterator[BinParent]:
    """Gives what is in the recycle bin, nearest to its purge first.

    Args:
        client: An open client of a dataset that has deletions and tables of evidence.
        as_of: Zoho's clock.
    """
    rows = select(client, _fill(client, _OPEN), as_of)
    for facts, group in groupby(rows, key=lambda row: row[:7]):
        asked = {row[8]: row[9].astimezone(UTC) for row in group if row[7]}
        yield BinParent(_parent(facts), asked)


def read_gone(client: Client, *, as_of: datetime) -> list[tuple[DeletedParent, int]]:
    """Gives what left the bin for ever before all was captured, and how many lists were asked."""
    rows = select(client, _fill(client, _GONE), as_of)
    return [(_parent(row[:7]), int(row[7])) for row in rows]


def read_erased_ids(client: Client) -> frozenset[str]:
    """Gives the ids that are to be forgotten: nothing of them is held again."""
    return frozenset(str(row[0]) for row in select(client, _fill(client, _ERASED)))


def _fill(client: Client, sql: str) -> str:
    names = {
        "deleted": client.make_qualified_table_name(DELETED_RECORDS),
        "captures": client.make_qualified_table_name(CAPTURES),
        "queue": client.make_qualified_table_name(RECORDS_TO_READ),
        "days": BIN_DAYS,
    }
    return sql.format(**names, facts=_FACTS.format(**names), in_bin=IN_BIN)


def _parent(facts: tuple[Any, ...]) -> DeletedParent:
    module, record_id, deleted_time, name, by_id, by_name, purge_due_at = facts
    return DeletedParent(
        module,
        record_id,
        deleted_time.astimezone(UTC),
        name,
        by_id,
        by_name,
        purge_due_at.astimezone(UTC) if purge_due_at else None,
    )
