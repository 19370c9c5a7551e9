"""Postgres has a unique index on every key; DuckDB has none, because loads are faster without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_destinations.loading import load
from zoho_destinations.deletion_flags import add_flag_columns
from zoho_destinations.indexes import create_indexes
from zoho_destinations.statements import is_postgres, select

if TYPE_CHECKING:
    from collections.abc import Callable

    import dlt

    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client

LONG = "a_module_with_a_name_of_sixty_characters_and_a_few_more_of_them"


def create(pipeline: dlt.Pipeline) -> list[str]:
    """Creates what is missing, and makes sure that a second time creates nothing."""
    with pipeline.sql_client() as client:
        created = create_indexes(client, pipeline.default_schema)
        assert create_indexes(client, pipeline.default_schema) == []
    return created


def definitions(client: Client) -> list[str]:
    sql = "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename NOT LIKE %s"
    return [row[0] for row in select(client, f"{sql} ORDER BY 1", "zoho_crm", r"\_dlt%")]


def test_keys_are_unique_and_deleted_rows_are_found(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {"v": "bigint"}, [{"id": "1", "v": 1}])
    with pipeline.sql_client() as client:
        if not is_postgres(client):
            assert create(pipeline) == []
            assert select(client, "SELECT count(*) FROM duckdb_indexes()") == [(0,)]
            return
        assert create(pipeline) == ["leads__key"]
        add_flag_columns(client, ["leads"])
        assert create(pipeline) == ["leads__deleted"]
        assert definitions(client) == [
            "CREATE INDEX leads__deleted ON zoho_crm.leads USING btree (id)"
            " WHERE (_deleted_type IS NOT NULL)",
            "CREATE UNIQUE INDEX leads__key ON zoho_crm.leads USING btree (id)",
        ]


def test_merges_go_on_with_the_index(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    pipeline = new_pipeline(postgres)
    for value in (1, 2, 3):
        load(pipeline, {"v": "bigint"}, [{"id": "1", "v": value}])
        create(pipeline)
    with pipeline.sql_client() as client:
        assert select(client, "SELECT id, v FROM zoho_crm.leads") == [("1", 3)]


def test_a_table_without_a_key_has_no_index_and_a_long_name_is_cut(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    pipeline = new_pipeline(postgres)
    load(pipeline, {}, [{"id": "1"}], table=LONG)
    pipeline.run([{"x": 1}], table_name="no_key", schema=pipeline.default_schema)
    [name] = create(pipeline)
    assert name.startswith("a_module_with_a_name_of_sixty_characters_and_a_few")
    assert len(name) <= 63
