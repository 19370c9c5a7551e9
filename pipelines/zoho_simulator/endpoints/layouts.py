"""Layouts metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.rendering import format_time

from .access import caller_id, settings_module
from .fields import show_field

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.layouts import Layout
    from zoho_simulator.module import Module
    from zoho_simulator.simulator import Simulator

_ALLOWED = dict.fromkeys(("edit", "rename", "clone", "set_layout_permissions"), True)
_SECTION_ID_SHIFT = 10_000_000


def list_layouts(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/layouts?module=` (documented; no paging)."""
    module = settings_module(simulator, call)
    zone = simulator.view(caller_id(call)).time_zone
    layouts = simulator.organization.layouts.of(module)
    shown = [_show(simulator, module, layout, zone=zone) for layout in layouts]
    return json_reply({"layouts": shown}, rows=len(shown))


def read_layout(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/layouts/{id}?module=`."""
    module = settings_module(simulator, call)
    layout = simulator.organization.layouts.find(module, call.segments["layout"])
    if layout is None:
        return empty_reply()
    zone = simulator.view(caller_id(call)).time_zone
    return json_reply({"layouts": [_show(simulator, module, layout, zone=zone)]}, rows=1)


def _show(simulator: Simulator, module: Module, layout: Layout, *, zone: str) -> dict[str, Any]:
    is_standard = layout.name == "Standard"
    is_number = simulator.settings.layout_status == "number"
    profiles = _show_profiles(simulator, layout)
    return {
        "id": str(layout.id),
        "name": layout.name,
        "display_label": layout.name,
        "api_name": layout.name.replace(" ", "_"),
        # Documented both ways, as the switch says.
        "status": (0 if layout.status == "active" else 1) if is_number else layout.status,
        "visible": layout.status == "active",
        "mode": "all",
        "source": "crm",
        "generated_type": "system" if is_standard else "custom",
        "created_for": None,
        "created_by": None,
        "created_time": None,
        "modified_by": None,
        "modified_time": format_time(layout.modified, zone),
        "convert_mapping": {},
        "profiles": profiles,
        "total_profiles": len(profiles),
        "has_more_profiles": False,
        "actions_allowed": _ALLOWED,
        "sections": _show_sections(simulator, module, layout),
    }


def _show_profiles(simulator: Simulator, layout: Layout) -> list[dict[str, Any]]:
    profiles = simulator.organization.reference.profiles.values()
    view = {"name": layout.name, "id": str(layout.id), "type": "layout"}
    return [
        {"id": str(one.id), "name": one.name, "default": layout.name == "Standard",
         "_default_view": view, "type": one.type}
        for one in profiles
        if layout.profiles is None or one.name in layout.profiles
    ]  # fmt: skip


def _show_sections(simulator: Simulator, module: Module, layout: Layout) -> list[dict[str, Any]]:
    """One section for plain fields and one for each subform."""
    fields = [
        show_field(simulator, module, spec) | {"sequence_number": number, "maps": []}
        for number, spec in enumerate(module.fields.values(), start=1)
        if spec.used and spec.api_name not in layout.left_out
    ]
    plain = [field for field in fields if field["data_type"] != "subform"]
    subforms = [field for field in fields if field["data_type"] == "subform"]
    label = f"{module.traits.singular_label} Information"
    sections = [(label, plain), *((f["display_label"], [f]) for f in subforms)]
    return [
        {
            "id": str(layout.id + _SECTION_ID_SHIFT + number),
            "name": name,
            "api_name": name.replace(" ", "_"),
            "display_label": name,
            "sequence_number": number,
            "type": "used",
            "generated_type": "default",
            "column_count": 1 if number > 1 else 2,
            "tab_traversal": "left_to_right",
            "isSubformSection": number > 1,
            "fields": members,
            "properties": None,
        }
        for number, (name, members) in enumerate(sections, start=1)
    ]
