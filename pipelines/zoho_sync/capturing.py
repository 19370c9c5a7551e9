"""Capturing the recycle bin: what is due goes to Zoho in batches, and each batch to the dataset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from zoho_crm.bin_capture import BinCapture, ParentWork, ends_all
from zoho_crm.capture_batches import fit_into
from zoho_crm.capture_building import CaptureBuilder
from zoho_crm.capture_plan import plan_lists
from zoho_crm.deleted_related import RESOURCE
from zoho_crm.selection import EVERYTHING, select_names
from zoho_destinations.bin_parents import (
    has_deletions,
    read_bin,
    read_erased_ids,
    read_gone,
    read_modules,
)
from zoho_destinations.capture_lists import has_lists, read_known_lists, read_refused_lists
from zoho_destinations.evidence_store import append_captures, read_head
from zoho_destinations.evidence_tables import create_evidence_tables
from zoho_destinations.last_images import LastImages

from .capture_report import CaptureReport
from .due_captures import due_work
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zoho_crm.bin_capture import BatchResult
    from zoho_crm.columns import TableSchema
    from zoho_crm.evidence import Capture
    from zoho_crm.outcomes import ResourceOutcome
    from zoho_crm.session import ReadSession
    from zoho_destinations.bin_parents import BinParent
    from zoho_destinations.statements import Client

    from .configuration import SyncConfiguration
    from .progress import RunListener

REFUSAL_KEPT_DAYS: Final = 7
"""A list that Zoho refuses for a whole module is asked for again after this long."""
_CALLS_A_BATCH: Final = 60
_PARENTS_A_BATCH: Final = 60
_MISSED_A_BATCH: Final = 500
_NOTHING_READ: Final = (
    "Deletions and related lists have not been read yet: run `zoho-sync run` first."
)


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """What is asked for of one capture."""

    run_id: str = ""
    modules: Sequence[str] = EVERYTHING
    """API names of modules, with patterns."""
    is_recapture: bool = False
    """All records in the bin are due, whenever they were captured."""
    max_calls: int | None = None
    """Calls for captures, within the limit of the run."""


def configured_capture(config: SyncConfiguration) -> CaptureOptions | None:
    """What every run captures, by the configuration; None for nothing."""
    return CaptureOptions(max_calls=config.audit_max_calls) if config.audit else None


def require_modules(
    client: Client, listed: Iterable[str], schemas: Mapping[str, TableSchema], asked: Sequence[str]
) -> None:
    """Refuses a module that nothing is known of, before anything is read because of it.

    Args:
        client: An open client of the dataset.
        listed: API names of the modules that Zoho lists, whether they can be read or not.
        schemas: The tables of all modules.
        asked: API names of modules, with patterns.

    Raises:
        ZohoConfigError: A pattern matches no module; the sentence suggests the nearest name.
    """
    select_names(asked, sorted({*listed, *_known_modules(client, schemas)}))


def capture_bin(
    client: Client,
    session: ReadSession,
    schemas: Mapping[str, TableSchema],
    *,
    options: CaptureOptions,
    listener: RunListener,
) -> CaptureReport:
    """Captures what is due, nearest to its purge first, as far as the limit reaches.

    Every batch is safe once it is stored; what a kill takes is asked again.

    Args:
        client: An open client of the dataset, which is locked.
        session: The run's client, clock and outcomes.
        schemas: The tables of all modules.
        options: What is asked for.
        listener: Hears how far it is.
    """
    create_evidence_tables(client)
    now = session.now or datetime.now(UTC)
    # Without a table: `status` is about tables that every run reads.
    outcome = session.outcome_of(RESOURCE, "")
    if has_deletions(client) and has_lists(client):
        work = _Work(client, session, schemas, options=options, now=now)
        work.record_missed()
        work.capture(outcome, listener)
        report = work.report
    else:
        report = CaptureReport(as_of=now, notes=[_NOTHING_READ])
    if outcome.outcome == "reading":
        outcome.end("done")
    report.head = read_head(client)
    for note in report.notes:
        outcome.note(note)
    session.finish(RESOURCE)
    return report


def _known_modules(client: Client, schemas: Mapping[str, TableSchema]) -> set[str]:
    return schemas.keys() | (read_modules(client) if has_deletions(client) else set())


class _Work:
    """One capture under way."""

    def __init__(
        self,
        client: Client,
        session: ReadSession,
        schemas: Mapping[str, TableSchema],
        *,
        options: CaptureOptions,
        now: datetime,
    ) -> None:
        self.report = CaptureReport(as_of=now)
        self._client = client
        self._session = session
        self._options = options
        self._now = now
        self._plan = plan_lists(read_known_lists(client), schemas)
        tables = {name: schema.table_name for name, schema in schemas.items()}
        self._builder = CaptureBuilder(
            run_id=options.run_id,
            now=now.replace(microsecond=0),
            images_of=LastImages(client, tables).read,
            erased_ids=read_erased_ids(client),
        )
        self._reader = BinCapture(session.client, self._builder)
        since = now - timedelta(days=REFUSAL_KEPT_DAYS)
        self._reader.refused |= read_refused_lists(client, since=since)
        known = sorted(_known_modules(client, schemas))
        self._modules = set(select_names(options.modules, known))

    def record_missed(self) -> None:
        """Says of what was purged too early that it was."""
        missed = [
            each
            for each in read_gone(self._client, as_of=self._now)
            if each[0].module in self._modules
        ]
        for start in range(0, len(missed), _MISSED_A_BATCH):
            some = missed[start : start + _MISSED_A_BATCH]
            self._store(self._builder.describe_missed(some))
        self.report.missed += [parent for parent, _ in missed]

    def capture(self, outcome: ResourceOutcome, listener: RunListener) -> None:
        """Asks and stores batch by batch, until nothing is due or no call is left."""
        due = list(self._due())
        while due:
            listener.phase(f"Capturing the recycle bin: {count_of(len(due), 'record')} to go.")
            batch = list(fit_into(due[:_PARENTS_A_BATCH], self._calls_allowed()))
            if not batch or self._session.client.stopping.is_set():
                is_stopped = self._session.client.stopping.is_set()
                outcome.end("stopped" if is_stopped else "limit")
                break
            result = self._reader.read(batch)
            outcome.rows += self._store(result.captures)
            outcome.pages += sum(capture.pages for capture in result.captures)
            due = self._what_waits(due, batch, result)
            if result.error is not None:
                outcome.end_by(result.error)
                if ends_all(result.error):
                    break
        self.report.waiting += [work.parent for work in due]
        self.report.notes += self._reader.notes

    def _due(self) -> Iterator[ParentWork]:
        """What is to be asked, nearest to its purge first."""
        for known in self._in_bin():
            if known.parent.module in self._modules:
                lists = self._plan.get(known.parent.module, {})
                work = due_work(
                    known, lists, now=self._now, is_recapture=self._options.is_recapture
                )
                if work is not None:
                    self._tell_unknown_lists(known.parent.module)
                    yield work

    def _tell_unknown_lists(self, module: str) -> None:
        sentence = (
            f"{module}: Zoho tells of no related lists, so it is not known what hung on its "
            "deleted records."
        )
        if module not in self._plan and sentence not in self.report.notes:
            self.report.notes.append(sentence)

    def _in_bin(self) -> Iterable[BinParent]:
        known = read_bin(self._client, as_of=self._now)
        if not self._options.is_recapture:
            return known
        # The longest not captured first, so that limited runs come round.
        return sorted(known, key=self._last_captured)

    def _last_captured(self, known: BinParent) -> datetime:
        """When all that can be asked about it had been."""
        lists = self._plan.get(known.parent.module, {})
        times = [
            moment
            for name, moment in known.asked.items()
            if name is None or (name in lists and lists[name].is_asked)
        ]
        return min(times, default=datetime.min.replace(tzinfo=UTC))

    def _calls_allowed(self) -> int:
        """How many lists the next batch may ask for; a call is kept for asking the bin."""
        left = self._session.client.budget.left
        allowed = _CALLS_A_BATCH if left is None else min(_CALLS_A_BATCH, left - 1)
        if self._options.max_calls is not None:
            spent = self._session.client.usage(RESOURCE).calls
            allowed = min(allowed, self._options.max_calls - spent - 1)
        return max(allowed, 0)

    def _store(self, captures: Sequence[Capture]) -> int:
        new = append_captures(self._client, captures)
        self.report.outcomes.update(
            capture.outcome for capture in captures if capture.related_list is not None
        )
        self.report.new_documents += new
        return len(captures)

    def _what_waits(
        self, due: list[ParentWork], batch: list[ParentWork], result: BatchResult
    ) -> list[ParentWork]:
        """What is still to be asked; what failed is left to the next run."""
        self.report.parents += len(result.done)
        self.report.left += result.left
        ended = {work.parent for work in result.done} | set(result.left)
        rest = due[len(batch) :]
        for work, asked in zip(due, batch, strict=False):
            if work.parent in ended:
                continue
            if asked.is_whole or result.error is not None:
                self.report.waiting.append(work.parent)
            else:
                lists = tuple(each for each in work.lists if each not in asked.lists)
                rest.insert(0, ParentWork(work.parent, work.occasion, lists))
        return rest
