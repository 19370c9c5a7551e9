"""What Zoho's metadata says, as far as the source uses it, parsed once and then immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .exceptions import ZohoResponseError

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
    """Reads one element of `modules`; one without an API name is told, and cannot be read."""
    parent = raw.get("parent_module") or {}
    name = raw.get("api_name")
    known_as = str(name or raw.get("module_name") or raw.get("id") or "")
    return Module(
        api_name=known_as,
        id=str(raw.get("id") or ""),
        generated_type=str(raw.get("generated_type") or "default"),
        api_supported=bool(name and raw.get("api_supported")),
        status=str(raw.get("status") or "visible"),
        singular_label=str(raw.get("singular_label") or known_as),
        plural_label=str(raw.get("plural_label") or known_as),
        modified_time=raw.get("modified_time") or None,
        parent_module=parent.get("api_name") if isinstance(parent, Mapping) else None,
        raw=raw,
    )


def parse_field(raw: JsonObject) -> Field:
    """Reads one element of `fields`."""
    name, json_type = raw.get("api_name"), raw.get("json_type")
    if name is None:
        raise ZohoResponseError(
            "fields: an element of Zoho's reply has no `api_name`; run with --debug and report it."
        )
    return Field(
        id=str(raw.get("id") or ""),
        api_name=str(name),
        label=str(raw.get("display_label") or raw.get("field_label") or name),
        data_type=str(raw.get("data_type") or ""),
        json_type=json_type if isinstance(json_type, str) and json_type else None,
        raw=raw,
    )
