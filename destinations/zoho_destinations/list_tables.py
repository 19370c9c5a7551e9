"""The tables of related lists that are read: created, widened, and a parent's rows replaced.

They are written by SQL of their own and not by dlt's merge, because the rows of a parent and the
note that it was swept must change in one transaction: a run that dies leaves both as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from zoho_crm.names import READ_NO
from zoho_crm.records import to_table
from zoho_crm.related_tables import KEY, PARENT_ID

from .existing import count_rows, read_columns
from .live_views import FLAG
from .parts import parts_of
from .staged_rows import insert_staged, staged
from .statements import is_postgres, literal, quote, run_update

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Mapping, Sequence

    from zoho_crm.api_types import JsonObject
    from zoho_crm.related_tables import ListTable

    from .statements import Client

    Tables = Mapping[str, Mapping[str, str]]

_TYPES: Final = {
    "text": "text",
    "bigint": "bigint",
    "decimal": "decimal(38, 9)",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
}


def prepare_list_table(client: Client, table: ListTable, there: Collection[str] | None) -> None:
    """Creates the table where it is missing, and adds the columns that it lacks.

    Args:
        client: An open client of the dataset.
        table: The list's table.
        there: The columns that it has; None where it is missing.
    """
    wanted = {c.name: _type_of(client, c.data_type) for c in table.schema.columns}
    wanted[FLAG] = "text"
    qualified = client.make_qualified_table_name(table.name)
    if there is None:
        columns = [
            f"{quote(client, name)} {kind}{' NOT NULL' if name in KEY else ''}"
            for name, kind in wanted.items()
        ]
        # DuckDB checks keys too eagerly for rows that are replaced within a transaction.
        if is_postgres(client):
            columns.append(f"PRIMARY KEY ({', '.join(quote(client, name) for name in KEY)})")
        client.execute_sql(f"CREATE TABLE {qualified} ({', '.join(columns)})")
        label = literal(client, table.schema.module.plural_label)
        client.execute_sql(f"COMMENT ON TABLE {qualified} IS {label}")
        return
    for name, kind in wanted.items():
        if name not in there:
            client.execute_sql(f"ALTER TABLE {qualified} ADD COLUMN {quote(client, name)} {kind}")


def replace_rows(
    client: Client, table: ListTable, parent_ids: Sequence[str], rows: Sequence[JsonObject]
) -> Counter[str] | None:
    """Replaces all rows of some parents; to be called within a transaction.

    Args:
        client: An open client of the dataset.
        table: The list's table, prepared.
        parent_ids: The parents whose list was read in full, those without rows too.
        rows: The rows of all of them.

    Returns:
        Values that did not fit their column, by column; None where there were no rows.
    """
    if not parent_ids:
        return None
    qualified = client.make_qualified_table_name(table.name)
    with staged(client, pa.table({PARENT_ID: pa.array(parent_ids, pa.string())})) as name:
        run_update(
            client, f"DELETE FROM {qualified} WHERE parent_id IN (SELECT parent_id FROM {name})"
        )
    if not rows:
        return None
    converted = to_table(table.schema, rows, read_no=1)
    arrow = converted.table.drop_columns([READ_NO])
    if converted.misfits:
        _add_raw_columns(client, table, arrow.column_names)
    json = [column.name for column in table.schema.columns if column.data_type == "json"]
    with staged(client, arrow) as name:
        insert_staged(client, table.name, name, arrow.column_names, json=json)
    return converted.misfits


def refresh_list_rows(
    client: Client,
    table: ListTable,
    there: Tables,
    *,
    parent_table: str,
    child_tables: dict[str, str],
) -> int:
    """Brings rows in line with the parents and related records as they are loaded now, at no call.

    A row is flagged deleted while its parent or its record is; what it repeats of a loaded record
    is as that record's table has it.

    Args:
        client: An open client of the dataset.
        table: The list's table.
        there: The columns of all tables of the dataset.
        parent_table: The table of the parents.
        child_tables: The loaded tables of related records, by module.

    Returns:
        The number of rows touched.
    """
    children = {n: t for n, t in child_tables.items() if FLAG in there.get(t, {})}
    flags = ["p._deleted_type", *(f"d{n}._deleted_type" for n in range(len(children)))]
    joins = [f"LEFT JOIN {_deleted(client, parent_table)} p ON p.id = r.parent_id"]
    joins += [
        f"LEFT JOIN {_deleted(client, child)} d{n} ON d{n}.id = r.id"
        for n, child in enumerate(children.values())
    ]
    values = {FLAG: f"coalesce({', '.join(flags)})"}
    copied = _copied(client, table, there) if table.child is not None and children else {}
    if not copied:
        return _update(client, table, values, joins)
    child = next(iter(children.values()))
    qualified, touched = client.make_qualified_table_name(child), 0
    for part in parts_of(client, count_rows(client, child)):
        some = f"(SELECT * FROM {qualified} c WHERE {part.has('c.id')}) c0"
        joined = [*joins, f"LEFT JOIN {some} ON c0.id = r.id"]
        touched += _update(client, table, values | copied, joined, part.has("r.id"))
    return touched


def _deleted(client: Client, table: str) -> str:
    """Few rows: a join with all of them would hold them all in memory."""
    qualified = client.make_qualified_table_name(table)
    return f"(SELECT id, _deleted_type FROM {qualified} WHERE _deleted_type IS NOT NULL)"


def _copied(client: Client, table: ListTable, there: Tables) -> dict[str, str]:
    """The list's columns that repeat a column of the child, and where they are taken from."""
    assert table.child is not None  # noqa: S101  # the caller has looked
    child = there.get(table.child.table_name, {})
    names = {(c.api_name, c.part): c.name for c in table.child.columns if c.name in child}
    found = {}
    for column in table.record_columns:
        source = names.get((column.api_name, column.part))
        if source and column.name in there.get(table.name, {}):
            own = f"r.{quote(client, column.name)}"
            found[column.name] = (
                f"CASE WHEN c0.id IS NULL THEN {own} ELSE c0.{quote(client, source)} END"
            )
    return found


def _update(
    client: Client, table: ListTable, values: dict[str, str], joins: list[str], which: str = "true"
) -> int:
    names = {name: quote(client, name) for name in values}
    wanted = ", ".join(f"{value} AS {names[name]}" for name, value in values.items())
    differs = " OR ".join(f"r.{n} IS DISTINCT FROM ({values[name]})" for name, n in names.items())
    qualified = client.make_qualified_table_name(table.name)
    return run_update(
        client,
        f"UPDATE {qualified} AS t SET {', '.join(f'{n} = w.{n}' for n in names.values())}"
        f" FROM (SELECT r.parent_id AS row_parent, r.id AS row_id, {wanted}"
        f" FROM {qualified} r {' '.join(joins)} WHERE {which} AND ({differs})) w"
        " WHERE t.parent_id = w.row_parent AND t.id = w.row_id",
    )


def drop_list_table(client: Client, name: str) -> None:
    """Drops the table of a list that is no longer read."""
    client.execute_sql(f"DROP TABLE IF EXISTS {client.make_qualified_table_name(name)}")


def _add_raw_columns(client: Client, table: ListTable, names: Sequence[str]) -> None:
    there = read_columns(client).get(table.name, {})
    for name in names:
        if name not in there:
            client.execute_sql(
                f"ALTER TABLE {client.make_qualified_table_name(table.name)}"
                f" ADD COLUMN {quote(client, name)} text"
            )


def _type_of(client: Client, data_type: str) -> str:
    if data_type == "json":
        return "jsonb" if is_postgres(client) else "JSON"
    return _TYPES[data_type]
