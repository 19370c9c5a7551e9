"""What a walk over a module has met, in a table beside it, and how the two differ: by SQL.

Neither memory nor the walk's length grows with what is compared: ids are stored as they come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from .deleted_records import DELETED_RECORDS
from .existing import read_columns
from .records_to_read import RECORDS_TO_READ
from .statements import quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from zoho_crm.columns import TableSchema

    from .deletion_flags import Parent
    from .statements import Client

    Row = tuple[str, datetime | None]

Reason = Literal["missing", "different", "back", "without a time", "not read yet"]

MET: Final = "sync_met_records"
_ROWS_A_STATEMENT: Final = 500
_IDS_AT_A_TIME: Final = 2_000

_RECORDS: Final = """
    SELECT id, max(modified_time) AS modified_time FROM {met} WHERE module = %s GROUP BY id
"""
_OPEN: Final = """EXISTS (
    SELECT 1 FROM {deleted} d WHERE d.module = %s AND d.id = {id} AND d.restored_at IS NULL
)"""
# Rows go and come back with their record. This run's deletions are not flagged yet.
_IS_PARENT_GONE: Final = """EXISTS (
    SELECT 1 FROM {deleted} d WHERE d.id = t.{column} AND d.restored_at IS NULL
)"""
# What changed since the anchor is for the next ordinary reading.
_IS_OLD: Final = "(m.modified_time IS NULL OR m.modified_time < %s)"
_DIFFERENCES: Final = """
    SELECT m.id, CASE
        WHEN NOT {is_old} THEN 'not read yet'
        WHEN t.id IS NULL THEN 'missing'
        WHEN {is_open} THEN 'back'
        WHEN m.modified_time IS NULL THEN 'without a time'
        ELSE 'different' END AS reason
    FROM ({records}) m LEFT JOIN {table} t ON t.id = m.id
    WHERE t.id IS NULL OR m.modified_time IS NULL
        OR t.modified_time IS DISTINCT FROM m.modified_time OR {is_open}
"""


class MetRecords:
    """What walks have met, by module."""

    def __init__(self, client: Client, *, table: str = MET) -> None:
        """Touches nothing yet.

        Args:
            client: An open client of the dataset.
            table: Where they are kept.
        """
        self._client = client
        self._table = table
        self._name = client.make_qualified_table_name(table)

    def create(self) -> bool:
        """Creates the table where it is missing; whether it was there."""
        is_there = self._table in read_columns(self._client)
        self._client.execute_sql(
            f"CREATE TABLE IF NOT EXISTS {self._name}"
            " (module text NOT NULL, id text NOT NULL, modified_time timestamptz)"
        )
        return is_there

    def drop(self) -> None:
        """Drops the table, with what walks that never ended have met."""
        self._client.execute_sql(f"DROP TABLE IF EXISTS {self._name}")

    def note(self, module: str, rows: Sequence[Row]) -> None:
        """Keeps what a walk has met; a record may be met more than once."""
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            chunk = rows[start : start + _ROWS_A_STATEMENT]
            run_update(
                self._client,
                f"INSERT INTO {self._name} (module, id, modified_time)"
                f" VALUES {', '.join(['(%s, %s, %s)'] * len(chunk))}",
                *(value for record_id, time in chunk for value in (module, record_id, time)),
            )

    def forget(self, module: str) -> None:
        """Drops what a walk over one module has met."""
        run_update(self._client, f"DELETE FROM {self._name} WHERE module = %s", module)

    def count(self, module: str) -> int:
        """How many records a walk has met."""
        sql = f"SELECT count(DISTINCT id) FROM {self._name} WHERE module = %s"
        return int(select(self._client, sql, module)[0][0])

    def count_differences(self, schema: TableSchema, *, anchor: datetime) -> dict[str, int]:
        """How many records that were met the table lacks or holds otherwise, by reason.

        Args:
            schema: The module's table.
            anchor: Where the module's next ordinary reading starts.
        """
        sql, values = self._differences(schema, anchor)
        rows = select(
            self._client, f"SELECT reason, count(*) FROM ({sql}) f GROUP BY reason", *values
        )
        return {str(reason): int(count) for reason, count in rows}

    def queue_differences(self, schema: TableSchema, *, anchor: datetime, as_of: datetime) -> int:
        """Has the records that differ read in full; see `count_differences`.

        Returns:
            The number of records that were not waiting yet.
        """
        sql, values = self._differences(schema, anchor)
        queue = self._client.make_qualified_table_name(RECORDS_TO_READ)
        module = schema.module.api_name
        return run_update(
            self._client,
            f"INSERT INTO {queue} (module, id, reason, noted_at)"
            f" SELECT %s, f.id, f.reason, %s FROM ({sql}) f WHERE f.reason <> 'not read yet'"
            f" AND NOT EXISTS (SELECT 1 FROM {queue} q WHERE q.module = %s AND q.id = f.id)",
            *(module, as_of, *values, module),
        )

    def unmet_ids(self, schema: TableSchema, parent: Parent | None = None) -> Iterator[list[str]]:
        """Yields the live records of the table that the walk did not meet.

        Args:
            schema: The module's table.
            parent: Where the records are that its rows belong to: rows of one that is gone are
                not live, and are left out.
        """
        names = self._names(schema)
        module = schema.module.api_name
        is_open = _OPEN.format(id="t.id", **names)
        columns = read_columns(self._client).get(schema.table_name, {})
        if parent is not None and parent.column in columns:
            column = quote(self._client, parent.column)
            is_open = f"({is_open} OR {_IS_PARENT_GONE.format(column=column, **names)})"
        sql = (
            "SELECT t.id FROM {table} t WHERE t.id > %s AND NOT EXISTS ("
            "SELECT 1 FROM {met} m WHERE m.module = %s AND m.id = t.id)"
            " AND NOT {is_open} ORDER BY t.id LIMIT {limit}"
        ).format(is_open=is_open, limit=_IDS_AT_A_TIME, **names)
        last = ""
        while ids := [row[0] for row in select(self._client, sql, last, module, module)]:
            yield ids
            last = ids[-1]

    def _differences(self, schema: TableSchema, anchor: datetime) -> tuple[str, tuple[Any, ...]]:
        names = self._names(schema)
        module = schema.module.api_name
        is_open = _OPEN.format(id="m.id", **names)
        sql = _DIFFERENCES.format(
            is_old=_IS_OLD, is_open=is_open, records=_RECORDS.format(**names), **names
        )
        return sql, (anchor, module, module, module)

    def _names(self, schema: TableSchema) -> dict[str, str]:
        return {
            "met": self._name,
            "table": self._client.make_qualified_table_name(schema.table_name),
            "deleted": self._client.make_qualified_table_name(DELETED_RECORDS),
        }
