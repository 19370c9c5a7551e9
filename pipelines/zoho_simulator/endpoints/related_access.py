"""The parent and the list in the path of related records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoho_simulator.errors import (
    invalid_parent,
    invalid_relation,
    no_permission,
    unknown_parent,
    unsupported_relation,
)
from zoho_simulator.external_ids import external_field, find_external, parse_external_header
from zoho_simulator.related_lists import is_readable
from zoho_simulator.values import Reference

from .access import is_record_id, readable_module

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.record import Record
    from zoho_simulator.related_lists import RelatedList
    from zoho_simulator.simulator import Simulator


@dataclass(frozen=True)
class Parent:
    """A live record whose related records are asked for."""

    module: Module
    record: Record

    @property
    def reference(self) -> Reference:
        """Points to it."""
        return Reference(self.module.api_name, self.record.id)


class ParentIsGoneError(Exception):
    """The parent does not exist, and the switch wants that answered with 204."""


def find_parent(simulator: Simulator, call: Call, *, is_write: bool = False) -> Parent:
    """The parent in the path, by id or by external id.

    Raises:
        ApiError: Documented: 400 INVALID_DATA for what is no id; 404 INVALID_DATA, or by a switch
            another reply, for a record that does not exist.
        ParentIsGoneError: The switch wants 204, which no write is answered with.
    """
    module = readable_module(simulator, call)
    text = call.segments["id"]
    field = external_field(module, parse_external_header(call.headers), simulator.settings)
    if field is not None:
        return Parent(module, find_external(module, field, text))
    if not is_record_id(text):
        raise invalid_parent()
    record = module.records.get(int(text))
    if record is None or not module.is_visible(record):
        status = simulator.settings.unknown_parent_status
        if status == 204 and not is_write:
            raise ParentIsGoneError
        raise unknown_parent(404 if status == 204 else status)
    return Parent(module, record)


def find_list(simulator: Simulator, call: Call, parent: Parent) -> RelatedList:
    """The list in the path.

    Raises:
        ApiError: Documented: 400 INVALID_DATA with index 2 for one that is unknown, hidden, or
            not in the parent's layout.
    """
    organization = simulator.organization
    found = organization.related_lists.of(parent.module.api_name).get(call.segments["list"])
    values = parent.module.values_of(parent.record)
    layout = organization.layouts.name_for(parent.module, values)
    if found is None or not is_readable(found, layout):
        raise invalid_relation()
    return found


def check_rows_are_readable(
    simulator: Simulator, related_list: RelatedList, *, index: int = 2
) -> None:
    """Whether the API shows the rows of a list.

    Raises:
        ApiError: Documented codes: 400 NOT_SUPPORTED for lists without records behind them and
            for modules that the API does not expose, 403 NO_PERMISSION.
    """
    modules = [simulator.organization.modules.get(name) for name in related_list.modules]
    if related_list.kind == "none" or not modules:
        raise unsupported_relation(index)
    for module in modules:
        if module is None or not module.traits.api_supported:
            raise unsupported_relation(index)
        if module.traits.refusal == "NO_PERMISSION":
            raise no_permission(module.api_name)
