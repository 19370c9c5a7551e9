"""Related records of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply
from zoho_simulator.errors import unknown_parent
from zoho_simulator.external_ids import external_field, find_external, parse_external_header
from zoho_simulator.list_query import parse_list_query
from zoho_simulator.listing import order_rows
from zoho_simulator.related_rendering import RelatedRowFormat
from zoho_simulator.related_rows import RelatedRow, related_rows
from zoho_simulator.rendering import encode
from zoho_simulator.settings import MAX_FIELDS

from .access import caller_id, is_record_id
from .emails import list_emails, read_email
from .pages import Pages
from .related_access import ParentIsGoneError, check_rows_are_readable, find_list, find_parent

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.list_query import ListQuery
    from zoho_simulator.related_lists import RelatedList
    from zoho_simulator.simulator import Simulator

    from .related_access import Parent

# Documented: a related list's `info` has fewer members than a module's.
_LEFT_OUT = ("call", "email", "sort_by", "sort_order")


def list_related(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/{id}/{list}` (documented: "Get Related Records", v8)."""
    try:
        parent = find_parent(simulator, call)
    except ParentIsGoneError:
        return empty_reply()
    related_list = find_list(simulator, call, parent)
    if related_list.kind == "emails":
        return list_emails(simulator, call, parent)
    check_rows_are_readable(simulator, related_list)
    query = _parse(simulator, call, related_list)
    rows = _rows(simulator, related_list, parent, query)
    by_id = {row.id: row for row in rows}
    listing = order_rows(rows, query, simulator.settings, number=call.number)
    pages = Pages(simulator, call, query=query, listing=listing)
    keys, info = pages.cut()
    if not keys:
        return pages.empty_reply()
    row_format = RelatedRowFormat(
        simulator, related_list, parent=parent.reference, names=query.names,
        user_id=caller_id(call),
    )  # fmt: skip
    body = row_format.render_all([by_id[key[2]] for key in keys])
    return join(body, _trim(info, related_list), rows=len(keys))


def read_related(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/{id}/{list}/{related}` (specification: one element, no `info`)."""
    try:
        parent = find_parent(simulator, call)
    except ParentIsGoneError:
        return empty_reply()
    related_list = find_list(simulator, call, parent)
    if related_list.kind == "emails":
        return read_email(simulator, call, parent)
    check_rows_are_readable(simulator, related_list)
    wanted = _related_id(simulator, call, related_list)
    found = related_rows(
        simulator.organization, related_list, parent.reference, partition="both",
        settings=simulator.settings,
    )  # fmt: skip
    row = next((row for row in found if row.id == wanted), None)
    if row is None:
        raise unknown_parent()
    names = tuple(name for name in call.params.get("fields", "").split(",") if name)
    row_format = RelatedRowFormat(
        simulator, related_list, parent=parent.reference, names=names or tuple(row.module.fields),
        user_id=caller_id(call),
    )  # fmt: skip
    return Reply(200, b'{"data":[' + row_format.render(row) + b"]}", rows=1)


def join(body: bytes, info: dict[str, Any], *, rows: int) -> Reply:
    """Rows and their `info` as a reply."""
    return Reply(200, b"".join((b'{"data":[', body, b'],"info":', encode(info), b"}")), rows=rows)


def _parse(simulator: Simulator, call: Call, related_list: RelatedList) -> ListQuery:
    module = simulator.organization.module(related_list.modules[0])
    settings = simulator.settings
    max_fields = MAX_FIELDS if settings.related_field_limit else None
    return parse_list_query(call, module, settings, max_fields=max_fields)


def _rows(
    simulator: Simulator, related_list: RelatedList, parent: Parent, query: ListQuery
) -> list[RelatedRow]:
    settings = simulator.settings
    first = query.since
    if first is not None and settings.if_modified_since == "exclusive":
        first += 1
    return [
        row
        for row in related_rows(
            simulator.organization, related_list, parent.reference, partition=query.converted,
            settings=settings,
        )
        if (query.ids is None or row.id in query.ids)
        and (first is None or (row.modified is not None and row.modified >= first))
    ]  # fmt: skip


def _related_id(simulator: Simulator, call: Call, related_list: RelatedList) -> int | None:
    """The related record in the path, by id or by external id."""
    text = call.segments["related"]
    module = simulator.organization.module(related_list.modules[0])
    fields = parse_external_header(call.headers)
    field = external_field(module, fields, simulator.settings)
    if field is not None:
        return find_external(module, field, text).id
    return int(text) if is_record_id(text) else None


def _trim(info: dict[str, Any], related_list: RelatedList) -> dict[str, Any]:
    """Documented: samples of chronological views have no `page_token_expiry`."""
    is_grouped = related_list.type == "grouped"
    left_out = {*_LEFT_OUT, "page_token_expiry"} if is_grouped else set(_LEFT_OUT)
    return {name: value for name, value in info.items() if name not in left_out}
