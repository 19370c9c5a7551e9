"""The two shapes in which metadata describes a multi-select lookup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.related_lists import LIST_ID_SHIFT

if TYPE_CHECKING:
    from zoho_simulator.fields import FieldSpec
    from zoho_simulator.simulator import Simulator


def show_multiselect_lookup(simulator: Simulator, spec: FieldSpec) -> dict[str, Any]:
    """A field's `multiselectlookup`, in the shape that the switch wants."""
    child = simulator.organization.modules.get(spec.child_module or "")
    if spec.data_type != "multiselectlookup" or child is None:
        return {}
    is_flat = simulator.settings.multiselect_metadata == "flat"
    return show_flat(simulator, spec) if is_flat else show_nested(simulator, spec)


def show_nested(simulator: Simulator, spec: FieldSpec) -> dict[str, Any]:
    """The shape of v8's specification."""
    child = simulator.organization.module(str(spec.child_module))
    back, on = child.fields[str(spec.child_field)], child.fields[str(spec.connected_field)]
    return {
        "linking_details": {
            "module": _show_module(simulator, child.api_name),
            "lookup_field": {"api_name": back.api_name, "id": str(back.id)},
            "connected_lookup_field": {"api_name": on.api_name, "id": str(on.id)},
        },
        "connected_details": {
            "module": _show_module(simulator, on.lookup_module),
            "field": None,
            "layouts": [],
        },
        "related_list": _show_list(spec),
    }


def show_flat(simulator: Simulator, spec: FieldSpec) -> dict[str, Any]:
    """The shape of v7's documentation."""
    child = simulator.organization.module(str(spec.child_module))
    back, on = child.fields[str(spec.child_field)], child.fields[str(spec.connected_field)]
    return {
        "display_label": spec.display_label,
        "linking_module": _show_module(simulator, child.api_name),
        "lookup_apiname": back.api_name,
        "connected_module": _show_module(simulator, on.lookup_module),
        "connectedlookup_apiname": on.api_name,
        "connectedfield_apiname": None,
        **_show_list(spec),
    }


def _show_list(spec: FieldSpec) -> dict[str, str | None]:
    has_list = spec.related_list is not None
    return {
        "api_name": spec.related_list,
        "id": str(spec.id + LIST_ID_SHIFT) if has_list else None,
    }


def _show_module(simulator: Simulator, name: str | None) -> dict[str, str] | None:
    module = simulator.organization.modules.get(name or "")
    return None if module is None else {"api_name": module.api_name, "id": str(module.id)}
