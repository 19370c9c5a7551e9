"""Which records a module holds: its whole list, for ids and times only, walked until proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import settings
from .asking import RecordCalls, parse_page
from .exceptions import ZohoPageTokenError
from .paging import Order, PageReply, Walk
from .records import times_of

if TYPE_CHECKING:
    from datetime import datetime

    from .columns import TableSchema
    from .session import ReadSession

_REREAD_SHARE = 1.1
"""What a walk reads again at its page borders, of ordinary data."""


def calls_of_walk(rows: int) -> int:
    """Calls that a walk over so many records takes, where few of them share a second."""
    return int(rows * _REREAD_SHARE) // settings.PAGE_SIZE + 1


@dataclass(frozen=True, slots=True)
class WalkedIds:
    """What a proved walk has met."""

    ids: set[int]
    """As numbers, for the sake of memory."""
    started_at: datetime | None
    """The server's clock at the first page."""


def walk_ids(session: ReadSession, schema: TableSchema) -> WalkedIds | None:
    """Walks a module from the start and gives the ids of its records.

    A record that is there all the while is met for certain; one that comes or leaves meanwhile
    may be met or not. Records without `Modified_Time` may be missed.

    Returns:
        The ids; None where the walk could not be proved.

    Raises:
        ZohoCrmError: Zoho refuses, or the limit of calls is reached.

    Source: Zoho CRM API v8, "Get Records".
    """
    module = schema.module.api_name
    calls = RecordCalls(session.client, schema)
    order: Order = "time" if schema.has_modified_time else "id"
    started_at = None
    walk = Walk(order=order, overlap_s=session.overlap_s)
    met: set[int] = set()
    while (question := walk.question) is not None:
        try:
            reply = calls.names(question).result()
            page = parse_page(reply, module, asked=question.page_token)
        except ZohoPageTokenError:
            walk.restart()
            continue
        started_at = started_at or page.reply.date
        times = times_of(page.rows, module=module)
        met.update(int(record_id) for record_id, _ in times)
        walk.answer(PageReply(times, page.next_page_token, page.reply.date))
    return WalkedIds(met, started_at) if walk.outcome == "done" else None
