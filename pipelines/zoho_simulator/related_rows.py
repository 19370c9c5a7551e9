"""The rows of a related list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import Reference, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .catalogue import Catalogue
    from .links import Link
    from .module import Module
    from .record import Record
    from .related_lists import RelatedList
    from .settings import SimulatorSettings


class RelatedRow:
    """A record in a parent's list.

    Attributes:
        id, created, modified, sequence: What the list is ordered by.
        member: Id and times of the membership, where there is one.
    """

    __slots__ = ("created", "id", "member", "modified", "module", "record", "sequence")

    def __init__(self, module: Module, record: Record, member: Link | Record | None = None) -> None:
        self.id = record.id
        self.module = module
        self.record = record
        self.member = member
        self.sequence = record.sequence
        self.created = record.created
        self.modified = record.modified

    def order_by_membership(self) -> None:
        """Lets the membership's times count instead of the record's."""
        if self.member is not None:
            self.created, self.modified = self.member.created, self.member.modified


def related_rows(
    catalogue: Catalogue,
    related_list: RelatedList,
    parent: Reference,
    *,
    partition: str,
    settings: SimulatorSettings,
) -> Iterator[RelatedRow]:
    """The records of a parent's list that the API user sees, in no particular order.

    Args:
        catalogue: Where they are found.
        related_list: The list.
        parent: Live, or deleted.
        partition: Which leads to show: `false`, `true` or `both`, as in `converted`.
        settings: The switches.
    """
    find = {
        "many_to_many": _members,
        "multiselect": _selected,
        "lookup": _children,
        "activities": _children,
    }.get(related_list.kind, _nothing)
    for row in find(catalogue, related_list, parent, settings):
        if not row.module.is_visible(row.record, partition):
            continue
        keeps = related_list.keeps
        if keeps is not None and not keeps(row.module.values_of(row.record)):
            continue
        if settings.related_modified_time == "member":
            row.order_by_membership()
        yield row


def _nothing(*_: object) -> Iterator[RelatedRow]:
    yield from ()


def _children(
    catalogue: Catalogue, related_list: RelatedList, parent: Reference, _: SimulatorSettings
) -> Iterator[RelatedRow]:
    now = catalogue.clock.epoch_s
    for name in related_list.modules:
        module = catalogue.modules.get(name)
        if module is None:
            continue
        fields = [field for field in related_list.fields if field in module.fields]
        ids = {child for field in fields for child in module.children(field, parent)}
        for record_id in ids:
            record = module.records[record_id]
            if related_list.is_closed is None or related_list.is_closed == is_closed(
                module, record, now=now
            ):
                yield RelatedRow(module, record)


def _members(
    catalogue: Catalogue, related_list: RelatedList, parent: Reference, _: SimulatorSettings
) -> Iterator[RelatedRow]:
    relation = related_list.relation
    if relation is None:
        return
    module = catalogue.module(relation.side_of(parent.module))
    for other_id, link in catalogue.links[relation].of(parent.module, parent.id).items():
        if other_id in module.records:
            yield RelatedRow(module, module.records[other_id], link)


def _selected(
    catalogue: Catalogue, related_list: RelatedList, parent: Reference, settings: SimulatorSettings
) -> Iterator[RelatedRow]:
    """Assumed, with a switch: rows of the linking module, or of the one it leads to."""
    spec = related_list.spec
    if spec is None or spec.child_module not in catalogue.modules:
        return
    linking = catalogue.module(spec.child_module)
    for row_id in linking.children(str(spec.child_field), parent):
        row = linking.records[row_id]
        if settings.multiselect_rows == "linking":
            yield RelatedRow(linking, row)
            continue
        target = linking.values_of(row).get(str(spec.connected_field))
        if isinstance(target, Reference) and target.id in catalogue.module(target.module).records:
            connected = catalogue.module(target.module)
            yield RelatedRow(connected, connected.records[target.id], row)


def is_closed(module: Module, record: Record, *, now: int) -> bool:
    """Whether an activity is done (assumed: tasks by status, events and calls by their time)."""
    values = module.values_of(record)
    if module.api_name == "Tasks":
        return values.get("Status") == "Completed"
    over = values.get("End_DateTime" if module.api_name == "Events" else "Call_Start_Time")
    return over is not None and over <= from_epoch(now)
