"""Money at stake: the one amount that a deal, a quote or an invoice is worth, in home currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .existing import read_columns
from .statements import select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .statements import Client

AMOUNT_FIELDS: Final = ("Amount", "Grand_Total")
"""Currency fields that say what a record is worth; prices, budgets and revenues do not."""
EXCHANGE_RATE: Final = "Exchange_Rate"


@dataclass(frozen=True, slots=True)
class Money:
    """Where amounts stand, by module."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """The amount's API name."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Its column in SQL."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """The column of the record's own exchange rate."""
    currency: str | None = None
    company: str | None = None
    how: str = "multiply"
    """What is done with the exchange rate: multiply, divide or off."""

    def of_record(self, module: str | None, record: Mapping[str, Any]) -> Decimal | None:
        """What a record as Zoho gave it is worth."""
        name = self.fields.get(module or "")
        return _convert(record.get(name), record.get(EXCHANGE_RATE), self.how) if name else None

    def of_image(self, module: str, image: Mapping[str, Any]) -> Decimal | None:
        """What a row of a module's table is worth."""
        name = self.columns.get(module)
        rate = image.get(self.rates.get(module, ""))
        return _convert(image.get(name), rate, self.how) if name else None


def read_money(client: Client, how: str = "multiply") -> Money:
    """Reads which modules have amounts, and the organisation's currency."""
    there = read_columns(client)
    fields: dict[str, str] = {}
    columns: dict[str, str] = {}
    rates: dict[str, str] = {}
    if {"fields", "modules"} <= there.keys():
        names = {n: client.make_qualified_table_name(n) for n in ("fields", "modules")}
        # A history of a deal has the deal's amount, too.
        sql = (
            "SELECT f.module, f.api_name, f.column_name, f.data_type FROM {fields} f"
            " JOIN {modules} m ON m.api_name = f.module"
            " WHERE f.removed_at IS NULL AND m.generated_type IN ('default', 'custom')"
            " ORDER BY f.module, f.api_name DESC"
        ).format(**names)
        for module, name, column, data_type in select(client, sql):
            if name == EXCHANGE_RATE and column:
                rates[module] = column
            elif name in AMOUNT_FIELDS and data_type == "currency":
                fields[module] = name
                columns |= {module: column} if column else {}
    currency = company = None
    if "organization" in there:
        table = client.make_qualified_table_name("organization")
        found = select(client, f"SELECT iso_code, company_name FROM {table} LIMIT 1")
        currency, company = found[0] if found else (None, None)
    return Money(fields, columns, rates, currency, company, how)


def _convert(amount: Any, rate: Any, how: str) -> Decimal | None:
    """An amount in the organisation's currency, by the record's own rate where it has one."""
    if not _is_number(amount):
        return None
    if not _is_number(rate) or not rate or Decimal(rate) == 1:
        return Decimal(amount)
    if how == "off":  # which currency it is in would not be known
        return None
    return Decimal(amount) * Decimal(rate) if how == "multiply" else Decimal(amount) / Decimal(rate)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
