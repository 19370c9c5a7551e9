"""The recycle bin's listing: the deletions of all modules in one place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import settings
from .asking_by_ids import ask_in_parts
from .deletions import RESOURCE, Deletion, DeletionListing, parse_bin
from .exceptions import ZohoResponseError
from .paging import SECOND, Question
from .replies import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .client import ZohoClient
    from .replies import Reply

BIN_SUBJECT = Subject(RESOURCE, "ZohoCRM.settings.recycle_bin.READ")
_PATH = "settings/recycle_bin"


class RecycleBin:
    """Asks for what is in the recycle bin.

    Source: Zoho CRM API v8, "Get Recycle Bin Records".
    """

    def __init__(self, client: ZohoClient, *, overlap_s: float = settings.OVERLAP_S) -> None:
        """Makes no call yet."""
        self._client = client
        self._overlap_s = overlap_s

    def listing(
        self,
        since: datetime | None = None,
        *,
        until: datetime | None = None,
        module: str | None = None,
        is_descending: bool = False,
    ) -> DeletionListing:
        """What was deleted at `since` or later and before `until`, oldest first.

        Args:
            since: Where the listing before this one ended.
            until: Entries from here on are left out.
            module: Entries of other modules are left out.
            is_descending: The latest first, which is worth it only where one end is out of reach.
        """

        def ask(question: Question) -> Reply:
            order = "desc" if is_descending else "asc"
            params = {"sort_by": "deleted_time", "sort_order": order}
            params["per_page"] = str(settings.PAGE_SIZE)
            params["page"] = question.page_token or "1"
            filters = _filters(question.anchor, until, module)
            if filters:
                params["filters"] = filters
            return self._client.get(_PATH, params, subject=BIN_SUBJECT)

        return DeletionListing(
            ask, parse_bin, since=since, overlap_s=self._overlap_s, is_unordered=is_descending
        )

    def count(
        self,
        since: datetime | None = None,
        *,
        until: datetime | None = None,
        module: str | None = None,
    ) -> int:
        """How many entries were deleted at `since` or later, and before `until`.

        Raises:
            ZohoResponseError: The reply holds no number.
        """
        filters = _filters(since, until, module)
        params = {"filters": filters} if filters else {}
        reply = self._client.get(f"{_PATH}/actions/count", params, subject=BIN_SUBJECT)
        if reply.status == 204:
            return 0
        try:
            return int(reply.body["count"])
        except (KeyError, TypeError, ValueError):
            raise ZohoResponseError(
                "recycle_bin: Zoho's reply holds no count; run with --debug and report it.",
                status=reply.status,
            ) from None

    def by_ids(self, ids: Sequence[str]) -> list[Deletion]:
        """Those of some records that are in the bin; a call for each 100."""

        def ask(some: Sequence[str]) -> list[Deletion]:
            params = {"ids": ",".join(some), "per_page": str(settings.PAGE_SIZE)}
            return parse_bin(self._client.get(_PATH, params, subject=BIN_SUBJECT))

        parts = ask_in_parts(self._client, ids, ask, ids_in=lambda part: {each.id for each in part})
        return [each for part in parts for each in part]


def _filters(since: datetime | None, until: datetime | None, module: str | None = None) -> str:
    """A range of `deleted_time` and a module in Zoho's words, which know only greater and less."""
    conditions: list[dict[str, Any]] = []
    if since is not None:
        conditions.append(_condition("deleted_time", "greater_than", _text(since - SECOND)))
    if until is not None:
        conditions.append(_condition("deleted_time", "less_than", _text(until)))
    if module is not None:
        conditions.append(_condition("module", "equal", module))
    if not conditions:
        return ""
    return json.dumps({"group_operator": "AND", "group": conditions}, separators=(",", ":"))


def _condition(field: str, comparator: str, value: str) -> dict[str, Any]:
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
