"""Adding relations again, in the fewest calls: the way back from a removal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.relation_calls import build_add_call

from .delink_calls import group_rows
from .delink_replies import NO_ITEM, SENTENCES, SUCCESS, pair_items, wrong_external_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zoho_crm.client import ZohoClient
    from zoho_crm.removable_relations import RemovableRelation
    from zoho_crm.replies import Reply

    from .delink_rows import RelationRow

_NOT_THERE: Final = "One of the two records is not there any more, or not visible to this user."


@dataclass(frozen=True, slots=True)
class Addition:
    """What became of one relation that was to be added again."""

    row: RelationRow
    is_added: bool
    code: str
    sentence: str = ""


def why_not_restorable(
    relation: RemovableRelation | None, values: Mapping[str, Any] | None
) -> str | None:
    """Why Zoho's API can't add a relation again; None where it can.

    Args:
        relation: What Zoho documents of it.
        values: The fields of the membership as it was; None where it is not known.
    """
    if relation is None or not relation.is_restorable:
        name = relation.name if relation else "It"
        return f"{name} is a lookup, which no call adds again: set the field in Zoho."
    if values is None:
        return "How it was is not known."
    missing = [name for name in relation.needed_fields if name not in values]
    if missing:
        return f"Zoho adds it with {', '.join(missing)} alone, which is not known."
    return None


def add_relations(
    client: ZohoClient,
    values_of: Mapping[RelationRow, Mapping[str, Any]],
    intend: Callable[[Sequence[RelationRow]], None],
) -> Iterator[list[Addition]]:
    """Adds relations in Zoho with the fields of their memberships, call by call.

    A call whose reply was lost is repeated: setting the same fields twice is the same as once.

    Args:
        client: The client.
        values_of: The relations, and the fields of each.
        intend: Hears of rows before their call.

    Yields:
        The results of one call.

    Raises:
        ZohoCrmError: Zoho could not be asked any more.
    """
    for call in group_rows(values_of):
        intend(call.rows)
        members = [(row.related, values_of[row]) for row in call.rows]
        reply = client.send(build_add_call(call.rows[0].list, members))
        yield _judge(call.rows, reply)


def _judge(rows: Sequence[RelationRow], reply: Reply) -> list[Addition]:
    items = reply.body.get("data")
    if isinstance(items, list) and items:
        return [_judge_one(row, item) for row, item in pair_items(rows, items)]
    return [_judge_one(row, reply.body) for row in rows]


def _judge_one(row: RelationRow, item: Mapping[str, Any]) -> Addition:
    code = str(item.get("code") or NO_ITEM)
    if code == SUCCESS:
        return Addition(row, is_added=True, code=code)
    details = item.get("details")
    wrong = wrong_external_field(row, details if isinstance(details, Mapping) else {})
    sentence = wrong or SENTENCES.get(code, _NOT_THERE)
    return Addition(row, is_added=False, code=code, sentence=sentence)
