"""The values of picklists, from fields metadata: at no call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .api_types import Field, JsonObject
    from .columns import TableSchema
    from .metadata import Metadata


def picklist_values(field: Field) -> list[JsonObject]:
    """The entries of a field's picklist, as Zoho sends them; none for other fields."""
    values = field.raw.get("pick_list_values")
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, Mapping)]


def picklist_key(value: JsonObject) -> str:
    """What tells an entry from the others of its field: its id, where Zoho gives one."""
    return str(value.get("id") or value.get("actual_value"))


def forecast_of(value: JsonObject) -> dict[str, Any]:
    """What a stage counts as in forecasts, as columns; null for other entries."""
    category = value.get("forecast_category")
    return {
        "probability": value.get("probability"),
        "forecast_type": value.get("forecast_type"),
        "forecast_category": category.get("name") if isinstance(category, Mapping) else category,
    }


def picklist_rows(metadata: Metadata, schemas: Mapping[str, TableSchema]) -> list[JsonObject]:
    """Rows of the table `picklist_values`: every entry of every picklist."""
    return [
        row
        for module in schemas
        for field in metadata.fields[module]
        for row in _rows_of(module, field)
    ]


def _rows_of(module: str, field: Field) -> Iterator[JsonObject]:
    for place, value in enumerate(picklist_values(field), start=1):
        yield {
            "id": f"{module}.{field.id}.{picklist_key(value)}",
            "module": module,
            "field": field.api_name,
            "field_id": field.id,
            "value_id": value.get("id"),
            "display_value": value.get("display_value"),
            "actual_value": value.get("actual_value"),
            "reference_value": value.get("reference_value"),
            "position": value.get("sequence_number") or place,
            "is_used": value.get("type") != "unused",
            "colour": value.get("colour_code"),
            "deal_category": value.get("deal_category"),
            **forecast_of(value),
        }
