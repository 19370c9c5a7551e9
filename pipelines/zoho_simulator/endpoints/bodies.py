"""Bodies of writes: read as Zoho reads them, answered item by item."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, json_reply
from zoho_simulator.errors import ApiError, mandatory, unparsable

if TYPE_CHECKING:
    from zoho_simulator.call import Call

_MIXED = 207


def parse_items(call: Call, name: str) -> list[Any]:
    """The array of that name in a body.

    Raises:
        ApiError: Documented: UNABLE_TO_PARSE_DATA_TYPE for what is no JSON object,
            MANDATORY_NOT_FOUND where the array is missing or empty (assumed: the latter).
    """
    try:
        content = json.loads(call.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise unparsable() from None
    if not isinstance(content, dict) or not isinstance(content.get(name, []), list):
        raise unparsable()
    if not content.get(name):
        raise mandatory(name, f"$.{name}")
    return list(content[name])


def success(message: str, details: dict[str, Any]) -> dict[str, Any]:
    """What is said of an item that went well."""
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def answer_items(
    name: str, results: list[dict[str, Any] | ApiError], *, all_failed: int = 400
) -> Reply:
    """Documented: 200 where all went well, 207 where some did, an error status where none did."""
    failed = [result for result in results if isinstance(result, ApiError)]
    shown = [one.body if isinstance(one, ApiError) else one for one in results]
    status = 200 if not failed else all_failed if len(failed) == len(results) else _MIXED
    return json_reply({name: shown}, status=status, rows=len(results) - len(failed))
