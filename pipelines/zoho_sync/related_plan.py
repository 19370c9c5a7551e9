"""How each related list is read: derived from its child's table, read from Zoho, or left alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from zoho_crm.related_tables import ListTable, build_list_table, name_list_tables
from zoho_crm.removable_relations import find_mirror, find_removable
from zoho_destinations.list_views import lookup_column

from .related_selection import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.columns import TableSchema
    from zoho_crm.related_lists import ListKind, RelatedList
    from zoho_destinations.list_ways import WayRow

    from .related_configuration import RelatedConfiguration
    from .related_selection import Selection

Way = Literal["derived", "read", "off", "none"]
DERIVABLE: Final[frozenset[ListKind]] = frozenset(
    {"lookup", "stage_history", "notes", "multiselect"}
)
"""Classes whose rows are all the children that point back. Open and closed activities are not:
which is which changes with the clock."""
# A relation's other side is derived too: see `_mirrored`.
READ_BY_DEFAULT: Final[frozenset[ListKind]] = frozenset(
    {"many_to_many", "multiselect", "notes", "lookup", "stage_history"}
)
"""Classes that are read where they can't be derived. The others cost a call for every parent and
hold what is loaded otherwise (activities) or is seldom wanted (attachments, e-mails)."""
_LOADED_OTHERWISE: Final = "its rows are in the tables of the activities"
_NOT_WANTED: Final[Mapping[ListKind, str]] = {
    "activities": _LOADED_OTHERWISE,
    "chronological": _LOADED_OTHERWISE,
    "attachments": "it costs a call for every parent",
    "emails": "it costs a call for every ten e-mails",
}


@dataclass(frozen=True, slots=True)
class PlannedList:
    """One list and its way."""

    related_list: RelatedList
    way: Way
    reason: str | None = None
    """Why it is not loaded, or not derived though it could be."""
    table: ListTable | None = None
    """None where its module is not loaded."""
    parent: TableSchema | None = None
    is_selected: bool = True
    """This run reads it; the views of others stay."""
    is_named: bool = False
    """It was asked for by name."""
    mirror: ListTable | None = None
    """The list of the relation's other side that it is derived from."""
    waits: bool = False
    """It is not derived before it was compared with Zoho's."""

    @property
    def name(self) -> str:
        """`Module.List`."""
        return self.related_list.name


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is made from."""

    lists: Sequence[RelatedList]
    schemas: Mapping[str, TableSchema]
    """The tables of all modules whose fields are known."""
    loaded: frozenset[str]
    """Modules whose tables are in the dataset."""
    known: Mapping[str, WayRow]
    """What earlier runs found out, by `Module.List`."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many rows the tables of modules have."""


def plan_lists(
    facts: PlanFacts, config: RelatedConfiguration, selection: Selection, modules: Sequence[str]
) -> list[PlannedList]:
    """Decides on each list.

    Args:
        facts: The lists and what is loaded.
        config: What the user wants in general.
        selection: What the user wants of this run.
        modules: The modules that this run reads.
    """
    names = name_list_tables(facts.lists, facts.schemas)
    planned = [_plan(one, facts, config, selection, (modules, names)) for one in facts.lists]
    by_name = {one.name: one for one in planned}
    planned = [_mirrored(one, by_name, config, facts) for one in planned]
    sources = {one.mirror.related_list.name for one in planned if one.mirror and one.is_selected}
    return [replace(one, is_selected=True) if one.name in sources else one for one in planned]


def _mirrored(
    one: PlannedList,
    planned: Mapping[str, PlannedList],
    config: RelatedConfiguration,
    facts: PlanFacts,
) -> PlannedList:
    """Derives one side of a many-to-many relation from the other, which has fewer parents."""
    relation = find_removable(one.related_list.module, one.related_list.api_name)
    mirror = find_mirror(relation) if relation else None
    other = planned.get(mirror.name) if mirror else None
    if one.way != "read" or other is None or other.way != "read" or not one.table:
        return one
    if one.table.child is None or other.table is None or other.table.child is None:
        return one
    if not matches(one.name, config.derive):
        return one
    if not _is_smaller(other, one, facts) and matches(other.name, config.derive):
        return one
    reason = f"from {other.name}, the same relation seen from fewer parents"
    return replace(one, way="derived", reason=reason, mirror=other.table)


def _is_smaller(one: PlannedList, other: PlannedList, facts: PlanFacts) -> bool:
    """Whether its module has fewer parents, a side once chosen being kept."""
    known, known_other = facts.known.get(one.name), facts.known.get(other.name)
    if known is not None and known_other is not None and known.way != known_other.way:
        return known.way == "read"
    sizes = [facts.sizes.get(each.related_list.module, 0) for each in (one, other)]
    return (sizes[0], one.name) < (sizes[1], other.name)


def _plan(
    one: RelatedList,
    facts: PlanFacts,
    config: RelatedConfiguration,
    selection: Selection,
    names: tuple[Sequence[str], Mapping[str, str]],
) -> PlannedList:
    modules, table_names = names
    parent = facts.schemas.get(one.module)
    if parent is None or one.module not in facts.loaded:
        return PlannedList(one, "none", one.reason or f"{one.module} is not loaded")
    table = build_list_table(
        one,
        table_names[one.name],
        facts.schemas,
        loaded=facts.loaded,
        fields=config.fields_of(one.name),
    )
    if one.reason is not None:  # what was read before it was hidden is still there
        return PlannedList(one, "none", one.reason, table, parent, is_selected=False)
    is_named = selection.is_named(one.name)
    way, reason = _way_of(one, table, config, facts, is_named=is_named)
    is_selected = one.module in modules and selection.selects(one.name)
    if selection.names_lists_only and not is_named:
        is_selected = False
    # With no calls nobody may ask Zoho: deriving unchecked is what the user has chosen then.
    known = facts.known.get(one.name)
    waits = way == "derived" and config.max_calls > 0 and not is_checked(known)
    return PlannedList(one, way, reason, table, parent, is_selected, is_named, waits=waits)


def is_checked(known: WayRow | None) -> bool:
    """Whether a list was compared with Zoho's, or it was found out that it can't be."""
    return known is not None and (known.compared is not None or known.refused_at is not None)


def _way_of(
    one: RelatedList,
    table: ListTable,
    config: RelatedConfiguration,
    facts: PlanFacts,
    *,
    is_named: bool,
) -> tuple[Way, str | None]:
    asked_for = matches(one.name, config.lists)
    if asked_for is False:
        return "off", "the configuration leaves it out"
    known = facts.known.get(one.name)
    can_be_derived = one.kind in DERIVABLE and lookup_column(table) is not None
    if can_be_derived and matches(one.name, config.derive):
        if known is None or not known.is_filtered:
            return "derived", None
        return "read", known.reason
    if asked_for or is_named:
        return "read", None
    if one.kind not in READ_BY_DEFAULT:
        return "off", _NOT_WANTED[one.kind]
    if table.child is None and one.kind in {"lookup", "stage_history", "multiselect"}:
        return "off", f"{', '.join(one.child_modules)} is not loaded"
    return "read", None
