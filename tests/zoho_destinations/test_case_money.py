"""What records are worth in case files: which field counts, under which name, in which currency."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_destinations.tables import create, insert
from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.case_money import Money, MoneyFields
from zoho_destinations.counted_amounts import KnownField, counted_of
from zoho_destinations.existing import create_schema
from zoho_destinations.money_fields import read_money
from zoho_destinations.schema_history import create_schema_changes

if TYPE_CHECKING:
    from zoho_destinations.statements import Client


def money_field(name: str, *former: str, **facts: Any) -> KnownField:
    given = {"is_amount": True, "is_entered": True, "is_removed": False, **facts}
    return KnownField(name, former, [name.lower()], **given)


@pytest.mark.parametrize(
    ("kind", "names", "chosen", "counted"),
    [
        ("default", ["Expected_Revenue", "Amount"], None, ["Amount"]),
        ("default", ["Sub_Total", "Tax", "Grand_Total"], None, ["Grand_Total"]),
        ("default", ["Unit_Price"], None, []),
        ("default", ["Budgeted_Cost", "Expected_Revenue"], None, []),
        ("default", ["Annual_Revenue"], "Annual_Revenue", ["Annual_Revenue"]),
        ("default", ["Amount"], "", []),
        ("custom", ["Monthly_Fee"], None, ["Monthly_Fee"]),
        ("custom", ["List_Price", "Budget", "Monthly_Fee"], None, ["Monthly_Fee"]),
        ("custom", ["List_Price"], None, []),
        ("custom", ["Deposit", "Contract_Value", "Paid_Total"], None, ["Contract_Value"]),
        ("custom", ["Deposit", "Pledge"], None, []),
        ("custom", ["Deposit", "Pledge"], "Pledge", ["Pledge"]),
        ("custom", ["ContractValue", "Amount"], None, ["Amount"]),
        ("field_tracker", ["Amount"], None, []),
    ],
)
def test_one_field_says_what_a_record_is_worth_and_prices_and_budgets_do_not(
    kind: str, names: list[str], chosen: str | None, counted: list[str]
) -> None:
    found = counted_of(kind, [money_field(name) for name in names], chosen)
    assert [each.api_name for each in found] == counted


def test_what_is_calculated_counts_where_it_is_chosen_only() -> None:
    formula = money_field("Value", is_entered=False)
    assert counted_of("custom", [formula], None) == []
    assert counted_of("custom", [formula], "Value") == [formula]


def test_a_removed_field_counts_in_the_records_that_were_captured_with_it() -> None:
    gone, today = money_field("Worth", is_removed=True), money_field("Fee")
    assert counted_of("custom", [today, gone], None) == [today, gone]
    renamed = money_field("Fee", "Old_Fee")
    assert counted_of("custom", [renamed], "Old_Fee") == [renamed]


def worth(record: dict[str, Any], **facts: Any) -> tuple[Decimal | None, Decimal | None]:
    fields = MoneyFields({"Amount": "Amount"}, counted=("Amount",), has_rates=True)
    money = Money({"Deals": fields}, currency="EUR", **{"is_multi_currency": True, **facts})
    found = money.of_record("Deals", {"Amount": 100, **record})
    return found.amount, found.amounts["Amount"].value


@pytest.mark.parametrize(
    ("record", "facts", "home"),
    [
        ({"Currency": "USD", "Exchange_Rate": Decimal("0.8")}, {}, "80"),
        ({"Currency": "USD", "Exchange_Rate": Decimal("1.25")}, {"how": "divide"}, "80"),
        ({"Currency": "USD", "Exchange_Rate": Decimal("0.8")}, {"how": "off"}, None),
        ({"Currency": "EUR", "Exchange_Rate": 1}, {"how": "off"}, "100"),
        ({"Currency": "EUR"}, {}, "100"),
        # Its rate was left out, or torn off: what it is worth is not known.
        ({"Currency": "USD"}, {}, None),
        ({}, {}, None),
        ({}, {"is_multi_currency": False}, "100"),
    ],
)
def test_amounts_are_in_home_currency_or_not_known(
    record: dict[str, Any], facts: dict[str, Any], home: str | None
) -> None:
    assert worth(record, **facts) == (None if home is None else Decimal(home), Decimal(100))


# what a dataset tells


@pytest.fixture
def organisation(client: Client) -> Client:
    create_schema(client, "zoho_crm")
    create(client, "modules", {"id": "text", "api_name": "text", "generated_type": "text"})
    columns = dict.fromkeys(("module", "field_id", "api_name", "data_type", "column_name"), "text")
    create(
        client,
        "fields",
        {**columns, "columns": "json", "metadata": "json", "removed_at": "timestamptz"},
    )
    names = {"iso_code": "text", "company_name": "text", "is_multi_currency": "boolean"}
    create(client, "organization", names, {"iso_code": "EUR", "is_multi_currency": True})
    create_schema_changes(client)
    insert(client, "modules", {"id": "m1", "api_name": "Pacts", "generated_type": "custom"})
    for field_id, name, kind in (("11", "Exchange_Rate", "double"), ("12", "Currency", "picklist")):
        add_field(client, field_id, name, kind)
    return client


def add_field(client: Client, field_id: str, name: str, kind: str, **facts: Any) -> None:
    row = {"module": "Pacts", "field_id": field_id, "api_name": name, "data_type": kind}
    insert(client, "fields", {**row, "column_name": name.lower(), "metadata": "{}", **facts})


def note_rename(client: Client, number: int, before: str, field_id: str | None) -> None:
    kind = "field_renamed" if field_id else "module_renamed"
    row = {"id": str(number), "number": number, "kind": kind, "aspect": kind, "module_id": "m1"}
    more = {"seen_at": "2026-03-01T00:00:00Z", "module": "Pacts", "sentence": "x"}
    insert(client, "schema_changes", {**row, **more, "before": before, "field_id": field_id})


def test_fields_and_modules_are_known_under_the_names_they_had(organisation: Client) -> None:
    client = organisation
    held = [{"name": name, "kind": "decimal", "api_name": "x"} for name in ("worth", "pact_value")]
    add_field(client, "21", "Pact_Value", "currency", columns=json.dumps(held))
    add_field(client, "22", "Fees", "formula", metadata='{"formula": {"return_type": "currency"}}')
    add_field(client, "23", "Deposit", "currency", removed_at="2026-03-01T00:00:00Z")
    note_rename(client, 1, "Worth", "21")
    note_rename(client, 2, "Contract_Value", "21")
    note_rename(client, 3, "Contracts", None)
    money = read_money(client)
    rate = {"Currency": "USD", "Exchange_Rate": Decimal("0.5")}
    for name in ("Pact_Value", "Contract_Value", "Worth"):
        captured = {name: 10, "Fees": Decimal("1.5"), "Deposit": 4, "Name": "x", **rate}
        found = money.of_record("Contracts" if name == "Worth" else "Pacts", captured)
        assert (found.counted, found.currency) == ("Pact_Value", "USD")
        assert found.amount == 5
        homes = {field: amount.home for field, amount in found.amounts.items()}
        assert homes == {"Pact_Value": 5, "Fees": Decimal("0.75"), "Deposit": 2}
    for column in ("pact_value", "worth"):
        image = {column: Decimal(10), "exchange_rate": Decimal("0.5"), "currency": "USD"}
        assert money.of_image("Pacts", image).amount == 5
    erased: dict[str, Any] = {}
    assert money.of_record("Pacts", erased).amount is None
    assert money.of_record(None, {"Pact_Value": 1}).amounts == {}


def test_a_chosen_field_that_is_not_there_is_named_with_those_that_are(
    organisation: Client,
) -> None:
    add_field(organisation, "21", "Fee", "currency")
    assert read_money(organisation, chosen={"Pacts": ""}).modules["Pacts"].counted == ()
    with pytest.raises(ZohoConfigError, match=r"names Fees of Pacts, .* currency fields are Fee"):
        read_money(organisation, chosen={"Pacts": "Fees"})
    with pytest.raises(ZohoConfigError, match="no fields of such a module are known"):
        read_money(organisation, chosen={"Pact": "Fee"})
