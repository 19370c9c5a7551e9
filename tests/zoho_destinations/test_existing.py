"""What a dataset holds is told without guessing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.zoho_destinations.tables import column, create, create_table, table_schema
from zoho_destinations.deletion_flags import add_flag_columns
from zoho_destinations.existing import (
    TableFacts,
    create_schema,
    has_schema,
    read_columns,
    read_facts,
)
from zoho_destinations.statements import run_update

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

LEADS = table_schema("Leads", column("order"))


def test_tables_and_columns_come_in_the_order_of_sql(client: Client) -> None:
    assert read_columns(client) == {}
    create_table(client, LEADS)
    create(client, "empty", {"only": "text"})
    found = read_columns(client)
    assert list(found) == ["empty", "leads"]
    assert list(found["leads"]) == ["id", "order", "modified_time", "_read_no", "_dlt_load_id"]
    assert read_columns(client, "elsewhere") == {}


def test_rows_live_rows_and_the_newest_change_are_told(client: Client) -> None:
    newest = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    rows = [{"id": str(n), "modified_time": newest - timedelta(days=n)} for n in range(3)]
    create_table(client, LEADS, *rows)
    create(client, "users", {"id": "text"})
    assert read_facts(client, ["leads", "users", "missing"]) == {
        "leads": TableFacts(3, 3, newest),
        "users": TableFacts(0, 0, None),
    }
    add_flag_columns(client, ["leads"])
    run_update(client, "UPDATE zoho_crm.leads SET _deleted_type = 'recycle' WHERE id = '2'")
    assert read_facts(client, ["leads"])["leads"] == TableFacts(3, 2, newest)


def test_a_schema_is_created_once(client: Client) -> None:
    assert not has_schema(client, "other")
    for _ in range(2):
        create_schema(client, "other")
    assert has_schema(client, "other")
