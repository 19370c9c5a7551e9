"""Arrow rows as something that SQL can select from, for statements that replace rows."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import csv

from .statements import is_postgres, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .statements import Client

_STAGED: Final = "_staged_rows"


@contextmanager
def staged(client: Client, rows: pa.Table) -> Iterator[str]:
    """Gives the name by which SQL reads the rows until the end of the block.

    One block at a time; on Postgres it must be within a transaction. Columns of json are text.

    Args:
        client: An open client of the dataset.
        rows: The rows.
    """
    if is_postgres(client):
        yield from _in_a_temporary_table(client, rows)
        return
    connection: Any = client.native_connection
    connection.register(_STAGED, rows)
    try:
        yield _STAGED
    finally:
        connection.unregister(_STAGED)


def insert_staged(
    client: Client, table: str, name: str, columns: Sequence[str], *, json: Sequence[str] = ()
) -> None:
    """Inserts staged rows into a table of the dataset.

    Args:
        client: An open client of the dataset.
        table: The table's name.
        name: What `staged` gave.
        columns: Which columns the staged rows have.
        json: Those of them that hold json as text.
    """
    kind = "jsonb" if is_postgres(client) else "JSON"
    names = [quote(client, column) for column in columns]
    values = [
        f"CAST({quoted} AS {kind})" if column in json else quoted
        for column, quoted in zip(columns, names, strict=True)
    ]
    client.execute_sql(
        f"INSERT INTO {client.make_qualified_table_name(table)} ({', '.join(names)})"
        f" SELECT {', '.join(values)} FROM {name}"
    )


def _in_a_temporary_table(client: Client, rows: pa.Table) -> Iterator[str]:
    columns = ", ".join(
        f"{quote(client, field.name)} {_postgres_type(field.type)}" for field in rows.schema
    )
    client.execute_sql(f"CREATE TEMPORARY TABLE {_STAGED} ({columns}) ON COMMIT DROP")
    connection: Any = client.native_connection
    with connection.cursor() as cursor:
        # A null is nothing between two commas, an empty text is in quotes.
        cursor.copy_expert(f"COPY {_STAGED} FROM STDIN (FORMAT csv)", _to_csv(rows))
    yield _STAGED
    client.execute_sql(f"DROP TABLE {_STAGED}")


def _to_csv(rows: pa.Table) -> io.BytesIO:
    texts = [
        column.cast(pa.string()) if pa.types.is_decimal(column.type) else column
        for column in rows.columns
    ]
    buffer = io.BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    csv.write_csv(pa.table(texts, names=rows.column_names), buffer, options)
    buffer.seek(0)
    return buffer


def _postgres_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamptz"
    if pa.types.is_decimal(kind):
        return "numeric"
    if pa.types.is_integer(kind):
        return "bigint"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "date" if pa.types.is_date(kind) else "text"
