"""What a reply to a removal says of each relation; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from zoho_crm.replies import Reply

    from .delink_rows import RelationRow

State = Literal["removed", "gone", "failed"]
SUCCESS: Final = "SUCCESS"
NOT_FOUND: Final = "INVALID_DATA"
NO_ITEM: Final = "NO_ITEM"
"""Ours, for a relation that the reply says nothing of."""

SENTENCES: Final[Mapping[str, str]] = {
    SUCCESS: "",
    "UNABLE_TO_PARSE_DATA_TYPE": "Zoho does not take it for a record id.",
    "NO_PERMISSION": "The user's profile may not do this; an administrator can allow it.",
    "AUTHORIZATION_FAILED": "The user lacks the privilege for it; an administrator can grant it.",
    "INVALID_MODULE": "The API does not offer the module to this user.",
    "NOT_SUPPORTED": "The API does not remove this relation.",
    "LIMIT_EXCEEDED": "Zoho takes fewer relations in one call.",
    "MANDATORY_NOT_FOUND": "Zoho misses something in the call.",
    NO_ITEM: "Zoho's reply says nothing of it.",
}
_GONE: Final = "It was not there any more."
_UNSEEN: Final = "It is gone: an earlier try, whose reply was lost, removed it."
_NO_RECORD: Final = "The record is not there any more, or not visible to this user."
_NO_LIST: Final = "The record's layout has no such related list, or hides it."
_OF_ONE_ROW: Final = frozenset({"UNABLE_TO_PARSE_DATA_TYPE", "LIMIT_EXCEEDED", NOT_FOUND})
"""Refusals of a whole call that one of its rows may have caused."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one relation."""

    row: RelationRow
    state: State
    code: str
    """Zoho's, or `NO_ITEM`."""
    status: int
    sentence: str = ""
    """For a person; empty where it went as wished."""
    details: str = ""
    """Zoho's own message."""


def judge_reply(
    rows: Sequence[RelationRow], reply: Reply, may_have_run: Collection[RelationRow] = ()
) -> list[Result] | None:
    """Reads a reply item by item.

    Args:
        rows: The relations of the call, in its order.
        reply: What Zoho said.
        may_have_run: Rows whose calls may have been made before, by a process that was killed.

    Returns:
        A result for each row; None where the whole call was refused for what may be the fault of
        one row, so that the rows must be asked for apart.
    """
    items = reply.body.get("data")
    if isinstance(items, list) and items:
        found = list(pair_items(rows, items))
    elif len(rows) > 1 and _may_be_one_rows_fault(reply):
        return None
    else:
        found = [(row, reply.body) for row in rows]
    return [
        _judge(row, item, reply, was_lost=reply.is_repeated or row in may_have_run)
        for row, item in found
    ]


def pair_items(
    rows: Sequence[RelationRow], items: Sequence[Any]
) -> Iterator[tuple[RelationRow, Mapping[str, Any]]]:
    """Pairs rows with items: by the id in the item, else by position."""
    objects = [item if isinstance(item, Mapping) else {} for item in items]
    by_id = {str(_details(item).get("id")): item for item in objects if "id" in _details(item)}
    is_positional = len(objects) == len(rows)
    for place, row in enumerate(rows):
        positional = objects[place] if is_positional else {"code": NO_ITEM}
        yield row, positional if row.is_external else by_id.get(row.related_record, positional)


def _may_be_one_rows_fault(reply: Reply) -> bool:
    names_a_segment = "resource_path_index" in _details(reply.body)
    code = str(reply.body.get("code") or "")
    return reply.status == 400 and code in _OF_ONE_ROW and not names_a_segment


def _judge(row: RelationRow, item: Mapping[str, Any], reply: Reply, *, was_lost: bool) -> Result:
    code = str(item.get("code") or NO_ITEM)
    said = str(item.get("message") or "")
    if code == SUCCESS:
        return Result(row, "removed", code, reply.status, details=said)
    if code == NOT_FOUND:
        return _judge_not_found(row, item, reply, was_lost=was_lost)
    sentence = SENTENCES.get(code, "Zoho refused it in a way that is not expected here.")
    return Result(row, "failed", code, reply.status, sentence, said)


def _judge_not_found(
    row: RelationRow, item: Mapping[str, Any], reply: Reply, *, was_lost: bool
) -> Result:
    """`INVALID_DATA` stands for a relation, a record or a list that is not there."""
    details, said = _details(item), str(item.get("message") or "")
    wrong = wrong_external_field(row, details)
    if wrong:
        return Result(row, "failed", NOT_FOUND, reply.status, wrong, said)
    index = details.get("resource_path_index")
    if index == 2:
        return Result(row, "failed", NOT_FOUND, reply.status, _NO_LIST, said)
    if index == 1:
        return Result(row, "gone", NOT_FOUND, reply.status, _NO_RECORD, said)
    if was_lost:
        return Result(row, "removed", NOT_FOUND, reply.status, _UNSEEN, said)
    return Result(row, "gone", NOT_FOUND, reply.status, _GONE, said)


def wrong_external_field(row: RelationRow, details: Mapping[str, Any]) -> str | None:
    """Says which side's external value Zoho does not know; None where it is not about that."""
    named = str(details.get("api_name") or "")
    is_parents = details.get("resource_path_index") == 1
    sides = (
        (row.record_field, row.module, row.record, is_parents),
        (row.related_field, row.related.module, row.related_record, False),
    )
    # Where both sides' fields have one name, either may be wrong.
    wrong = [
        f"No record of {module} has {value!r} in {field}, or that is no external field."
        for field, module, value, is_named in sides
        if field and (is_named or named in (field, f"{module}.{field}"))
    ]
    return " Or: ".join(wrong) or None


def _details(item: Mapping[str, Any]) -> Mapping[str, Any]:
    details = item.get("details")
    return details if isinstance(details, Mapping) else {}
