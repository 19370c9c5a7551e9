"""What a module's related lists are: parsed from metadata and classified.

Pure: no network, no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from .shapes import key_in, mapping_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .api_types import Field, JsonObject, Module

ListKind: TypeAlias = Literal[
    "lookup", "stage_history", "activities", "notes", "attachments",
    "many_to_many", "multiselect", "chronological", "emails", "none",
]  # fmt: skip
"""lookup: a field of the child points back. stage_history: one whose child Zoho writes itself.
activities: the open or the closed tasks, events or calls. notes and attachments: children that
any module's records may have. many_to_many: memberships of the system. multiselect: rows of a
linking module. chronological: activities of several modules in order of time. emails: read by a
call of their own. none: no records stand behind it."""

LOOKUP_KINDS: Final[frozenset[ListKind]] = frozenset(
    {"lookup", "stage_history", "activities", "notes", "attachments"}
)
ACTIVITY_MODULES: Final = ("Tasks", "Events", "Calls")
CLOSED_SUFFIX: Final = "_History"
_CHRONOLOGICAL: Final = "Activities_Chronological_View"
_KINDS_BY_MODULE: Final[Mapping[str, ListKind]] = {
    "Notes": "notes",
    "Attachments": "attachments",
    "Emails": "emails",
    **dict.fromkeys(ACTIVITY_MODULES, "activities"),
}
_REASONS_BY_TYPE: Final = {
    "custom_function": "a function of the organisation fills it",
    "queries": "a query fills it",
    "slyteui": "it is a page of its own",
    "custom_related_list": "a function of the organisation fills it",
    "grouped": "it only groups other lists",
    "combined_view": "it only groups other lists",
}
_REASONS_BY_STATUS: Final = {
    "user_hidden": "it is hidden in every layout, and Zoho refuses hidden lists",
    "scheduled_for_deletion": "it is about to be deleted",
}
_SE_MODULE: Final = "se_module"


@dataclass(frozen=True, slots=True)
class RelatedList:
    """A related list of a module, from `settings/related_lists`."""

    module: str
    """API name of the module whose records have the list."""
    api_name: str
    id: str
    label: str
    kind: ListKind
    child_modules: tuple[str, ...] = ()
    """API names of the modules that its rows belong to; the linking module of a multi-select."""
    lookup_fields: tuple[str, ...] = ()
    """Fields of the child that point back to the parent; none where it is no lookup relation."""
    connected_module: str | None = None
    """The module at the other end of a many-to-many relation."""
    href: str | None = None
    """The address that metadata gives, with `{ENTITYID}` for the parent."""
    list_type: str = "default"
    """`type`, as Zoho says it."""
    status: str = "visible"
    """The best of all layouts: `visible` where one layout shows it."""
    layouts: Mapping[str, str] = field(default_factory=dict)
    """The status by layout."""
    reason: str | None = None
    """Why it can't be read; None where it can."""
    raw: JsonObject = field(default_factory=dict)
    """The list's metadata as Zoho sent it, of the first layout that has it."""

    @property
    def name(self) -> str:
        """`Module.List`, what patterns select."""
        return f"{self.module}.{self.api_name}"

    @property
    def is_readable(self) -> bool:
        """Whether Zoho should give its rows."""
        return self.reason is None

    @property
    def is_lookup_relation(self) -> bool:
        """Whether a field of the child points back, so that each child has one parent here."""
        return self.kind in LOOKUP_KINDS and bool(self.lookup_fields)

    @property
    def is_many_to_many(self) -> bool:
        """Whether its rows are memberships, which can be removed without the records."""
        return self.kind == "many_to_many"

    @property
    def path(self) -> str:
        """The address of one parent's list, with `{id}` for the parent."""
        return f"{self.module}/{{id}}/{self.api_name}"


def parse_related_lists(
    module: str,
    replies: Sequence[tuple[str, Sequence[JsonObject]]],
    *,
    modules: Sequence[Module],
    fields: Mapping[str, Sequence[Field]],
) -> list[RelatedList]:
    """Reads and classifies a module's lists, those of all its layouts together.

    Args:
        module: API name of the module.
        replies: The elements of `related_lists` by the layout's name, Standard first.
        modules: All modules of the organisation.
        fields: Their fields, by module, as far as they are known.
    """
    found: dict[str, JsonObject] = {}
    layouts: dict[str, dict[str, str]] = {}
    for layout, elements in replies:
        for raw in elements:
            name = key_in(raw, "api_name", about=f"related lists of {module}")
            found.setdefault(name, raw)
            layouts.setdefault(name, {})[layout] = str(raw.get("status") or "visible")
    return [
        classify(module, raw, layouts=layouts[name], modules=modules, fields=fields)
        for name, raw in found.items()
    ]


def classify(
    module: str,
    raw: JsonObject,
    *,
    layouts: Mapping[str, str] | None = None,
    modules: Sequence[Module] = (),
    fields: Mapping[str, Sequence[Field]] | None = None,
) -> RelatedList:
    """Tells what one list is, from its metadata and the fields of its child."""
    child = _name_in(raw.get("module"))
    known = (fields or {}).get(child or "")
    pointing = tuple(_pointing_fields(raw, module, known or ()))
    by_name = {each.api_name: each for each in modules}
    kind = _kind_of(raw, child, by_name.get(child or ""), pointing)
    if kind == "many_to_many" and known is None:  # a lookup of a child that can't be looked at?
        kind = "none"
    statuses = dict(layouts or {"Standard": str(raw.get("status") or "visible")})
    status = "visible" if "visible" in statuses.values() else next(iter(statuses.values()))
    return RelatedList(
        module=module,
        api_name=str(raw["api_name"]),
        id=str(raw.get("id") or ""),
        label=str(raw.get("display_label") or raw.get("name") or raw["api_name"]),
        kind=kind,
        child_modules=_children_of(raw, kind, child),
        lookup_fields=_lookup_fields(raw, kind, pointing),
        connected_module=_connected_module(raw, kind, child),
        href=raw.get("href") or None,
        list_type=str(raw.get("type") or "default"),
        status=status,
        layouts=statuses,
        reason=_reason(raw, kind, status, child_module=by_name.get(child or "")),
        raw=raw,
    )


def _kind_of(
    raw: JsonObject, child: str | None, child_module: Module | None, pointing: Sequence[str]
) -> ListKind:
    list_type = str(raw.get("type") or "default")
    api_name = str(raw["api_name"])
    if list_type == "multiselectlookup":
        return "multiselect"
    if api_name.startswith(_CHRONOLOGICAL):
        return "chronological"
    if list_type in _REASONS_BY_TYPE or child is None:
        return "emails" if api_name == "Emails" else "none"
    known = _KINDS_BY_MODULE.get(child)
    if known is not None and (pointing or known != "activities"):
        return known
    if pointing:
        is_tracker = child_module is not None and child_module.generated_type == "field_tracker"
        return "stage_history" if is_tracker else "lookup"
    return "many_to_many"


def _pointing_fields(raw: JsonObject, module: str, fields: Sequence[Field]) -> Iterator[str]:
    """The child's fields that make this list."""
    named = [each for each in fields if _makes_list(each, raw, module)]
    several = [each for each in fields if _points_to_any_of_several(each, module)]
    return (each.api_name for each in (named or several))


def _makes_list(each: Field, raw: JsonObject, module: str) -> bool:
    """Documented: a lookup's own id and API name are those of the list that it makes."""
    lookup = each.raw.get("lookup")
    if not isinstance(lookup, Mapping) or _name_in(lookup.get("module")) != module:
        return False
    by_id = lookup.get("id") and str(lookup["id"]) == str(raw.get("id"))
    return bool(by_id or (lookup.get("api_name") and lookup["api_name"] == raw["api_name"]))


def _points_to_any_of_several(each: Field, module: str) -> bool:
    """`What_Id`, `Who_Id`, `Parent_Id`: lookups that make lists in many modules."""
    if each.api_name not in {"What_Id", "Who_Id", "Parent_Id"}:
        return False
    lookup = each.raw.get("lookup")
    target = _name_in(lookup.get("module")) if isinstance(lookup, Mapping) else None
    several = each.raw.get("multi_module_lookup")
    return (
        bool(several) or target in {module, _SE_MODULE} or each.data_type == "multi_module_lookup"
    )


def _children_of(raw: JsonObject, kind: ListKind, child: str | None) -> tuple[str, ...]:
    if kind == "chronological":
        return ACTIVITY_MODULES
    if kind == "multiselect":
        linking = raw.get("linkingmodule") or _linking_in(raw) or child
        return (str(linking),) if linking else ()
    return (child,) if child and kind != "none" else ()


def _linking_in(raw: JsonObject) -> str | None:
    details = mapping_in(mapping_in(raw.get("multiselectlookup")).get("linking_details"))
    return _name_in(details.get("module"))


def _lookup_fields(raw: JsonObject, kind: ListKind, pointing: tuple[str, ...]) -> tuple[str, ...]:
    if kind in {"notes", "attachments"}:
        return pointing or ("Parent_Id",)
    if kind != "multiselect":
        return pointing if kind in LOOKUP_KINDS else ()
    lookup = mapping_in(raw.get("multiselectlookup"))
    nested = mapping_in(mapping_in(lookup.get("linking_details")).get("lookup_field"))
    back = lookup.get("lookup_apiname") or nested.get("api_name")
    return (str(back),) if back else ()


def _connected_module(raw: JsonObject, kind: ListKind, child: str | None) -> str | None:
    if kind == "many_to_many":
        return child
    if kind != "multiselect":
        return None
    details = mapping_in(raw.get("multiselectlookup")).get("connected_details")
    connected = raw.get("connectedmodule") or _name_in(mapping_in(details).get("module"))
    return str(connected) if connected else None


def _reason(
    raw: JsonObject, kind: ListKind, status: str, *, child_module: Module | None
) -> str | None:
    """Why a list can't be read, as the rest of a sentence."""
    if status != "visible":
        return _REASONS_BY_STATUS.get(status, f"its status is {status}")
    if kind == "none":
        told = _REASONS_BY_TYPE.get(str(raw.get("type") or "default"))
        if told is None and child_module is not None:
            return (
                f"the fields of {child_module.api_name} can't be read, which would tell its class"
            )
        return told or "no records stand behind it"
    if child_module is not None and not child_module.api_supported and kind != "emails":
        return f"Zoho's API does not offer the module {child_module.api_name}"
    return None


def _name_in(value: Any) -> str | None:
    """The API name in what Zoho gives as an object or as a text."""
    if isinstance(value, Mapping):
        value = value.get("api_name")
    return str(value) if value else None
