"""Fields metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_param, pattern_not_matched
from zoho_simulator.fields import MULTI_MODULE_TARGETS
from zoho_simulator.related_lists import LIST_ID_SHIFT

from .access import settings_module, show_profiles
from .multiselect import show_multiselect_lookup
from .options import show_options

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.fields import FieldSpec
    from zoho_simulator.module import Module
    from zoho_simulator.simulator import Simulator

_UI_TYPES = {
    "text": 1, "picklist": 2, "textarea": 3, "ownerlookup": 8, "lookup": 133, "date": 24,
    "email": 25, "phone": 33, "integer": 32, "currency": 36, "double": 38, "percent": 7,
    "website": 21, "multiselectpicklist": 100, "datetime": 200, "boolean": 301, "bigint": 110,
    "formula": 400, "autonumber": 401, "subform": 444, "multiselectlookup": 445, "userlookup": 8,
}  # fmt: skip
_VIRTUAL = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
_UNSORTABLE = _VIRTUAL | {"textarea", "multiselectpicklist"}


def list_fields(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/fields?module=` (documented: by default the used fields, of all layouts)."""
    module = settings_module(simulator, call)
    kind = call.params.get("type", "used")
    if kind not in {"all", "used", "unused"}:
        raise pattern_not_matched("type")
    specs = [s for s in module.fields.values() if kind == "all" or s.used == (kind == "used")]
    shown = [show_field(simulator, module, spec) for spec in specs]
    return json_reply({"fields": shown}, rows=len(shown)) if shown else empty_reply()


def read_field(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/fields/{id}?module=`."""
    module = settings_module(simulator, call)
    text = call.segments["field"]
    if not text.isascii() or not text.isdigit():
        raise invalid_param("id")  # assumed
    found = [s for s in module.fields.values() if s.id == int(text)]
    if not found:
        return empty_reply()
    return json_reply({"fields": [show_field(simulator, module, found[0])]}, rows=1)


def show_field(simulator: Simulator, module: Module, spec: FieldSpec) -> dict[str, Any]:
    """A field as fields metadata shows it."""
    is_editable = not spec.read_only
    return {
        "id": str(spec.id),
        "api_name": spec.api_name,
        "field_label": spec.label,
        "display_label": spec.display_label,
        "data_type": spec.data_type,
        "json_type": spec.json_type,
        "length": spec.length,
        "decimal_place": spec.decimal_place,
        "ui_type": _UI_TYPES.get(spec.data_type, 1),
        "display_type": -1,
        "column_name": f"CF{spec.id % 1000}" if spec.custom else spec.api_name.upper(),
        "custom_field": spec.custom,
        "system_mandatory": spec.mandatory,
        "required": spec.mandatory,
        "read_only": spec.read_only,
        "field_read_only": spec.read_only,
        "visible": True,
        "webhook": True,
        "virtual_field": spec.data_type in _VIRTUAL or spec.api_name == "Full_Name",
        "searchable": spec.data_type not in _VIRTUAL,
        "sortable": spec.data_type not in _UNSORTABLE,
        "filterable": spec.data_type not in _VIRTUAL,
        "mass_update": is_editable,
        "unique": {"case_sensitive": False} if spec.unique else {},
        "external": {"type": spec.external, "show": True} if spec.external else None,
        "view_type": dict.fromkeys(("view", "edit", "create"), True)
        | {"quick_create": spec.mandatory},
        "operation_type": {
            "web_update": is_editable,
            "api_create": is_editable,
            "web_create": is_editable,
            "api_update": is_editable,
        },
        "profiles": [
            {"permission_type": _permission(simulator, spec), **profile}
            for profile in show_profiles(simulator)
        ],
        **_show_details(simulator, module, spec),
        **_CONSTANTS,
    }


_CONSTANTS: dict[str, Any] = {
    "quick_sequence_number": None,
    "sequence_number": None,
    "crypt": None,
    "private": None,
    "hipaa_compliance": None,
    "hipaa_compliance_enabled": False,
    "history_tracking": None,
    "parent_field": None,
    "child_fields": None,
    "layout_associations": [],
    "created_source": "default",
    "created_time": None,
    "modified_time": None,
    "default_value": None,
    "tooltip": None,
    "blueprint_supported": True,
    "pick_list_values_sorted_lexically": False,
    "additional_column": None,
}


def _permission(simulator: Simulator, spec: FieldSpec) -> str:
    """Documented: fields set to "Don't show" are listed like the others."""
    return spec.permission if simulator.settings.field_permissions_shown else "read_write"


def _show_details(simulator: Simulator, module: Module, spec: FieldSpec) -> dict[str, Any]:
    """Documented: the parts that do not apply are `{}` or `[]`, not null."""
    is_formula = spec.data_type == "formula"
    return {
        "pick_list_values": show_options(spec),
        "lookup": _show_lookup(simulator, spec),
        "multiselectlookup": show_multiselect_lookup(simulator, spec),
        "multiuserlookup": {},
        "multi_module_lookup": _show_modules(simulator, module, spec),
        "subform": _show_module(simulator, spec.child_module)
        if spec.data_type == "subform"
        else None,
        "associated_module": _show_associated(simulator, spec),
        "formula": {"return_type": spec.return_type} if is_formula else {},
        "rollup_summary": {"return_type": spec.return_type}
        if spec.data_type == "rollup_summary"
        else {},
        "currency": {"rounding_option": "normal", "precision": spec.decimal_place}
        if spec.data_type == "currency"
        else {},
        "auto_number": {"prefix": "", "suffix": "", "start_number": "1"}
        if spec.data_type == "autonumber"
        else {},
        "textarea": {"type": spec.textarea} if spec.textarea else {},
    }


def _show_lookup(simulator: Simulator, spec: FieldSpec) -> dict[str, Any]:
    if spec.data_type != "lookup" or spec.lookup_module is None:
        return {}
    return {
        "display_label": spec.related_list,
        "api_name": spec.related_list,
        "id": str(spec.id + LIST_ID_SHIFT) if spec.related_list else None,
        "module": _show_module(simulator, spec.lookup_module),
        "query_details": {},
        "revalidate_filter_during_edit": False,
    }


def _show_modules(simulator: Simulator, module: Module, spec: FieldSpec) -> dict[str, Any]:
    if spec.value_type != "multi_module_lookup":
        return {}
    modules = simulator.organization.modules
    known = [n for n in MULTI_MODULE_TARGETS if n in modules and n != module.api_name]
    return {
        "display_label": spec.display_label,
        "api_name": spec.api_name,
        "modules": [_show_module(simulator, name) for name in known],
    }


def _show_associated(simulator: Simulator, spec: FieldSpec) -> dict[str, Any] | None:
    module = simulator.organization.modules.get(spec.child_module or "")
    if spec.data_type != "subform" or module is None:
        return None
    return {"module": module.api_name, "id": str(module.id)}


def _show_module(simulator: Simulator, name: str | None) -> dict[str, Any] | None:
    module = simulator.organization.modules.get(name or "")
    return None if module is None else {"api_name": module.api_name, "id": str(module.id)}
