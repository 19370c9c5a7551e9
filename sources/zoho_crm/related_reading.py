"""Reading one parent's related list in full: a walk that is proved where it takes several pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from . import settings
from .calls import Call
from .exceptions import ZohoBudgetError, ZohoCrmError, ZohoPageTokenError, ZohoResponseError
from .names import ID
from .page_marks import mark_params, next_mark
from .paging import PageReply, Walk
from .related_row_keys import to_list_row
from .replies import Subject, error_of, refusal_of
from .shapes import info_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .api_types import JsonObject
    from .client import ZohoClient
    from .paging import Question
    from .related_lists import RelatedList
    from .related_tables import ListTable
    from .replies import Reply

ListOutcome = Literal["rows", "none", "unchanged", "gone", "hidden", "refused", "changing", "limit"]
"""rows, none: read in full. unchanged: a long list of which nothing is newer. gone: the parent is
not there any more. hidden: the parent's layout does not show the list. refused: Zoho does not give
it. changing: it changed faster than it could be read. limit: it was cut short by the calls left."""
READ: Final[frozenset[ListOutcome]] = frozenset({"rows", "none", "unchanged", "gone"})
"""Outcomes after which what is known of the parent's list is right."""

_PARENT_INDEX: Final = 1
_LIST_INDEX: Final = 2
_EMAILS_SCOPE: Final = "ZohoCRM.modules.emails.READ"


@dataclass(frozen=True, slots=True)
class ListReading:
    """What one reading of one parent's list gave."""

    outcome: ListOutcome
    rows: Sequence[JsonObject] = ()
    """As the list's table takes them, each once."""
    date: datetime | None = None
    """The server's clock when the reading began."""
    pages: int = 0
    error: ZohoCrmError | None = None


@dataclass(slots=True)
class _Pages:
    """The newest reading of each row, over all walks."""

    rows: dict[str, JsonObject] = field(default_factory=dict)
    date: datetime | None = None
    count: int = 0


def read_list(client: ZohoClient, table: ListTable, parent_id: str) -> ListReading:
    """Reads one parent's list in full, or gives none of its rows.

    Raises:
        ZohoAuthError: The credentials are refused.
        ZohoTransientError: Zoho or the network failed for longer than the retries last.
        ZohoResponseError: A reply is not shaped as documented.
        ZohoStoppedError: The run was asked to stop.

    Source: Zoho CRM API v8, "Get Related Records", "Get Emails of a Record".
    """
    walk = Walk(order="id")
    pages = _Pages()
    owed = f"{table.related_list.name}/{parent_id}"
    try:
        while (question := walk.question) is not None:
            refused = _read_page(client, table, parent_id, question=question, walk=walk, to=pages)
            if refused is not None:
                return refused
            client.budget.owe(owed, 0 if walk.may_stop else walk.pages_to_prove)
    except ZohoBudgetError as error:
        return ListReading("limit", date=pages.date, pages=pages.count, error=error)
    finally:
        client.budget.owe(owed, 0)
    if walk.outcome != "done":
        return ListReading("changing", date=pages.date, pages=pages.count)
    rows = [pages.rows[record_id] for record_id in sorted(walk.met_ids)]
    return ListReading("rows" if rows else "none", rows, pages.date, pages.count)


def _read_page(
    client: ZohoClient,
    table: ListTable,
    parent_id: str,
    *,
    question: Question,
    walk: Walk,
    to: _Pages,
) -> ListReading | None:
    """Reads a page and lets the walk go on; gives a reading where the list is not to be had."""
    try:
        reply = client.send(_page_call(table, parent_id, question.page_token))
        refusal = refusal_in(reply, table.related_list)
    except ZohoPageTokenError:
        walk.restart()
        return None
    to.date = to.date or reply.date
    to.count += 1
    if refusal is not None:
        return refusal
    found, token = _parse(reply, table.related_list, question.page_token)
    rows = [to_list_row(table.related_list, parent_id, raw) for raw in found]
    to.rows.update((str(row[ID]), row) for row in rows)
    walk.answer(PageReply([(str(row[ID]), None) for row in rows], token, reply.date))
    return None


def can_be_asked_since(related_list: RelatedList) -> bool:
    """Whether Zoho documents a question for what changed; for e-mails it does not."""
    return related_list.kind != "emails"


def is_unchanged_since(
    client: ZohoClient, table: ListTable, parent_id: str, since: datetime
) -> bool:
    """Whether no member of a list is newer; one call. Members taken out are not seen by it.

    Raises:
        ZohoCrmError: As of `read_list`.
    """
    call = _page_call(table, parent_id, None, fields=ID, since=since)
    return client.send(call).is_unchanged


def _page_call(
    table: ListTable,
    parent_id: str,
    token: str | None,
    *,
    fields: str | None = None,
    since: datetime | None = None,
) -> Call:
    one = table.related_list
    path = one.path.format(id=parent_id)
    if one.kind == "emails":
        params = {"index": token} if token else {}
        return Call(path, subject_of(one), params, keeps_refusals=True)
    params = {"fields": fields or ",".join(table.fields), "per_page": str(settings.PAGE_SIZE)}
    if one.kind != "chronological":  # documented without an order of its own
        params |= {"sort_by": "id", "sort_order": "asc"}
    params |= converted_param(one)
    params |= mark_params(token)
    return Call(path, subject_of(one), params, since=since, keeps_refusals=True)


def converted_param(related_list: RelatedList) -> dict[str, str]:
    """Converted leads are left out of lists that are not asked for them."""
    return {"converted": "both"} if "Leads" in related_list.child_modules else {}


def subject_of(related_list: RelatedList) -> Subject:
    """What calls for a list are counted for and named by."""
    if related_list.kind == "emails":
        return Subject(related_list.name, _EMAILS_SCOPE, related_list.name)
    child = next(iter(related_list.child_modules), related_list.module)
    scope = f"ZohoCRM.modules.{child.lower()}.READ"
    return Subject(related_list.name, scope, related_list.name)


def refusal_in(reply: Reply, related_list: RelatedList) -> ListReading | None:
    """What a refusal says of the parent or the list; None for a reply that is none."""
    if reply.status < 400:
        return None
    body = refusal_of(reply.body)
    error = error_of(reply.status, body, subject=subject_of(related_list), url="")
    outcome: ListOutcome = "refused"
    if body.get("code") == "INVALID_DATA":
        details = body.get("details")
        index = details.get("resource_path_index") if isinstance(details, Mapping) else None
        if index == _LIST_INDEX:
            outcome = "hidden"
        elif index == _PARENT_INDEX or reply.status == 404:
            outcome = "gone"
    return ListReading(outcome, date=reply.date, pages=1, error=error)


def _parse(
    reply: Reply, related_list: RelatedList, asked: str | None
) -> tuple[Sequence[JsonObject], str | None]:
    """The rows of a page, and how to ask for the next one."""
    if reply.status in (204, 304):
        return (), None
    is_email = related_list.kind == "emails"
    rows = reply.body.get("Emails" if is_email else "data")
    info = info_in(reply, about=related_list.name)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise _odd(related_list, "no list of rows")
    if not info.get("more_records") or (is_email and not rows):
        return rows, None
    token = info.get("next_index") if is_email else next_mark(info, asked)
    if not token or not rows or str(token) == asked:
        raise _odd(related_list, "more rows but no way to get them")
    return rows, str(token) if is_email else token


def _odd(related_list: RelatedList, what: str) -> ZohoResponseError:
    return ZohoResponseError(
        f"{related_list.name}: Zoho's reply has {what}; run with --debug and report it.",
        module=related_list.module,
    )
