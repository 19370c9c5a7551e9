"""Deletions as Zoho lists them, and the proved walk over one such listing.

Pure but for the call that it is given: listings of deletions know no page tokens, only numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from . import settings
from .exceptions import ZohoCrmError, ZohoResponseError
from .metadata import elements_of
from .paging import PageReply, Question, Walk
from .shapes import info_in, mapping_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .api_types import JsonObject
    from .replies import Reply

PAGE_LIMIT_CODE: Final = "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
RESOURCE: Final = "deleted_records"
"""What calls for deletions are counted for, and the table that they end in."""

Kind = Literal["recycle", "permanent"]


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion of one record; people and name are null for permanent ones."""

    module: str
    id: str
    deleted_time: datetime
    type: Kind
    display_name: str | None = None
    deleted_by__id: str | None = None
    deleted_by__name: str | None = None
    created_by__id: str | None = None
    created_by__name: str | None = None


class DeletionListing:
    """Reads one listing of deletions to its end, a page at a time.

    What was read may be stored at any time, together with `next_anchor`.
    """

    def __init__(
        self,
        ask: Callable[[Question], Reply],
        parse: Callable[[Reply], Sequence[Deletion]],
        *,
        since: datetime | None,
        overlap_s: float,
        is_unordered: bool = False,
    ) -> None:
        """Makes no call yet.

        Args:
            ask: Makes the call for a page; the page token of the question is its number.
            parse: Gives the deletions in a reply.
            since: Where the listing before this one ended.
            overlap_s: Seconds that the next one goes back behind the server's clock.
            is_unordered: It is not asked for in order of time.
        """
        self.pages_read = 0
        self._ask, self._parse = ask, parse
        # Within a listing chains start as late as they can, or the page limit would end one of
        # many deletions a minute ago; what becomes visible late is for the next listing.
        self._walk = Walk(since, overlap_s=0, is_unordered=is_unordered)
        self._since = since
        self._overlap = timedelta(seconds=overlap_s)
        self._date: datetime | None = None

    @property
    def next_anchor(self) -> datetime | None:
        """Where the next listing starts."""
        reached = self._walk.next_anchor
        if reached is None or reached == self._since:
            return reached
        return min(reached, (self._date or reached) - self._overlap)

    @property
    def latest_anchor(self) -> datetime | None:
        """The latest that the next listing may start at, whatever was deleted since."""
        return self._date - self._overlap if self._date else None

    @property
    def anchor(self) -> datetime | None:
        """Where the pages under way start."""
        question = self._walk.question
        return question.anchor if question else self._walk.next_anchor

    @property
    def is_complete(self) -> bool:
        """It was read to its end, and proved."""
        return self._walk.outcome == "done"

    def pages(self) -> Iterator[Sequence[Deletion]]:
        """Yields what each page lists; a deletion may come more than once.

        Raises:
            ZohoCrmError: As the reply says; with `PAGE_LIMIT_CODE` past the pages that Zoho gives.
        """
        while (question := self._walk.question) is not None:
            page = question.page_token or "1"
            reply = self._ask(question)
            found = () if reply.is_unchanged else self._parse(reply)
            self.pages_read += 1
            self._date = self._date or reply.date
            # The page limit would end a stretch that an anchor can still get out of.
            hurry = int(page) >= settings.MAX_DISCRETE_PAGES
            rows = [(_key_of(each), each.deleted_time) for each in found]
            self._walk.answer(PageReply(rows, _next_page(reply, page), reply.date), hurry=hurry)
            yield found


def _key_of(deletion: Deletion) -> str:
    """Tells a deletion from others of the same record."""
    return f"{deletion.id} {deletion.type} {deletion.deleted_time.timestamp():.0f}"


def _next_page(reply: Reply, page: str) -> str | None:
    info = info_in(reply, about=RESOURCE)
    return str(int(page) + 1) if info.get("more_records") else None


def parse_bin(reply: Reply) -> list[Deletion]:
    """Gives the deletions in a page of the recycle bin.

    Raises:
        ZohoResponseError: The reply is not shaped as documented.
    """
    return [
        _parse(row, _module_in(row.get("module")), kind="recycle")
        for row in elements_of(reply, "recycle_bin")
    ]


def _module_in(value: Any) -> str:
    """The API name in what Zoho gives as an object, or as a text."""
    return value if isinstance(value, str) else str(mapping_in(value).get("api_name") or "")


def parse_deleted(reply: Reply, module: str) -> list[Deletion]:
    """Gives the deletions in a page of `/{module}/deleted`.

    Raises:
        ZohoResponseError: The reply is not shaped as documented.
    """
    return [
        _parse(row, module, kind="permanent" if row.get("type") == "permanent" else "recycle")
        for row in elements_of(reply, "data")
    ]


def _parse(row: JsonObject, module: str, *, kind: Kind) -> Deletion:
    try:
        moment = datetime.fromisoformat(row["deleted_time"])
        if moment.tzinfo is None or not row.get("id") or not module:
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise ZohoResponseError(
            f"{module or 'recycle_bin'}: a deletion came without id, module or time; run with "
            "--debug and report it.",
            module=module or None,
        ) from None
    deleted_by, created_by = mapping_in(row.get("deleted_by")), mapping_in(row.get("created_by"))
    return Deletion(
        module=module,
        id=str(row["id"]),
        deleted_time=moment.astimezone(UTC),
        type=kind,
        display_name=row.get("display_name"),
        deleted_by__id=deleted_by.get("id"),
        deleted_by__name=deleted_by.get("name"),
        created_by__id=created_by.get("id"),
        created_by__name=created_by.get("name"),
    )


def is_page_limit(error: ZohoCrmError) -> bool:
    """Whether a listing ended because Zoho gives no further page of it."""
    return error.code == PAGE_LIMIT_CODE
