"""The tables that explain the data: each read once a day, and told where an edition lacks it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoho_simulator.fields import Option, field, picklist

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase

CHECKOUT = Path(__file__).parent.parent.parent
DAY_S = 24 * 3600
STAGES = (
    Option("Open", "Open", 20, "Open"),
    Option("Won", "Won", 100, "Closed Won"),
    Option("Lost", "Lost", 0, "Closed Lost"),
)
TABLES = ("currencies", "roles", "profiles", "territories", "layouts", "pipelines")


def build_reference_data(case: SchemaCase) -> None:
    crm, reference = case.crm, case.crm.org.reference
    crm.add_module("Deals", [field("Deal_Name", "text"), picklist("Stage", STAGES)])
    deals = crm.org.module("Deals")
    service = crm.org.layouts.add(deals, "Service")
    standard = str(crm.org.layouts.of(deals)[0].id)
    reference.add_pipeline(standard, "Sales", ("Open", "Won", "Lost"), is_default=True)
    reference.add_pipeline(service, "Repairs", ("Won", "Open"))
    reference.add_currency("EUR", "Euro", "€", is_base=True)
    reference.add_currency("JPY", "Yen", "¥", exchange_rate=Decimal("0.0061"), decimal_places=0)
    reference.add_role("CEO")
    reference.add_role("Sales", reporting_to="CEO")
    north = reference.add_territory("North")
    reference.add_territory("Coast", reporting_to=north)


def named(case: SchemaCase, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = case.rows(table)
    return sorted(tuple(row[name] for name in columns) for row in rows if row["removed_at"] is None)


def test_reference_tables_hold_what_the_organisation_has(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    build_reference_data(case)
    reference = case.crm.org.reference

    case.run()

    assert named(case, "currencies", "iso_code", "exchange_rate", "is_base", "decimal_places") == [
        ("EUR", Decimal(1), True, 2),
        ("JPY", Decimal("0.0061"), False, 0),
    ]
    assert named(case, "roles", "name", "reporting_to__name") == [("CEO", None), ("Sales", "CEO")]
    assert named(case, "profiles", "name", "is_custom") == [("Administrator", False)]
    assert named(case, "territories", "name", "reporting_to__name")[0][0] == "Coast"
    assert named(case, "pipelines", "pipeline", "position", "stage", "probability") == [
        ("Repairs", 1, "Won", Decimal(100)),
        ("Repairs", 2, "Open", Decimal(20)),
        ("Sales", 1, "Open", Decimal(20)),
        ("Sales", 2, "Won", Decimal(100)),
        ("Sales", 3, "Lost", Decimal(0)),
    ]
    assert named(case, "layouts", "module", "name") == [
        *(("Deals", name) for name in ("Service", "Standard")),
        *((module, "Standard") for module in ("Gadgets", "Widgets")),
    ]
    values = named(case, "picklist_values", "module", "field", "position", "display_value")
    assert ("Widgets", "Size", 1, "small") in values
    assert len(values) == 3 + 3 + 3
    del reference.roles["Sales"]
    reference.territories.clear()
    case.crm.forget_log()
    case.run()
    paths = {entry.path.rpartition("/")[2] for entry in case.crm.log()}
    assert not paths & {*TABLES, "pipeline"}, "not before tomorrow"
    case.crm.pass_time(DAY_S)

    case.run()

    assert named(case, "roles", "name") == [("CEO",)]
    assert named(case, "territories", "name") == []
    assert len(case.rows("territories")) == 2


def test_features_that_the_edition_lacks_are_told_and_fail_nothing(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    case.crm.simulator.change_settings({"has_currencies": False, "has_territories": False})

    for _ in range(2):
        report = case.run()
        told = {r["resource"]: r for r in report["resources"] if r["outcome"] == "skipped"}
        assert told.keys() == {"currencies", "territories"}
        assert "edition or settings do not have it" in told["territories"]["reason"]
    assert len(case.crm.log("org/currencies")) == 1
    case.crm.simulator.change_settings({"feature_off": "empty"})
    for name in ("Size", "Colours"):
        case.crm.org.remove_field("Widgets", name)
    case.crm.pass_time(DAY_S)
    assert all(r["outcome"] == "done" for r in case.run()["resources"])
    assert named(case, "picklist_values", "field") == [], "no picklist is left"
    assert len(case.rows("picklist_values")) == 6


def test_every_query_of_the_docs_works_and_finds_something(case: SchemaCase) -> None:
    build_reference_data(case)
    org = case.crm.org
    standard, service = ({"id": str(x.id)} for x in org.layouts.of(org.module("Deals")))
    # The other layout has a default pipeline with the same stage.
    org.reference.add_pipeline(service["id"], "Other", ("Open", "Won"), is_default=True)
    for name in ("Amount", "Exchange_Rate"):
        org.add_field("Deals", field(name, "currency" if name == "Amount" else "double"))
    for name in ("Currency", "Pipeline"):
        org.add_field("Deals", field(name, "text"))
    org.add_field("Deals", field("Layout", "layout"))
    place = {"Layout": {"name": "Standard", **standard}, "Pipeline": "Sales", "Stage": "Open"}
    values = {**place, "Amount": 5, "Exchange_Rate": 2, "Currency": "JPY"}
    # Berlin's clocks went forward on the 29th: that day had 23 hours.
    for time in ("2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"):
        org.create("Deals", {"Deal_Name": time, **values}, modified_time=time)
    page = (CHECKOUT / "docs" / "reference-tables.md").read_text("utf-8")
    case.run()

    found = [case.copy.query(sql) for sql in re.findall(r"```sql\n(.*?)```", page, re.DOTALL)]

    assert len(found) == 9
    assert all(found)
    assert [row["deals"] for row in found[0]] == [3, 0, 0]
    assert [(row["layout"], row["weighted"]) for row in found[1]] == [("Standard", 6)]
    assert found[2][0]["at_their_own_rate"] == 30
    days = [(row["day"].isoformat(), row["amount"]) for row in found[-1]]
    assert days == [("2026-03-28", 10), ("2026-03-29", 10), ("2026-03-30", 10)]
