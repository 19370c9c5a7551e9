"""Reads in bounded packages: extract, normalise, load, until nothing is left to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zoho_crm.source import zoho_crm_session

from .ticking import telling_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    import dlt
    from dlt.common.pipeline import LoadInfo

    from zoho_crm.metadata import Metadata
    from zoho_crm.session import ReadSession

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
        self.load_ids: list[str] = []
        """The packages loaded so far."""
        self._pipeline = pipeline
        self._session = session
        self._metadata = metadata
        self._patterns = patterns
        self._listener = listener

    def run(self) -> None:
        """Reads and loads until every resource has ended."""
        while True:
            self._session.package.start()
            source = zoho_crm_session(self._session, self._metadata, modules=self._patterns)
            if not source.resources:
                return
            self._load_one(source)
            if self._session.client.stopping.is_set():
                return

    def _load_one(self, source: Any) -> None:
        with telling_progress(self._session, self._listener):
            self._pipeline.extract(source, loader_file_format=FILE_FORMAT)
        if not self._pipeline.has_pending_data:
            return
        self._listener.phase(f"Loading package {len(self.load_ids) + 1}.")
        self._pipeline.normalize()
        info: LoadInfo = self._pipeline.load()
        info.raise_on_failed_jobs()
        self.load_ids += info.loads_ids
