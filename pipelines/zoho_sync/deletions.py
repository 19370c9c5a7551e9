"""Deletions, read before the records of a run: two calls where nothing was deleted.

The recycle bin's listing tells what was deleted since the last run, in all modules; its count tells
whether something left it again. Only where the count is not what the dataset holds the bin is
listed whole, and what is gone from it is read in full: what Zoho still gives was restored.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from zoho_crm import settings
from zoho_crm.bin_reading import BinReader
from zoho_crm.deletions import RESOURCE
from zoho_crm.exceptions import ZohoCrmError, ZohoSkippableError
from zoho_crm.recycle_bin import RecycleBin
from zoho_destinations.deleted_records import (
    DELETED_RECORDS,
    apply_listed,
    begin_listing,
    count_in_bin,
    create_deleted_records,
    end_listing,
    modules_left,
    note_left_bin,
    note_listed,
    note_overdue,
)
from zoho_destinations.existing import read_columns
from zoho_destinations.opening import open_dataset
from zoho_destinations.records_to_read import read_queue
from zoho_destinations.sync_progress import (
    Progress,
    create_sync_progress,
    forget_progress,
    read_progress,
    write_progress,
)

from .module_deletions import ModuleDeletions
from .reconcile_plan import mark_due
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dlt

    from zoho_crm.api_types import Module
    from zoho_crm.columns import TableSchema
    from zoho_crm.deletions import Deletion
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

TASK: Final = "deletions"
BIN: Final = "recycle_bin"
REFUSED: Final = "recycle_bin refused"
_FLUSH_ROWS: Final = 1_000
_PAGE_LIMIT: Final = settings.MAX_DISCRETE_PAGES * settings.PAGE_SIZE
_DAY: Final = timedelta(days=1)
_CERTAIN: Final = timedelta(days=settings.RECYCLE_BIN_DAYS - 1)
"""Entries younger than this are in the bin unless somebody took them out: Zoho purges later."""
_LISTED: Final = timedelta(days=settings.RECYCLE_BIN_DAYS)
"""How long a deletion is listed at least; one that was purged is listed for twice as long."""


def read_deletions(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
) -> None:
    """Reads the deletions of one run, and what waits to be read in full because of earlier ones."""
    modules = {name: schema.module for name, schema in schemas.items()}
    now = metadata.date or datetime.now(UTC)
    with open_dataset(pipeline) as client:
        Deletions(client, session, modules, now=now).read()
        queue = read_queue(client, modules)
    session.wanted = {module: list(ids) for module, ids in queue.items()}


class Deletions:
    """Reads the deletions of one run into `deleted_records`."""

    def __init__(
        self,
        client: Client,
        session: ReadSession,
        modules: Mapping[str, Module],
        *,
        now: datetime,
    ) -> None:
        """Makes no call yet.

        Args:
            client: An open client of the dataset.
            session: The run's client and outcomes.
            modules: The modules whose records can be read, by API name.
            now: Zoho's clock.
        """
        self.outcome = session.outcome_of(RESOURCE, DELETED_RECORDS)
        self._client = client
        self._bin = RecycleBin(session.client, overlap_s=session.overlap_s)
        self._apart = ModuleDeletions(client, session, modules, now=now)
        self._modules = modules
        self._now = now
        self._left: set[str] = set()
        """Modules of which something left the bin: restored, or deleted for ever."""
        self.to_reconcile: set[str] = set()
        """Modules whose deletions Zoho does not tell completely."""

    def read(self) -> None:
        """Reads what was deleted, restored or purged; errors end in the outcome."""
        self._prepare()
        known = read_progress(self._client, TASK)
        try:
            if not self._read_bin_unless_refused(known):
                self._apart.read_all()
            self._apart.read_permanent(self._left)
            with self._client.begin_transaction():
                note_overdue(self._client, seen_at=self._now)
            self.outcome.end("done")
            self._note_apart()
        except ZohoCrmError as error:
            self.outcome.end_by(error)
        self._note_idleness(known)
        if self.to_reconcile:
            mark_due(self._client, self.to_reconcile)

    def _note_apart(self) -> None:
        """What was asked for module by module, and not given."""
        self.to_reconcile |= self._apart.too_many
        if self._apart.too_many:
            self.outcome.note(
                "Zoho's page limit ended the list of deletions of "
                f"{', '.join(sorted(self._apart.too_many))}: they will be reconciled."
            )

    def _note_idleness(self, known: Mapping[str, Progress]) -> None:
        """After so long a break, what was deleted in it is listed no more."""
        before = max((each.done_at for each in known.values() if each.done_at), default=None)
        if before is None or self._now - before < _LISTED:
            return
        self.to_reconcile |= set(self._modules)
        self.outcome.note(
            f"No run has read deletions for {(self._now - before).days} days, and Zoho lists them "
            f"for {_LISTED.days}: all modules will be reconciled, a call for 200 records."
        )

    def _prepare(self) -> None:
        is_lost = DELETED_RECORDS not in read_columns(self._client)
        create_deleted_records(self._client)
        create_sync_progress(self._client)
        if is_lost:
            forget_progress(self._client, TASK, *self._apart.tasks)

    def _read_bin_unless_refused(self, known: Mapping[str, Progress]) -> bool:
        """Reads the bin, or tells that Zoho refuses it; asks again after a day."""
        refused = known.get(REFUSED, Progress()).done_at
        if refused is None or self._now - refused >= _DAY:
            try:
                self._read_bin(known.get(BIN, Progress()))
            except ZohoCrmError as error:
                if not _is_refusal(error):
                    raise
                write_progress(self._client, TASK, REFUSED, Progress(done_at=self._now))
                self.outcome.note(
                    f"The recycle bin can't be listed, so deletions are asked for module by "
                    f"module, a call each: {error}"
                )
                return False
            return True
        return False

    # the recycle bin

    def _read_bin(self, known: Progress) -> None:
        self.outcome.starts_at(known.anchor)
        reached = Progress(self._list_new(known), self._now, known.number)
        is_stale = known.done_at is None or self._now - known.done_at >= _DAY
        if is_stale or reached.anchor != known.anchor:
            write_progress(self._client, TASK, BIN, reached)
        self.outcome.anchor_after = reached.anchor
        self._compare_count(reached)

    def _list_new(self, known: Progress) -> datetime | None:
        """Stores as it reads, in order of time: what a limit cuts goes on from a proved point."""
        reader = BinReader(self._bin, self._modules)
        waiting: list[Deletion] = []
        listed = 0
        for page in reader.pages(known.anchor):
            listed += len(page)
            waiting += page
            if len(waiting) >= _FLUSH_ROWS:
                self._store(waiting, replace(known, anchor=reader.next_anchor))
                waiting = []
        if waiting:
            self._store(waiting, replace(known, anchor=reader.next_anchor))
        self._note(reader)
        if listed > _PAGE_LIMIT:
            self.outcome.note(
                f"{listed:,} entries of the recycle bin were listed from time to time "
                f"({count_of(reader.calls, 'call')}), past the {_PAGE_LIMIT:,} that Zoho's page "
                "numbers reach."
            )
        return reader.next_anchor

    def _note(self, reader: BinReader) -> None:
        self.outcome.pages += reader.calls
        self.to_reconcile |= reader.crowded
        if reader.crowded:
            self.outcome.note(
                "More records were deleted within a second than Zoho lists: "
                f"{', '.join(sorted(reader.crowded))} will be reconciled."
            )

    def _store(self, deletions: Sequence[Deletion], reached: Progress) -> None:
        with self._client.begin_transaction():
            begin_listing(self._client)
            note_listed(self._client, deletions)
            self.outcome.rows += apply_listed(self._client, seen_at=self._now)
            end_listing(self._client)
            write_progress(self._client, TASK, BIN, reached)

    def _compare_count(self, known: Progress) -> None:
        """One call tells whether anything left the bin, or came to be seen in it."""
        since = self._now - _CERTAIN
        counted = self._bin.count(since)
        expected = count_in_bin(self._client, since=since) + (known.number or 0)
        # What the count has and the listing hides stays so: it is no news next time. But only a
        # listing without news tells: what is deleted after the count would hide a later restore.
        if counted != expected and not self._list_whole(since):
            offset = counted - count_in_bin(self._client, since=since)
            write_progress(self._client, TASK, BIN, replace(known, number=offset))

    def _list_whole(self, since: datetime) -> bool:
        """Whether it had news: something new, something that left, or more than can be listed."""
        begin_listing(self._client)
        reader = BinReader(self._bin, self._modules)
        for page in reader.pages(since):
            note_listed(self._client, page)
        self._note(reader)
        known = count_in_bin(self._client, since=since)
        with self._client.begin_transaction():
            new = apply_listed(self._client, seen_at=self._now)
            self.outcome.rows += new
            left = 0
            if not reader.crowded:  # what was not listed need not be gone
                left = note_left_bin(self._client, seen_at=self._now, since=since)
                self._left |= modules_left(self._client, seen_at=self._now) if left else set()
            end_listing(self._client)
        self.outcome.note(
            f"The recycle bin was listed whole ({count_of(reader.calls, 'call')}): "
            f"{count_of(left, 'record')} left it."
        )
        has_changed = known != count_in_bin(self._client, since=since)
        return bool(new or left or has_changed or reader.crowded)


def _is_refusal(error: ZohoCrmError) -> bool:
    return isinstance(error, ZohoSkippableError) or error.code == "OAUTH_SCOPE_MISMATCH"
