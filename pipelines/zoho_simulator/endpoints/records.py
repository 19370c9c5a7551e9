"""Lists of records, and one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import NO_CONTENT, NOT_MODIFIED, Reply, empty_reply, json_reply
from zoho_simulator.errors import ApiError, invalid_record, invalid_url, not_supported
from zoho_simulator.list_query import bound_question, parse_list_query, parse_since
from zoho_simulator.listing import build_listing
from zoho_simulator.page_tokens import PagePosition
from zoho_simulator.rendering import encode, format_time
from zoho_simulator.single_record import to_single, truncated

from .access import caller_id, readable_module

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.list_query import ListQuery
    from zoho_simulator.listing import Listing
    from zoho_simulator.module import Module
    from zoho_simulator.ordering import Key
    from zoho_simulator.simulator import Simulator

_ID_LENGTHS = range(16, 20)


def list_records(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}` (documented: "Get Records", v8)."""
    module = readable_module(simulator, call)
    if module.api_name == "Notes" and not simulator.settings.user_is_admin:
        raise not_supported(403, {"resource_path_index": 0})
    query = parse_list_query(call, module, simulator.settings)
    listing = build_listing(module, query, simulator.settings, number=call.number)
    position = _position(simulator, call, query=query)
    offset = position.offset if position.key is None else listing.offset_after(position.key)
    keys = listing.page(offset, query.per_page)
    if not keys:
        # Documented: 304 when nothing is newer. Assumed: 204 past the end of what is newer.
        is_unchanged = query.since is not None and len(listing) == 0
        return empty_reply(NOT_MODIFIED if is_unchanged else NO_CONTENT)
    pages = _Pages(simulator, call, query=query, listing=listing)
    info = pages.info(position, offset=offset, keys=keys)
    return Reply(200, _join(simulator, call, module=module, query=query, keys=keys, info=info),
                 rows=len(keys))  # fmt: skip


def _position(simulator: Simulator, call: Call, *, query: ListQuery) -> PagePosition:
    if query.page_token is None:
        offset = (query.page - 1) * query.per_page
        return PagePosition(offset=offset, served=offset)
    settings = simulator.settings
    question = bound_question(call, query, with_header=settings.header_bound_to_token)
    position = simulator.page_tokens.open(
        query.page_token, user_id=caller_id(call), question=question
    )
    if position.served >= settings.max_token_rows:
        message = "pagination limit exceeded"
        details = {"param_name": "page_token"}
        raise ApiError(400, "PAGINATION_LIMIT_EXCEEDED", message, details)
    return position


class _Pages:
    """The `info` of one reply and the tokens in it."""

    def __init__(
        self, simulator: Simulator, call: Call, *, query: ListQuery, listing: Listing
    ) -> None:
        self._simulator = simulator
        self._call = call
        self._query = query
        self._listing = listing
        lifetime_s = simulator.settings.page_token_lifetime_s
        self._expires_at = simulator.clock.epoch_s + lifetime_s

    def info(self, position: PagePosition, *, offset: int, keys: list[Key]) -> dict[str, Any]:
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
            "next_page_token": self._issue(following) if has_more else None,
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
        with_header = self._simulator.settings.header_bound_to_token
        return self._simulator.page_tokens.issue(
            position,
            user_id=caller_id(self._call),
            question=bound_question(self._call, self._query, with_header=with_header),
            expires_at=self._expires_at,
        )


def _join(
    simulator: Simulator,
    call: Call,
    *,
    module: Module,
    query: ListQuery,
    keys: list[Key],
    info: dict[str, Any],
) -> bytes:
    row_format = simulator.organization.row_format(
        module, query.names, view=simulator.view(caller_id(call))
    )
    records, render = module.records, row_format.render
    rows = b",".join([render(records[key[2]]) for key in keys])
    return b"".join((b'{"data":[', rows, b'],"info":', encode(info), b"}"))


def read_record(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/{id}` (documented: "Get Records", v8, for one record)."""
    module = readable_module(simulator, call)
    text = call.segments["id"]
    if not text.isascii() or not text.isdigit():
        # Assumed, with a switch.
        raise invalid_url() if simulator.settings.text_id_status == 404 else invalid_record(1)
    if len(text) not in _ID_LENGTHS:
        raise invalid_record(1)  # assumed
    record = module.records.get(int(text))
    if record is None or not module.is_visible(record):
        return _unknown_id(simulator)
    since = None if simulator.settings.header_ignored else parse_since(call.headers, module)
    if since is not None and record.modified is not None:
        first = since + (simulator.settings.if_modified_since == "exclusive")
        if record.modified < first:
            return empty_reply(NOT_MODIFIED)
    view = simulator.view(caller_id(call))
    names = tuple(name for name in call.params.get("fields", "").split(",") if name)
    shown = to_single(simulator.organization, module, record=record, view=view, names=names)
    has_more = truncated(simulator.organization, module, record=record, view=view)
    shown["$has_more"] = has_more
    return json_reply({"data": [shown]}, rows=1)


def _unknown_id(simulator: Simulator) -> Reply:
    # The 2026 specification says 204; the others are assumed, with a switch.
    status = simulator.settings.unknown_id_status
    if status == NO_CONTENT:
        return empty_reply()
    raise invalid_record(1, status=status)
