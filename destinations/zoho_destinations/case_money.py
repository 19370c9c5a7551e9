"""What records are worth in case files: their amounts, in home currency too; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CURRENCY: Final = "Currency"
EXCHANGE_RATE: Final = "Exchange_Rate"


@dataclass(frozen=True, slots=True)
class Amount:
    """What one field of a record held."""

    value: Decimal
    """In the record's own currency."""
    home: Decimal | None
    """In the organisation's; None where the rate is not known, or not to be used."""


@dataclass(frozen=True, slots=True)
class Worth:
    """All amounts of one record."""

    counted: str | None = None
    """API name of the one that counts in sums; None where none does."""
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    """By API name."""
    currency: str | None = None
    """The record's own; None where it has none."""

    @property
    def amount(self) -> Decimal | None:
        """What counts in sums, in the organisation's currency."""
        return self.amounts[self.counted].home if self.counted else None


@dataclass(frozen=True, slots=True)
class MoneyFields:
    """The currency fields of one module, under all the names they have had."""

    names: Mapping[str, str] = field(default_factory=dict)
    """API names of today by those that records may have them under."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """API names of today by the columns that may hold them, the newest column of each first."""
    counted: Sequence[str] = ()
    """API names of today of those that count in sums; the first that a record has is taken."""
    has_rates: bool = False
    """Its records tell their exchange rate."""
    rate_column: str = ""
    currency_column: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """Where amounts stand, and what is done with them."""

    modules: Mapping[str, MoneyFields] = field(default_factory=dict)
    """By today's API name."""
    former_modules: Mapping[str, str] = field(default_factory=dict)
    """Today's API names of modules by those they had before."""
    currency: str | None = None
    """The organisation's."""
    company: str | None = None
    is_multi_currency: bool = False
    how: str = "multiply"
    """What is done with the exchange rate: multiply, divide or off."""

    def of_record(self, module: str | None, record: Mapping[str, Any]) -> Worth:
        """What a record as Zoho gave it is worth."""
        fields = self._fields_of(module)
        rate, currency = record.get(EXCHANGE_RATE), record.get(CURRENCY)
        return self._worth(fields, fields.names, record, rate=rate, currency=currency)

    def of_image(self, module: str, image: Mapping[str, Any]) -> Worth:
        """What a row of a module's table is worth."""
        fields = self._fields_of(module)
        rate, currency = image.get(fields.rate_column), image.get(fields.currency_column)
        return self._worth(fields, fields.columns, image, rate=rate, currency=currency)

    def _fields_of(self, module: str | None) -> MoneyFields:
        name = self.former_modules.get(module or "", module or "")
        return self.modules.get(name, MoneyFields())

    def _worth(
        self,
        fields: MoneyFields,
        places: Mapping[str, str],
        values: Mapping[str, Any],
        *,
        rate: Any,
        currency: Any,
    ) -> Worth:
        code = currency if isinstance(currency, str) else None
        is_foreign = self.is_multi_currency and self._is_foreign(fields, code)
        amounts: dict[str, Amount] = {}
        for place, name in places.items():
            value = _to_number(values.get(place))
            if name not in amounts and value is not None:
                home = _convert(value, _to_number(rate), self.how, is_foreign=is_foreign)
                amounts[name] = Amount(value, home)
        counted = next((name for name in fields.counted if name in amounts), None)
        return Worth(counted, amounts, code)

    def _is_foreign(self, fields: MoneyFields, currency: str | None) -> bool:
        """Whether an amount without a rate may be in another currency than the organisation's."""
        return fields.has_rates if currency is None else currency != self.currency


def _convert(
    amount: Decimal, rate: Decimal | None, how: str, *, is_foreign: bool
) -> Decimal | None:
    """An amount in the organisation's currency, by the record's own rate where it has one."""
    if not rate:
        return None if is_foreign else amount
    if rate == 1:
        return amount
    if how == "off":  # which currency it is in would not be known
        return None
    return amount * rate if how == "multiply" else amount / rate


def _to_number(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if is_number else None
