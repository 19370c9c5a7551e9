"""A renamed record is renamed wherever it is referred to, and a second look touches nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.tables import (
    column,
    create,
    create_table,
    field,
    lookup,
    read,
    table_schema,
)
from zoho_destinations.display_names import DISPLAY_FIELDS, display_column, refresh_display_names
from zoho_destinations.statements import run_update

if TYPE_CHECKING:
    from collections.abc import Collection

    from zoho_destinations.statements import Client

ACCOUNTS = table_schema("Accounts", column("account_name", api_name="Account_Name"))
LEADS = table_schema("Leads", column("full_name", api_name="Full_Name"))
ROCKETS = table_schema("Rockets", column("name_2", api_name="Name"))
DEALS = table_schema(
    "Deals",
    *lookup("account", "f1", "id", "name"),
    *lookup("what", "f2", "id", "name", "module"),
    *lookup("owner", "f3", "id", "name", "email"),
    *lookup("rocket", "f4", "id", "name"),
    *lookup("layout", "f5", "id", "name"),
)
SCHEMAS = (ACCOUNTS, LEADS, ROCKETS, DEALS)
FIELDS = {
    "f1": field("f1", "lookup", "Accounts"),
    "f2": field("f2", "lookup", "se_module"),
    "f3": field("f3", "ownerlookup"),
    "f4": field("f4", "lookup", "Rockets"),
    "f5": field("f5", "lookup", "Layouts"),
}
DEAL = {
    "id": "d1",
    "account__id": "a1",
    "account__name": "Old Ltd",
    "what__id": "l1",
    "what__name": "Old Lead",
    "what__module": "Leads",
    "owner__id": "u1",
    "owner__name": "Old Ada",
    "owner__email": "old@example.com",
    "rocket__id": "r1",
    "rocket__name": "Old Rocket",
    "layout__id": "a1",
    "layout__name": "Standard",
}


@pytest.fixture
def crm(client: Client) -> Client:
    create_table(client, ACCOUNTS, {"id": "a1", "account_name": "Acme"}, {"id": "a2"})
    create_table(client, LEADS, {"id": "l1", "full_name": "Zoë Smith"})
    create_table(client, ROCKETS, {"id": "r1", "name_2": "Vega"})
    users = {"id": "text", "full_name": "text", "email": "text"}
    create(client, "users", users, {"id": "u1", "full_name": "Ada", "email": "ada@example.com"})
    create_table(client, DEALS, DEAL)
    return client


def refresh(client: Client, changed: Collection[str] | None = None) -> dict[str, int]:
    """Refreshes, and makes sure that a second time touches nothing."""
    touched = refresh_display_names(client, SCHEMAS, FIELDS, changed=changed)
    assert refresh_display_names(client, SCHEMAS, FIELDS, changed=changed) == {}
    return touched


def deals(client: Client) -> dict[str, object]:
    [row] = read(client, "deals", *DEAL)
    return dict(zip(DEAL, row, strict=True))


def test_every_name_follows_the_record_it_names(crm: Client) -> None:
    assert refresh(crm) == {"deals": 4}
    assert deals(crm) == {
        **DEAL,
        "account__name": "Acme",
        "what__name": "Zoë Smith",
        "owner__name": "Ada",
        "owner__email": "ada@example.com",
        "rocket__name": "Vega",
    }


def test_a_rename_touches_the_rows_that_refer_to_it_and_no_other(crm: Client) -> None:
    refresh(crm)
    run_update(crm, "UPDATE zoho_crm.accounts SET account_name = 'Acme & Co.' WHERE id = 'a1'")
    assert refresh(crm) == {"deals": 1}
    assert deals(crm)["account__name"] == "Acme & Co."


def test_a_record_without_a_name_takes_none_away(crm: Client) -> None:
    run_update(crm, "UPDATE zoho_crm.deals SET account__id = 'a2'")
    refresh(crm)
    assert deals(crm)["account__name"] == "Old Ltd"


def test_a_record_of_another_module_with_the_same_id_gives_no_name(crm: Client) -> None:
    run_update(crm, "UPDATE zoho_crm.deals SET what__module = 'Accounts'")
    refresh(crm)
    assert deals(crm)["what__name"] == "Old Lead"


def test_a_user_with_a_new_address_alone_is_mended(crm: Client) -> None:
    refresh(crm)
    run_update(crm, "UPDATE zoho_crm.users SET email = 'a@example.com', full_name = NULL")
    assert refresh(crm) == {"deals": 1}
    assert (deals(crm)["owner__name"], deals(crm)["owner__email"]) == ("Ada", "a@example.com")


def test_only_names_from_the_tables_that_changed_are_looked_at(crm: Client) -> None:
    assert refresh(crm, changed=["users"]) == {"deals": 1}
    assert deals(crm)["account__name"] == "Old Ltd"
    assert refresh(crm, changed=[]) == {}


def test_tables_and_columns_that_are_missing_are_left_out(client: Client) -> None:
    create_table(client, DEALS, DEAL)
    assert refresh(client) == {}
    create_table(client, table_schema("Accounts"), {"id": "a1"})
    assert refresh(client) == {}


@pytest.mark.parametrize(("module", "field_name"), DISPLAY_FIELDS.items())
def test_a_standard_module_has_the_name_that_zoho_shows(module: str, field_name: str) -> None:
    schema = table_schema(module, column("a_name", api_name=field_name))
    assert display_column(schema) == "a_name"


def test_a_module_whose_naming_field_is_not_read_has_no_name() -> None:
    assert display_column(replace(ACCOUNTS, columns=ACCOUNTS.columns[:1])) is None
    by_lookup = table_schema("Accounts", *lookup("account", "f1", "id", "name"))
    assert display_column(by_lookup) is None
