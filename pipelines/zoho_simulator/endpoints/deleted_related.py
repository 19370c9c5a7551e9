"""Related records of a record in the recycle bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.call import Reply, empty_reply
from zoho_simulator.errors import ApiError, invalid_parent, invalid_relation, unsupported_relation
from zoho_simulator.list_query import check_discrete_page, parse_fields, parse_page
from zoho_simulator.page_tokens import PagePosition
from zoho_simulator.related_lists import is_readable
from zoho_simulator.related_rendering import RelatedRowFormat
from zoho_simulator.related_rows import related_rows
from zoho_simulator.rendering import format_time
from zoho_simulator.settings import MAX_FIELDS
from zoho_simulator.values import Reference

from .access import caller_id, is_record_id, readable_module
from .pages import number_pages
from .related_access import check_rows_are_readable
from .related_records import join

if TYPE_CHECKING:
    from typing import Any

    from zoho_simulator.call import Call
    from zoho_simulator.record import DeletedRecord
    from zoho_simulator.related_lists import RelatedList
    from zoho_simulator.simulator import Simulator


def list_related_of_deleted(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/deleted/{id}/{list}` (documented: "Get Related Records of a Deleted Record").

    Documented: no page token, no header, no order; what is sent of them is disregarded. Live
    children only, of lookups only.
    """
    settings = simulator.settings
    entry = _find_entry(simulator, call)
    related_list = _find_list(simulator, call, entry)
    max_fields = MAX_FIELDS if settings.related_field_limit else None
    names = parse_fields(call.params, max_fields=max_fields)
    per_page, page = parse_page(call.params)
    if settings.deleted_page_limit:
        check_discrete_page(per_page, page, settings=settings)
    parent = Reference(entry.module, entry.id)
    rows = related_rows(
        simulator.organization, related_list, parent, partition="both", settings=settings
    )
    ordered = sorted(rows, key=lambda row: row.id, reverse=True)  # assumed
    shown, numbers = number_pages(ordered, per_page=per_page, page=page)
    if not shown:
        return empty_reply()
    row_format = RelatedRowFormat(
        simulator, related_list, parent=parent, names=names, user_id=caller_id(call)
    )
    info = numbers | _tokens(simulator, call, numbers)
    return join(row_format.render_all(shown), info, rows=len(shown))


def _tokens(simulator: Simulator, call: Call, info: dict[str, Any]) -> dict[str, str | None]:
    """Documented: `info` has the members of a token, which no parameter of this call takes."""
    if not info["more_records"]:
        return dict.fromkeys(("next_page_token", "previous_page_token", "page_token_expiry"))
    user_id = caller_id(call)
    expires_at = simulator.clock.epoch_s + simulator.settings.page_token_lifetime_s
    token = simulator.page_tokens.issue(
        PagePosition(info["page"] * info["per_page"]), user_id=user_id,
        question={"path": call.path}, expires_at=expires_at,
    )  # fmt: skip
    return {
        "next_page_token": token,
        "previous_page_token": None,
        "page_token_expiry": format_time(expires_at, simulator.view(user_id).time_zone),
    }


def _find_entry(simulator: Simulator, call: Call) -> DeletedRecord:
    """Documented: only while the parent sits in the recycle bin."""
    module = readable_module(simulator, call)
    simulator.organization.settle()
    text = call.segments["id"]
    if not is_record_id(text):
        raise invalid_parent(2)
    entry = simulator.organization.bin.get(int(text))
    if entry is None or entry.module != module.api_name or entry.id in module.hidden:
        # The specification lists this message; assumed: for what was purged as well.
        details = {"resource_path_index": 2}
        raise ApiError(400, "INVALID_DATA", "record not deleted", details)
    return entry


def _find_list(simulator: Simulator, call: Call, entry: DeletedRecord) -> RelatedList:
    """Assumed, with switches: the index in refusals, and which relations are lookups."""
    organization, settings = simulator.organization, simulator.settings
    index = 3 if settings.deleted_path_index == "segments" else 2
    found = organization.related_lists.of(entry.module).get(call.segments["list"])
    module = organization.module(entry.module)
    layout = organization.layouts.name_for(module, module.values_of(entry.record))
    if found is None or not is_readable(found, layout):
        raise invalid_relation(index)
    if not _is_served(simulator, found):
        raise unsupported_relation(index)
    check_rows_are_readable(simulator, found, index=index)
    return found


def _is_served(simulator: Simulator, related_list: RelatedList) -> bool:
    reading = simulator.settings.deleted_related
    if related_list.kind == "many_to_many":
        return reading == "with_members"
    if related_list.kind not in {"lookup", "activities"} or related_list.type == "grouped":
        return False
    modules = [simulator.organization.modules.get(name) for name in related_list.modules]
    fields = [m.fields.get(name) for m in modules if m for name in related_list.fields]
    is_multi = any(spec is not None and spec.lookup_module is None for spec in fields)
    return reading != "lookup" or not is_multi
