"""What a field is, and short ways to describe one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# Documented: "Fields metadata", v8: data_type to json_type. What is not here is a string.
JSON_TYPES = {
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "userlookup": "jsonobject",
    "multi_module_lookup": "jsonobject",
    "layout": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "multiselectlookup": "jsonarray",
    "multiuserlookup": "jsonarray",
    "subform": "jsonarray",
    "fileupload": "jsonarray",
    "imageupload": "jsonarray",
    "territories": "jsonarray",
    "line_tax": "jsonarray",
}
# Documented: types that a list never returns, only the single record.
EMBEDDED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
# Where a lookup to one of several modules may point to. Each of these has the lists it makes.
MULTI_MODULE_TARGETS = ("Accounts", "Contacts", "Leads", "Deals", "Campaigns", "Cases", "Products")
LENGTHS = {"text": 255, "email": 100, "phone": 30, "website": 450, "picklist": 120, "integer": 9}


@dataclass(frozen=True)
class Option:
    """One entry of a picklist; the two values differ once it was renamed."""

    display_value: str
    actual_value: str
    probability: int | None = None
    forecast_type: str | None = None
    colour_code: str | None = None


@dataclass(frozen=True)
class FieldSpec:
    """A field of a module.

    Attributes:
        value_type: The type of its values: that of the result for formulas and roll-ups.
        lookup_module: The module that a lookup points to; None for one to several modules.
        child_module: The module whose records are this field's rows (subform, multi-select
            lookup).
        child_field: The field of the child module that points back.
        connected_field: For multi-select lookups, the linking module's field that points on.
        related_list: API name of the list that a lookup gives its target, if any.
        volatile: Its value may change although `Modified_Time` does not.
        permission: What the profile of the API user may do: `read_write`, `read_only` or, where
            it is set to "Don't show", `hidden`.
    """

    api_name: str
    data_type: str
    label: str = ""
    display_label: str = ""
    json_type: str = ""
    value_type: str = ""
    length: int | None = None
    decimal_place: int | None = None
    options: tuple[Option, ...] = ()
    lookup_module: str | None = None
    child_module: str | None = None
    child_field: str | None = None
    connected_field: str | None = None
    related_list: str | None = None
    return_type: str | None = None
    textarea: str | None = None
    custom: bool = True
    mandatory: bool = False
    read_only: bool = False
    unique: bool = False
    external: str | None = None
    used: bool = True
    volatile: bool = False
    permission: str = "read_write"
    id: int = 0

    @property
    def is_embedded(self) -> bool:
        """Whether only the single record shows it."""
        return self.data_type in EMBEDDED_TYPES

    @property
    def is_in_lists(self) -> bool:
        """Whether lists show it too (documented: they leave out rows and taxes of lines)."""
        return not self.is_embedded and self.data_type != "line_tax"

    @property
    def is_hidden(self) -> bool:
        """Whether the API user is not shown it."""
        return self.permission == "hidden"

    @property
    def is_rich_text(self) -> bool:
        """Whether lists cut it."""
        return self.textarea == "rich_text"


def field(api_name: str, data_type: str, **more: Any) -> FieldSpec:
    """A field of any type; the label is made from the API name unless given."""
    result = more.get("return_type")
    defaults: dict[str, Any] = {
        "label": api_name.replace("__s", "").replace("_", " ").strip(),
        "json_type": JSON_TYPES.get(result or data_type, "string"),
        "value_type": result or data_type,
        "length": LENGTHS.get(data_type),
        "decimal_place": 2 if data_type in {"currency", "percent", "double"} else None,
    }
    merged = {**defaults, **more}
    merged.setdefault("display_label", merged["label"])
    return FieldSpec(api_name, data_type, **merged)


def standard(spec: FieldSpec, **more: Any) -> FieldSpec:
    """The same field as one that Zoho brings along."""
    return replace(spec, custom=False, **more)


def picklist(api_name: str, values: Sequence[str | Option], **more: Any) -> FieldSpec:
    """A field of one value out of a list."""
    return field(api_name, "picklist", options=_to_options(values), **more)


def multiselect(api_name: str, values: Sequence[str | Option], **more: Any) -> FieldSpec:
    """A field of several values out of a list."""
    return field(api_name, "multiselectpicklist", options=_to_options(values), **more)


def lookup(api_name: str, module: str, **more: Any) -> FieldSpec:
    """A field that points to a record of one module."""
    return field(api_name, "lookup", lookup_module=module, **more)


def multi_module_lookup(api_name: str, **more: Any) -> FieldSpec:
    """A field that points to a record of one of several modules."""
    return field(api_name, "lookup", **{"value_type": "multi_module_lookup", **more})


def user_lookup(api_name: str, **more: Any) -> FieldSpec:
    """A field that points to a user."""
    return field(api_name, "userlookup", **more)


def formula(api_name: str, return_type: str, **more: Any) -> FieldSpec:
    """A calculated field; the simulator keeps whatever value it is given."""
    more = {"read_only": True, "volatile": True, **more}
    return field(api_name, "formula", return_type=return_type, **more)


def subform(api_name: str, module: str, **more: Any) -> FieldSpec:
    """Rows of a subform module, which point back with `Parent_Id`."""
    return field(api_name, "subform", child_module=module, **{"child_field": "Parent_Id", **more})


def multiselect_lookup(
    api_name: str, linking_module: str, *, back: str, on: str, **more: Any
) -> FieldSpec:
    """Records of another module, through a linking module that points `back` and `on`."""
    links = {"child_module": linking_module, "child_field": back, "connected_field": on}
    return field(api_name, "multiselectlookup", **links, **more)


def rich_text(api_name: str, **more: Any) -> FieldSpec:
    """Long HTML, which lists cut at 500 characters."""
    return field(api_name, "textarea", textarea="rich_text", length=50_000, **more)


def text_area(api_name: str, **more: Any) -> FieldSpec:
    """Long plain text."""
    return field(api_name, "textarea", textarea="large", length=32_000, **more)


def system_fields(*, has_modified_time: bool = True, has_owner: bool = True) -> list[FieldSpec]:
    """The fields that Zoho gives every module."""
    specs = [
        field("id", "bigint", label="Record Id", read_only=True),
        field("Created_By", "ownerlookup", read_only=True),
        field("Created_Time", "datetime", read_only=True),
    ]
    if has_owner:
        specs.append(field("Owner", "ownerlookup"))
    if has_modified_time:
        specs.append(field("Modified_By", "ownerlookup", read_only=True))
        specs.append(field("Modified_Time", "datetime", read_only=True))
    # Documented: data_type alone is not enough for Tag, its JSON is an array.
    specs.append(field("Tag", "text", json_type="jsonarray"))
    return [standard(spec) for spec in specs]


def _to_options(values: Sequence[str | Option]) -> tuple[Option, ...]:
    return tuple(v if isinstance(v, Option) else Option(v, v) for v in values)
