"""Adding records to related lists and removing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .links import Link
from .values import Reference

if TYPE_CHECKING:
    from .organization import Organization
    from .related_lists import RelatedList


def add_link(
    organization: Organization,
    parent: Reference,
    related_list: RelatedList,
    other_id: int,
    *,
    values: dict[str, Any],
    time: int,
) -> int:
    """Adds a record to a parent's list, or changes the membership; gives the membership's id."""
    other = related_list.modules[0]
    if related_list.kind == "many_to_many":
        return _add_membership(
            organization, parent, related_list, other_id, values=values, time=time
        )
    if related_list.kind == "multiselect" and related_list.spec is not None:
        spec = related_list.spec
        ends = {str(spec.child_field): str(parent.id), str(spec.connected_field): str(other_id)}
        created = organization.create(other, {**ends, **values}, modified_time=time)
        _touch(organization, parent, time=time)
        return int(created)
    if related_list.kind == "lookup":
        change = {**values, related_list.fields[0]: parent}
        organization.update(other, other_id, change, modified_time=time)
        return other_id
    raise ValueError(f"nothing can be added to {related_list.api_name}")


def remove_link(
    organization: Organization,
    parent: Reference,
    related_list: RelatedList,
    other_id: int,
    *,
    time: int,
) -> None:
    """Removes a record from a parent's list.

    Raises:
        KeyError: It is not in the list.
    """
    other = related_list.modules[0]
    if related_list.kind == "many_to_many" and related_list.relation is not None:
        organization.links[related_list.relation].remove(parent.module, parent.id, other_id)
        _touch(organization, parent, Reference(other, other_id), time=time)
    elif related_list.kind == "multiselect" and related_list.spec is not None:
        linking = organization.module(other)
        rows = linking.children(str(related_list.spec.child_field), parent)
        name = str(related_list.spec.connected_field)
        found = [
            row for row in rows if linking.values_of(linking.records[row])[name].id == other_id
        ]
        if not found:
            raise KeyError(other_id)
        for row in found:
            organization.delete(other, row, deleted_time=time)
        _touch(organization, parent, time=time)
    elif related_list.kind == "lookup":
        if other_id not in organization.module(other).children(related_list.fields[0], parent):
            raise KeyError(other_id)
        change = {related_list.fields[0]: None}
        organization.update(other, other_id, change, modified_time=time)
    else:
        raise ValueError(f"nothing can be removed from {related_list.api_name}")


def move_links(organization: Organization, source: Reference, target: int | None) -> None:
    """Hands a record's memberships to another one of its module, or drops them.

    Where both stand in one list, the other one's own membership stays.
    """
    for relation, links in organization.links.items():
        if source.module not in {relation.left, relation.right}:
            continue
        for other_id, link in links.remove_all(source.module, source.id).items():
            if target is not None and links.find(source.module, target, other_id) is None:
                links.add(source.module, target, other_id, link)


def _add_membership(
    organization: Organization,
    parent: Reference,
    related_list: RelatedList,
    other_id: int,
    *,
    values: dict[str, Any],
    time: int,
) -> int:
    relation = related_list.relation
    if relation is None or set(values) - set(relation.member_fields):
        raise ValueError(f"{related_list.api_name} does not hold {', '.join(values)}")
    other = relation.side_of(parent.module)
    for module, record_id in ((parent.module, parent.id), (other, other_id)):
        if record_id not in organization.module(module).records:
            raise KeyError(f"{module} has no record {record_id}")
    links = organization.links[relation]
    link = links.find(parent.module, parent.id, other_id)
    if link is None:
        blank: dict[str, Any] = dict.fromkeys(relation.member_fields)
        link = Link(organization.next_id(), time, blank | values)
        links.add(parent.module, parent.id, other_id, link)
        _touch(organization, parent, Reference(other, other_id), time=time)
    else:
        link.modified = time
        link.values |= values
    return link.id


def _touch(organization: Organization, *records: Reference, time: int) -> None:
    """Assumed, with a switch: whether a membership changes the records it joins."""
    if organization.write_rules.link_touches_records:
        for record in records:
            organization.update(record.module, record.id, {}, modified_time=time)
