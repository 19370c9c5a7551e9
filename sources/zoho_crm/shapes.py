"""Values of replies that may be of another kind than documented; pure.

What only describes counts as absent then. What decides, such as whether more rows follow, is
refused: a guess could lose rows in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .exceptions import ZohoResponseError

if TYPE_CHECKING:
    from .api_types import JsonObject
    from .replies import Reply


def mapping_in(value: Any) -> JsonObject:
    """An object; an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def mappings_in(value: Any) -> list[JsonObject]:
    """The objects in a list; none for anything else."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def info_in(reply: Reply, *, about: str) -> JsonObject:
    """What a list tells of its pages; empty where it tells nothing.

    Raises:
        ZohoResponseError: It is no object.
    """
    info = reply.body.get("info")
    if info is None or isinstance(info, Mapping):
        return info or {}
    raise ZohoResponseError(
        f"{about}: `info` in Zoho's reply is no object, so that nobody knows whether more rows "
        "follow; run with --debug and report it.",
        status=reply.status,
    )


def key_in(raw: JsonObject, key: str, *, about: str) -> str:
    """An id or a name without which an element is worth nothing.

    Raises:
        ZohoResponseError: It is missing.
    """
    value = raw.get(key)
    if isinstance(value, str | int) and str(value):
        return str(value)
    raise ZohoResponseError(
        f"{about}: an element of Zoho's reply has no `{key}`; run with --debug and report it."
    )
