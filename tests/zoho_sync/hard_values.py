"""Values that databases take differently, in a module of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from zoho_simulator.fields import field, multiselect, text_area

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm

LONG: Final = "Reason_why_the_customer_prefers_on_site_calibration_over_return_to_factory"
MODULE: Final = f"Hard_Values_{LONG}"
"""A module whose name has more than 63 characters."""

CLOCK_BACK: Final = datetime(2025, 10, 26, tzinfo=UTC)
CLOCK_ON: Final = datetime(2026, 3, 29, tzinfo=UTC)
TEXTS: Final = (
    "", None, " ", "null", "NULL", "\\N", "\\", "'", '"', "a\tb\r\nc", "\u2028", "%s %(x)s", "{}",
    "👩‍🔬 🚢 \U0001d518", "e\u0301 é", "nul \0 inside", "\0", "half \ud83d", "\ude00 other half",
    "\ufeffbom", "x" * 255, "long text " * 900,
)  # fmt: skip
AMOUNTS: Final = (
    None, Decimal(0), Decimal("-0.000000001"), Decimal("123456789012345678"),
    Decimal("999999999999999999.99"), Decimal("-123456789012345678.123456789"),
    Decimal("99999999999999999999999999999.999999999"), Decimal("1.0000000001"), Decimal("1E+40"),
)  # fmt: skip
NUMBERS: Final = (
    None,
    "0",
    "-1",
    "123456789012345678",
    "9223372036854775807",
    "-9223372036854775808",
)
MOMENTS: Final = (
    None,
    *(day + timedelta(minutes=30 * half) for day in (CLOCK_BACK, CLOCK_ON) for half in range(6)),
    datetime(1899, 12, 31, 23, 59, 59, tzinfo=UTC),
)
LISTS: Final[tuple[list[str] | None, ...]] = (
    [],
    None,
    ["Sea"],
    ['Air; and "Space"', "👩‍🔬", "half \ud83d", "nul \0"],
)


def add_hard_values(crm: Crm) -> None:
    """Adds the module with a record for each value, all months old."""
    fields = [
        field("Name", "text"), field(LONG, "text"), field(f"{LONG}_Amount", "currency"),
        text_area("Description"), field("Amount", "currency"), field("Big", "bigint"),
        field("Moment", "datetime"), field("Day", "date"), field("Is_Fine", "boolean"),
        multiselect("Colours", ["Sea"]), field("Region_Code", "text"), field("RegionCode", "text"),
    ]  # fmt: skip
    crm.org.add_module(MODULE, fields, generated_type="custom")
    start = crm.now_s - 100 * 24 * 3600
    for number in range(len(TEXTS)):
        crm.org.create(MODULE, _values(number), modified_time=start + number)


def shift_hard_values(crm: Crm) -> None:
    """Gives every second record the values of the one after it."""
    for number, record_id in enumerate(list(crm.org.records(MODULE))):
        if number % 2:
            crm.org.update(MODULE, record_id, _values(number + 1))


def _values(number: int) -> dict[str, Any]:
    def nth(values: tuple[Any, ...]) -> Any:
        return values[number % len(values)]

    return {
        "Name": nth(TEXTS), LONG: nth(TEXTS[::-1]), f"{LONG}_Amount": nth(AMOUNTS[::-1]),
        "Description": nth(TEXTS), "Amount": nth(AMOUNTS), "Big": nth(NUMBERS),
        "Moment": nth(MOMENTS), "Day": nth((None, "1899-12-31", "2024-02-29", "9999-12-31")),
        "Is_Fine": bool(number % 2), "Colours": nth(LISTS), "Region_Code": nth(("", None, "x")),
        "RegionCode": nth((None, "")),
    }  # fmt: skip
