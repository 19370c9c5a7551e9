"""`related_list_ways`: how each related list is read, and what was found out about that.

Written by SQL, one row a list. Whether a list may be derived is found out once, and a list that
Zoho refuses is asked for again after a day only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .existing import read_columns
from .statements import quote, run_update, select

if TYPE_CHECKING:
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
    """derived, read, off or none."""
    table_name: str | None = None
    columns: str | None = None
    """The columns with their types: a list whose columns change is read again."""
    compared: int = 0
    """Parents whose list was read and compared with what is derived."""
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
    columns = [f"{quote(client, n)} {_TYPES.get(n, 'text')}" for n in _names()]
    client.execute_sql(
        f"CREATE TABLE IF NOT EXISTS {client.make_qualified_table_name(WAYS)}"
        f" ({', '.join(columns)}, PRIMARY KEY ({quote(client, 'name')}))"
    )


def read_ways(client: Client) -> dict[str, WayRow]:
    """Gives what is known, by `Module.List`; nothing where the table is missing."""
    if WAYS not in read_columns(client):
        return {}
    names = ", ".join(quote(client, name) for name in _names())
    found = select(client, f"SELECT {names} FROM {client.make_qualified_table_name(WAYS)}")
    rows = [WayRow(**dict(zip(_names(), map(_in_utc, row), strict=True))) for row in found]
    return {row.name: row for row in rows}


def write_way(client: Client, row: WayRow) -> None:
    """Writes a list's row, or brings the one that is there up to date."""
    values = {name: getattr(row, name) for name in _names()}
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


def _names() -> list[str]:
    return [field.name for field in fields(WayRow)]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
