"""The `filters` of the recycle bin, checked as Zoho checks them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import ApiError
from .values import to_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .settings import SimulatorSettings

_TEXT = ("equal", "not_equal", "contains", "not_contains", "starts_with", "ends_with")
# Documented: which comparators each field knows.
COMPARATORS = {
    "display_name": _TEXT,
    "deleted_by": _TEXT,
    "module": ("equal", "not_equal"),
    "deleted_time": ("equal", "not_equal", "greater_than", "less_than"),
}
_MEETS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda value, wanted: bool(value == wanted),
    "not_equal": lambda value, wanted: bool(value != wanted),
    "contains": lambda value, wanted: wanted in value,
    "not_contains": lambda value, wanted: wanted not in value,
    "starts_with": lambda value, wanted: bool(value.startswith(wanted)),
    "ends_with": lambda value, wanted: bool(value.endswith(wanted)),
    "greater_than": lambda value, wanted: bool(value > wanted),
    "less_than": lambda value, wanted: bool(value < wanted),
}


@dataclass(frozen=True)
class Condition:
    """One condition; texts are compared without regard to case (assumed)."""

    field: str
    comparator: str
    value: str | int

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the values of an entry meet it."""
        return _MEETS[self.comparator](values[self.field], self.value)


def parse_filters(text: str, settings: SimulatorSettings) -> list[Condition]:
    """Reads the conditions, all of which must hold (documented: only AND).

    Raises:
        ApiError: Documented: INVALID_DATA for a field, comparator or value that does not fit,
            EXPECTED_PARAM_MISSING, AMBIGUITY_DURING_PROCESSING, CRITERIA_LIMIT_EXCEEDED. Assumed:
            when each of them is given.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _invalid("filters", "$", settings)
    if "group" not in content:
        return [_parse(content, "$", settings)]
    if "field" in content:
        details = {"ambiguity_due_to": [{"param_name": "group"}, {"param_name": "field"}]}
        raise ApiError(400, "AMBIGUITY_DURING_PROCESSING", "ambiguity while processing", details)
    if str(content.get("group_operator", "AND")).upper() != "AND":
        raise _invalid("group_operator", "$.group_operator", settings)
    group = content["group"]
    if not isinstance(group, list) or not group:
        raise _invalid("group", "$.group", settings)
    if len(group) > settings.max_recycle_bin_conditions:
        limit = settings.max_recycle_bin_conditions
        limits = {"limit": limit, "param_name": "filters"}
        raise ApiError(400, "CRITERIA_LIMIT_EXCEEDED", "criteria limit exceeded", limits)
    return [_parse(one, f"$.group[{number}]", settings) for number, one in enumerate(group)]


def _parse(content: Any, path: str, settings: SimulatorSettings) -> Condition:
    if not isinstance(content, dict):
        raise _invalid("group", path, settings)
    missing = [name for name in ("field", "comparator", "value") if name not in content]
    if missing:
        details = {"param_names": missing}
        raise ApiError(400, "EXPECTED_PARAM_MISSING", "expected param is missing", details)
    field = content["field"]
    name = field.get("api_name") if isinstance(field, dict) else None
    if not isinstance(name, str) or name not in COMPARATORS:
        raise _invalid("field", f"{path}.field", settings)
    comparator = content["comparator"]
    if comparator not in COMPARATORS[name]:
        raise _invalid("comparator", f"{path}.comparator", settings)
    value = _value(name, content["value"])
    if value is None:
        raise _invalid("value", f"{path}.value", settings)
    return Condition(name, comparator, value)


def _value(field: str, value: Any) -> str | int | None:
    """Documented: a value is a text or an object, whichever the field takes."""
    if field == "deleted_time":
        if not isinstance(value, str):
            return None
        try:
            return int(to_instant(value).timestamp())
        except ValueError:
            return None
    if isinstance(value, dict):
        value = value.get("api_name") or value.get("name")
    return value.casefold() if isinstance(value, str) else None


def _invalid(name: str, path: str, settings: SimulatorSettings) -> ApiError:
    details = {"api_name": name, "json_path": path, "param_name": "filters"}
    message = f"invalid {name}"
    return ApiError(settings.recycle_bin_filter_status, "INVALID_DATA", message, details)
