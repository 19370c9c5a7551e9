"""Related-list metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_param
from zoho_simulator.layouts import STANDARD

from .access import settings_module
from .multiselect import show_flat, show_nested

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.related_lists import RelatedList
    from zoho_simulator.simulator import Simulator

_STATUSES = ("visible", "user_hidden", "scheduled_for_deletion")


def list_related_lists(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/related_lists?module=` (documented: without `layout_id` of Standard only)."""
    module = settings_module(simulator, call)
    layout = _layout_name(simulator, call, module)
    wanted = call.params["status"].split(",") if "status" in call.params else list(_STATUSES)
    if set(wanted) - set(_STATUSES):
        raise invalid_param("status", supported_values=list(_STATUSES))
    shown = [
        _show(simulator, module, one, layout=layout, number=number)
        for number, one in enumerate(_in_layout(simulator, module, layout), start=1)
        if one.status_in(layout) in wanted
    ]
    return json_reply({"related_lists": shown}, rows=len(shown)) if shown else empty_reply()


def read_related_list(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/related_lists/{id}?module=`."""
    module = settings_module(simulator, call)
    layout = _layout_name(simulator, call, module)
    for number, one in enumerate(_in_layout(simulator, module, layout), start=1):
        if str(one.id) == call.segments["related_list"]:
            shown = _show(simulator, module, one, layout=layout, number=number)
            return json_reply({"related_lists": [shown]}, rows=1)
    return empty_reply()


def _layout_name(simulator: Simulator, call: Call, module: Module) -> str:
    if "layout_id" not in call.params:
        return STANDARD
    layout = simulator.organization.layouts.find(module, call.params["layout_id"])
    if layout is None:
        raise invalid_param("layout_id")
    return layout.name


def _in_layout(simulator: Simulator, module: Module, layout: str) -> list[RelatedList]:
    lists = simulator.organization.related_lists.of(module.api_name).values()
    return [one for one in lists if one.status_in(layout) != "absent"]


def _show(
    simulator: Simulator, module: Module, one: RelatedList, *, layout: str, number: int
) -> dict[str, Any]:
    is_grouped = one.type == "grouped"
    has_rows = one.kind != "none" and not is_grouped
    shown = {
        "id": str(one.id),
        "sequence_number": str(number),
        "display_label": one.label,
        "api_name": one.api_name,
        "name": one.label,
        "module": _show_module(simulator, one.modules[0]) if has_rows else None,
        "action": None,
        "href": f"{module.api_name}/{{ENTITYID}}/{one.api_name}" if has_rows else None,
        "type": one.type,
        "connectedmodule": None,
        "linkingmodule": None,
        "customize_sort": has_rows,
        "customize_fields": has_rows,
        "customize_display_label": True,
        "sort_by": None,
        "sort_order": None,
        "fields": None,
        "status": one.status_in(layout),
        "parent_related_lists": _show_members(simulator, module, one) if is_grouped else None,
        "personality_name": one.personality,
    }
    return shown | _show_multiselect(simulator, one)


def _show_members(simulator: Simulator, module: Module, one: RelatedList) -> list[dict[str, str]]:
    lists = simulator.organization.related_lists.of(module.api_name)
    return [{"api_name": name, "id": str(lists[name].id)} for name in one.members if name in lists]


def _show_multiselect(simulator: Simulator, one: RelatedList) -> dict[str, Any]:
    """Documented both ways: two names of modules, or an object beside them."""
    spec = one.spec
    linking = simulator.organization.modules.get(spec.child_module or "") if spec else None
    if spec is None or linking is None:
        return {}
    on = linking.fields[str(spec.connected_field)]
    flat = {"connectedmodule": on.lookup_module, "linkingmodule": linking.api_name}
    if simulator.settings.multiselect_metadata == "flat":
        return flat | {"multiselectlookup": show_flat(simulator, spec)}
    return flat | {
        "connectedlookupApiName": on.api_name,
        "multiselectlookup": show_nested(simulator, spec),
    }


def _show_module(simulator: Simulator, name: str) -> dict[str, str] | None:
    module = simulator.organization.modules.get(name)
    return None if module is None else {"api_name": module.api_name, "id": str(module.id)}
