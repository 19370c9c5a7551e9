"""A read session: what the resources of one run share."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import settings
from .exceptions import ZohoConfigError
from .outcomes import ResourceOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .api_types import JsonObject
    from .backfill import Backfill
    from .client import ZohoClient
    from .fitting import Fitting


@dataclass(slots=True)
class PackageBounds:
    """How much one load package may hold. Reading ends at the next safe point past a bound."""

    max_rows: int | None = None
    max_seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    rows: int = 0
    _ends_at: float | None = None

    def start(self) -> None:
        """Begins a package."""
        self.rows = 0
        self._ends_at = None if self.max_seconds is None else self.clock() + self.max_seconds

    @property
    def is_full(self) -> bool:
        """A bound is passed."""
        if self.max_rows is not None and self.rows >= self.max_rows:
            return True
        return self._ends_at is not None and self.clock() >= self._ends_at


@dataclass(slots=True)
class ReadSession:
    """The client, the bounds and the outcomes that one run's resources share."""

    client: ZohoClient
    overlap_s: float = settings.OVERLAP_S
    package: PackageBounds = field(default_factory=PackageBounds)
    raises: bool = True
    """Errors that end the run are raised; otherwise they are in the outcomes for the caller."""
    fitting: Fitting | None = None
    """Knows what the destination can't hold; none where it holds everything."""
    creates_empty_tables: bool = True
    """dlt creates the tables of empty modules; not where the caller does, and not on Postgres,
    where dlt cannot load an empty file through ADBC."""
    full_text: bool = True
    """Rich text is read past the 500 characters that lists return."""
    forgotten: set[str] = field(default_factory=set)
    """Resources whose anchor counts no more, for instance because the table is gone."""
    backfills: list[Backfill] = field(default_factory=list)
    """New columns to be filled for older records."""
    layouts: dict[str, Sequence[JsonObject]] = field(default_factory=dict)
    """By module: its layouts as Zoho sent them, once this run has asked for them."""
    emptied: set[str] = field(default_factory=set)
    """Reference tables of which this run has read that there is nothing in them any more."""
    rereads_metadata: bool = False
    """Whoever runs the packages reads the metadata of `stale_modules` again before the next one."""
    fields_refused: set[str] = field(default_factory=set)
    """Modules whose metadata was read again because Zoho refused their fields; once a run."""
    stale_modules: set[str] = field(default_factory=set)
    """Modules whose records came without fields that were asked for."""
    left_out: dict[str, set[str]] = field(default_factory=dict)
    """By module: fields that Zoho leaves out of records, as this run has found."""
    seen_without: dict[str, set[str]] = field(default_factory=dict)
    """By module whose records were read to their end: the fields that they lack by now."""
    former_names: dict[str, str] = field(default_factory=dict)
    """The API names that modules had until this run, by the names they have now."""
    finished: set[str] = field(default_factory=set)
    """Resources that were read to their end, or ended otherwise, in this run."""
    outcomes: dict[str, ResourceOutcome] = field(default_factory=dict)
    reads_all_metadata: bool = True
    """This run looks at all metadata, as one run a day does."""
    now: datetime | None = None
    """The server's clock when the run began."""
    identity: str | None = None
    """Tells whose credentials these are; kept in the state of `organization`."""
    wanted: dict[str, list[str]] = field(default_factory=dict)
    """By module: ids of records to be read in full besides what changed."""
    asked_for: dict[str, list[str]] = field(default_factory=dict)
    """By module: those of the wanted ids that were read, or are not there."""
    organization: JsonObject | None = None
    """The organisation, where the caller has read it already."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Refuses an overlap that would lose changes."""
        if self.overlap_s < settings.MIN_OVERLAP_S:
            raise ZohoConfigError(
                f"overlap_s is {self.overlap_s:g}, but must be at least {settings.MIN_OVERLAP_S}: "
                "set [sources.zoho_crm] overlap_s (SOURCES__ZOHO_CRM__OVERLAP_S) higher."
            )

    def outcome_of(
        self, resource: str, table_name: str, module: str | None = None
    ) -> ResourceOutcome:
        """The outcome of a resource, made when first asked for."""
        with self._lock:
            if resource not in self.outcomes:
                self.outcomes[resource] = ResourceOutcome(resource, table_name, module)
            return self.outcomes[resource]

    def finish(self, resource: str) -> None:
        """The resource has no more to read in this run."""
        self.finished.add(resource)

    def forget(self, resource: str) -> bool:
        """Whether the resource's state counts no more; asked once, by its reader."""
        is_forgotten = resource in self.forgotten
        self.forgotten.discard(resource)
        return is_forgotten

    def may_start_chain(self, calls: int) -> bool:
        """Whether reading may go on past a safe point."""
        return (
            not self.package.is_full
            and not self.client.stopping.is_set()
            and self.client.budget.allows(calls)
        )
