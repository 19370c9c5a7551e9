"""`related_list_ways`: how each related list is read, and what was found out about that.

Written by SQL, one row a list. Whether a list may be derived is found out once, and a list that
Zoho refuses is asked for again after a day only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .plain_tables import column_names, create_table, read_rows
from .statements import quote, run_update

if TYPE_CHECKING:
    from datetime import datetime

    from .statements import Client

WAYS: Final = "related_list_ways"
COUNTS: Final = "*"
"""The name under which it is noted that an organisation gives no counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """One list."""

    name: str
    """`Module.List`."""
    way: str
    """derived, read, off or none; waiting: to be derived once it was compared."""
    table_name: str | None = None
    columns: str | None = None
    """The columns with their types: a list whose columns change is read again."""
    compared: int | None = None
    """Parents whose list was read and compared with what is derived; None before the first time."""
    compared_with_rows: int = 0
    """Those of them whose list was not empty."""
    is_filtered: bool = False
    """They differed: Zoho does not show all children in the list."""
    refused_at: datetime | None = None
    """When Zoho refused the whole list."""
    code: str | None = None
    reason: str | None = None


_TYPES: Final = {
    "name": "text NOT NULL",
    "compared": "bigint",
    "compared_with_rows": "bigint",
    "is_filtered": "boolean",
    "refused_at": "timestamptz",
}


def create_ways(client: Client) -> None:
    """Creates the table where it is missing."""
    columns = {name: _TYPES.get(name, "text") for name in column_names(WayRow)}
    create_table(client, WAYS, columns, key=("name",))


def read_ways(client: Client) -> dict[str, WayRow]:
    """Gives what is known, by `Module.List`; nothing where the table is missing."""
    if WAYS not in read_columns(client):
        return {}
    return {row.name: row for row in read_rows(client, WAYS, WayRow)}


def forget_refusals(client: Client) -> None:
    """Has lists asked for again that were refused: to other credentials they may be given."""
    if WAYS in read_columns(client):
        table = client.make_qualified_table_name(WAYS)
        run_update(client, f"UPDATE {table} SET refused_at = NULL WHERE refused_at IS NOT NULL")


def write_way(client: Client, row: WayRow) -> None:
    """Writes a list's row, or brings the one that is there up to date."""
    values = {name: getattr(row, name) for name in column_names(WayRow)}
    columns = ", ".join(quote(client, name) for name in values)
    marks = ", ".join(["%s"] * len(values))
    changes = ", ".join(
        f"{quote(client, n)} = EXCLUDED.{quote(client, n)}" for n in values if n != "name"
    )
    run_update(
        client,
        f"INSERT INTO {client.make_qualified_table_name(WAYS)} ({columns}) VALUES ({marks})"
        f" ON CONFLICT ({quote(client, 'name')}) DO UPDATE SET {changes}",
        *values.values(),
    )
