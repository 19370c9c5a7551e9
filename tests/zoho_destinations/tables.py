"""Module tables as tests need them: a schema by a few words, a table and rows by plain SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zoho_crm.api_types import Field, Module
from zoho_crm.columns import Column, TableSchema
from zoho_destinations.statements import quote, run_update, select

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

ARROW = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(38, 9),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}
SQL = {"timestamp": "timestamptz", "bool": "boolean", "decimal": "decimal(38, 9)"}


def column(name: str, kind: str = "text", **facts: Any) -> Column:
    """A column, by default of text and named as its field."""
    return Column(name=name, arrow_type=ARROW[kind], data_type=kind, **{"api_name": name, **facts})


def lookup(name: str, field_id: str, *parts: str) -> list[Column]:
    """The columns of a lookup."""
    return [
        column(f"{name}__{part}", api_name=name, part=part, field_id=field_id) for part in parts
    ]


def field(field_id: str, data_type: str, target: str = "") -> Field:
    """A field that points to a module, or to a user."""
    raw = {"lookup": {"module": {"api_name": target}}} if target else {}
    return Field(field_id, field_id, field_id, data_type, "jsonobject", raw)


def table_schema(api_name: str, *columns: Column, has_modified_time: bool = True) -> TableSchema:
    """The schema of a module named in the plural, with `id` first and `modified_time` last."""
    module = Module(api_name, "1", "default", True, "visible", api_name[:-1], api_name, None, None)
    last = [column("modified_time", "timestamp", api_name="Modified_Time")]
    return TableSchema(
        module=module,
        table_name=api_name.lower(),
        columns=(column("id"), *columns, *(last if has_modified_time else [])),
        slices=(),
        has_modified_time=has_modified_time,
    )


def create_table(client: Client, schema: TableSchema, *rows: dict[str, Any]) -> None:
    """Creates a module's table as dlt leaves it, and its rows."""
    columns = {c.name: SQL.get(c.data_type, c.data_type) for c in schema.columns}
    columns |= {"_read_no": "bigint", "_dlt_load_id": "text"}
    create(client, schema.table_name, columns, *rows)


def create(client: Client, table: str, columns: dict[str, str], *rows: dict[str, Any]) -> None:
    """Creates a table and its rows."""
    defined = ", ".join(f"{quote(client, name)} {kind}" for name, kind in columns.items())
    client.execute_sql(f"CREATE TABLE {client.make_qualified_table_name(table)} ({defined})")
    for row in rows:
        insert(client, table, row)


def insert(client: Client, table: str, row: dict[str, Any]) -> None:
    """Inserts one row."""
    names = ", ".join(quote(client, name) for name in row)
    run_update(
        client,
        f"INSERT INTO {client.make_qualified_table_name(table)} ({names})"
        f" VALUES ({', '.join(['%s'] * len(row))})",
        *row.values(),
    )


def read(client: Client, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Gives a table's rows in the order of its first column."""
    names = ", ".join(quote(client, name) for name in columns)
    return select(
        client, f"SELECT {names} FROM {client.make_qualified_table_name(table)} ORDER BY 1"
    )
