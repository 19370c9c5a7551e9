"""What the dataset keeps under a module's API name, put under its new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import run_update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .statements import Client

TABLES: Final = (
    "fields",
    "deleted_records",
    "sync_records_to_read",
    "sync_met_records",
    "related_sweeps",
)
"""Tables that name modules and that no run writes anew as a whole."""


def rename_modules(client: Client, names: Mapping[str, str]) -> int:
    """Replaces the names of modules in one go, so that two may also swap theirs.

    To be called once for each rename, within the transaction that records it.

    Args:
        client: An open client of the dataset.
        names: The new API names by the old ones.

    Returns:
        The number of rows touched.
    """
    there = read_columns(client)
    touched = 0
    if not names:
        return touched
    cases = f"CASE module {' '.join(['WHEN %s THEN %s'] * len(names))} END"
    pairs = [name for pair in names.items() for name in pair]
    where = f"module IN ({', '.join(['%s'] * len(names))})"
    for table in TABLES:
        if table not in there:
            continue
        key, values = "", list(pairs)
        if table == "fields":  # its key is made from the module's name
            key = f", id = {cases} || '.' || field_id"
            values += pairs
        touched += run_update(
            client,
            f"UPDATE {client.make_qualified_table_name(table)} SET module = {cases}{key}"
            f" WHERE {where}",
            *values,
            *names,
        )
    return touched
