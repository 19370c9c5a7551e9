"""Entries of picklists, as fields, layouts and pipelines show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoho_simulator.fields import FieldSpec, Option

_BASE = 1_000_000
_OPTION_ID_SHIFT = 100_000_000
# Documented: the names of forecast categories. One for each forecast type, as Zoho starts with.
_CATEGORIES = {
    "Open": ("Pipeline", 7_092),
    "Closed Won": ("Closed", 7_094),
    "Closed Lost": ("Omitted", 7_096),
}


def show_options(spec: FieldSpec) -> list[dict[str, Any]]:
    """The `pick_list_values` of a field."""
    return [show_option(spec, option, number) for number, option in enumerate(spec.options)]


def show_option(spec: FieldSpec, option: Option, number: int) -> dict[str, Any]:
    """One entry; those of the deal's stages tell of the forecast as well (documented)."""
    shown: dict[str, Any] = {
        "id": option_id(spec, number),
        "display_value": option.display_value,
        "actual_value": option.actual_value,
        "reference_value": option.actual_value,
        "sequence_number": number + 1,
        "colour_code": option.colour_code,
        "type": "used",
    }
    if option.forecast_type:
        shown |= {
            "forecast_type": option.forecast_type,
            "forecast_category": forecast_category(spec, option),
            "probability": option.probability,
            "deal_category": option.forecast_type,
        }
    return shown


def option_id(spec: FieldSpec, number: int) -> str:
    """The id of an entry, which no other entry of the organisation has."""
    own = spec.id % _BASE
    return str(spec.id - own + _OPTION_ID_SHIFT + own * 1_000 + number)


def forecast_category(spec: FieldSpec, option: Option) -> dict[str, str]:
    """What a stage counts as in forecasts."""
    name, number = _CATEGORIES[option.forecast_type or "Open"]
    return {"name": name, "id": str(spec.id - spec.id % _BASE + number)}
