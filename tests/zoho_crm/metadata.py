"""Metadata made up for tests of the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoho_crm.api_types import Field, Module, parse_field, parse_module
from zoho_crm.columns import TableSchema, build_table_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

CASES = Path(__file__).parent.parent / "cases"
FIRST_ID = 6_000_000_000_000_000_000
MODIFIED_TIME = "Modified_Time"


def module(api_name: str = "Visits", module_id: int = 1) -> Module:
    return parse_module({"api_name": api_name, "id": str(module_id), "api_supported": True})


def field(api_name: str, data_type: str = "text", field_id: int = 1, **raw: Any) -> Field:
    return parse_field(
        {
            "id": str(FIRST_ID + field_id),
            "api_name": api_name,
            "display_label": api_name.replace("_", " "),
            "data_type": data_type,
            **raw,
        }
    )


def fields(*names: str, data_type: str = "text") -> list[Field]:
    return [field(name, data_type, number) for number, name in enumerate(names)]


def schema_of(*given: Field, api_name: str = "Visits") -> TableSchema:
    return build_table_schema(module(api_name), given)


def fields_of_every_type() -> Sequence[Field]:
    reply = json.loads((CASES / "fields_of_every_type.json").read_text("utf-8"))
    return [parse_field(raw) for raw in reply["fields"]]
