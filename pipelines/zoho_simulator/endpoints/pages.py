"""Pages of a list: where one starts, and what `info` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import NO_CONTENT, NOT_MODIFIED, Reply, empty_reply
from zoho_simulator.errors import ApiError
from zoho_simulator.list_query import bound_question
from zoho_simulator.page_tokens import PagePosition
from zoho_simulator.rendering import format_time

from .access import caller_id

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.list_query import ListQuery
    from zoho_simulator.listing import Listing
    from zoho_simulator.ordering import Key
    from zoho_simulator.simulator import Simulator


class Pages:
    """Cuts one page out of a list, and makes the tokens for the others."""

    def __init__(
        self, simulator: Simulator, call: Call, *, query: ListQuery, listing: Listing
    ) -> None:
        self._simulator = simulator
        self._call = call
        self._query = query
        self._listing = listing
        lifetime_s = simulator.settings.page_token_lifetime_s
        self._expires_at = simulator.clock.epoch_s + lifetime_s

    def cut(self) -> tuple[list[Key], dict[str, Any]]:
        """The keys of the page asked for, and its `info`."""
        position = self._position()
        key = position.key
        offset = position.offset if key is None else self._listing.offset_after(key)
        keys = self._listing.page(offset, self._query.per_page)
        return keys, self._info(position, offset=offset, keys=keys) if keys else {}

    def empty_reply(self) -> Reply:
        """Documented: 304 when nothing is newer. Assumed: 204 past the end of what is newer."""
        is_unchanged = self._query.since is not None and len(self._listing) == 0
        return empty_reply(NOT_MODIFIED if is_unchanged else NO_CONTENT)

    def _position(self) -> PagePosition:
        query, settings = self._query, self._simulator.settings
        if query.page_token is None:
            offset = (query.page - 1) * query.per_page
            return PagePosition(offset=offset, served=offset)
        position = self._simulator.page_tokens.open(
            query.page_token, user_id=caller_id(self._call), question=self._question()
        )
        if position.served >= settings.max_token_rows:
            message = "pagination limit exceeded"
            details = {"param_name": "page_token"}
            raise ApiError(400, "PAGINATION_LIMIT_EXCEEDED", message, details)
        return position

    @property
    def _has_token(self) -> bool:
        """Whether a page that others follow tells a token."""
        query, settings = self._query, self._simulator.settings
        if settings.numbered_pages == "tell_tokens" or query.page_token is not None:
            return True
        return (query.page + 1) * query.per_page > settings.max_discrete_rows

    def _info(self, position: PagePosition, *, offset: int, keys: list[Key]) -> dict[str, Any]:
        """The documented members of `info`; with a token `page` stays 1."""
        end = offset + len(keys)
        has_more = end < len(self._listing)
        following = PagePosition(end, self._key(keys[-1]), position.served + len(keys))
        start = max(offset - self._query.per_page, 0)
        served = max(position.served - self._query.per_page, 0)
        zone = self._simulator.view(caller_id(self._call)).time_zone
        return {
            "call": False,
            "per_page": self._query.per_page,
            "next_page_token": self._issue(following) if has_more and self._has_token else None,
            "count": len(keys),
            "sort_by": self._query.sort_by,
            "page": self._query.page,
            "previous_page_token": self._issue(PagePosition(start, None, served))
            if offset
            else None,
            "page_token_expiry": format_time(self._expires_at, zone) if has_more else None,
            "sort_order": "desc" if self._query.descending else "asc",
            "email": False,
            "more_records": has_more,
        }

    def _key(self, key: Key) -> Key | None:
        # Assumed, with a switch: what a token remembers.
        return key if self._simulator.settings.paging == "cursor" else None

    def _issue(self, position: PagePosition) -> str:
        return self._simulator.page_tokens.issue(
            position,
            user_id=caller_id(self._call),
            question=self._question(),
            expires_at=self._expires_at,
        )

    def _question(self) -> dict[str, object]:
        with_header = self._simulator.settings.header_bound_to_token
        return bound_question(self._call, self._query, with_header=with_header)


def number_pages(rows: list[Any], *, per_page: int, page: int) -> tuple[list[Any], dict[str, Any]]:
    """A page by number, and the `info` of lists that know no tokens."""
    start = (page - 1) * per_page
    shown = rows[start : start + per_page]
    return shown, {
        "per_page": per_page,
        "count": len(shown),
        "page": page,
        "more_records": start + per_page < len(rows),
    }
