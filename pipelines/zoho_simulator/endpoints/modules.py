"""Modules metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_module, invalid_param
from zoho_simulator.rendering import format_time

from .access import caller_id, show_profiles

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.simulator import Simulator

_STATUSES = ("visible", "user_hidden", "system_hidden", "scheduled_for_deletion")


def list_modules(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/modules` (documented)."""
    wanted = call.params["status"].split(",") if "status" in call.params else list(_STATUSES)
    for index, status in enumerate(wanted):
        if status not in _STATUSES:
            raise invalid_param("status", index=index, supported_values=list(_STATUSES))
    modules = simulator.organization.modules.values()
    zone = simulator.view(caller_id(call)).time_zone
    shown = [_show(simulator, m, zone=zone) for m in modules if m.traits.status in wanted]
    return json_reply({"modules": shown}, rows=len(shown)) if shown else empty_reply()


def read_module(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/modules/{api_name}` (documented: 204 for one that is not exposed)."""
    module = simulator.organization.modules.get(call.segments["name"])
    if module is None:
        raise invalid_module({"resource_path_index": 2})  # assumed: the details
    if not module.traits.api_supported:
        return empty_reply()
    zone = simulator.view(caller_id(call)).time_zone
    return json_reply({"modules": [_show(simulator, module, zone=zone)]}, rows=1)


def _show(simulator: Simulator, module: Module, *, zone: str) -> dict[str, Any]:
    traits = module.traits
    is_record_module = traits.api_supported and traits.generated_type in {"default", "custom"}
    return {
        "id": str(module.id),
        "api_name": module.api_name,
        "module_name": traits.module_name,
        "singular_label": traits.singular_label,
        "plural_label": traits.plural_label,
        "actual_singular_label": traits.singular_label,
        "actual_plural_label": traits.plural_label,
        "generated_type": traits.generated_type,
        "api_supported": traits.api_supported,
        "viewable": traits.viewable,
        "visible": traits.status == "visible",
        "status": traits.status,
        "visibility": traits.visibility,
        "show_as_tab": is_record_module and traits.status == "visible",
        "creatable": is_record_module,
        "editable": is_record_module,
        "deletable": is_record_module,
        "convertable": module.api_name in {"Leads", "Quotes"},
        "quick_create": is_record_module,
        "global_search_supported": is_record_module,
        "recycle_bin_on_delete": is_record_module,
        "isBlueprintSupported": is_record_module,
        "profiles": show_profiles(simulator),
        "profile_count": 1,
        "has_more_profiles": False,
        "modified_time": format_time(traits.metadata_modified, zone),
        "modified_by": None,
        "parent_module": _show_parent(simulator, module),
        "sub_menu_available": is_record_module,
        "presence_sub_menu": is_record_module,
        "web_link": None,
        "arguments": [],
        "sequence_number": list(simulator.organization.modules).index(module.api_name) + 1,
        "access_type": traits.access_type,
        "business_card_field_limit": 5 if is_record_module else 0,
        "track_current_data": False,
        "description": None,
    }


def _show_parent(simulator: Simulator, module: Module) -> dict[str, str]:
    parent = simulator.organization.modules.get(module.traits.parent_module or "")
    return {} if parent is None else {"api_name": parent.api_name, "id": str(parent.id)}
