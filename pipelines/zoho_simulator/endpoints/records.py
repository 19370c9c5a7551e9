"""Lists of records, and one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import NO_CONTENT, NOT_MODIFIED, Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_record, invalid_url, not_supported
from zoho_simulator.list_query import check_names, parse_list_query, parse_since
from zoho_simulator.listing import build_listing
from zoho_simulator.rendering import encode
from zoho_simulator.single_record import to_single, truncated

from .access import caller_id, is_record_id, readable_module
from .pages import Pages

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.list_query import ListQuery
    from zoho_simulator.module import Module
    from zoho_simulator.ordering import Key
    from zoho_simulator.simulator import Simulator


def list_records(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}` (documented: "Get Records", v8)."""
    module = readable_module(simulator, call)
    if module.api_name == "Notes" and not simulator.settings.user_is_admin:
        raise not_supported(403, {"resource_path_index": 0})
    query = parse_list_query(call, module, simulator.settings)
    check_names(query.names, module, simulator.settings)
    listing = build_listing(module, query, simulator.settings, number=call.number)
    pages = Pages(simulator, call, query=query, listing=listing)
    keys, info = pages.cut()
    if not keys:
        return pages.empty_reply()
    return Reply(200, _join(simulator, call, module=module, query=query, keys=keys, info=info),
                 rows=len(keys))  # fmt: skip


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
    if not is_record_id(text):
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
