"""Reconciling one module: its ids and times in Zoho against its table, and what follows of it.

It heals what reading by `Modified_Time` cannot see: restores and imports with old times, records
that came into or left the user's sight, records without a time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from zoho_crm import settings
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.record_times import RecordTimes
from zoho_destinations.deleted_records import (
    apply_listed,
    begin_listing,
    end_listing,
    note_listed,
    note_not_visible,
)
from zoho_destinations.met_records import MET, MetRecords
from zoho_destinations.sync_progress import Progress, write_progress

from .module_deletions import look_soon
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from zoho_crm.columns import TableSchema
    from zoho_crm.deletions import Deletion
    from zoho_crm.outcomes import ResourceOutcome
    from zoho_crm.recycle_bin import RecycleBin
    from zoho_crm.session import ReadSession
    from zoho_destinations.deletion_flags import Parent
    from zoho_destinations.statements import Client

TASK: Final = "reconcile"
MET_BY_CHECK: Final = "sync_checked_records"
"""A check has a table of its own: it leaves alone what a walk that was cut has met."""
_FLUSH_ROWS: Final = 5_000
_WORDS: Final[Mapping[str, str]] = {
    "missing": "missing here",
    "different": "with another time",
    "back": "live again",
    "without a time": "without a time, read again",
    "deleted": "in the recycle bin",
    "not visible": "not visible any more",
    "not read yet": "changed since the last run",
}
_NO_DIFFERENCE: Final = frozenset({"without a time", "not read yet"})


@dataclass(slots=True)
class Reconciled:
    """What reconciling found in one module."""

    module: str
    outcome: ResourceOutcome
    records: int = 0
    """Records that Zoho shows."""
    found: Counter[str] = field(default_factory=Counter)
    """Records by what is with them."""

    @property
    def has_differences(self) -> bool:
        """The copy is not as the CRM in what an ordinary run would not mend."""
        return any(count for reason, count in self.found.items() if reason not in _NO_DIFFERENCE)

    @property
    def sentence(self) -> str:
        """The findings for a person."""
        if not self.found:
            return f"{count_of(self.records, 'record')} compared, no difference."
        parts = [f"{count:,} {_WORDS[reason]}" for reason, count in sorted(self.found.items())]
        return f"{count_of(self.records, 'record')} compared: {', '.join(parts)}."

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "module": self.module,
            "outcome": self.outcome.outcome,
            "records": self.records,
            "found": dict(self.found),
            "reason": self.outcome.reason,
        }


class Reconciler:
    """Compares modules with the CRM, one after the other."""

    def __init__(
        self,
        client: Client,
        session: ReadSession,
        recycle_bin: RecycleBin,
        *,
        now: datetime,
        parents: Mapping[str, Parent] | None = None,
        only_checks: bool = False,
    ) -> None:
        """Makes no call yet.

        Args:
            client: An open client of the dataset.
            session: The run's client and outcomes.
            recycle_bin: Asked for records that are gone.
            now: Zoho's clock.
            parents: By table of subform rows, where the records are that they belong to.
            only_checks: Nothing but the findings is wanted: no flag is set, nothing is read again.
        """
        self._client, self._session, self._bin = client, session, recycle_bin
        self._now = now
        self._parents = parents or {}
        self._only_checks = only_checks
        self._met = MetRecords(client, table=MET_BY_CHECK if only_checks else MET)

    def reconcile(self, schema: TableSchema, anchor: datetime, known: Progress) -> Reconciled:
        """Compares one module; where the limit cuts it, the next run goes on from there.

        Args:
            schema: The module's table, loaded to its end.
            anchor: Where the module's next ordinary reading starts.
            known: How far a walk before this one came.
        """
        name = schema.module.api_name
        outcome = self._session.outcome_of(f"{TASK} {name}", "")
        outcome.starts_at(known.anchor)
        done = Reconciled(name, outcome)
        if not self._met.create():
            known = replace(known, anchor=None)  # what the walk before has met is lost
        times = RecordTimes(self._session, schema, resource=outcome.resource, anchor=known.anchor)
        try:
            if self._walk(times, done, known) and self._compare(times, schema, done, anchor):
                self._end(done)
        except ZohoCrmError as error:
            outcome.end_by(error)
        return done

    # the walk

    def _walk(self, times: RecordTimes, done: Reconciled, known: Progress) -> bool:
        """Stores what the walk meets; whether it came to its end."""
        module, outcome = done.module, done.outcome
        if known.anchor is None:
            self._met.forget(module)
        waiting: list[tuple[str, datetime | None]] = []
        for rows in times.rows():
            waiting += rows
            if len(waiting) >= _FLUSH_ROWS:
                self._keep(module, waiting, times.next_anchor, known)
                waiting = []
        self._keep(module, waiting, times.next_anchor, known)
        outcome.pages += times.outcome.pages
        outcome.anchor_after = times.next_anchor
        if times.outcome.outcome != "done":
            outcome.end(times.outcome.outcome, times.outcome.error)
            outcome.reason = times.outcome.reason
            return False
        self._met.note(module, [(each, None) for each in times.read_timeless()])
        return True

    def _keep(
        self,
        module: str,
        rows: Sequence[tuple[str, datetime | None]],
        anchor: datetime | None,
        known: Progress,
    ) -> None:
        with self._client.begin_transaction():
            self._met.note(module, rows)
            if not self._only_checks:
                reached = Progress(anchor, known.done_at, known.number)
                write_progress(self._client, TASK, module, reached)

    # the comparison

    def _compare(
        self, times: RecordTimes, schema: TableSchema, done: Reconciled, anchor: datetime
    ) -> bool:
        """Says what differs and has it read again; whether it came to its end."""
        for ids in self._chunks(schema):
            if not times.may_go_on:
                done.outcome.end("stopped" if self._session.client.stopping.is_set() else "limit")
                return False
            self._settle_unmet(times, done, ids)
        done.records = self._met.count(done.module)
        done.found.update(self._met.count_differences(schema, anchor=anchor))
        if not self._only_checks:
            self._met.queue_differences(schema, anchor=anchor, as_of=self._now)
        return True

    def _chunks(self, schema: TableSchema) -> Iterator[Sequence[str]]:
        for ids in self._met.unmet_ids(schema, self._parents.get(schema.table_name)):
            for start in range(0, len(ids), settings.MAX_IDS_PER_CALL):
                yield ids[start : start + settings.MAX_IDS_PER_CALL]

    def _settle_unmet(self, times: RecordTimes, done: Reconciled, ids: Sequence[str]) -> None:
        """Asks for what the walk did not meet: it may have come back behind the walk's position.

        The recycle bin first: what is restored in between is found by its id then, and what is
        deleted is listed by the next run. In the other order a restore would be met by neither.
        """
        deleted = self._in_bin(ids)
        in_bin = {each.id for each in deleted}
        others = [each for each in ids if each not in in_bin]
        there = times.read_existing(others) if others else {}
        hidden = [each for each in others if each not in there]
        done.found += Counter({"deleted": len(deleted), "not visible": len(hidden)})
        if self._only_checks:
            return
        with self._client.begin_transaction():
            self._met.note(done.module, list(there.items()))
            note_not_visible(self._client, done.module, hidden, as_of=self._now)
            if hidden:  # merged away or deleted for ever since the daily look, it may be
                look_soon(self._client, done.module)
            if deleted:
                begin_listing(self._client)
                note_listed(self._client, deleted)
                apply_listed(self._client, seen_at=self._now)
                end_listing(self._client)

    def _in_bin(self, ids: Sequence[str]) -> list[Deletion]:
        """What the recycle bin says of records that are gone; nothing where it can't be read."""
        try:
            return self._bin.by_ids(ids)
        except ZohoCrmError as error:
            if error.code == "OAUTH_SCOPE_MISMATCH" or error.status in (400, 403, 404):
                return []
            raise

    def _end(self, done: Reconciled) -> None:
        done.outcome.end("done")
        done.outcome.note(done.sentence)
        with self._client.begin_transaction():
            self._met.forget(done.module)
            if not self._only_checks:
                write_progress(self._client, TASK, done.module, Progress(done_at=self._now))
