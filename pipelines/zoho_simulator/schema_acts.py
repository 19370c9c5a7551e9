"""What an administrator does to modules and fields besides adding them: rename, retype, remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from .fields import field
from .values import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from .module import Module
    from .organization import Organization

_TOO_LARGE: Final = 10**18
"""No number field takes more than 18 digits in front of the point."""


def rename_field(organization: Organization, module: str, old: str, new: str) -> None:
    """Gives a field another API name; its id, its values and its place stay."""
    with organization.lock:
        found = organization.module(module)
        found.fields = {
            new if name == old else name: replace(spec, api_name=new) if name == old else spec
            for name, spec in found.fields.items()
        }
        for record in found.records_with_bin():
            values = dict(found.values_of(record))
            if old in values:
                values[new] = values.pop(old)
            found.replace_values(record, values)
        if found.traits.name_field == old:
            organization.change_module(module, name_field=new)
        organization.note_change(module)


def retype_field(organization: Organization, module: str, name: str, data_type: str,
                 **more: Any) -> None:  # fmt: skip
    """Gives a field another type; its id and its API name stay.

    Assumed: values become what the new type can hold of them, others are lost, and no record's
    `Modified_Time` moves.

    Args:
        organization: The organisation.
        module: API name.
        name: The field's API name.
        data_type: The new type.
        more: Further attributes of `FieldSpec`.
    """
    with organization.lock:
        found = organization.module(module)
        before = found.fields[name]
        labels = {"label": before.label, "display_label": before.display_label}
        more = {"options": before.options, **labels, **more}
        found.fields[name] = replace(field(name, data_type, **more), id=before.id)
        for record in found.records_with_bin():
            values = dict(found.values_of(record))
            values[name] = _convert(values.get(name), found.fields[name].value_type)
            found.replace_values(record, values)
        organization.note_change(module)


def rename_module(organization: Organization, old: str, new: str) -> None:
    """Gives a module another API name; its id and its records stay, and so does what points."""
    with organization.lock:
        modules = organization.modules
        found = modules.pop(old)
        modules[new] = found
        found.api_name = new
        for entry in found.deleted.values():
            entry.module = new
        for module in modules.values():
            _point_to(module, old, new)
        organization.note_change(new)


def remove_module(organization: Organization, name: str) -> None:
    """Deletes a module with everything in it."""
    with organization.lock:
        for entry in organization.modules.pop(name).deleted.values():
            if entry.type == "recycle":
                organization.bin.take(entry.id)
        organization.schema_version += 1
        organization.forget_names()


def _point_to(module: Module, old: str, new: str) -> None:
    for name, spec in module.fields.items():
        changes: dict[str, Any] = {
            key: new for key in ("lookup_module", "child_module") if getattr(spec, key) == old
        }
        module.fields[name] = replace(spec, **changes)
    for record in module.records_with_bin():
        values = module.values_of(record)
        if any(isinstance(v, Reference) and v.module == old for v in values.values()):
            moved = {
                key: Reference(new, v.id) if isinstance(v, Reference) and v.module == old else v
                for key, v in values.items()
            }
            module.replace_values(record, moved)


def _convert(value: Any, value_type: str) -> Any:
    if value is None:
        return None
    if isinstance(value, list) and value_type != "multiselectpicklist":
        value = value[0] if value else None
    convert: Callable[[Any], Any] = _CONVERTERS.get(value_type, _to_text)
    try:
        return convert(value)
    except (ValueError, TypeError, InvalidOperation):
        return None


def _to_text(value: Any) -> str | None:
    if value is None or isinstance(value, Reference | dict):
        return None
    return str(value)


def _to_whole(value: Any) -> int:
    number = _to_decimal(value)
    if number != int(number):
        raise ValueError("not whole")
    return int(number)


def _to_decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if abs(number) >= _TOO_LARGE:
        raise ValueError("more digits than a number field takes")
    return number


def _to_nothing(_: Any) -> None:
    return None


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "integer": _to_whole,
    "bigint": lambda value: str(_to_whole(value)),
    "double": _to_decimal,
    "currency": _to_decimal,
    "percent": _to_decimal,
    "boolean": lambda value: str(value).lower() in ("true", "1", "yes"),
    "date": lambda value: date.fromisoformat(str(value)).isoformat(),
    "datetime": _to_nothing,
    "multiselectpicklist": lambda value: value if isinstance(value, list) else [str(value)],
    "lookup": _to_nothing,
}
