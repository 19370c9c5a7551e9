"""Live views show a field of two types as one column, and amounts in the home currency."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.changing_schemas import DAY_S
from zoho_simulator.fields import field
from zoho_simulator.schema_acts import retype_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.zoho_sync.changing_schemas import SchemaCase

HUGE = Decimal("99999999999999999999999999999.5")


def live(case: SchemaCase, *columns: str) -> dict[str, tuple[Any, ...]]:
    names = ", ".join(columns)
    rows = case.copy.query(f"SELECT name, {names} FROM zoho_crm_live.widgets")
    return {row["name"]: tuple(row[column] for column in columns) for row in rows}


def shown(case: SchemaCase) -> set[str]:
    found = case.copy.query(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'zoho_crm_live' AND table_name = 'widgets'"
    )
    return {row["column_name"] for row in found}


def test_a_live_view_shows_both_types_as_one(
    case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = case.crm.org
    ids = list(org.records("Widgets"))
    org.update("Widgets", ids[3], {"Code": "no number"}, keep_time=True)
    org.add_field("Widgets", field("Seen", "datetime"))
    org.add_field("Widgets", field("Due", "text"))
    noon = {"Seen": "2026-07-01T12:00:00+02:00", "Due": "2026-02-30"}
    org.update("Widgets", ids[1], noon, keep_time=True)
    case.run()
    monkeypatch.setenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS", "false")
    retype_field(org, "Widgets", "Code", "integer")
    retype_field(org, "Widgets", "Amount", "text")
    retype_field(org, "Widgets", "Number", "currency")
    retype_field(org, "Widgets", "Seen", "text")
    retype_field(org, "Widgets", "Due", "date")
    org.update("Widgets", ids[0], {"Code": 4711, "Amount": "much", "Number": None})

    case.run()

    values = live(case, "code", "amount", "number")
    assert values["Widget 0"] == (4711, "much", None)
    assert values["Widget 1"] == (10, "0.25", Decimal(1))
    assert values["Widget 3"] == (None, "0.75", Decimal(3))
    assert live(case, "seen", "due")["Widget 1"] == ("2026-07-01T10:00:00Z", "2026-02-30")
    assert shown(case) & {"code__bigint", "due__date"} == {"due__date"}, "no text is read as a date"
    monkeypatch.delenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS")
    retype_field(org, "Widgets", "Size", "multiselectpicklist")
    case.run()
    assert live(case, "code", "amount")["Widget 2"] == (20, "0.5")
    assert live(case, "due")["Widget 1"] == (None,), "filled by now"
    assert not shown(case) & {"due__date", "size__json"}
    assert case.run()["exit_code"] == 0


def test_amounts_are_shown_in_the_organisations_currency(
    case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, org = case.crm, case.crm.org
    crm.simulator.change_settings({"has_currencies": False})
    org.add_field("Widgets", field("Exchange_Rate", "double", decimal_place=9))
    for number, record_id in enumerate(org.records("Widgets")):
        org.update("Widgets", record_id, {"Exchange_Rate": Decimal(3), "Amount": number})
    first, second = list(org.records("Widgets"))[:2]
    org.update("Widgets", first, {"Amount": HUGE})
    org.update("Widgets", second, {"Exchange_Rate": None})
    case.run()
    assert "amount__home" not in shown(case), "there is one currency only"
    crm.simulator.change_settings({"has_currencies": True})
    retype_field(org, "Widgets", "Code", "currency")
    crm.pass_time(DAY_S)

    case.run()

    values = live(case, "amount", "amount__home", "code", "code__home")
    assert values["Widget 0"][:2] == (HUGE, None), "too large to be told exactly"
    assert values["Widget 1"] == (Decimal(1), None, Decimal(10), None)
    assert values["Widget 10"] == (Decimal(10), Decimal(30), Decimal(100), Decimal(300))
    monkeypatch.setenv("SOURCES__ZOHO_CRM__HOME_AMOUNTS", "divide")
    case.run()
    assert live(case, "amount__home")["Widget 10"] == (Decimal("3.333333333"),)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__HOME_AMOUNTS", "off")
    case.run()
    assert "amount__home" not in shown(case)


def test_a_view_stays_replaceable_while_text_becomes_a_number(
    build_case: Callable[[str], SchemaCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres tells numbers of some precision from others, and its catalogue does not."""
    case = build_case("postgres")
    case.run()
    retype_field(case.crm.org, "Widgets", "Code", "currency")
    monkeypatch.setenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS", "false")
    case.run()
    monkeypatch.delenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS")

    case.run()

    assert live(case, "code")["Widget 2"] == (Decimal(20),)


@pytest.mark.parametrize("end", ["gone", pytest.param("hidden", marks=pytest.mark.soak)])
def test_a_field_of_two_types_is_shown_as_one_when_it_is_gone(
    duckdb_case: SchemaCase, end: str
) -> None:
    case = duckdb_case
    org = case.crm.org
    case.run()
    retype_field(org, "Widgets", "Code", "integer")
    case.run()
    columns, codes = shown(case), live(case, "code")

    if end == "gone":
        org.remove_field("Widgets", "Code")
    else:
        org.change_field("Widgets", "Code", permission="hidden")
    case.run()

    assert shown(case) == columns
    assert live(case, "code") == codes


@pytest.mark.soak
def test_a_field_of_three_types_or_a_long_name_is_shown_as_one(duckdb_case: SchemaCase) -> None:
    case = duckdb_case
    org = case.crm.org
    names = ["A" + "b" * 46, "C" + "d" * 54, "E" + "f" * 70, "Code"]
    for name in names[:3]:
        org.add_field("Widgets", field(name, "text"))
    case.run()
    columns = shown(case)
    first = next(iter(org.records("Widgets")))

    for data_type in ("integer", "currency", "text", "boolean"):
        for name in names:
            retype_field(org, "Widgets", name, data_type)
        if data_type == "integer":
            org.update("Widgets", first, {"Code": "no number"})
        case.run()

        assert shown(case) == columns | ({"code__raw"} if data_type == "integer" else set())
    case.assert_equals_crm("Widgets")
