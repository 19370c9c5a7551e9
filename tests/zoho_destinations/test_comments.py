"""Zoho's labels are the comments in SQL, and are written only where they differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.zoho_destinations.tables import column, create_table, table_schema
from zoho_crm.column_history import KnownColumn
from zoho_destinations.comments import refresh_comments
from zoho_destinations.live_views import refresh_live_views
from zoho_destinations.statements import is_postgres, select

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

LABEL = 'Company\'s \\ "name" — 会社名 🚀\n(volatile)'
LEADS = table_schema("Leads", column("company", comment=LABEL), column("silent"))


def comments(client: Client, schema: str, name: str) -> dict[str | None, str]:
    if is_postgres(client):
        sql = (
            "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0"
            " UNION ALL SELECT NULL, obj_description(%s::regclass, 'pg_class')"
        )
        rows = select(client, sql, f"{schema}.{name}", f"{schema}.{name}")
    else:
        sql = (
            "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = %s AND"
            " table_name = %s UNION ALL SELECT NULL, comment FROM duckdb_tables()"
            " WHERE schema_name = %s AND table_name = %s"
        )
        rows = select(client, sql, schema, name, schema, name)
    return {column: text for column, text in rows if text is not None}


def refresh(client: Client) -> int:
    """Refreshes, and makes sure that a second time writes nothing."""
    written = refresh_comments(client, [LEADS])
    assert refresh_comments(client, [LEADS]) == 0
    return written


def test_table_columns_and_view_carry_the_labels(client: Client) -> None:
    create_table(client, LEADS)
    refresh_live_views(client, [LEADS])
    assert refresh(client) == 3
    assert comments(client, "zoho_crm", "leads") == {None: "Leads", "company": LABEL}
    assert comments(client, "zoho_crm_live", "leads")["company"] == LABEL


def test_a_comment_that_differs_is_written_again_and_others_stay(client: Client) -> None:
    create_table(client, LEADS)
    refresh(client)
    client.execute_sql("COMMENT ON COLUMN zoho_crm.leads.company IS 'old label'")
    client.execute_sql("COMMENT ON COLUMN zoho_crm.leads.silent IS 'a reader''s own note'")
    assert refresh(client) == 1
    assert comments(client, "zoho_crm", "leads") == {
        None: "Leads",
        "company": LABEL,
        "silent": "a reader's own note",
    }


def test_tables_and_columns_that_are_missing_are_left_out(client: Client) -> None:
    assert refresh(client) == 0
    create_table(client, table_schema("Leads"))
    assert refresh(client) == 1


def test_a_field_of_two_types_has_its_label_in_the_view(client: Client) -> None:
    columns = (KnownColumn("code", "text", "Code"), KnownColumn("code__bigint", "bigint", "Code"))
    schema = replace(
        table_schema("Leads", column("code__bigint", "bigint", comment=LABEL)),
        histories={"code__bigint": columns},
    )
    create_table(client, table_schema("Leads", column("code"), schema.columns[1]))
    refresh_live_views(client, [schema])
    refresh_comments(client, [schema])
    assert comments(client, "zoho_crm_live", "leads")["code"] == LABEL
    assert "code" not in comments(client, "zoho_crm", "leads")


def test_comments_do_not_touch_the_view(client: Client) -> None:
    create_table(client, LEADS)
    refresh_live_views(client, [LEADS])
    refresh(client)
    assert refresh_live_views(client, [LEADS]) == []
