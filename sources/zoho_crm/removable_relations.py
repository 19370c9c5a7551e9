"""Which relations Zoho lets a client remove and add again: the one place that knows them; pure.

Source: Zoho CRM API v8, "Delink Related Records", "Delink Related Records Using External ID" and
"Update Related Records".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RemovableRelation:
    """One side of a relation: a related list whose members can be taken out."""

    module: str
    related_list: str
    related_module: str
    member_fields: tuple[str, ...] = ()
    """What a membership holds beside its times."""
    needed_fields: tuple[str, ...] = ()
    """Without these Zoho does not add a member."""
    is_lookup: bool = False
    """A field of the related record, emptied by external ids only; nothing adds it again."""

    @property
    def name(self) -> str:
        """The list as it is written in selections."""
        return f"{self.module}.{self.related_list}"

    @property
    def is_restorable(self) -> bool:
        """Members can be added again ("Update Related Records")."""
        return not self.is_lookup


def _both_sides(
    module: str, other: str, *, fields: tuple[str, ...] = (), needed: tuple[str, ...] = ()
) -> list[RemovableRelation]:
    """Both lists of a many-to-many relation; each is named after the module it shows."""
    return [
        RemovableRelation(module, other, other, fields, needed),
        RemovableRelation(other, module, module, fields, needed),
    ]


_RELATIONS: Final = (
    *_both_sides("Campaigns", "Leads", fields=("Member_Status",)),
    *_both_sides("Campaigns", "Contacts", fields=("Member_Status",)),
    *_both_sides("Products", "Leads"),
    *_both_sides("Products", "Accounts"),
    *_both_sides("Products", "Contacts"),
    *_both_sides("Products", "Deals"),
    *_both_sides("Products", "Price_Books", fields=("list_price",), needed=("list_price",)),
    *_both_sides("Appointments__s", "Services__s"),
    # The sample of "Delink Related Records Using External ID" empties this lookup.
    RemovableRelation("Contacts", "Deals", "Deals", is_lookup=True),
)
_BY_LIST: Final = {(found.module, found.related_list): found for found in _RELATIONS}


def find_removable(module: str, related_list: str) -> RemovableRelation | None:
    """The relation behind a module's related list, where Zoho documents that it can be removed."""
    return _BY_LIST.get((module, related_list))


def removable_relations() -> tuple[RemovableRelation, ...]:
    """All of them."""
    return _RELATIONS


def find_mirror(relation: RemovableRelation) -> RemovableRelation | None:
    """The same relation seen from its other side, where that has a list."""
    found = find_removable(relation.related_module, relation.module)
    return None if relation.is_lookup else found
