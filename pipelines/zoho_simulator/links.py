"""Many-to-many relations, whose memberships have an id and times of their own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Relation:
    """A relation of the system between two modules.

    Attributes:
        left, right: API names of the modules.
        left_list: The list of a left record that shows the right ones, if there is one.
        right_list: The same the other way round.
        member_fields: What a membership holds beside its times.
        is_removable: Whether the API adds and removes memberships (documented for each).
    """

    left: str
    right: str
    left_list: str | None
    right_list: str | None
    member_fields: tuple[str, ...] = ()
    is_removable: bool = True

    def side_of(self, module: str) -> str:
        """The module at the other end."""
        return self.right if module == self.left else self.left


# Documented: "Delink" and "Update Related Records", v8; contact roles have an API of their own.
STANDARD_RELATIONS = (
    Relation("Campaigns", "Leads", "Leads", "Campaigns", ("Member_Status",)),
    Relation("Campaigns", "Contacts", "Contacts", "Campaigns", ("Member_Status",)),
    Relation("Products", "Leads", "Leads", "Products"),
    Relation("Products", "Accounts", "Accounts", "Products"),
    Relation("Products", "Contacts", "Contacts", "Products"),
    Relation("Products", "Deals", "Deals", "Products"),
    Relation("Products", "Price_Books", "Price_Books", "Products", ("list_price",)),
    Relation("Appointments__s", "Services__s", "Services__s", "Appointments__s"),
    Relation("Deals", "Contacts", "Contact_Roles", None, ("Contact_Role",), is_removable=False),
)


class Link:
    """One membership; times are whole seconds since 1970."""

    __slots__ = ("created", "id", "modified", "values")

    def __init__(self, link_id: int, time: int, values: dict[str, Any]) -> None:
        self.id = link_id
        self.created = time
        self.modified = time
        self.values = values


class Links:
    """The memberships of one relation, found from either side."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation
        self._right_of: dict[int, dict[int, Link]] = defaultdict(dict)
        self._left_of: dict[int, dict[int, Link]] = defaultdict(dict)

    def __iter__(self) -> Iterator[tuple[int, int, Link]]:
        for left, links in self._right_of.items():
            for right, link in links.items():
                yield left, right, link

    def __len__(self) -> int:
        return sum(len(links) for links in self._right_of.values())

    def of(self, module: str, record_id: int) -> dict[int, Link]:
        """A record's memberships by the id of the record at the other end."""
        side = self._right_of if module == self.relation.left else self._left_of
        return side.get(record_id, {})

    def find(self, module: str, record_id: int, other_id: int) -> Link | None:
        """The membership of two records."""
        return self.of(module, record_id).get(other_id)

    def add(self, module: str, record_id: int, other_id: int, link: Link) -> None:
        """Takes a membership in."""
        left, right = self._ends(module, record_id, other_id)
        self._right_of[left][right] = link
        self._left_of[right][left] = link

    def remove(self, module: str, record_id: int, other_id: int) -> Link:
        """Drops a membership.

        Raises:
            KeyError: There is none.
        """
        left, right = self._ends(module, record_id, other_id)
        del self._left_of[right][left]
        return self._right_of[left].pop(right)

    def remove_all(self, module: str, record_id: int) -> dict[int, Link]:
        """Drops a record's memberships, and gives them."""
        links = dict(self.of(module, record_id))
        for other_id in links:
            self.remove(module, record_id, other_id)
        return links

    def _ends(self, module: str, record_id: int, other_id: int) -> tuple[int, int]:
        is_left = module == self.relation.left
        return (record_id, other_id) if is_left else (other_id, record_id)
