"""Reading the recycle bin past Zoho's limit of 2,000 rows by page number.

Fresh questions from the last time on need no second page. Only what was deleted within one second
must be followed by page, and where that is too much it is asked for module by module, from both
ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .deletions import is_page_limit
from .exceptions import ZohoCrmError, ZohoTransientError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from .deletions import Deletion, DeletionListing
    from .recycle_bin import RecycleBin

_CROWD: Final = timedelta(seconds=2)
"""What the page limit stops at lies within a second of the anchor, or the anchor would move."""


class BinReader:
    """Reads the bin from a time to its end.

    What was given may be stored at any time, together with `next_anchor`.
    """

    def __init__(self, recycle_bin: RecycleBin, modules: Collection[str]) -> None:
        """Makes no call yet.

        Args:
            recycle_bin: Asks for the bin.
            modules: API names of modules whose records may be in it.
        """
        self.calls = 0
        self.next_anchor: datetime | None = None
        self.crowded: set[str] = set()
        """Modules with more deletions in one second than Zoho lists."""
        self._bin, self._modules = recycle_bin, modules

    def pages(self, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        """Yields what was deleted at `since` or later; a deletion may come more than once.

        Raises:
            ZohoCrmError: As the reply says.
        """
        start, latest = since, None
        while True:
            listing = self._bin.listing(start)
            try:
                for page in self._counted(listing):
                    self.next_anchor = _earlier(listing.next_anchor, latest)
                    yield page
            except ZohoCrmError as error:
                if not is_page_limit(error) or listing.anchor is None:
                    raise
            else:
                self.next_anchor = _earlier(listing.next_anchor, latest)
                return
            # What becomes visible late is for the next reading, however far this one jumps.
            latest = latest or listing.latest_anchor
            yield from self._crowd(listing.anchor)
            start = listing.anchor + _CROWD

    def _counted(self, listing: DeletionListing) -> Iterator[Sequence[Deletion]]:
        for page in listing.pages():
            self.calls += 1
            yield page
        if not listing.is_complete:
            raise ZohoTransientError(
                "recycle_bin: it changes faster than it can be listed; the next run goes on."
            )

    def _crowd(self, start: datetime) -> Iterator[Sequence[Deletion]]:
        """Reads one crowded second, module by module."""
        end = start + _CROWD
        for module in self._modules:
            wanted = self._bin.count(start, until=end, module=module)
            self.calls += 1
            met: set[str] = set()
            for is_descending in (False, True):
                if len(met) >= wanted:
                    break
                listing = self._bin.listing(
                    start, until=end, module=module, is_descending=is_descending
                )
                try:
                    for page in self._counted(listing):
                        met |= {each.id for each in page}
                        yield page
                except ZohoCrmError as error:
                    if not is_page_limit(error):
                        raise
            if len(met) < wanted:
                self.crowded.add(module)


def _earlier(moment: datetime | None, other: datetime | None) -> datetime | None:
    return moment if moment is None or other is None else min(moment, other)
