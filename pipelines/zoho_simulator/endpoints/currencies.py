"""Currencies and their rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import feature_off
from zoho_simulator.rendering import format_time

from .access import caller_id
from .deletions import show_person

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.reference import Currency
    from zoho_simulator.simulator import Simulator


def list_currencies(simulator: Simulator, call: Call) -> Reply:
    """`GET /org/currencies` (specification: 403 where multi-currency is off)."""
    if not simulator.settings.currencies_on:
        return _refuse(simulator)
    zone = simulator.view(caller_id(call)).time_zone
    currencies = simulator.organization.reference.currencies.values()
    shown = [_show(simulator, currency, zone=zone) for currency in currencies]
    return json_reply({"currencies": shown}, rows=len(shown)) if shown else empty_reply()


def read_currency(simulator: Simulator, call: Call) -> Reply:
    """`GET /org/currencies/{id}`."""
    if not simulator.settings.currencies_on:
        return _refuse(simulator)
    zone = simulator.view(caller_id(call)).time_zone
    for currency in simulator.organization.reference.currencies.values():
        if str(currency.id) == call.segments["currency"]:
            return json_reply({"currencies": [_show(simulator, currency, zone=zone)]}, rows=1)
    return empty_reply()


def _refuse(simulator: Simulator) -> Reply:
    if simulator.settings.feature_off == "empty":
        return empty_reply()
    message = "Multi currency is not enabled"
    raise feature_off(message, status=403, code="CURRENCIES_NOT_ENABLED")


def _show(simulator: Simulator, currency: Currency, *, zone: str) -> dict[str, Any]:
    """Documented: rates are texts with nine decimals."""
    admin = next(iter(simulator.organization.users)).id
    modified = format_time(currency.modified, zone)
    return {
        "id": str(currency.id),
        "iso_code": currency.iso_code,
        "name": currency.name,
        "symbol": currency.symbol,
        "prefix_symbol": True,
        "exchange_rate": f"{currency.exchange_rate:.9f}",
        "exchange_rate_auto_update": False,
        "exchange_rate_updated_time": modified,
        "is_active": currency.is_active,
        "is_base": currency.is_base,
        "format": {
            "decimal_separator": "Period",
            "thousand_separator": "Comma",
            "decimal_places": str(currency.decimal_places),
            "numeral_system": "International",
        },
        "created_by": show_person(simulator, admin),
        "created_time": format_time(currency.created, zone),
        "modified_by": show_person(simulator, admin),
        "modified_time": modified,
    }
