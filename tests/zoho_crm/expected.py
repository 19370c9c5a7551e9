"""What the dataset should hold: the simulator's truth in the columns that the data contract names.

Written from the contract alone; it shares nothing with the source's own conversion.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator.fields import FieldSpec

Row = dict[str, Any]

_USERS = ("id", "name", "email")
_LINE_ITEMS = ("Quoted_Items", "Ordered_Items", "Purchased_Items", "Invoiced_Items")
OUR_COLUMNS = frozenset(
    {
        "_read_no", "_dlt_load_id",
        "_deleted_type", "_deleted_time", "_deleted_by__id", "_deleted_by__name",
    }
)  # fmt: skip
"""What every module table has besides its fields."""


def expected_rows(crm: Crm, module: str, columns: Mapping[str, str]) -> dict[str, Row]:
    """Every live record that the API user sees, by id.

    Args:
        crm: The CRM.
        module: API name.
        columns: The column that holds each field, by field id, as the table `fields` tells.
    """
    specs = crm.org.module(module).fields.values()
    truth = crm.simulator.records(module)
    rows = {key: _expected_row(specs, record, columns) for key, record in truth.items()}
    back = lookup_to_parent(crm, module)
    if back is not None and "parent_id" not in set(columns.values()) - {columns[str(back.id)]}:
        for key, row in rows.items():
            row["parent_id"] = (truth[key][back.api_name] or {}).get("id")
    return rows


def lookup_to_parent(crm: Crm, module: str) -> FieldSpec | None:
    """The field of a row that says whose it is; of two, that of the older field holding it."""
    holders = [
        (spec.id, str(spec.child_field))
        for other in crm.org.modules.values()
        for spec in other.fields.values()
        if spec.child_module == module
    ]
    return crm.org.module(module).fields[min(holders)[1]] if holders else None


def _expected_row(specs: Any, record: Row, columns: Mapping[str, str]) -> Row:
    row: Row = {"id": record["id"]}
    for spec in specs:
        if spec.is_hidden:
            continue  # columns keep what they held
        if spec.api_name != "id" and spec.is_in_lists and spec.api_name not in _LINE_ITEMS:
            base = columns[str(spec.id)]
            row.update(_expected_values(spec, base, record))
    return row


def _expected_values(spec: FieldSpec, base: str, record: Row) -> Row:
    value = record[spec.api_name]
    if spec.value_type in ("ownerlookup", "userlookup"):
        return {f"{base}__{part}": mend((value or {}).get(part)) for part in _USERS}
    if spec.value_type == "multi_module_lookup":
        module = (value or {}).get("module") or record.get("$se_module")
        name = module["api_name"] if isinstance(module, Mapping) else module
        return _reference(base, value) | {f"{base}__module": name if value else None}
    if spec.value_type in ("lookup", "layout"):
        return _reference(base, value)
    return {base: _expected_value(spec, value)}


def _reference(base: str, value: Row | None) -> Row:
    return {f"{base}__{part}": mend((value or {}).get(part)) for part in ("id", "name")}


def _expected_value(spec: FieldSpec, value: Any) -> Any:
    if value is None:
        return None
    if spec.json_type in ("jsonarray", "jsonobject"):
        return mend(value)
    match spec.value_type:
        case "integer" | "bigint":
            return int(value)
        case "currency" | "double" | "percent" | "decimal":
            return Decimal(str(value))
        case "boolean":
            return bool(value)
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value).astimezone(UTC)
    return mend(value)


def mend(value: Any) -> Any:
    """Text with U+FFFD for NUL and for halves of surrogate pairs."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join("\ufffd" if c == "\0" or 0xD800 <= ord(c) <= 0xDFFF else c for c in value)
    if isinstance(value, list):
        return [mend(each) for each in value]
    if isinstance(value, Mapping):
        return {mend(key): mend(each) for key, each in value.items()}
    return value


def without_our_columns(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name not in OUR_COLUMNS}


def parse_json(text: str | None) -> Any:
    return None if text is None else json.loads(text, parse_float=Decimal)
