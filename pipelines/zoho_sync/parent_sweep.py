"""The sweep of one parent: its due lists read in full, empty ones told by a count if that pays."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoAuthError, ZohoBudgetError
from zoho_crm.related_counts import Counts, can_be_counted, count_lists
from zoho_crm.related_reading import (
    ListReading,
    can_be_asked_since,
    is_unchanged_since,
    read_list,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.client import ZohoClient
    from zoho_crm.related_tables import ListTable
    from zoho_destinations.due_parents import DueList, DueParent

LONG_LIST: Final = 2_000
"""Members past which a list is asked for changes before it is read again."""
FULL_AGE: Final = timedelta(days=30)
"""After this long a list is read in full whatever it says of changes: members taken out move no
time that could be asked for."""
_REFUSALS_TO_BELIEVE: Final = 3
"""Parents that must be refused, and none given, before a list is taken for refused as a whole."""
_PARENTS_TO_JUDGE: Final = 50
"""Parents after which it is known whether counting saves calls."""


@dataclass(slots=True)
class ParentResult:
    """What the sweep of one parent gave."""

    parent: DueParent
    readings: dict[str, ListReading] = field(default_factory=dict)
    """By the list's API name; lists that were not begun for want of calls are missing."""
    is_cut: bool = False
    """The run's limit of calls ended it."""


class SweepKnowledge:
    """What the sweeps of a module's parents find out together; safe for threads."""

    def __init__(self, *, counts: bool = True) -> None:
        """Knows nothing yet.

        Args:
            counts: The organisation gives counts, as far as is known.
        """
        self.counts_are_refused = not counts
        self.refusals: dict[str, ListReading] = {}
        """Lists that are refused as a whole."""
        self._refused: defaultdict[str, int] = defaultdict(int)
        self._given: set[str] = set()
        self._judged = self._saved = 0
        self._lock = threading.Lock()

    @property
    def counts(self) -> bool:
        """Whether asking for counts is possible and saves calls."""
        with self._lock:
            is_poor = self._judged >= _PARENTS_TO_JUDGE and self._saved <= self._judged
            return not self.counts_are_refused and not is_poor

    def learn_counts(self, counts: Counts) -> None:
        """Takes the answer for one parent in."""
        with self._lock:
            self.counts_are_refused = self.counts_are_refused or counts.is_refused
            self._judged += 1
            self._saved += sum(count == 0 for count in counts.by_list.values())

    def learn(self, name: str, reading: ListReading) -> None:
        """Takes what reading a list gave in."""
        with self._lock:
            if reading.outcome != "refused":
                self._given.add(name)
                return
            self._refused[name] += 1
            is_certain = isinstance(reading.error, ZohoAuthError)
            many = self._refused[name] >= _REFUSALS_TO_BELIEVE and name not in self._given
            if is_certain or many:
                self.refusals[name] = reading

    def is_refused(self, name: str) -> bool:
        """Whether a list need not be asked for any more."""
        with self._lock:
            return name in self.refusals


def sweep_parent(
    client: ZohoClient,
    parent: DueParent,
    tables: Mapping[str, ListTable],
    *,
    knowledge: SweepKnowledge,
    overlap_s: float,
) -> ParentResult:
    """Reads the due lists of one parent, each in full or not at all.

    Args:
        client: The client.
        parent: The parent and its due lists.
        tables: The tables of the module's lists, by API name.
        knowledge: What is known of the module's lists.
        overlap_s: Seconds that a question for changes goes back behind the last sweep.

    Raises:
        ZohoCrmError: Zoho could not be asked, or the credentials are refused.
    """
    result = ParentResult(parent)
    try:
        counts = _count(client, parent, tables, knowledge)
        for due in parent.lists:
            if knowledge.is_refused(due.name):
                continue
            reading = _read(client, parent, due, tables[due.name], (counts, knowledge, overlap_s))
            if reading.outcome == "limit":
                result.is_cut = True
                break
            knowledge.learn(due.name, reading)
            result.readings[due.name] = reading
            if reading.outcome == "gone":
                result.readings |= dict.fromkeys((due.name for due in parent.lists), reading)
                break
    except ZohoBudgetError:
        result.is_cut = True
    return result


def _count(
    client: ZohoClient,
    parent: DueParent,
    tables: Mapping[str, ListTable],
    knowledge: SweepKnowledge,
) -> Counts:
    due = [d for d in parent.lists if not knowledge.is_refused(d.name)]
    lists = [tables[d.name].related_list for d in due]
    countable = [one for one in lists if can_be_counted(one)]
    # A parent that changed and has a long list may have lost members, which no time tells.
    has_doubt = parent.turn == "changed" and any(_is_long(each) for each in due)
    if knowledge.counts_are_refused or not ((len(countable) > 1 and knowledge.counts) or has_doubt):
        return Counts({}, None)
    counts = count_lists(client, countable[0].module, parent.id, countable)
    knowledge.learn_counts(counts)
    return counts


def _read(
    client: ZohoClient,
    parent: DueParent,
    due: DueList,
    table: ListTable,
    terms: tuple[Counts, SweepKnowledge, float],
) -> ListReading:
    counts, _, overlap_s = terms
    count = counts.by_list.get(due.name)
    if count == 0:
        return ListReading("none", date=counts.date)
    try:
        is_asked = parent.turn != "given" and can_be_asked_since(table.related_list)
        if is_asked and _may_be_unchanged(due, count):
            assert due.swept_at is not None  # noqa: S101  # looked at just now
            since = due.swept_at - timedelta(seconds=overlap_s)
            if is_unchanged_since(client, table, parent.id, since):
                return ListReading("unchanged", pages=1)
        return read_list(client, table, parent.id)
    except ZohoAuthError as error:
        if error.code != "OAUTH_SCOPE_MISMATCH":
            raise
        return ListReading("refused", error=error)


def _is_long(due: DueList) -> bool:
    return due.known_rows is not None and due.known_rows > LONG_LIST


def _may_be_unchanged(due: DueList, count: int | None) -> bool:
    if not _is_long(due) or due.swept_at is None or due.full_at is None:
        return False
    is_recent = due.swept_at - due.full_at < FULL_AGE
    return is_recent and count in (None, due.known_rows)
