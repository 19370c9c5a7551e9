"""Reads in bounded packages: extract, normalise, load, until nothing is left to read."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.source import zoho_crm_session

from .missing_tables import note_begun_again
from .poison import load_or_set_aside
from .recovery import restore_state
from .ticking import telling_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import dlt

    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession

    from .poison import SetAside
    from .progress import RunListener

FILE_FORMAT: Final = "parquet"


class PackageLoop:
    """Loads package after package of one session. Pages are safe once their package is loaded."""

    def __init__(
        self,
        pipeline: dlt.Pipeline,
        session: ReadSession,
        metadata: Metadata,
        *,
        patterns: Sequence[str],
        listener: RunListener,
    ) -> None:
        """Reads nothing yet.

        Args:
            pipeline: Where to load, its state restored.
            session: The run's client, bounds and outcomes.
            metadata: The organisation's modules and fields.
            patterns: Which modules to read.
            listener: Hears what happens now.
        """
        self.pipeline = pipeline
        self.load_ids: list[str] = []
        """The packages loaded so far."""
        self.set_aside: list[SetAside] = []
        """The packages that could not be loaded."""
        self.before_load: Callable[[], None] = lambda: None
        """Called before each load; may raise to stop it."""
        self.reread: Callable[[dlt.Pipeline, Metadata], Metadata] | None = None
        """Reads the metadata of `session.stale_modules` again, between two packages."""
        self.metadata = metadata
        """The organisation's modules and fields, as they are by now."""
        self._session = session
        self._patterns = patterns
        self._listener = listener

    def run(self) -> None:
        """Reads and loads until every resource has ended."""
        while not self._session.client.stopping.is_set():
            self._session.package.start()
            if self._session.stale_modules and self.reread is not None:
                self.metadata = self.reread(self.pipeline, self.metadata)
            source = zoho_crm_session(self._session, self.metadata, modules=self._patterns)
            if not source.resources:
                return
            self._load_one(source)
        for outcome in self._session.outcomes.values():
            if outcome.outcome == "more":  # asked to stop amid a load: no package follows
                outcome.end("stopped")

    def load(self, source: Any) -> bool:
        """Loads what is at hand already, as a package of its own; False if it was set aside."""
        self.pipeline.extract(source, loader_file_format=FILE_FORMAT)
        return self._load_extracted() is None

    def _load_one(self, source: Any) -> None:
        finished = set(self._session.finished)
        outcomes = deepcopy(self._session.outcomes)
        wanted = deepcopy((self._session.wanted, self._session.asked_for))
        forgotten = set(self._session.forgotten)
        with telling_progress(self._session, self._listener):
            self.pipeline.extract(source, loader_file_format=FILE_FORMAT)
        poisoned = self._load_extracted()
        if poisoned is None:
            note_begun_again(self.pipeline, forgotten - self._session.forgotten)
        else:
            self._session.wanted, self._session.asked_for = wanted
            self._session.forgotten = forgotten
            self._read_again(finished, outcomes, poisoned)

    def _load_extracted(self) -> SetAside | None:
        if not self.pipeline.has_pending_data:
            return None
        self.before_load()
        self._listener.phase(f"Loading package {len(self.load_ids) + 1}.")
        load_ids, poisoned = load_or_set_aside(self.pipeline)
        self.load_ids += load_ids
        if poisoned is not None:
            self._go_on_without(poisoned)
        return poisoned

    def _go_on_without(self, poisoned: SetAside) -> None:
        self.set_aside.append(poisoned)
        self._listener.phase(poisoned.sentence)
        self.pipeline = restore_state(self.pipeline)

    def _read_again(self, finished: set[str], outcomes: dict[str, Any], poisoned: SetAside) -> None:
        """What else was in the package is read again; what could not be loaded has failed."""
        session = self._session
        read = {name: each for name, each in session.outcomes.items() if name not in finished}
        session.finished = finished
        session.outcomes = outcomes
        for name, outcome in read.items():
            if not poisoned.tables or outcome.table_name in poisoned.tables:
                failed = session.outcome_of(name, outcome.table_name, outcome.module)
                failed.end("failed")
                failed.reason = poisoned.sentence
                session.finish(name)
