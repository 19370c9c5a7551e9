"""Live views show live rows by named columns, and are touched only when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.tables import column, create_table, insert, table_schema
from zoho_destinations.deletion_flags import add_flag_columns
from zoho_destinations.existing import read_columns
from zoho_destinations.live_views import drop_live_views, live_schema, refresh_live_views
from zoho_destinations.statements import is_postgres, run_update, select

if TYPE_CHECKING:
    from zoho_destinations.statements import Client
    from zoho_destinations.views import Kept

LEADS = table_schema("Leads", column("company"), column("order"), column("x" * 63))
CONTACTS = table_schema("Contacts")


def view_columns(client: Client) -> dict[str, list[str]]:
    views = read_columns(client, live_schema(client))
    return {name: list(columns) for name, columns in views.items()}


def refresh(client: Client) -> list[str]:
    """Refreshes, and makes sure that a second time touches nothing."""
    touched = refresh_live_views(client, [LEADS, CONTACTS])
    assert refresh_live_views(client, [LEADS, CONTACTS]) == []
    return touched


@pytest.fixture
def leads(client: Client) -> Client:
    create_table(client, LEADS, {"id": "1", "company": "Acme"}, {"id": "2", "company": "Bob's"})
    add_flag_columns(client, ["leads"])
    return client


def test_a_view_has_the_columns_of_the_data_and_the_live_rows(leads: Client) -> None:
    run_update(leads, "UPDATE zoho_crm.leads SET _deleted_type = 'recycle' WHERE id = '1'")
    assert refresh(leads) == ["leads"]
    assert view_columns(leads) == {
        "leads": ["id", "company", "order", "x" * 63, "modified_time"],
    }
    rows = select(leads, "SELECT id, company FROM zoho_crm_live.leads")
    assert rows == [("2", "Bob's")]


def test_a_table_without_flags_is_shown_whole(client: Client) -> None:
    create_table(client, CONTACTS, {"id": "1"})
    assert refresh(client) == ["contacts"]
    add_flag_columns(client, ["contacts"])
    run_update(client, "UPDATE zoho_crm.contacts SET _deleted_type = 'recycle'")
    assert refresh(client) == ["contacts"]
    assert select(client, "SELECT * FROM zoho_crm_live.contacts") == []


def test_without_tables_there_are_no_views(client: Client) -> None:
    assert refresh(client) == []
    assert drop_live_views(client) == []


def test_a_new_column_is_shown_and_what_was_granted_stays(leads: Client) -> None:
    refresh(leads)
    if is_postgres(leads):
        leads.execute_sql("GRANT SELECT ON zoho_crm_live.leads TO PUBLIC")
    leads.execute_sql("ALTER TABLE zoho_crm.leads ADD COLUMN budget decimal(38, 9)")
    assert refresh(leads) == ["leads"]
    assert view_columns(leads)["leads"][-1] == "budget"
    if is_postgres(leads):
        sql = (
            "SELECT relacl::text LIKE '%%=r/%%' FROM pg_class WHERE relname = %s AND relkind = 'v'"
        )
        assert select(leads, sql, "leads") == [(True,)]


def test_a_column_that_is_gone_or_of_another_type_makes_a_new_view(leads: Client) -> None:
    refresh(leads)
    assert drop_live_views(leads, ["leads"]) == ["leads"]
    leads.execute_sql("ALTER TABLE zoho_crm.leads DROP COLUMN company")
    assert refresh(leads) == ["leads"]
    drop_live_views(leads)
    leads.execute_sql('ALTER TABLE zoho_crm.leads ALTER COLUMN "order" TYPE integer USING NULL')
    assert refresh(leads) == ["leads"]
    assert read_columns(leads, "zoho_crm_live")["leads"]["order"].lower() == "integer"


def test_a_view_of_other_columns_in_the_way_is_replaced(leads: Client) -> None:
    refresh(leads)
    leads.execute_sql("DROP VIEW zoho_crm_live.leads")
    leads.execute_sql("CREATE VIEW zoho_crm_live.leads AS SELECT company FROM zoho_crm.leads")
    assert refresh(leads) == ["leads"]
    assert view_columns(leads)["leads"][0] == "id"


def test_only_the_views_named_are_dropped(leads: Client) -> None:
    create_table(leads, CONTACTS)
    refresh(leads)
    assert drop_live_views(leads, ["contacts", "deals"]) == ["contacts"]
    assert list(view_columns(leads)) == ["leads"]
    assert refresh(leads) == ["contacts"]


def test_rows_that_come_later_are_seen(leads: Client) -> None:
    refresh(leads)
    insert(leads, "leads", {"id": "3"})
    assert select(leads, "SELECT count(*) FROM zoho_crm_live.leads") == [(3,)]


def test_a_view_that_others_read_is_left_as_it_was_and_told(leads: Client) -> None:
    refresh(leads)
    leads.execute_sql("CREATE VIEW zoho_crm.mine AS SELECT company FROM zoho_crm_live.leads")
    create_table(leads, CONTACTS)
    leads.execute_sql("ALTER TABLE zoho_crm.leads ADD COLUMN budget bigint")
    assert refresh(leads) == ["leads", "contacts"]  # what follows is in nobody's way
    leads.execute_sql("ALTER TABLE zoho_crm.leads RENAME COLUMN budget TO cost")
    kept: Kept = {}
    touched = refresh_live_views(leads, [LEADS, CONTACTS], kept=kept)
    if is_postgres(leads):
        assert (touched, kept) == ([], {"zoho_crm_live.leads": ["view mine"]})
        leads.execute_sql("DROP VIEW zoho_crm.mine")
        assert refresh(leads) == ["leads"]
    assert view_columns(leads)["leads"][-1] == "cost"


def test_a_view_does_not_follow_a_table_that_is_renamed(leads: Client) -> None:
    refresh(leads)
    leads.execute_sql("ALTER TABLE zoho_crm.leads RENAME TO leads_before")
    create_table(leads, LEADS, {"id": "9"})
    add_flag_columns(leads, ["leads"])
    assert refresh(leads) == (["leads"] if is_postgres(leads) else [])
    assert select(leads, "SELECT id FROM zoho_crm_live.leads") == [("9",)]
