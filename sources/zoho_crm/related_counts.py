"""How many rows the lists of a record hold: one call for up to twenty lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .calls import Call
from .exceptions import ZohoCrmError
from .related_reading import converted_param
from .replies import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .client import ZohoClient
    from .related_lists import RelatedList

MAX_LISTS: Final = 20
"""Lists in one call ("Get Related Records Count")."""
_KEY: Final = "get_related_records_count"
RESOURCE: Final = "related_counts"


def can_be_counted(related_list: RelatedList) -> bool:
    """E-mails are no records, and nothing documents that they are counted."""
    return related_list.kind != "emails"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows each list of one parent holds."""

    by_list: Mapping[str, int]
    """By the list's API name, as far as Zoho tells."""
    date: datetime | None
    """The server's clock."""
    is_refused: bool = False
    """The organisation's API gives no counts."""


def count_lists(
    client: ZohoClient, module: str, parent_id: str, lists: Sequence[RelatedList]
) -> Counts:
    """Asks how many rows each list of one parent holds.

    Raises:
        ZohoCrmError: The credentials are refused, or Zoho could not be asked.

    Source: Zoho CRM API v8, "Get Related Records Count".
    """
    call = Call(
        f"{module}/{parent_id}/actions/{_KEY}",
        Subject(RESOURCE, f"ZohoCRM.modules.{module.lower()}.READ", module),
        method="POST",
        is_question=True,
        body={_KEY: [_item(one) for one in lists[:MAX_LISTS]]},
        keeps_refusals=True,
    )
    try:
        reply = client.send(call)
    except ZohoCrmError as error:
        if not _is_of_counts_alone(error):
            raise
        return Counts({}, None, is_refused=True)
    results = reply.body.get(_KEY)
    if not isinstance(results, list):
        is_refused = reply.status >= 400 and reply.body.get("code") != "INVALID_DATA"
        return Counts({}, reply.date, is_refused)
    counts: dict[str, int] = {}
    for one, result in zip(lists, results, strict=False):
        count = _count_in(result)
        if count is not None:
            counts[one.api_name] = count
    return Counts(counts, reply.date)


def _is_of_counts_alone(error: ZohoCrmError) -> bool:
    """Counts only save calls: where no scope allows them or Zoho fails at them, lists are read."""
    return error.code == "OAUTH_SCOPE_MISMATCH" or (error.status or 0) >= 500


def _item(one: RelatedList) -> dict[str, Any]:
    item: dict[str, Any] = {"related_list": {"api_name": one.api_name}}
    if one.id:
        item["related_list"]["id"] = one.id
    params = converted_param(one)
    return item | ({"params": params} if params else {})


def _count_in(result: Any) -> int | None:
    """Zoho's samples show both: an object, and an array of one."""
    if isinstance(result, list):
        result = result[0] if result else None
    count = result.get("count") if isinstance(result, Mapping) else None
    return int(count) if isinstance(count, (int, str)) and str(count).isdigit() else None
