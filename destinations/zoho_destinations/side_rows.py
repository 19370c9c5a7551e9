"""Rows of a side table, and the statements that apply them to the module's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_crm.backfill import CARRIED
from zoho_crm.columns import MODIFIED_TIME
from zoho_crm.names import OVERFLOW

from .missing_columns import add_column
from .statements import literal, quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from zoho_crm.columns import TableSchema

    from .statements import Client


class SideRows:
    """The rows of a side table that carry the same columns.

    Attributes:
        has_overflow: The module's table has the column for values that rows have no room for.
        emptied: Columns of the module's table that none of the rows has a value for.
    """

    def __init__(
        self,
        client: Client,
        schema: TableSchema,
        side: str,
        *,
        carried: str,
        columns: Sequence[str],
    ) -> None:
        """Touches nothing yet.

        Args:
            client: An open client of the dataset.
            schema: The module's table.
            side: Its side table.
            carried: What the rows say that they carry.
            columns: The columns to bring over.
        """
        self.has_overflow = False
        self.emptied: Collection[str] = ()
        self._client = client
        self._schema = schema
        self._table = client.make_qualified_table_name(schema.table_name)
        self._side = client.make_qualified_table_name(side)
        self._carried = carried
        self._columns = columns
        self._names = [quote(client, name) for name in columns]

    def read_ids(self) -> list[str]:
        """The ids of all rows, in the database's order."""
        sql = f"SELECT id FROM {self._side} WHERE {CARRIED} = %s ORDER BY id"
        return [row[0] for row in select(self._client, sql, self._carried)]

    def apply(self, ids: Sequence[str] | None = None) -> None:
        """Brings rows over and deletes them: all, or those from the first to the last id."""
        bounds = "" if ids is None else " AND s.id BETWEEN %s AND %s"
        changes = [f"{name} = s.{name}" for name in self._names]
        differs = [f"t.{name} IS DISTINCT FROM s.{name}" for name in self._names]
        for name in (quote(self._client, each) for each in sorted(self.emptied)):
            changes.append(f"{name} = NULL")
            differs.append(f"t.{name} IS NOT NULL")
        if self.has_overflow:
            changes.append(f"{OVERFLOW} = nullif(t.{OVERFLOW} - {self._keys}, '{{}}')")
            differs.append(f"coalesce(t.{OVERFLOW} ?| {self._keys}, false)")
        values = (self._carried, *([] if ids is None else [ids[0], ids[-1]]))
        self._update(changes, bounds, values, condition=f" AND ({' OR '.join(differs)})")

    def put_beside(self, record_id: str) -> None:
        """Brings a row over into `_overflow`, because the record's row has no room left."""
        if not self.has_overflow:
            add_column(self._client, self._schema.table_name, OVERFLOW, "jsonb")
            self.has_overflow = True
        pairs = ", ".join(
            f"({literal(self._client, name)}, to_jsonb(s.{quoted}))"
            for name, quoted in zip(self._columns, self._names, strict=True)
        )
        found = f"(SELECT jsonb_object_agg(k, v) FROM (VALUES {pairs}) f(k, v) WHERE v IS NOT NULL)"
        kept = f"coalesce(t.{OVERFLOW}, '{{}}') - {self._keys}"
        emptied = [quote(self._client, name) for name in sorted(self.emptied)]
        changes = [f"{name} = NULL" for name in (*self._names, *emptied)]
        changes.append(f"{OVERFLOW} = nullif({kept} || coalesce({found}, '{{}}'), '{{}}')")
        self._update(changes, " AND s.id = %s", (self._carried, record_id))

    @property
    def _keys(self) -> str:
        return f"ARRAY[{', '.join(literal(self._client, name) for name in self._columns)}]"

    def _update(
        self, changes: Sequence[str], bounds: str, values: Sequence[str], *, condition: str = ""
    ) -> None:
        chosen = f"s.{CARRIED} = %s{bounds}"
        with self._client.begin_transaction():
            if self._columns:
                run_update(
                    self._client,
                    f"UPDATE {self._table} AS t SET {', '.join(changes)} FROM {self._side} s"
                    f" WHERE t.id = s.id AND {chosen}{self._not_newer()}{condition}",
                    *values,
                )
            run_update(self._client, f"DELETE FROM {self._side} AS s WHERE {chosen}", *values)

    def _not_newer(self) -> str:
        for column in self._schema.columns:
            if column.api_name == MODIFIED_TIME:
                time = quote(self._client, column.name)
                return f" AND NOT coalesce(t.{time} > s.{time}, false)"
        return ""
