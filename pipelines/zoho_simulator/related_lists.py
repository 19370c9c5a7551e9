"""Which related lists a module has: most of them follow from fields and modules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from .fields import MULTI_MODULE_TARGETS
from .layouts import STANDARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .catalogue import Catalogue
    from .fields import FieldSpec
    from .links import Relation
    from .module import Module

Kind = Literal["lookup", "activities", "many_to_many", "multiselect", "emails", "none"]
LIST_ID_SHIFT = 300_000
"""Documented: a lookup's `id` in fields metadata is that of the related list it makes."""

ACTIVITIES = ("Tasks", "Events", "Calls")
# Assumed: the names of the lists of closed ones.
OPEN_VIEW = "Activities_Chronological_View"
CLOSED_VIEW = "Activities_Chronological_View_History"
_SYSTEM_ID_SHIFT = 200_000_000
# Documented: "Get Emails of a Record", v8.
_WITH_EMAILS = frozenset({"Leads", "Accounts", "Contacts", "Deals", "Quotes"})


@dataclass(frozen=True)
class RelatedList:
    """A related list of a module.

    Attributes:
        kind: How its rows are found.
        type: As related-list metadata says.
        modules: API names of the modules that its rows belong to.
        fields: The fields of those modules that point to the parent.
        is_closed: For activities, whether it shows the closed ones.
        relation: For memberships.
        spec: The field of the parent's module, for multi-select lookups.
        status: In all layouts that `layouts` does not name.
        layouts: Pairs of a layout's name and the status there, `absent` for not at all.
        keeps: Says of a row's values whether the list shows it; None shows all.
        members: The lists that a grouped one joins.
    """

    id: int
    api_name: str
    kind: Kind
    type: str = "default"
    label: str = ""
    modules: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    is_closed: bool | None = None
    relation: Relation | None = None
    spec: FieldSpec | None = None
    status: str = "visible"
    layouts: tuple[tuple[str, str], ...] = ()
    keeps: Callable[[dict[str, Any]], bool] | None = None
    members: tuple[str, ...] = ()
    personality: str | None = None

    def status_in(self, layout: str) -> str:
        """`visible`, `user_hidden`, `scheduled_for_deletion` or `absent`."""
        return dict(self.layouts).get(layout, self.status)


class RelatedLists:
    """The related lists of every module, as fields and modules are now."""

    def __init__(self, catalogue: Catalogue, next_id: Callable[[], int]) -> None:
        self._catalogue = catalogue
        self._next_id = next_id
        self._added: dict[str, list[RelatedList]] = {}
        self._changes: dict[tuple[str, str], dict[str, Any]] = {}
        self._known: dict[str, dict[str, RelatedList]] = {}
        self._version = -1

    def of(self, module: str) -> dict[str, RelatedList]:
        """A module's related lists by API name, in their order."""
        if self._version != self._catalogue.schema_version:
            self._known.clear()
            self._version = self._catalogue.schema_version
        if module not in self._known:
            self._known[module] = self._collect(self._catalogue.module(module))
        return self._known[module]

    def add(self, module: str, api_name: str, **traits: Any) -> None:
        """Adds a list, by default one that no records stand behind (`kind="none"`)."""
        label = api_name.replace("_", " ")
        traits = {"kind": "none", "label": label, **traits}
        self._added.setdefault(module, []).append(
            RelatedList(self._next_id(), api_name, **_frozen(traits))
        )
        self._known.clear()

    def change(self, module: str, api_name: str, **changes: Any) -> None:
        """Changes a list: `status`, `layouts` (a mapping), `label`, `type`, `keeps`."""
        if api_name not in self.of(module):
            raise KeyError(f"{module} has no related list {api_name}")
        self._changes.setdefault((module, api_name), {}).update(_frozen(changes))
        self._known.clear()

    def _collect(self, module: Module) -> dict[str, RelatedList]:
        found: dict[str, RelatedList] = {}
        for make in (self._lookups, self._multiselects, self._memberships, self._of_system):
            for one in make(module):
                found.setdefault(one.api_name, one)
        for one in self._added.get(module.api_name, []):
            found[one.api_name] = one
        return {
            name: replace(one, **self._changes.get((module.api_name, name), {}))
            for name, one in found.items()
        }

    def _lookups(self, module: Module) -> Iterator[RelatedList]:
        for child in self._catalogue.modules.values():
            for spec in child.fields.values():
                if spec.related_list and points_to(spec, module):
                    label = spec.related_list.replace("_", " ")
                    yield RelatedList(
                        spec.id + LIST_ID_SHIFT, spec.related_list, "lookup", label=label,
                        modules=(child.api_name,), fields=(spec.api_name,),
                    )  # fmt: skip

    def _multiselects(self, module: Module) -> Iterator[RelatedList]:
        for spec in module.fields.values():
            if spec.data_type == "multiselectlookup" and spec.related_list and spec.child_module:
                yield RelatedList(
                    spec.id + LIST_ID_SHIFT, spec.related_list, "multiselect", spec=spec,
                    type="multiselectlookup", label=spec.label, modules=(spec.child_module,),
                )  # fmt: skip

    def _memberships(self, module: Module) -> Iterator[RelatedList]:
        modules = self._catalogue.modules
        for number, relation in enumerate(self._catalogue.links):
            ends = ((relation.left, relation.left_list), (relation.right, relation.right_list))
            for end, name in ends:
                other = relation.side_of(end)
                if end == module.api_name and name and other in modules:
                    yield RelatedList(
                        _system_id(module, 20 + number), name, "many_to_many", modules=(other,),
                        label=name.replace("__s", "").replace("_", " "), relation=relation,
                        personality=name if name not in modules else None,
                    )  # fmt: skip

    def _of_system(self, module: Module) -> Iterator[RelatedList]:
        modules = self._catalogue.modules
        if module.api_name in MULTI_MODULE_TARGETS:
            yield from self._activities(module)
            for number, name in enumerate(("Notes", "Attachments")):
                if name in modules and "Parent_Id" in modules[name].fields:
                    yield RelatedList(
                        _system_id(module, number), name, "lookup", label=name, modules=(name,),
                        fields=("Parent_Id",),
                    )  # fmt: skip
        if module.api_name in _WITH_EMAILS and "Emails" in modules:
            yield RelatedList(_system_id(module, 2), "Emails", "emails", label="Emails",
                              modules=("Emails",))  # fmt: skip

    def _activities(self, module: Module) -> Iterator[RelatedList]:
        present = [n for n in ACTIVITIES if self._pointing(n, module)]
        if not present:
            return
        fields = tuple(dict.fromkeys(f for n in present for f in self._pointing(n, module)))
        for number, name in enumerate(present):
            for is_closed in (False, True):
                yield RelatedList(
                    _system_id(module, 4 + 2 * number + is_closed), _activity_list(name, is_closed),
                    "activities", label=f"{'Closed' if is_closed else 'Open'} {name}",
                    modules=(name,), fields=fields, is_closed=is_closed,
                )  # fmt: skip
        for is_closed in (False, True):
            yield RelatedList(
                _system_id(module, 12 + is_closed), CLOSED_VIEW if is_closed else OPEN_VIEW,
                "activities", type="grouped", modules=tuple(present), fields=fields,
                label=f"{'Closed' if is_closed else 'Open'} Activities", is_closed=is_closed,
                members=tuple(_activity_list(name, is_closed) for name in present),
            )  # fmt: skip

    def _pointing(self, name: str, module: Module) -> list[str]:
        child = self._catalogue.modules.get(name)
        specs = child.fields.values() if child else ()
        names = ("What_Id", "Who_Id")
        return [s.api_name for s in specs if s.api_name in names and points_to(s, module)]


def points_to(spec: FieldSpec, module: Module) -> bool:
    """Whether a lookup may point to a module."""
    if spec.value_type == "multi_module_lookup":
        return module.api_name in MULTI_MODULE_TARGETS
    return spec.data_type == "lookup" and spec.lookup_module == module.api_name


def is_readable(related_list: RelatedList | None, layout: str = STANDARD) -> bool:
    """Documented: a list that is unknown, hidden or not in the layout cannot be read."""
    return related_list is not None and related_list.status_in(layout) == "visible"


def _activity_list(module: str, is_closed: bool) -> str:
    return f"{module}_History" if is_closed else module


def _system_id(module: Module, number: int) -> int:
    base = module.id - module.id % 1_000_000
    return base + _SYSTEM_ID_SHIFT + (module.id % 1_000_000) * 100 + number


def _frozen(traits: dict[str, Any]) -> dict[str, Any]:
    layouts = traits.get("layouts")
    return {**traits, "layouts": tuple(layouts.items())} if isinstance(layouts, dict) else traits
