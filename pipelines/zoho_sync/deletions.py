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
from zoho_crm.deletions import RESOURCE
from zoho_crm.exceptions import ZohoCrmError, ZohoSkippableError, ZohoTransientError
from zoho_crm.recycle_bin import RecycleBin
from zoho_destinations.deleted_records import (
    DELETED_RECORDS,
    apply_listed,
    begin_listing,
    count_in_bin,
    create_deleted_records,
    end_listing,
    note_left_bin,
    note_listed,
)
from zoho_destinations.existing import read_columns
from zoho_destinations.records_to_read import read_queue
from zoho_destinations.sync_progress import (
    Progress,
    create_sync_progress,
    forget_progress,
    read_progress,
    write_progress,
)

from .module_deletions import ModuleDeletions
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dlt

    from zoho_crm.api_types import Module
    from zoho_crm.columns import TableSchema
    from zoho_crm.deletions import Deletion, DeletionListing
    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

TASK: Final = "deletions"
BIN: Final = "recycle_bin"
REFUSED: Final = "recycle_bin refused"
_FLUSH_ROWS: Final = 1_000
_DAY: Final = timedelta(days=1)
_CERTAIN: Final = timedelta(days=settings.RECYCLE_BIN_DAYS - 1)
"""Entries younger than this are in the bin unless somebody took them out: Zoho purges later."""


def read_deletions(
    pipeline: dlt.Pipeline,
    session: ReadSession,
    metadata: Metadata,
    schemas: Mapping[str, TableSchema],
) -> None:
    """Reads the deletions of one run, and what waits to be read in full because of earlier ones."""
    modules = {name: schema.module for name, schema in schemas.items()}
    now = metadata.date or datetime.now(UTC)
    with pipeline.sql_client() as client:
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
        self._now = now

    def read(self) -> None:
        """Reads what was deleted, restored or purged; errors end in the outcome."""
        self._prepare()
        known = read_progress(self._client, TASK)
        try:
            if not self._read_bin_unless_refused(known):
                self._apart.read_all()
            self._apart.read_permanent()
            self.outcome.end("done")
        except ZohoCrmError as error:
            self.outcome.end_by(error)

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
        listing = self._bin.listing(known.anchor)
        self._list_new(listing, known)
        reached = Progress(listing.next_anchor, self._now, known.number)
        is_stale = known.done_at is None or self._now - known.done_at >= _DAY
        if is_stale or reached.anchor != known.anchor:
            write_progress(self._client, TASK, BIN, reached)
        self.outcome.anchor_after = reached.anchor
        self._compare_count(reached)

    def _list_new(self, listing: DeletionListing, known: Progress) -> None:
        """Stores as it reads, in order of time: what a limit cuts goes on from a proved point."""
        waiting: list[Deletion] = []
        for page in listing.pages():
            self.outcome.pages += 1
            waiting += page
            if len(waiting) >= _FLUSH_ROWS:
                self._store(waiting, replace(known, anchor=listing.next_anchor))
                waiting = []
        if waiting:
            self._store(waiting, replace(known, anchor=listing.next_anchor))
        self._require_proof(listing)

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
        if counted != expected:
            self._list_whole(since)
            # What the count has and the listing hides stays so: it is no news next time.
            offset = counted - count_in_bin(self._client, since=since)
            write_progress(self._client, TASK, BIN, replace(known, number=offset))

    def _list_whole(self, since: datetime) -> None:
        begin_listing(self._client)
        listing = self._bin.listing(since)
        for page in listing.pages():
            self.outcome.pages += 1
            note_listed(self._client, page)
        self._require_proof(listing)
        with self._client.begin_transaction():
            self.outcome.rows += apply_listed(self._client, seen_at=self._now)
            left = note_left_bin(self._client, seen_at=self._now, since=since)
            end_listing(self._client)
        self.outcome.note(
            f"The recycle bin was listed whole ({count_of(listing.pages_read, 'call')}): "
            f"{count_of(left, 'record')} left it."
        )

    @staticmethod
    def _require_proof(listing: DeletionListing) -> None:
        if not listing.is_complete:
            raise ZohoTransientError(
                "recycle_bin: it changes faster than it can be listed; the next run goes on."
            )


def _is_refusal(error: ZohoCrmError) -> bool:
    return isinstance(error, ZohoSkippableError) or error.code == "OAUTH_SCOPE_MISMATCH"
