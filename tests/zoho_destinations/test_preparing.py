"""On Postgres no table is written twice, and only a first package is merged without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_destinations.loading import load
from tests.zoho_destinations.tables import column, table_schema
from zoho_destinations.existing import read_columns
from zoho_destinations.jsonb import convert_json_columns
from zoho_destinations.preparing import prepare_tables
from zoho_destinations.statements import is_postgres, select

if TYPE_CHECKING:
    from typing import Any

    import dlt

    from zoho_destinations.statements import Client

SCHEMA = table_schema("Leads", column("j", "json"), has_modified_time=False)
COLUMNS = {"j": "json"}


def row(number: int) -> dict[str, Any]:
    return {"id": str(number), "j": '{"a": [1, null]}', "_read_no": number}


def indexes(client: Client) -> list[str]:
    return [
        name
        for (name,) in select(
            client, "SELECT indexname FROM pg_indexes WHERE tablename = 'leads' ORDER BY 1"
        )
    ]


def test_a_table_is_made_as_it_will_be_and_indexed_after_its_first_package(
    pipeline: dlt.Pipeline,
) -> None:
    pipeline.sync_destination()
    load(pipeline, {}, [{"id": "1"}], table="others")
    with pipeline.sql_client() as client:
        prepare_tables(client, [SCHEMA], pipeline.default_schema)
        if not is_postgres(client):
            assert read_columns(client)["leads"]["j"] == "JSON"
            return
        assert read_columns(client)["leads"]["j"] == "jsonb"
        assert indexes(client) == []
    load(pipeline, COLUMNS, [row(1), row(2)])
    with pipeline.sql_client() as client:
        prepare_tables(client, [SCHEMA], pipeline.default_schema)
        assert "leads__key" in indexes(client)
    load(pipeline, COLUMNS, [row(2), row(3)])
    with pipeline.sql_client() as client:
        assert convert_json_columns(client) == []
        found = select(client, "SELECT id, j FROM zoho_crm.leads ORDER BY id")
        assert found == [(str(n), {"a": [1, None]}) for n in (1, 2, 3)]
        # A table that was written anew lies in another file than at first.
        assert select(
            client,
            "SELECT pg_relation_filenode(c.oid) = c.oid FROM pg_class c"
            " WHERE c.oid = 'zoho_crm.leads'::regclass",
        ) == [(True,)]
