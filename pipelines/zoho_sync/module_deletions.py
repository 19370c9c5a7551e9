"""Deletions asked for module by module: permanent ones once a day, all without the recycle bin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from zoho_crm import settings
from zoho_crm.deletions import RESOURCE, is_page_limit
from zoho_crm.exceptions import ZohoCrmError, ZohoSkippableError
from zoho_crm.module_deletions import list_deleted
from zoho_destinations.deleted_records import (
    DELETED_RECORDS,
    apply_listed,
    begin_listing,
    end_listing,
    note_left_bin,
    note_listed,
)
from zoho_destinations.sync_progress import Progress, read_progress, write_progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from zoho_crm.api_types import Module
    from zoho_crm.deletions import Deletion
    from zoho_crm.session import ReadSession
    from zoho_destinations.statements import Client

Kind = Literal["all", "recycle", "permanent"]
_TASKS: Final[Mapping[Kind, str]] = {
    "all": "deletions of a module",
    "recycle": "recycle bin of a module",
    "permanent": "permanent deletions",
}
_DAY: Final = timedelta(seconds=settings.PERMANENT_PERIOD_S)
_PERIODS: Final[Mapping[Kind, timedelta]] = {
    "all": timedelta(0),
    "recycle": _DAY,
    "permanent": _DAY,
}
_THREADS: Final = 8


@dataclass(slots=True)
class _Listed:
    """What one module's listing has shown."""

    module: str
    deletions: list[Deletion] = field(default_factory=list)
    next_anchor: datetime | None = None
    error: ZohoCrmError | None = None


def look_soon(client: Client, module: str) -> None:
    """Has the next run ask for a module's permanent deletions, whenever that was done last."""
    task = _TASKS["permanent"]
    known = read_progress(client, task).get(module, Progress())
    write_progress(client, task, module, replace(known, done_at=None))


class ModuleDeletions:
    """Reads `/{module}/deleted` of many modules into `deleted_records`."""

    tasks: Final = tuple(_TASKS.values())
    """Names of the work whose progress is kept."""

    def __init__(
        self, client: Client, session: ReadSession, modules: Mapping[str, Module], *, now: datetime
    ) -> None:
        """Makes no call yet; see `Deletions`."""
        self.refusals: dict[str, ZohoCrmError] = {}
        """Modules whose deletions Zoho does not give."""
        self.too_many: set[str] = set()
        """Modules with more deletions than Zoho's page limit lets through."""
        self._client, self._session, self._modules = client, session, modules
        self._outcome = session.outcome_of(RESOURCE, DELETED_RECORDS)
        self._now = now
        self._has_all = False

    def read_all(self) -> None:
        """Reads deletions of both kinds, a call a module, and once a day what was restored.

        Raises:
            ZohoCrmError: What ends the run's reading: the limit, the network.
        """
        self._has_all = True
        self._read("all")
        self._read("recycle")

    def read_permanent(self, at_once: Collection[str] = ()) -> None:
        """Reads permanent deletions where that was not done for a day; a call a module.

        Args:
            at_once: Modules that are read whenever that was done last.

        Raises:
            ZohoCrmError: What ends the run's reading: the limit, the network.
        """
        if not self._has_all:
            self._read("permanent", at_once)

    def _read(self, kind: Kind, at_once: Collection[str] = ()) -> None:
        known = read_progress(self._client, _TASKS[kind])
        due = [
            name
            for name in self._modules
            if name in at_once or self._is_due(known.get(name), _PERIODS[kind])
        ]
        for listed in self._list(due, kind, known):
            error, before = listed.error, known.get(listed.module, Progress())
            if error is None or is_page_limit(error):
                self._store(kind, listed, before)
            elif isinstance(error, ZohoSkippableError) or error.code == "OAUTH_SCOPE_MISMATCH":
                self.refusals[listed.module] = error
                self._write(kind, listed.module, before, before.anchor)
            else:
                raise error

    def _is_due(self, known: Progress | None, period: timedelta) -> bool:
        return known is None or known.done_at is None or self._now - known.done_at >= period

    def _list(
        self, names: Sequence[str], kind: Kind, known: Mapping[str, Progress]
    ) -> Iterator[_Listed]:
        def list_one(name: str) -> _Listed:
            # What is in the bin is compared as a whole.
            anchor = None if kind == "recycle" else known.get(name, Progress()).anchor
            return self._list_module(name, kind, anchor)

        with ThreadPoolExecutor(_THREADS) as pool:
            yield from pool.map(list_one, names)

    def _list_module(self, name: str, kind: Kind, anchor: datetime | None) -> _Listed:
        overlap_s = self._session.overlap_s
        listing = list_deleted(
            self._session.client, self._modules[name], kind, since=anchor, overlap_s=overlap_s
        )
        listed = _Listed(name)
        try:
            for page in listing.pages():
                listed.deletions += page
            if not listing.is_complete:
                listed.error = ZohoSkippableError(
                    f"{name}: its deletions change faster than they can be listed.", module=name
                )
        except ZohoCrmError as error:
            listed.error = error
        listed.next_anchor = listing.next_anchor
        if listed.error is not None and is_page_limit(listed.error):
            listed.next_anchor = self._now - timedelta(seconds=overlap_s)
        return listed

    def _store(self, kind: Kind, listed: _Listed, before: Progress) -> None:
        is_cut = listed.error is not None
        if is_cut:
            self.too_many.add(listed.module)
        with self._client.begin_transaction():
            if listed.deletions or kind == "recycle":
                begin_listing(self._client)
                note_listed(self._client, listed.deletions)
                self._outcome.rows += apply_listed(self._client, seen_at=self._now)
                if kind == "recycle" and not is_cut:
                    note_left_bin(self._client, seen_at=self._now, module=listed.module)
                end_listing(self._client)
            self._write(kind, listed.module, before, listed.next_anchor)

    def _write(self, kind: Kind, module: str, before: Progress, anchor: datetime | None) -> None:
        if anchor != before.anchor or self._is_due(before, _DAY):
            write_progress(self._client, _TASKS[kind], module, Progress(anchor, self._now))
