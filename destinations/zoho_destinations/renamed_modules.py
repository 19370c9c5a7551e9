"""What the dataset keeps under a module's API name, put under its new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import quote, run_update

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .statements import Client

TABLES: Final = (
    "fields",
    "deleted_records",
    "sync_records_to_read",
    "sync_met_records",
    "related_sweeps",
)
"""Tables that name modules and that no run writes anew as a whole."""


def rename_modules(
    client: Client, names: Mapping[str, str], *, columns: Iterable[tuple[str, str]] = ()
) -> int:
    """Replaces the names of modules in one go, so that two may also swap theirs.

    To be called once for each rename, within the transaction that records it.

    Args:
        client: An open client of the dataset.
        names: The new API names by the old ones.
        columns: Tables and columns of lookups to several modules that tell which one.

    Returns:
        The number of rows touched.
    """
    if not names:
        return 0
    there = read_columns(client)
    places = [*((table, "module") for table in TABLES), *columns]
    return sum(
        _rename(client, names, table, column)
        for table, column in places
        if column in there.get(table, ())
    )


def _rename(client: Client, names: Mapping[str, str], table: str, column: str) -> int:
    name = quote(client, column)
    cases = f"CASE {name} {' '.join(['WHEN %s THEN %s'] * len(names))} END"
    pairs = [each for pair in names.items() for each in pair]
    key, values = "", list(pairs)
    if table == "fields":  # its key is made from the module's name
        key = f", id = {cases} || '.' || field_id"
        values += pairs
    return run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(table)} SET {name} = {cases}{key}"
        f" WHERE {name} IN ({', '.join(['%s'] * len(names))})",
        *values,
        *names,
    )
