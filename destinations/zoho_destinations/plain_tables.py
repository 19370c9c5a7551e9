"""Tables written by plain SQL: made where they are missing, their rows read as dataclasses."""

from __future__ import annotations

from dataclasses import Field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .statements import Client


class AnyDataclass(Protocol):
    """An instance of any dataclass, whose fields are the columns of a table."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Row = TypeVar("Row", bound=AnyDataclass)


def create_table(
    client: Client, table: str, columns: Mapping[str, str], *, key: Sequence[str] = ()
) -> None:
    """Creates a table where it is missing.

    Args:
        client: An open client of the dataset.
        table: Its name.
        columns: Types by name, in the words of both destinations.
        key: The primary key, where no column's type names it.
    """
    parts = [f"{quote(client, name)} {kind}" for name, kind in columns.items()]
    if key:
        parts.append(f"PRIMARY KEY ({', '.join(quote(client, name) for name in key)})")
    client.execute_sql(
        f"CREATE TABLE IF NOT EXISTS {client.make_qualified_table_name(table)} ({', '.join(parts)})"
    )


def insert_row(client: Client, table: str, row: Mapping[str, Any]) -> None:
    """Adds one row."""
    names = ", ".join(quote(client, name) for name in row)
    run_update(
        client,
        f"INSERT INTO {client.make_qualified_table_name(table)} ({names})"
        f" VALUES ({', '.join(['%s'] * len(row))})",
        *row.values(),
    )


def read_rows(
    client: Client,
    table: str,
    kind: type[Row],
    rest: str = "",
    *values: Any,
    as_text: Collection[str] = (),
) -> list[Row]:
    """Reads rows, each field from the column of its name; times in UTC.

    Args:
        client: An open client of the dataset.
        table: Its name.
        kind: The dataclass of a row.
        rest: What follows the table in the statement: conditions and order.
        values: Parameters of that.
        as_text: Columns of another type that are given as text.
    """
    names = column_names(kind)
    quoted = {name: quote(client, name) for name in names}
    shown = (f"CAST({quoted[n]} AS text)" if n in as_text else quoted[n] for n in names)
    qualified = client.make_qualified_table_name(table)
    found = select(client, f"SELECT {', '.join(shown)} FROM {qualified} {rest}", *values)
    return [kind(**dict(zip(names, map(_in_utc, row), strict=True))) for row in found]


def column_names(kind: type[AnyDataclass]) -> list[str]:
    """Gives the columns of a table whose rows are a dataclass."""
    return [field.name for field in fields(kind)]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
