"""The rules that `conftest.py` sets for all tests are rules only if they hold."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import dlt
import duckdb
import psycopg2
import pyarrow as pa
import pytest
from dlt.common.runtime.run_context import active

if TYPE_CHECKING:
    from pathlib import Path

ROWS = pa.table({"id": ["1", "2"], "name": ["Ada", None]})


@pytest.mark.parametrize("host", ["accounts.zoho.com", "192.0.2.1"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="only loopback"):
        socket.create_connection((host, 443), timeout=1)


def test_loopback_is_in_reach() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        assert client.getpeername()[0] == "127.0.0.1"


def test_dlt_knows_only_the_folder_of_the_test(project_dir: Path, tmp_path: Path) -> None:
    context = active()

    assert context.run_dir == str(project_dir)
    assert context.data_dir == str(tmp_path / "dlt")
    assert context.runtime_config.dlthub_telemetry is False
    assert [name for name in os.environ if name.startswith("PG")] == []


def test_rows_reach_a_duckdb_file(project_dir: Path) -> None:
    path = project_dir / "rows.duckdb"
    pipeline = dlt.pipeline("rows", destination=dlt.destinations.duckdb(str(path)))
    pipeline.run(ROWS, dataset_name="crm", table_name="leads", loader_file_format="parquet")

    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.sql("SELECT id, name FROM crm.leads ORDER BY id").fetchall()
    assert rows == [("1", "Ada"), ("2", None)]


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_a_postgres_database_of_its_own(attempt: int, postgres_url: str) -> None:
    pipeline = dlt.pipeline(f"rows_{attempt}", destination=dlt.destinations.postgres(postgres_url))
    pipeline.run(ROWS, dataset_name="crm", table_name="leads", loader_file_format="parquet")

    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM crm.leads ORDER BY id")
        assert cursor.fetchall() == [("1", "Ada"), ("2", None)]
