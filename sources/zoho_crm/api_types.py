"""What Zoho's metadata says, as far as the source uses it, parsed once and then immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JsonObject = Mapping[str, Any]
"""A JSON object as decoded: decimals are `Decimal`, never float."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the organisation, from `settings/modules`."""

    api_name: str
    id: str
    generated_type: str
    api_supported: bool
    status: str
    singular_label: str
    plural_label: str
    modified_time: str | None
    parent_module: str | None
    raw: JsonObject | None = None
    """The module's metadata as Zoho sent it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a module, from `settings/fields`."""

    id: str
    api_name: str
    label: str
    data_type: str
    json_type: str | None
    raw: JsonObject
    """The field's metadata as Zoho sent it."""


def parse_module(raw: JsonObject) -> Module:
    """Reads one element of `modules`."""
    parent = raw.get("parent_module") or {}
    return Module(
        api_name=str(raw["api_name"]),
        id=str(raw.get("id") or ""),
        generated_type=str(raw.get("generated_type") or "default"),
        api_supported=bool(raw.get("api_supported")),
        status=str(raw.get("status") or "visible"),
        singular_label=str(raw.get("singular_label") or raw["api_name"]),
        plural_label=str(raw.get("plural_label") or raw["api_name"]),
        modified_time=raw.get("modified_time") or None,
        parent_module=parent.get("api_name") if isinstance(parent, Mapping) else None,
        raw=raw,
    )


def parse_field(raw: JsonObject) -> Field:
    """Reads one element of `fields`."""
    return Field(
        id=str(raw.get("id") or ""),
        api_name=str(raw["api_name"]),
        label=str(raw.get("display_label") or raw.get("field_label") or raw["api_name"]),
        data_type=str(raw.get("data_type") or ""),
        json_type=raw.get("json_type") or None,
        raw=raw,
    )
