"""What a field holds, from its metadata: `data_type` first, `json_type` where that is not enough.

Source: Zoho CRM API v8, "Fields Metadata".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from .shapes import mapping_in

if TYPE_CHECKING:
    from .api_types import Field

Kind: TypeAlias = Literal[
    "text", "bigint", "decimal", "bool", "date", "timestamp", "json",
    "lookup", "user", "multi_module_lookup", "absent",
]  # fmt: skip
"""dlt's data type for a value of one column; lookups have several; absent ones have none."""

PARTS_OF_KIND: Final[Mapping[Kind, tuple[str, ...]]] = {
    "lookup": ("id", "name"),
    "user": ("id", "name", "email"),
    "multi_module_lookup": ("id", "name", "module"),
}

_TYPES_OF_KIND: Final[Mapping[Kind, str]] = {
    "text": "text email phone website textarea richtextarea picklist autonumber profileimage "
    "string",
    "bigint": "integer bigint long",
    "decimal": "double currency percent decimal number",
    "bool": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "json": "multiselectpicklist territories fileupload imageupload consent_lookup "
    "event_reminder multireminder rrule alarm jsonobject jsonarray",
    "lookup": "lookup layout",
    "user": "ownerlookup userlookup",
    "multi_module_lookup": "multi_module_lookup",
    # A list of records never returns these, only the single record does.
    "absent": "subform multiselectlookup multiuserlookup line_tax address",
}
_KIND_OF_TYPE: Final[Mapping[str, Kind]] = {
    name: kind for kind, names in _TYPES_OF_KIND.items() for name in names.split()
}
_JSON_TYPES: Final = frozenset({"jsonobject", "jsonarray"})
_LINE_ITEMS: Final = frozenset(
    {"Quoted_Items", "Ordered_Items", "Purchased_Items", "Invoiced_Items", "Product_Details"}
)
_USERS: Final = frozenset({"Created_By", "Modified_By"})
_SE_MODULE: Final = "se_module"
_SCORE: Final = re.compile(r"(^|_)score(_*s)?$", re.IGNORECASE)


def kind_of(field: Field) -> Kind:
    """Tells what a field's values are; what Zoho adds one day is json, which holds anything."""
    if field.api_name in _LINE_ITEMS:
        return "absent"
    if field.api_name in _USERS:
        return "user"
    kind = _kind_of_type(field)
    if kind == "lookup" and _points_to_several(field):
        return "multi_module_lookup"
    if kind == "text" and field.json_type in _JSON_TYPES:  # Tag
        return "json"
    if kind in PARTS_OF_KIND and field.json_type == "jsonarray":
        return "json"
    return kind


def is_volatile(field: Field) -> bool:
    """Whether the value changes without `Modified_Time`: calculated, a score, last activity."""
    if field.data_type in {"formula", "rollup_summary"} or field.api_name == "Last_Activity_Time":
        return True
    # A custom field that people fill in may well be called a score, and is an ordinary field.
    is_own = bool(field.raw.get("custom_field")) and not field.raw.get("field_read_only")
    return _SCORE.search(field.api_name) is not None and not is_own


def is_amount(field: Field) -> bool:
    """Whether the value is an amount of money, entered or calculated."""
    result = mapping_in(field.raw.get(field.data_type)).get("return_type")
    return "currency" in (field.data_type, result)


def is_cut(field: Field) -> bool:
    """Whether lists return the first 500 characters only."""
    textarea = mapping_in(field.raw.get("textarea"))
    return field.data_type == "richtextarea" or textarea.get("type") == "rich_text"


def _kind_of_type(field: Field) -> Kind:
    types = [field.data_type, field.json_type or ""]
    if field.data_type in {"formula", "rollup_summary"}:
        types[0] = str(mapping_in(field.raw.get(field.data_type)).get("return_type") or "")
    found = (_KIND_OF_TYPE.get(name.lower()) for name in types)
    return next((kind for kind in found if kind), "json")


def _points_to_several(field: Field) -> bool:
    if field.raw.get("multi_module_lookup"):
        return True
    module = mapping_in(field.raw.get("lookup")).get("module")
    if isinstance(module, list):
        return len(module) > 1
    name = module.get("api_name") if isinstance(module, Mapping) else module
    return name == _SE_MODULE or field.api_name == "What_Id"
