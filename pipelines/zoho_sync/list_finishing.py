"""After lists are swept: their rows and views are brought in line with the modules' tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_destinations.existing import read_columns
from zoho_destinations.list_tables import refresh_list_rows
from zoho_destinations.list_views import (
    define_derived_list,
    define_mirrored_list,
    refresh_list_views,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.columns import TableSchema
    from zoho_destinations.statements import Client
    from zoho_destinations.views import Kept

    from .related_plan import PlannedList


def finish_lists(
    client: Client, planned: Sequence[PlannedList], schemas: Mapping[str, TableSchema]
) -> Kept:
    """Flags rows of deleted records, repeats what changed in loaded ones, and creates the views.

    Returns:
        The views that could not be replaced, with what others have made of them.
    """
    there = read_columns(client)
    derived: dict[str, str] = {}
    read: list[str] = []
    labels: dict[str, str] = {}
    for one in planned:
        if one.table is None or one.parent is None:
            continue
        labels[one.table.name] = f"{one.related_list.label} of {one.parent.module.plural_label}"
        if one.way == "derived" and not one.waits:
            derived[one.table.name] = derive(client, one, there)
        elif "_deleted_type" in there.get(one.table.name, {}):
            read.append(one.table.name)
            refresh_list_rows(
                client,
                one.table,
                there,
                parent_table=one.parent.table_name,
                child_tables=_child_tables(one, schemas),
            )
    kept: Kept = {}
    refresh_list_views(client, derived, read, labels, kept=kept)
    return kept


def derive(client: Client, one: PlannedList, there: Mapping[str, Mapping[str, str]]) -> str:
    """Writes the query that gives a derived list.

    Args:
        client: An open client of the dataset.
        one: The list.
        there: The columns of all tables of the dataset.

    Raises:
        ValueError: The list is not derived.
    """
    if one.table is None or one.parent is None:
        raise ValueError(f"{one.name} has no table")
    if one.mirror is not None:
        return define_mirrored_list(client, one.table, one.parent, one.mirror)
    return define_derived_list(client, one.table, one.parent, there)


def _child_tables(one: PlannedList, schemas: Mapping[str, TableSchema]) -> dict[str, str]:
    """Tables of the modules that its rows may be of, the child's first."""
    names = [*one.related_list.child_modules]
    if one.related_list.kind == "multiselect" and one.related_list.connected_module:
        names.append(one.related_list.connected_module)
    return {name: schemas[name].table_name for name in names if name in schemas}
