"""Rich text in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import (
    ApiError,
    invalid_param,
    invalid_record,
    limit_exceeded,
    required_param,
    unparsable,
)
from zoho_simulator.settings import MAX_RICH_TEXT_FIELDS, MAX_RICH_TEXT_IDS

from .access import is_record_id, readable_module

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.module import Module
    from zoho_simulator.record import Record
    from zoho_simulator.simulator import Simulator


def read_full_text(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/{id}/actions/fetch_full_data` (documented: all rich text by default)."""
    module = readable_module(simulator, call)
    names = _parse_names(call, module) or _rich_names(module)
    if not names:
        message = "unable to process your request"
        raise ApiError(400, "INVALID_REQUEST", message)  # assumed: where a module has no such field
    text = call.segments["id"]
    if not is_record_id(text):
        raise invalid_record(1)
    return _answer(module, [int(text)], names)


def read_full_texts(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/actions/fetch_full_data` (documented: up to 200 ids and 8 fields).

    Assumed: records that are not there are left out.
    """
    module = readable_module(simulator, call)
    for name in ("ids", "fields"):
        if not call.params.get(name):
            raise required_param(name)
    texts = [text.strip() for text in call.params["ids"].split(",") if text.strip()]
    if len(texts) > MAX_RICH_TEXT_IDS:
        raise limit_exceeded("ids", MAX_RICH_TEXT_IDS)
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise unparsable()
    names = _parse_names(call, module)
    if len(names) > MAX_RICH_TEXT_FIELDS:
        raise limit_exceeded("fields", MAX_RICH_TEXT_FIELDS)
    return _answer(module, list(dict.fromkeys(int(text) for text in texts)), names)


def _answer(module: Module, ids: list[int], names: list[str]) -> Reply:
    found = [module.records[number] for number in ids if number in module.records]
    rows = [_show(module, record, names) for record in found if module.is_visible(record)]
    return json_reply({"data": rows}, rows=len(rows)) if rows else empty_reply()


def _show(module: Module, record: Record, names: list[str]) -> dict[str, Any]:
    values = module.values_of(record)
    return {"id": str(record.id), **{name: values.get(name) for name in names}}


def _parse_names(call: Call, module: Module) -> list[str]:
    """Documented: no other fields than rich text. Assumed: how they are refused."""
    names = [n for n in call.params.get("fields", "").replace(" ", "").split(",") if n]
    if set(names) - set(_rich_names(module)):
        raise invalid_param("fields")
    return names


def _rich_names(module: Module) -> list[str]:
    return [spec.api_name for spec in module.fields.values() if spec.is_rich_text]
