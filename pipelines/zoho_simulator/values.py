"""Field values as the simulator keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .fields import FieldSpec

LOOKUP_TYPES = frozenset({"lookup", "ownerlookup", "userlookup", "multi_module_lookup"})
NUMBER_TYPES = frozenset({"currency", "double", "percent", "decimal"})
USERS = "users"
"""The pseudo module that owner and user lookups point to."""


class Reference(NamedTuple):
    """Points to a record, whose name is looked up when it is shown."""

    module: str
    id: int


def to_instant(value: datetime | str) -> datetime:
    """Parses an instant that carries an offset, in UTC and whole seconds."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no offset")
    return instant.astimezone(UTC).replace(microsecond=0)


def to_epoch(value: datetime | str | int | None) -> int | None:
    """Parses an instant into whole seconds since 1970."""
    if value is None or isinstance(value, int):
        return value
    return int(to_instant(value).timestamp())


def from_epoch(epoch_s: int) -> datetime:
    """The instant of some seconds since 1970."""
    return datetime.fromtimestamp(epoch_s, UTC)


def to_stored(spec: FieldSpec, value: Any) -> Any:
    """Brings a given value into the stored form of its field's type.

    A value that does not fit its type is stored as it is: some organisations hold such values.
    """
    if value is None:
        return None
    kind = spec.value_type
    if kind in LOOKUP_TYPES:
        return _to_reference(spec, value)
    if kind == "datetime":
        return _to_instant_or_text(value)
    if kind == "date" and isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(repr(value))
    if kind == "bigint" and isinstance(value, int):
        return str(value)
    return value


def _to_instant_or_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_instant(value)
    try:
        return to_instant(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _to_reference(spec: FieldSpec, value: Any) -> Any:
    if isinstance(value, Reference):
        return value
    module = USERS if spec.value_type in {"ownerlookup", "userlookup"} else spec.lookup_module
    if isinstance(value, dict):
        module = _module_of(value.get("module")) or module
        value = value.get("id")
    if not isinstance(value, int | str) or not str(value).isdigit():
        raise ValueError(f"{spec.api_name} needs the id of a record, not {value!r}")
    if module is None:
        raise ValueError(f"{spec.api_name} points to several modules: give id and module")
    return Reference(module, int(value))


def _module_of(module: Any) -> str | None:
    return module.get("api_name") if isinstance(module, dict) else module


def references_of(values: Iterable[Any]) -> list[Reference]:
    """The references among some values."""
    return [value for value in values if isinstance(value, Reference)]
