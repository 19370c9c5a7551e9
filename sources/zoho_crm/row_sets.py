"""Row sets: the rows that belong to a record, which lists of the record never return.

Subforms with their line items, and multi-select lookups, whose rows are links. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .field_types import kind_of

if TYPE_CHECKING:
    from .api_types import Field, Module
    from .columns import TableSchema

PARENT_FIELD: Final = "Parent_Id"
"""The field of a subform's row that points to its parent."""
_LINE_TAX: Final = "line_tax"
_NO_ROWS: Final = frozenset({_LINE_TAX, "address"})
"""Types that lists leave out too, but that are no records."""
_LINK_TYPES: Final = frozenset({"multiselectlookup", "multiuserlookup"})


@dataclass(frozen=True, slots=True)
class RowSet:
    """A field of a module whose values are rows of another one."""

    parent: str
    """API name of the parents' module."""
    field: str
    """API name of the field."""
    child: str
    """API name of the module that holds the rows; it may not be readable, or not even listed."""
    child_field: str
    """API name of the row's lookup to its parent."""
    is_link: bool
    """The rows are links of a multi-select lookup: a single record shows little of them."""

    @property
    def name(self) -> str:
        """Names it in the table `row_sets`."""
        return f"{self.parent}.{self.field}"

    @property
    def resource(self) -> str:
        """Names it in reports; related lists may have a field's name, with a point before it."""
        return f"{self.parent}:{self.field}"


def find_row_sets(modules: Sequence[Module], fields: Mapping[str, Sequence[Field]]) -> list[RowSet]:
    """The row sets of all modules, in the order of their fields' ids.

    Args:
        modules: Modules of the organisation, readable or not.
        fields: Fields by API name of their module.
    """
    subforms = {
        module.api_name: module.parent_module
        for module in modules
        if module.generated_type == "subform"
    }
    found = [
        (field.id, row_set)
        for parent, own in fields.items()
        for field in own
        if (row_set := _row_set(parent, field, subforms))
    ]
    return [row_set for _, row_set in sorted(found, key=lambda pair: (len(pair[0]), pair[0]))]


def parent_fields(row_sets: Sequence[RowSet]) -> dict[str, str]:
    """By module of rows, the lookup to the parent whose id `parent_id` repeats.

    Where both ends of a link have such a field, it is the end of the older one.
    """
    fields: dict[str, str] = {}
    for row_set in row_sets:
        fields.setdefault(row_set.child, row_set.child_field)
    return fields


def name_unloaded(schema: TableSchema) -> str | None:
    """Says which fields neither lists of records nor tables of rows hold; None for no such field.

    Zoho gives the taxes of a line with its record alone, at a call for each record.
    """
    names = ", ".join(each.api_name for each in schema.absent if each.data_type == _LINE_TAX)
    return f"Not loaded, because Zoho's lists do not show it: {names}." if names else None


def _row_set(parent: str, field: Field, subforms: Mapping[str, str | None]) -> RowSet | None:
    if kind_of(field) != "absent" or field.data_type in _NO_ROWS:
        return None
    if field.data_type in _LINK_TYPES:
        child, back = _linking_of(field.raw.get(field.data_type))
        return RowSet(parent, field.api_name, child, back, True) if child and back else None
    child = _subform_of(field, parent, subforms)
    return RowSet(parent, field.api_name, child, PARENT_FIELD, False)


def _linking_of(raw: Any) -> tuple[str | None, str | None]:
    """The linking module and its lookup back, in the shape of v8 or in the flat one of v7."""
    facts = raw if isinstance(raw, Mapping) else {}
    details = facts.get("linking_details")
    if isinstance(details, Mapping):
        return _name_of(details.get("module")), _name_of(details.get("lookup_field"))
    return _name_of(facts.get("linking_module")), _name_of(facts.get("lookup_apiname"))


def _subform_of(field: Field, parent: str, subforms: Mapping[str, str | None]) -> str:
    for raw in (field.raw.get("associated_module"), field.raw.get("subform")):
        name = _name_of(raw)
        if name is not None:
            return name
    # Purchased_Items is the field, Purchase_Items its module.
    candidates = [name for name, owner in subforms.items() if owner == parent]
    is_plain = len(candidates) != 1 or field.api_name in candidates
    return field.api_name if is_plain else candidates[0]


def _name_of(raw: Any) -> str | None:
    """An API name, given as text or within an object."""
    if isinstance(raw, Mapping):
        raw = raw.get("api_name") or raw.get("module")
        return _name_of(raw) if isinstance(raw, Mapping) else raw if isinstance(raw, str) else None
    return raw if isinstance(raw, str) and raw else None
