"""Values that are hard to hold: kept exactly, whichever way Zoho shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.zoho_crm import every_kind
from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.crm import DAY_S, Crm
from zoho_simulator.fields import field as zoho_field
from zoho_simulator.fields import lookup, multi_module_lookup, multiselect, picklist


def test_a_value_that_does_not_fit_is_kept_as_text_beside_its_column(
    crm: Crm, copy: DuckDBCopy
) -> None:
    specs = [zoho_field("Amount", "currency"), zoho_field("Day", "date")]
    fine, odd = crm.add_module(fields=specs, times=[crm.now_s - 9000, crm.now_s - 8000])
    crm.org.update(
        "Widgets", fine, {"Amount": 5, "Day": "2026-01-02"}, modified_time=crm.now_s - 7000
    )
    copy.run("Widgets", only=["Widgets"])
    assert {"amount__raw", "day__raw"}.isdisjoint(copy.types("widgets"))

    too_exact = Decimal("1.0000000001")
    crm.org.update("Widgets", odd, {"Amount": too_exact, "Day": "30 February"})
    crm.pass_time(DAY_S)
    session = copy.run("Widgets", only=["Widgets"])

    rows = copy.rows("widgets")
    assert (rows[odd]["amount"], rows[odd]["amount__raw"]) == (None, "1.0000000001")
    assert (rows[odd]["day"], rows[odd]["day__raw"]) == (None, "30 February")
    assert (rows[fine]["amount"], rows[fine]["amount__raw"]) == (5, None)
    assert session.outcomes["Widgets"].misfits == {"amount": 1, "day": 1}
    assert session.outcomes["Widgets"].outcome == "done"

    crm.org.update("Widgets", odd, {"Amount": Decimal("1.5"), "Day": "2026-02-28"})
    crm.pass_time(DAY_S)
    copy.run("Widgets", only=["Widgets"])
    rows = copy.rows("widgets")
    assert (rows[odd]["amount"], rows[odd]["amount__raw"]) == (Decimal("1.5"), None)
    assert (rows[odd]["day"], rows[odd]["day__raw"]) == (date(2026, 2, 28), None)


def test_replaced_characters_are_counted(crm: Crm) -> None:
    crm.add_module()
    crm.org.create("Widgets", {"Name": "a\0b\0 \ud83d"})
    copy = QuickCopy(crm)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.replaced_characters == 3


@pytest.mark.parametrize(
    "switches",
    [
        {"multi_module_lookup": "sibling"},
        {"multi_module_lookup": "embedded"},
        {"empty_list": "null"},
        {"empty_list": "list"},
        {"deleted_lookup": "dangling"},
        {"deleted_lookup": "null"},
        {"picklist_value": "display"},
        {"picklist_value": "actual"},
        {"user_time_zone": "Asia/Kolkata"},
        {"user_time_zone": "America/St_Johns"},
        {"user_time_zone": "UTC"},
    ],
    ids=lambda switches: "-".join(f"{k}-{v}" for k, v in switches.items()),
)
def test_the_copy_is_exact_whichever_way_zoho_shows_values(
    crm: Crm, switches: dict[str, Any]
) -> None:
    crm.simulator.change_settings(switches)
    (account,) = crm.add_module("Accounts", times=[crm.now_s - 9000], generated_type="default")
    crm.add_module(
        "Tasks",
        [
            multi_module_lookup("What_Id"),
            lookup("Account", "Accounts"),
            multiselect("Colours", ("Red", "Blue")),
            picklist("Stage", (every_kind.RENAMED, "Other")),
        ],
    )
    shown = {"What_Id": {"id": account, "module": "Accounts"}, "Account": account}
    records: tuple[dict[str, Any], ...] = (
        {**shown, "Colours": ["Red"], "Stage": every_kind.RENAMED.actual_value},
        {"Colours": [], "Stage": "Other"},
        {},
    )
    for number, values in enumerate(records):
        crm.org.create("Tasks", values, modified_time=crm.now_s - 5000 + number)
    crm.org.delete("Accounts", account)
    copy = QuickCopy(crm, "Tasks")

    copy.run()

    copy.assert_equals_crm()
