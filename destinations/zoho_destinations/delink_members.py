"""How relations stand in Zoho now: what a plan shows, and what an undo puts back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from zoho_crm.asking import parse_page
from zoho_crm.relation_calls import build_members_call

from .delink_calls import group_rows
from .delink_replies import judge_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from zoho_crm.calls import Call
    from zoho_crm.client import ZohoClient
    from zoho_crm.removable_relations import RemovableRelation
    from zoho_crm.replies import Reply

    from .delink_calls import RemovalCall
    from .delink_rows import RelationRow

MEMBER_INFO: Final = "$member_info"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one relation stands."""

    row: RelationRow
    state: Literal["there", "gone", "failed"]
    image: Mapping[str, Any] | None = None
    """The member as Zoho shows it in the list, with the fields of the membership."""
    sentence: str = ""


def read_standings(client: ZohoClient, rows: Iterable[RelationRow]) -> Iterator[Standing]:
    """Asks Zoho for each relation: up to 100 of one list in a call, external ids one by one.

    Args:
        client: The client.
        rows: Distinct rows whose relations may be removed.

    Yields:
        One standing a row, in any order.

    Raises:
        ZohoCrmError: Zoho could not be asked any more.
    """
    waiting = deque(group_rows(rows))
    while waiting:
        calls = [waiting.popleft() for _ in range(min(client.gate.most, len(waiting)))]
        asked = [(call, client.submit_call(_build(call))) for call in calls]
        for call, future in asked:
            standings = _judge(client, call, future.result())
            if standings is None:
                waiting.extend(call.split())
            else:
                yield from standings


def member_values(relation: RemovableRelation, image: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a membership that it can be put back with.

    Whether they stand in the row or in `$member_info` is not documented: either is read.
    """
    info = image.get(MEMBER_INFO)
    places = [image, info if isinstance(info, dict) else {}]
    found = {
        name: next((place[name] for place in places if place.get(name) is not None), None)
        for name in relation.member_fields
    }
    return {name: value for name, value in found.items() if value is not None}


def _build(call: RemovalCall, page_token: str | None = None) -> Call:
    first = call.rows[0]
    fields = first.relation.member_fields if first.relation else ()
    related = [row.related for row in call.rows]
    return build_members_call(first.list, related, fields, page_token=page_token)


def _judge(client: ZohoClient, call: RemovalCall, reply: Reply) -> list[Standing] | None:
    if reply.status < 300:
        return _find(call.rows, _read_members(client, call, reply))
    results = judge_reply(call.rows, reply)
    if results is None:
        return None
    return [
        Standing(r.row, "gone" if r.state == "gone" else "failed", sentence=r.sentence)
        for r in results
    ]


def _find(rows: Sequence[RelationRow], members: Mapping[str, Any]) -> list[Standing]:
    """Looks each row up; a list that is asked for one record by an external id has no other."""
    if len(rows) == 1 and rows[0].is_external:
        found = {rows[0]: next(iter(members.values()), None)}
    else:
        found = {row: members.get(row.related_record) for row in rows}
    return [
        Standing(row, "there", image)
        if image is not None
        else Standing(row, "gone", sentence="It is not in the list.")
        for row, image in found.items()
    ]


def _read_members(client: ZohoClient, call: RemovalCall, reply: Reply) -> dict[str, Any]:
    """Follows pages until all members asked for are met: a server may pass over `ids`."""
    module = call.rows[0].module
    wanted = {row.related_record for row in call.rows}
    page = parse_page(reply, module)
    found = {str(member.get("id")): member for member in page.rows}
    while (token := page.next_page_token) and not wanted <= set(found):
        page = parse_page(client.send(_build(call, token)), module, asked=token)
        found |= {str(member.get("id")): member for member in page.rows}
    return found
