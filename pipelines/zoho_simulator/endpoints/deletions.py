"""Deleted records of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import NOT_MODIFIED, Reply, empty_reply, json_reply
from zoho_simulator.errors import ApiError, pattern_not_matched
from zoho_simulator.list_query import check_discrete_page, parse_page, parse_since
from zoho_simulator.rendering import format_time
from zoho_simulator.settings import PERMANENT_DAYS
from zoho_simulator.values import Reference

from .access import caller_id, readable_module
from .pages import number_pages

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.record import DeletedRecord
    from zoho_simulator.simulator import Simulator

_DAY_S = 86_400


def list_deletions(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/deleted` (documented: "Get List of Deleted Records", v8)."""
    try:
        return _answer(simulator, call)
    except ApiError as error:
        if simulator.settings.deleted_errors_wrapped and error.status == 400:
            error.wrapped_in = "data"
        raise


def _answer(simulator: Simulator, call: Call) -> Reply:
    module = readable_module(simulator, call)
    settings = simulator.settings
    kind = call.params.get("type", "all")
    if kind not in {"all", "recycle", "permanent"}:
        raise pattern_not_matched("type")
    per_page, page = parse_page(call.params)
    if settings.deleted_page_limit:
        check_discrete_page(per_page, page, settings=settings)
    entries = list_entries(simulator, module, kind=kind)
    since = None if settings.header_ignored else parse_since(call.headers)
    if since is not None:
        first = since + (settings.if_modified_since == "exclusive")
        entries = [entry for entry in entries if entry.deleted_time >= first]
        if not entries:
            return empty_reply(NOT_MODIFIED)
    shown, info = number_pages(entries, per_page=per_page, page=page)
    if not shown:
        return empty_reply()
    zone = simulator.view(caller_id(call)).time_zone
    rows = [show_deletion(simulator, entry, zone=zone) for entry in shown]
    return json_reply({"data": rows, "info": info}, rows=len(rows))


def list_entries(simulator: Simulator, module: Module, *, kind: str = "all") -> list[DeletedRecord]:
    """The deletions that are told of.

    Documented: those of the recycle bin for 60 days, permanent ones for 120.
    """
    simulator.organization.settle()
    oldest = simulator.clock.epoch_s - PERMANENT_DAYS * _DAY_S
    entries = [
        entry
        for entry in module.deleted.values()
        if entry.type in ({"recycle", "permanent"} if kind == "all" else {kind})
        and entry.id not in module.hidden
        and (entry.type == "recycle" or entry.deleted_time > oldest)
    ]
    is_descending = simulator.settings.deleted_order == "desc"
    return sorted(entries, key=lambda e: (e.deleted_time, e.id), reverse=is_descending)


def show_deletion(simulator: Simulator, entry: DeletedRecord, *, zone: str) -> dict[str, Any]:
    """Documented: nothing but id and time is told of permanent deletions."""
    is_known = entry.type == "recycle"
    module = simulator.organization.module(entry.module)
    author = module.values_of(entry.record).get("Created_By") if is_known else None
    return {
        "id": str(entry.id),
        "display_name": entry.display_name if is_known else None,
        "type": entry.type,
        "deleted_by": show_person(simulator, entry.deleted_by) if is_known else None,
        "created_by": show_person(simulator, author.id) if isinstance(author, Reference) else None,
        "deleted_time": format_time(entry.deleted_time, zone),
    }


def show_person(simulator: Simulator, user_id: int) -> dict[str, str | None]:
    """A user as lists of deletions show one."""
    user = simulator.organization.users.get(user_id)
    return {"name": user.full_name if user else None, "id": str(user_id)}
