"""Values read for a new column, from their side table into the module's table.

A merge of rows that carry only some columns would empty the others. So the few columns are loaded
into a table of their own and applied by one UPDATE, which leaves rows alone that were read since
in a newer version. Applied rows are deleted; both in one transaction, and as often as one likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.destinations.exceptions import DatabaseException

from zoho_crm.backfill import CARRIED, SIDE_PREFIX, side_table_name
from zoho_crm.names import OVERFLOW, part_name

from .existing import read_columns
from .explain import is_row_too_wide
from .missing_columns import add_column
from .side_rows import SideRows
from .statements import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.columns import TableSchema

    from .statements import Client


def apply_backfilled_values(client: Client, schemas: Sequence[TableSchema]) -> dict[str, int]:
    """Brings what side tables hold into the module tables, and empties them.

    Call it before a run reads, for what a killed run left, and after its loads.

    Args:
        client: An open client of the dataset; json columns are converted already.
        schemas: The module tables, with all their columns.

    Returns:
        By module table, the number of rows that have no room for their values on Postgres: these
        are kept in `_overflow`.
    """
    there = read_columns(client)
    if not any(table.startswith(SIDE_PREFIX) for table in there):
        return {}
    beside: dict[str, int] = {}
    for schema in schemas:
        side = side_table_name(schema.table_name)
        if side not in there or schema.table_name not in there:
            continue
        side_name = client.make_qualified_table_name(side)
        for (carried,) in select(client, f"SELECT DISTINCT {CARRIED} FROM {side_name}"):
            columns = _columns_of(schema, carried.split(","), there[side])
            _add_raw_columns(client, schema.table_name, columns, there)
            rows = SideRows(client, schema, side, carried=carried, columns=columns)
            rows.has_overflow = OVERFLOW in there[schema.table_name]
            rows.emptied = _raw_columns_of(schema, carried.split(","), there) - set(columns)
            beside[schema.table_name] = beside.get(schema.table_name, 0) + _apply(rows)
    return {table: rows for table, rows in beside.items() if rows}


def _columns_of(schema: TableSchema, carried: Sequence[str], side: Mapping[str, str]) -> list[str]:
    """The columns that rows carry; those of fields that have gone meanwhile are left out."""
    names = [column.name for column in schema.columns if column.base_name in carried]
    return [name for name in (*names, *_raw_names(schema, carried)) if name in side]


def _raw_names(schema: TableSchema, carried: Sequence[str]) -> list[str]:
    bases = {column.base_name for column in schema.columns}
    return [part_name(base, "raw") for base in carried if base in bases]


def _raw_columns_of(
    schema: TableSchema, carried: Sequence[str], there: Mapping[str, Mapping[str, str]]
) -> set[str]:
    """What is in the module's table: what did not fit once may have been replaced since."""
    return {name for name in _raw_names(schema, carried) if name in there[schema.table_name]}


def _add_raw_columns(
    client: Client, table: str, columns: Sequence[str], there: Mapping[str, Mapping[str, str]]
) -> None:
    """Values that do not fit their column are rare: only the side table may have met one yet."""
    for name in columns:
        if name not in there[table]:
            add_column(client, table, name, "text")


def _apply(rows: SideRows) -> int:
    """Applies rows at once, or by halves where one is too wide for Postgres; gives how many are."""
    waiting: list[list[str] | None] = [None]
    beside = 0
    while waiting:
        ids = waiting.pop()
        try:
            rows.apply(ids)
        except DatabaseException as error:
            if not is_row_too_wide(error):
                raise
            ids = rows.read_ids() if ids is None else ids
            middle = len(ids) // 2
            if middle:
                waiting += [ids[:middle], ids[middle:]]
            else:
                rows.put_beside(ids[0])
                beside += 1
    return beside
