"""Copies of a simulated CRM: in a DuckDB file through dlt, or without a database for many cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dlt
import duckdb

from tests.zoho_crm.expected import expected_rows, parse_json, without_our_columns
from zoho_crm.columns import column_of_field
from zoho_crm.metadata import Metadata, read_metadata
from zoho_crm.module_records import ModuleReader
from zoho_crm.session import PackageBounds, ReadSession
from zoho_crm.source import table_schemas, zoho_crm_session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_crm.expected import Row
    from zoho_crm.columns import TableSchema
    from zoho_crm.outcomes import ResourceOutcome

DATASET = "zoho_crm"


class DuckDBCopy:
    """A dataset in a DuckDB file, kept up to date by the source."""

    def __init__(self, crm: Crm, folder: Path, *, name: str = "copy") -> None:
        self.path = folder / f"{name}.duckdb"
        self.metadata: Metadata | None = None
        """What the last run read; handed to the next one unless it is set to None."""
        self.packages = 0
        self._crm = crm
        self._folder = folder / f"{name}-pipelines"

    @property
    def pipeline(self) -> dlt.Pipeline:
        return dlt.pipeline(
            self.path.stem,
            destination=dlt.destinations.duckdb(str(self.path)),
            dataset_name=DATASET,
            pipelines_dir=str(self._folder),
        )

    def run(
        self,
        *modules: str,
        only: Sequence[str] | None = None,
        max_calls: int | None = None,
        package_rows: int | None = None,
        **session: Any,
    ) -> ReadSession:
        """Reads and loads packages until every resource has ended.

        Args:
            modules: Which modules to read; all by default.
            only: Which resources to read, for speed; all of the selected by default.
            max_calls: The limit of calls.
            package_rows: Rows that a package holds at the most.
            session: Attributes of the `ReadSession`.
        """
        with self._crm.client(max_calls) as client:
            self.metadata = read_metadata(client, known=self.metadata)
            bounds = PackageBounds(max_rows=package_rows)
            found = ReadSession(client, package=bounds, **{"raises": False, **session})
            while self._load_package(found, modules or ("*",), only):
                pass
            return found

    def _load_package(
        self, session: ReadSession, modules: Sequence[str], only: Sequence[str] | None
    ) -> bool:
        session.package.start()
        source = zoho_crm_session(session, self.metadata, modules)
        if only is not None:
            source = source.with_resources(*(name for name in only if name in source.resources))
        if not source.selected_resources:
            return False
        pipeline = self.pipeline
        pipeline.extract(source, loader_file_format="parquet")
        if pipeline.has_pending_data:
            pipeline.normalize()
            pipeline.load(raise_on_failed_jobs=True)
            self.packages += 1
        return True

    def query(self, sql: str) -> list[Row]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return list(connection.sql(sql).to_arrow_table().to_pylist())

    def types(self, table: str) -> dict[str, str]:
        """The SQL type of each column."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = ? AND table_name = ?",
                [DATASET, table],
            ).fetchall()
        return dict(found)

    def tables(self) -> set[str]:
        found = self.query(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{DATASET}' AND table_name NOT LIKE '\\_dlt%' ESCAPE '\\'"
        )
        return {row["table_name"] for row in found}

    def rows(self, table: str) -> dict[str, Row]:
        """All rows by id, every column but ours; a row held twice is an error."""
        types = self.types(table)
        found = self.query(f'SELECT * FROM {DATASET}."{table}"')
        for row in found:
            for name in row:
                if types[name] == "JSON":
                    row[name] = parse_json(row[name])
        by_id = {row["id"]: without_our_columns(row) for row in found}
        assert len(by_id) == len(found), f"{table} holds rows twice"
        return by_id

    def columns_of(self, module: str) -> dict[str, str]:
        """The column of each field by field id, as the dataset tells."""
        found = self.query(
            f"SELECT field_id, column_name FROM {DATASET}.fields WHERE module = '{module}'"
        )
        return {row["field_id"]: row["column_name"] for row in found}

    def schema(self, module: str) -> TableSchema:
        assert self.metadata is not None
        return table_schemas(self.metadata)[module]

    def assert_equals_crm(self, *modules: str) -> None:
        """Every live record is there with every value; rows that are no more live are left out."""
        for module in modules:
            schema = self.schema(module)
            expected = expected_rows(self._crm, module, column_of_field(schema))
            rows = self.rows(schema.table_name)
            assert_none(differences(rows, expected))


class QuickCopy:
    """One module's table as dlt's merge would hold it: of each id the last reading."""

    def __init__(
        self,
        crm: Crm,
        module: str = "Widgets",
        *,
        metadata: Metadata | None = None,
        **session: Any,
    ) -> None:
        self.rows: dict[str, Row] = {}
        self.anchor: datetime | None = None
        self.is_unordered = False
        self.module = module
        self._crm = crm
        self._session = session
        if metadata is None:
            with crm.client() as client:
                metadata = read_metadata(client, only=[module])
        self.schema = table_schemas(metadata)[module]
        crm.forget_log()

    def run(
        self, *, max_calls: int | None = None, package_rows: int | None = None
    ) -> ResourceOutcome:
        """Reads packages until the module has ended, and gives its outcome."""
        with self._crm.client(max_calls) as client:
            bounds = PackageBounds(max_rows=package_rows)
            session = ReadSession(client, package=bounds, raises=False, **self._session)
            outcome = self.read(session)
            while outcome.outcome == "more":
                outcome = self.read(session)
            return outcome

    def read(self, session: ReadSession) -> ResourceOutcome:
        """Reads one package."""
        session.package.start()
        reader = ModuleReader(
            session, self.schema, anchor=self.anchor, is_unordered=self.is_unordered
        )
        read = [row for table in reader.tables() for row in table.to_pylist()]
        for row in sorted(read, key=lambda row: row["_read_no"]):
            self.rows[row["id"]] = row
        self.anchor = reader.next_anchor
        self.is_unordered = reader.is_unordered
        return reader.outcome

    def differences(self, *, without_volatile: bool = False) -> dict[str, Any]:
        """Where the copy is not as the CRM; rows that are no more live are left out.

        Args:
            without_volatile: Leaves out what changes without `Modified_Time`.
        """
        expected = expected_rows(self._crm, self.module, column_of_field(self.schema))
        rows = {key: without_our_columns(row) for key, row in self.rows.items()}
        json_columns = {c.name for c in self.schema.columns if c.data_type == "json"}
        for row in rows.values():
            for name in json_columns & row.keys():
                row[name] = parse_json(row[name])
        if without_volatile:
            volatile = {c.name for c in self.schema.columns if c.is_volatile}
            volatile |= {c.name for c in self.schema.columns if c.part in ("name", "email")}
            for row in [*rows.values(), *expected.values()]:
                for name in volatile & row.keys():
                    del row[name]
        return differences(rows, expected)

    def assert_equals_crm(self) -> None:
        assert_none(self.differences())

    def assert_anchor_is_proved(self) -> None:
        """What the next read will not ask for again is in the copy as it is in the CRM."""
        if self.anchor is None or not self.schema.has_modified_time:
            return
        border = self.anchor.timestamp()
        if self._crm.settings.if_modified_since == "exclusive":
            border += 1
        records = self._crm.org.module(self.module).records.values()
        passed = {str(r.id) for r in records if r.modified is not None and r.modified < border}
        found = self.differences()
        assert_none({key: found[key] for key in passed & found.keys()})


def differences(rows: dict[str, Row], expected: dict[str, Row]) -> dict[str, Any]:
    """What is expected and not so, by id: the whole row if it is missing, or the columns."""
    found: dict[str, Any] = {}
    for key, wanted in expected.items():
        row = rows.get(key)
        if row is None:
            found[key] = "missing"
        elif row != wanted:
            names = row.keys() | wanted.keys()
            found[key] = {
                name: (row.get(name, "no column"), wanted.get(name, "not expected"))
                for name in sorted(names)
                if row.get(name, "no column") != wanted.get(name, "not expected")
            }
    return found


def assert_none(found: dict[str, Any]) -> None:
    """Fails with the first few differences: all of them would fill the screen."""
    shown = dict(list(found.items())[:5])
    assert not found, f"{len(found)} records differ (copy, CRM): {shown}"
