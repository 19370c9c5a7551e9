"""The recycle bin of all modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.bin_filters import parse_filters
from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_param
from zoho_simulator.list_query import check_discrete_page, parse_choice, parse_page, split_ids
from zoho_simulator.rendering import format_time
from zoho_simulator.values import Reference

from .access import caller_id
from .deletions import show_person
from .pages import number_pages

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.record import DeletedRecord
    from zoho_simulator.simulator import Simulator

_SORTS = ("deleted_time", "display_name", "deleted_by")


def list_recycle_bin(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/recycle_bin` (documented: "Get Recycle Bin Records", v8)."""
    params, settings = call.params, simulator.settings
    sort_by = params.get("sort_by", _SORTS[0])
    if sort_by not in _SORTS:
        raise invalid_param("sort_by", supported_values=list(_SORTS))
    is_descending = parse_choice(params, "sort_order", ("desc", "asc")) == "desc"
    per_page, page = parse_page(params)
    if settings.recycle_bin_page_limit:
        check_discrete_page(per_page, page, settings=settings)
    entries = sorted(
        _chosen(simulator, call),
        key=lambda entry: (_sort_value(simulator, entry, sort_by), entry.id),
        reverse=is_descending,
    )
    shown, info = number_pages(entries, per_page=per_page, page=page)
    if not shown:
        return empty_reply()
    rows = _show(simulator, call, shown)
    return json_reply({"recycle_bin": rows, "info": info}, rows=len(rows))


def read_recycle_bin_record(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/recycle_bin/{id}` (documented: 204 for what is not in the bin, or no id)."""
    simulator.organization.settle()
    text = call.segments["record"]
    is_number = text.isascii() and text.isdigit()
    entry = simulator.organization.bin.get(int(text)) if is_number else None
    if entry is None or not _is_visible(simulator, entry):
        return empty_reply()
    return json_reply({"recycle_bin": _show(simulator, call, [entry])}, rows=1)


def count_recycle_bin(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/recycle_bin/actions/count` (documented: with `filters`, if any)."""
    params = {name: text for name, text in call.params.items() if name == "filters"}
    return json_reply({"count": len(_entries(simulator, params))})


def _chosen(simulator: Simulator, call: Call) -> list[DeletedRecord]:
    """Documented: ids come before filters. Assumed: ids that are none are left out."""
    if "ids" not in call.params:
        return _entries(simulator, call.params)
    wanted = set(split_ids(call.params["ids"], settings=simulator.settings))
    return [entry for entry in _entries(simulator, {}) if str(entry.id) in wanted]


def _entries(simulator: Simulator, params: dict[str, str]) -> list[DeletedRecord]:
    simulator.organization.settle()
    entries = [entry for entry in simulator.organization.bin if _is_visible(simulator, entry)]
    if "filters" not in params:
        return entries
    conditions = parse_filters(params["filters"], simulator.settings)
    return [
        entry
        for entry in entries
        if all(condition.holds(_values(simulator, entry)) for condition in conditions)
    ]


def _is_visible(simulator: Simulator, entry: DeletedRecord) -> bool:
    return entry.id not in simulator.organization.module(entry.module).hidden


def _values(simulator: Simulator, entry: DeletedRecord) -> dict[str, Any]:
    """What conditions are about."""
    return {
        "display_name": (entry.display_name or "").casefold(),
        "deleted_by": _person(simulator, entry),
        "module": entry.module.casefold(),
        "deleted_time": entry.deleted_time,
    }


def _sort_value(simulator: Simulator, entry: DeletedRecord, sort_by: str) -> Any:
    if sort_by == "deleted_time":
        return entry.deleted_time
    if sort_by == "deleted_by":
        return _person(simulator, entry)
    return (entry.display_name or "").casefold()


def _person(simulator: Simulator, entry: DeletedRecord) -> str:
    return (show_person(simulator, entry.deleted_by)["name"] or "").casefold()


def _show(simulator: Simulator, call: Call, entries: list[DeletedRecord]) -> list[dict[str, Any]]:
    zone = simulator.view(caller_id(call)).time_zone
    rows = []
    for entry in entries:
        module = simulator.organization.module(entry.module)
        owner = module.values_of(entry.record).get("Owner")
        rows.append(
            {
                "id": str(entry.id),
                "display_name": entry.display_name,
                "deleted_time": format_time(entry.deleted_time, zone),
                "module": {"api_name": module.api_name, "id": str(module.id)},
                "owner": show_person(simulator, owner.id) if isinstance(owner, Reference) else None,
                "deleted_by": show_person(simulator, entry.deleted_by),
            }
        )
    return rows
