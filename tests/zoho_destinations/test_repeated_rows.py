"""A kill between the database's commit and dlt's note of it leaves no row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_destinations.loading import load
from zoho_destinations.repeated_rows import drop_repeated_rows
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import dlt

    from zoho_destinations.statements import Client


def count(client: Client, table: str) -> int:
    [(rows,)] = select(client, f"SELECT count(*) FROM zoho_crm.{table}")
    return int(rows)


def test_rows_that_are_there_twice_are_left_once(pipeline: dlt.Pipeline) -> None:
    for anchor in (1, 2):
        load(pipeline, {}, [{"id": "1"}], anchor=anchor)
    with pipeline.sql_client() as client:
        assert drop_repeated_rows(client) == 0
        for table in ("_dlt_loads", "_dlt_pipeline_state"):
            before = select(client, f"SELECT * FROM zoho_crm.{table} ORDER BY 1, 2")
            client.execute_sql(f"INSERT INTO zoho_crm.{table} SELECT * FROM zoho_crm.{table}")
            client.execute_sql(f"INSERT INTO zoho_crm.{table} SELECT * FROM zoho_crm.{table}")
            assert count(client, table) == 8
            assert drop_repeated_rows(client) == 6
            assert select(client, f"SELECT * FROM zoho_crm.{table} ORDER BY 1, 2") == before
        assert drop_repeated_rows(client) == 0


def test_a_dataset_without_loads_has_nothing_to_drop(client: Client) -> None:
    assert drop_repeated_rows(client) == 0
