"""Values read for a new column, from their side table into the module's table.

A merge of rows that carry only some columns would empty the others. So the few columns are loaded
into a table of their own and applied by one UPDATE, which leaves rows alone that were read since
in a newer version. Applied rows are deleted; both in one transaction, and as often as one likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_crm.backfill import CARRIED, SIDE_PREFIX, side_table_name
from zoho_crm.columns import MODIFIED_TIME
from zoho_crm.names import part_name

from .existing import read_columns
from .missing_columns import add_column
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoho_crm.columns import TableSchema

    from .statements import Client


def apply_backfilled_values(client: Client, schemas: Sequence[TableSchema]) -> dict[str, int]:
    """Brings what side tables hold into the module tables, and empties them.

    Call it before a run reads, for what a killed run left, and after its loads.

    Args:
        client: An open client of the dataset; json columns are converted already.
        schemas: The module tables, with all their columns.

    Returns:
        The number of rows touched, by module table.
    """
    there = read_columns(client)
    if not any(table.startswith(SIDE_PREFIX) for table in there):
        return {}
    touched: dict[str, int] = {}
    for schema in schemas:
        side = side_table_name(schema.table_name)
        if side not in there or schema.table_name not in there:
            continue
        side_name = client.make_qualified_table_name(side)
        for (carried,) in select(client, f"SELECT DISTINCT {CARRIED} FROM {side_name}"):
            columns = _columns_of(schema, carried.split(","), there[side])
            _add_raw_columns(client, schema.table_name, columns, there)
            rows = _apply(client, schema, side, carried=carried, columns=columns)
            touched[schema.table_name] = touched.get(schema.table_name, 0) + rows
    return touched


def _columns_of(schema: TableSchema, carried: Sequence[str], side: Mapping[str, str]) -> list[str]:
    """The columns that rows carry; those of fields that have gone meanwhile are left out."""
    names = [column.name for column in schema.columns if column.base_name in carried]
    bases = {column.base_name for column in schema.columns}
    raw = [part_name(base, "raw") for base in carried if base in bases]
    return [name for name in (*names, *raw) if name in side]


def _add_raw_columns(
    client: Client, table: str, columns: Sequence[str], there: Mapping[str, Mapping[str, str]]
) -> None:
    """Values that do not fit their column are rare: only the side table may have met one yet."""
    for name in columns:
        if name not in there[table]:
            add_column(client, table, name, "text")


def _apply(
    client: Client, schema: TableSchema, side: str, *, carried: str, columns: Sequence[str]
) -> int:
    side_name = client.make_qualified_table_name(side)
    rows = 0
    with client.begin_transaction():
        if columns:
            names = [quote(client, name) for name in columns]
            rows = run_update(
                client,
                f"UPDATE {client.make_qualified_table_name(schema.table_name)} AS t"
                f" SET {', '.join(f'{name} = s.{name}' for name in names)}"
                f" FROM {side_name} s WHERE t.id = s.id AND s.{CARRIED} = %s"
                f"{''.join(_not_newer(client, schema))}"
                f" AND ({' OR '.join(f't.{name} IS DISTINCT FROM s.{name}' for name in names)})",
                carried,
            )
        run_update(client, f"DELETE FROM {side_name} WHERE {CARRIED} = %s", carried)
    return rows


def _not_newer(client: Client, schema: TableSchema) -> Iterator[str]:
    for column in schema.columns:
        if column.api_name == MODIFIED_TIME:
            time = quote(client, column.name)
            yield f" AND NOT coalesce(t.{time} > s.{time}, false)"
