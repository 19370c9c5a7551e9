"""Reading users and the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import settings
from .exceptions import ZohoCrmError, ZohoResponseError
from .metadata import elements_of
from .paging import PageReply, Question, Walk
from .records import times_of, to_table
from .reference_tables import USERS
from .replies import Reply, Subject
from .shapes import info_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import pyarrow as pa

    from .api_types import JsonObject
    from .client import ZohoClient
    from .outcomes import ResourceOutcome
    from .session import ReadSession

USERS_SUBJECT = Subject("users", "ZohoCRM.users.READ")
ORGANIZATION_SUBJECT = Subject("organization", "ZohoCRM.org.READ")


class UsersReader:
    """Reads all users that changed since an anchor, deleted ones included.

    Zoho lists users by page number and in no documented order, so a list of several pages is
    walked twice, like any other stretch.
    """

    def __init__(
        self,
        session: ReadSession,
        *,
        anchor: datetime | None = None,
        deleted_are_apart: bool = False,
    ) -> None:
        """Makes no call yet.

        Args:
            session: The run's client and outcomes.
            anchor: Where the read before this one ended.
            deleted_are_apart: A read before found that `AllUsers` leaves deleted users out.
        """
        self.deleted_are_apart = deleted_are_apart
        """`AllUsers` leaves deleted users out, other than in Zoho's sample."""
        self.outcome: ResourceOutcome = session.outcome_of("users", USERS.table_name)
        self._session = session
        self._anchor = anchor
        self._walk = Walk(anchor, overlap_s=session.overlap_s, is_unordered=True)

    @property
    def next_anchor(self) -> datetime | None:
        """Where the next read starts: it moves only when all were read, deleted ones too."""
        return self._walk.next_anchor if self.outcome.outcome == "done" else self._anchor

    def tables(self) -> Iterator[pa.Table]:
        """Yields pages of 1 to 200 users.

        Source: Zoho CRM API v8, "Get Users".
        """
        try:
            met: set[str] = set()
            while (question := self._walk.question) is not None:
                reply = self._ask("AllUsers", question)
                users = elements_of(reply, "users") if not reply.is_unchanged else ()
                met |= {str(user.get("id")) for user in users}
                self._walk.answer(_page_of(reply, users, question))
                yield from self._convert(reply, users)
            if met or self.deleted_are_apart or self._session.reads_all_metadata:
                yield from self._read_deleted(met)
            self.outcome.end("done" if self._walk.outcome == "done" else "partial")
        except ZohoCrmError as error:
            self.outcome.end_by(error)
        finally:
            self.outcome.anchor_after = self.next_anchor

    def _read_deleted(self, met: set[str]) -> Iterator[pa.Table]:
        """Asks for deleted users by themselves: no word of Zoho's says that all users hold them."""
        page: str | None = "1"
        while page is not None:
            reply = self._ask("DeletedUsers", Question(self._anchor, page, False, "time"))
            users = elements_of(reply, "users") if not reply.is_unchanged else ()
            apart = [user for user in users if str(user.get("id")) not in met]
            if apart:
                self.deleted_are_apart = True
            yield from self._convert(reply, apart)
            page = _next_page(reply, page)

    def _ask(self, kind: str, question: Question) -> Reply:
        params = {"type": kind, "per_page": str(settings.PAGE_SIZE)}
        params["page"] = question.page_token or "1"
        return self._session.client.get(
            "users", params, subject=USERS_SUBJECT, since=question.anchor
        )

    def _convert(self, reply: Reply, users: Sequence[JsonObject]) -> Iterator[pa.Table]:
        self.outcome.pages += 1
        if users:
            converted = to_table(USERS, users, read_no=reply.number)
            self.outcome.rows += converted.table.num_rows
            yield converted.table


def _page_of(reply: Reply, users: Sequence[JsonObject], question: Question) -> PageReply:
    return PageReply(
        times_of(users, module="users"), _next_page(reply, question.page_token or "1"), reply.date
    )


def _next_page(reply: Reply, page: str) -> str | None:
    info = info_in(reply, about="users")
    return str(int(page) + 1) if info.get("more_records") else None


def read_organization(client: ZohoClient) -> JsonObject:
    """The organisation, as Zoho sends it.

    Raises:
        ZohoResponseError: The reply holds no organisation.
    Source: Zoho CRM API v8, "Get Organization Data".
    """
    reply = client.get("org", subject=ORGANIZATION_SUBJECT)
    found = elements_of(reply, "org")
    if not found:
        raise ZohoResponseError("org: Zoho's reply holds no organisation.", status=reply.status)
    return found[0]


def read_current_user(client: ZohoClient) -> JsonObject | None:
    """The user whose eyes this copy sees with; None where Zoho does not tell."""
    reply = client.get("users", {"type": "CurrentUser"}, subject=USERS_SUBJECT)
    found = elements_of(reply, "users")
    return found[0] if found else None
