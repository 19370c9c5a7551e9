"""Merging duplicates into one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .linking import move_links
from .values import Reference

if TYPE_CHECKING:
    from .organization import Organization


def merge_records(
    organization: Organization,
    module: str,
    master: int,
    duplicates: list[int],
    *,
    values: dict[str, Any],
    time: int,
) -> None:
    """Lets a record take over what points to its duplicates, which then are gone."""
    if master in duplicates or master not in organization.module(module).records:
        raise ValueError(f"{master} cannot take anything over")
    rules = organization.write_rules
    for duplicate in duplicates:
        source = Reference(module, duplicate)
        _move_children(organization, source, Reference(module, master), time=time)
        move_links(organization, source, master)
        organization.mailbox.move(source, Reference(module, master))
        found = organization.module(module)
        organization.take_out(found, duplicate, kind=rules.merged_type, time=time)
    organization.update(module, master, values, modified_time=time)


def _move_children(
    organization: Organization, source: Reference, target: Reference, *, time: int
) -> None:
    """Assumed, with a switch: whether the children are modified by that."""
    keep_time = not organization.write_rules.merge_touches_children
    for child in organization.modules.values():
        for spec in list(child.fields.values()):
            if spec.value_type != "multi_module_lookup" and spec.lookup_module != source.module:
                continue
            for record_id in child.children(spec.api_name, source):
                organization.update(
                    child.api_name, record_id, {spec.api_name: target},
                    modified_time=time, keep_time=keep_time,
                )  # fmt: skip
