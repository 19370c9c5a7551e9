"""A simulated CRM and its copy by the command line, for tests that compare everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import psycopg2

from tests.zoho_crm.copies import assert_none, differences
from tests.zoho_crm.expected import expected_rows, parse_json, without_our_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from tests.zoho_crm.crm import Crm

Row = dict[str, Any]
DATASET = "zoho_crm"
HAS_ROWS_TWICE = "SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1"
KEYS = {
    "recycle_bin_captures": "capture_id",
    "recycle_bin_chain": "id",
    "recycle_bin_related_records": "capture_id",
    "related_list_ways": "name",
    "related_sweeps": 'module, "list", parent_id',
    "sync_runs": "run_id",
    "sync_run_resources": "run_id, resource",
    "row_sets": "relation, parent_id",
    "sync_progress": "task, part",
    "sync_records_to_read": "module, id",
    # What was not visible has no time; it may be so more than once.
    "deleted_records": "module, id, deleted_time,"
    " CASE WHEN deleted_time IS NULL THEN first_seen_at END",
    "delink_plans": "plan_id",
    "delinked_relations": "plan_id, row_no",
}


def copy_on(destination: str, request: pytest.FixtureRequest, crm: Crm, folder: Path) -> SyncedCopy:
    """The copy of a CRM on a destination by its name; nothing is loaded yet."""
    if destination == "duckdb":
        return SyncedCopy(crm, path=folder / "zoho.duckdb")
    return SyncedCopy(crm, url=request.getfixturevalue("postgres_url"))


class SyncedCopy:
    """A dataset on either destination, read by plain SQL."""

    def __init__(self, crm: Crm, *, path: Path | None = None, url: str | None = None) -> None:
        self._crm = crm
        self.path, self.url = path, url

    @property
    def destination(self) -> str:
        return "duckdb" if self.path else "postgres"

    def environment(self) -> dict[str, str]:
        """The configuration of the command."""
        server = self._crm.server
        credentials = {
            "CLIENT_ID": server.client_id,
            "CLIENT_SECRET": server.client_secret,
            "REFRESH_TOKEN": server.refresh_token,
            "ACCOUNTS_URL": server.accounts_url,
        }
        found = {f"SOURCES__ZOHO_CRM__CREDENTIALS__{k}": v for k, v in credentials.items()}
        place = str(self.path) if self.path else str(self.url)
        return {**found, f"DESTINATION__{self.destination.upper()}__CREDENTIALS": place}

    def query(self, sql: str) -> list[Row]:
        if self.path:
            with duckdb.connect(str(self.path), read_only=True) as database:
                return list(database.sql(sql).to_arrow_table().to_pylist())
        connection = psycopg2.connect(str(self.url))
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                names = [column.name for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            connection.close()

    def execute(self, sql: str) -> None:
        """Changes something behind everybody's back."""
        if self.path:
            with duckdb.connect(str(self.path)) as database:
                database.execute(sql)
            return
        connection = psycopg2.connect(str(self.url))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
        finally:
            connection.close()

    def tables(self) -> list[str]:
        found = self.query(
            "SELECT table_name FROM information_schema.tables"
            f" WHERE table_schema = '{DATASET}' ORDER BY 1"
        )
        return [row["table_name"] for row in found]

    def assert_equals_crm(self, modules: Sequence[str], *, volatile: bool = True) -> None:
        """Every live record with every value, and no row twice in any table.

        Args:
            modules: Those to be compared.
            volatile: Whether fields that change without `Modified_Time` are compared, too.
        """
        for module in modules:
            fields = self.query(
                "SELECT field_id, column_name, table_name, is_volatile FROM zoho_crm.fields"
                f" WHERE module = '{module}' AND removed_at IS NULL"
            )
            columns = {row["field_id"]: row["column_name"] for row in fields}
            expected = expected_rows(self._crm, module, columns)
            rows = self.rows(fields[0]["table_name"])
            if not volatile:
                left_out = {row["column_name"] for row in fields if row["is_volatile"]}
                for row in (*rows.values(), *expected.values()):
                    for name in left_out & row.keys():
                        del row[name]
            assert_none(differences(rows, expected))
        self.assert_no_row_twice()

    def assert_no_row_twice(self) -> None:
        for table in self.tables():
            if not table.startswith("_dlt"):
                key = KEYS.get(table, "parent_id, id" if "__" in table else "id")
                sql = HAS_ROWS_TWICE.format(key=key, table=f'{DATASET}."{table}"')
                assert self.query(sql) == [], f"{table} holds rows twice"

    def rows(self, table: str) -> dict[str, Row]:
        """All rows by id, every column but ours."""
        types = self.query(
            "SELECT column_name, data_type FROM information_schema.columns"
            f" WHERE table_schema = '{DATASET}' AND table_name = '{table}'"
        )
        json_columns = {r["column_name"] for r in types if r["data_type"] == "JSON"}
        rows = self.query(f'SELECT * FROM {DATASET}."{table}"')
        for row in rows:
            for name in json_columns:
                row[name] = parse_json(row[name])
        return {row["id"]: without_our_columns(row) for row in rows}
