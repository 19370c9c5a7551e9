"""Records read back equal from real databases, after dlt has normalised and merged them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import dlt
import duckdb
import psycopg2
import pytest

from tests.zoho_crm.converting import JSON_COLUMNS
from tests.zoho_crm.metadata import CASES, field, fields_of_every_type, schema_of
from zoho_crm.columns import TableSchema, dlt_columns
from zoho_crm.decoding import decode
from zoho_crm.records import to_table

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


@pytest.fixture(autouse=True)
def load_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets dlt up to add `_dlt_load_id`, as the source's configuration does."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")


@pytest.fixture
def database(project_dir: Path) -> Path:
    return project_dir / "visits.duckdb"


def load(destination: Path | str, schema: TableSchema, *pages: pa.Table) -> None:
    """Loads pages, or an empty table when there are none, as the source does.

    Args:
        destination: A DuckDB file, or the URL of a Postgres database.
        schema: The table's.
        *pages: What to load in one package.
    """

    @dlt.resource(
        name=schema.table_name,
        columns=dlt_columns(schema),
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
    )
    def visits() -> Iterator[Any]:
        yield from pages or [dlt.mark.materialize_table_schema()]

    visits.apply_hints(additional_table_hints={"x-normalizer": {"seen-data": True}})
    is_url = isinstance(destination, str)
    kind = dlt.destinations.postgres if is_url else dlt.destinations.duckdb
    pipeline = dlt.pipeline("visits", destination=kind(str(destination)))
    pipeline.run(visits(), dataset_name="crm", loader_file_format="parquet")


def select(database: Path, what: str) -> pa.Table:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        return connection.sql(f"SELECT {what} FROM crm.visits ORDER BY id").to_arrow_table()


def test_a_record_of_every_type_reads_back_equal_from_duckdb(database: Path) -> None:
    schema = schema_of(*fields_of_every_type())
    rows = decode((CASES / "record_of_every_type.json").read_bytes()).value["data"]
    nulls = {"id": "9"}
    table = to_table(schema, [*rows, nulls], read_no=3).table

    load(database, schema, table)

    names = ", ".join(f'"{name}"' for name in table.schema.names)
    assert select(database, names).to_pylist() == table.to_pylist()
    described = _types_in(database)
    assert [name for name, _ in described] == list(dlt_columns(schema))
    assert dict(described)["tag"] == "JSON"
    assert dict(described)["amount"] == "DECIMAL(38,9)"
    assert dict(described)["modified_time"] == "TIMESTAMP WITH TIME ZONE"


def test_a_record_of_every_type_and_its_misfits_read_back_equal_from_postgres(
    postgres_url: str,
) -> None:
    schema = schema_of(*fields_of_every_type())
    rows = decode((CASES / "record_of_every_type.json").read_bytes()).value["data"]
    misfit = {"id": "9", "Amount": "?", "Visited_On": "", "Owner": "Ada"}
    pages = [to_table(schema, page, read_no=3).table for page in (rows, [*rows, misfit])]

    load(postgres_url, schema, pages[0])
    load(postgres_url, schema, pages[1])

    names = pages[1].schema.names
    shown = ", ".join(f"{n}::text" if n in JSON_COLUMNS else n for n in names)
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SELECT {shown} FROM crm.visits ORDER BY id")
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert found == pages[1].to_pylist()


@pytest.mark.parametrize("is_empty_first", [False, True])
def test_merged_pages_with_and_without_raw_read_back_equal(
    database: Path, is_empty_first: bool
) -> None:
    schema = schema_of(field("id", "bigint", 0), field("Amount", "currency", 1))
    whole = to_table(schema, [{"id": "1", "Amount": 1}, {"id": "2", "Amount": 2}], read_no=1)
    partly = to_table(schema, [{"id": "2", "Amount": "?"}, {"id": "3", "Amount": "!"}], read_no=2)
    mended = to_table(schema, [{"id": "3", "Amount": Decimal("0.1")}], read_no=1)

    if is_empty_first:
        load(database, schema)
        assert select(database, "*").num_rows == 0
    load(database, schema, whole.table)
    load(database, schema, whole.table, partly.table)
    first = select(database, "id, amount, amount__raw, _read_no").to_pylist()
    load(database, schema, mended.table)
    second = select(database, "id, amount, amount__raw").to_pylist()

    assert [tuple(row.values()) for row in first] == [
        ("1", Decimal(1), None, 1),
        ("2", None, "?", 2),
        ("3", None, "!", 2),
    ]
    assert [tuple(row.values()) for row in second] == [
        ("1", Decimal(1), None),
        ("2", None, "?"),
        ("3", Decimal("0.1"), None),
    ]
    described = [name for name, _ in _types_in(database)]
    assert described == [*dlt_columns(schema), "amount__raw"]  # whichever came first


def test_of_two_readings_in_one_package_the_later_wins(database: Path) -> None:
    schema = schema_of(field("Name", field_id=1))
    early, late = (
        to_table(schema, [{"id": "1", "Name": name}], read_no=number).table
        for number, name in [(4, "old"), (5, "new")]
    )

    load(database, schema, late, early)

    assert select(database, "name, _read_no").to_pylist() == [{"name": "new", "_read_no": 5}]


def _types_in(database: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.sql("DESCRIBE crm.visits").fetchall()
    return [(name, kind) for name, kind, *_ in rows]
