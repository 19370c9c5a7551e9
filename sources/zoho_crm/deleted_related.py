"""Reading what hangs on a record in the recycle bin: `GET /{module}/deleted/{id}/{list}`.

Zoho gives it by page number alone: no page token, no `If-Modified-Since`, no order. A list of
several pages is therefore walked again until a walk meets nothing that is new.

Source: Zoho CRM API v8, "Get Related Records of a Deleted Record".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from . import settings
from .asking_by_ids import ask_in_parts
from .columns import MODIFIED_TIME
from .exceptions import ZohoCrmError, ZohoResponseError
from .metadata import elements_of
from .replies import Subject
from .shapes import info_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from .api_types import JsonObject
    from .client import ZohoClient
    from .evidence import DeletedParent
    from .replies import Reply

RESOURCE: Final = "recycle_bin"
"""What the calls of the audit are counted for."""
PAGE_LIMIT: Final = "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
MEMBER_INFO: Final = "$member_info"
_SCOPE: Final = "ZohoCRM.modules.READ"
_MAX_WALKS: Final = 4


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A list of one deleted record, and the fields to ask for."""

    parent: DeletedParent
    related_list: str
    related_module: str | None
    slices: tuple[tuple[str, ...], ...]
    """Field names, at most 50 a call."""


@dataclass(slots=True)
class ListAnswer:
    """What became of a question."""

    question: ListQuestion
    rows: dict[str, JsonObject] = field(default_factory=dict)
    """The records by id, as Zoho sent them."""
    pages: int = 0
    is_truncated: bool = False
    is_settled: bool = True
    """A further walk met nothing new."""
    torn: int = 0
    """Records whose fields come from calls at different moments, so that some were left out."""
    date: datetime | None = None
    """The server's clock at the last reply."""
    error: ZohoCrmError | None = None


def read_lists(client: ZohoClient, questions: Sequence[ListQuestion]) -> Iterator[ListAnswer]:
    """Asks all first pages at once, within the client's pool, and gives the answers in turn.

    Errors do not leave it: they are in the answers.
    """
    asked = [_ask(client, question, question.slices[0], page=1) for question in questions]
    for question, first in zip(questions, asked, strict=True):
        answer = ListAnswer(question)
        try:
            _walk(client, answer, first)
            _settle(client, answer)
        except ZohoCrmError as error:
            answer.error = error
        yield answer


def ids_in_bin(client: ZohoClient, ids: Sequence[str]) -> frozenset[str]:
    """Which of some records are in the recycle bin now; a call for each 100.

    Raises:
        ZohoCrmError: The bin cannot be asked.
    Source: Zoho CRM API v8, "Get Recycle Bin Records".
    """
    subject = Subject(RESOURCE, "ZohoCRM.settings.recycle_bin.READ")

    def ask(some: Sequence[str]) -> set[str]:
        params = {"ids": ",".join(some), "per_page": str(settings.PAGE_SIZE)}
        reply = client.get("settings/recycle_bin", params, subject=subject)
        return {str(each.get("id")) for each in elements_of(reply, "recycle_bin")}

    return frozenset().union(*ask_in_parts(client, ids, ask, ids_in=set))


def _walk(client: ZohoClient, answer: ListAnswer, first: Future[Reply] | None = None) -> bool:
    """Reads all pages once; gives whether it met records that were not there before."""
    question, met, page = answer.question, len(answer.rows), 1
    answer.torn = 0
    while True:
        try:
            asked = first or _ask(client, question, question.slices[0], page=page)
            first = None
            rows, has_more = _parse(asked.result(), answer)
        except ZohoCrmError as error:
            if error.code != PAGE_LIMIT:
                raise
            answer.is_truncated = True
            break
        answer.pages += 1
        more_slices = question.slices[1:] if rows else ()
        others = [_ask(client, question, names, page=page) for names in more_slices]
        slices = [_parse(each.result(), answer)[0] for each in others]
        joined, torn = _join(rows, slices)
        answer.torn += torn
        answer.rows |= {str(row["id"]): row for row in joined}
        if not has_more:
            break
        page += 1
    return len(answer.rows) > met


def _settle(client: ZohoClient, answer: ListAnswer) -> None:
    """A list of one page is a snapshot; of several, rows may have moved between them."""
    if answer.pages <= 1:
        return
    for _ in range(_MAX_WALKS):
        if not _walk(client, answer):
            return
    answer.is_settled = False


def _ask(
    client: ZohoClient, question: ListQuestion, names: Sequence[str], *, page: int
) -> Future[Reply]:
    parent = question.parent
    return client.submit(
        f"{parent.module}/deleted/{parent.id}/{question.related_list}",
        {"fields": ",".join(names), "page": str(page), "per_page": str(settings.PAGE_SIZE)},
        subject=Subject(RESOURCE, _SCOPE, parent.module),
    )


def _parse(reply: Reply, answer: ListAnswer) -> tuple[Sequence[JsonObject], bool]:
    """The rows of a page, and whether Zoho says that there are more."""
    answer.date = reply.date or answer.date
    if reply.status == 204:
        return (), False
    rows = reply.body.get("data")
    is_list = isinstance(rows, list) and all(isinstance(r, dict) and r.get("id") for r in rows)
    if not is_list or rows is None:
        question = answer.question
        raise ZohoResponseError(
            f"{question.parent.module}: Zoho's reply has no list of records in `data` for the "
            f"{question.related_list} of a deleted record; run with --debug and report it.",
            status=reply.status,
            module=question.parent.module,
        )
    info = info_in(reply, about=answer.question.parent.module)
    return rows, bool(rows) and bool(info.get("more_records"))


def _join(
    rows: Sequence[JsonObject], others: Sequence[Sequence[JsonObject]]
) -> tuple[list[JsonObject], int]:
    """Puts the slices of each record together; one of another moment is left out and counted."""
    joined: list[JsonObject] = []
    torn = 0
    by_ids = [{str(row["id"]): row for row in slice_rows} for slice_rows in others]
    for row in rows:
        parts = [by_id.get(str(row["id"])) for by_id in by_ids]
        same = [p for p in parts if p and p.get(MODIFIED_TIME) == row.get(MODIFIED_TIME)]
        torn += len(same) < len(parts)
        whole: dict[str, Any] = dict(row)
        for part in same:
            whole |= part
        joined.append(whole)
    return joined, torn
