"""Walks as one writes them first, each with one mistake; the model test has to catch them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tests.zoho_crm.paging_server import to_instant
from zoho_crm.paging import Question

if TYPE_CHECKING:
    from tests.zoho_crm.paging_server import Server
    from zoho_crm.paging import PageReply

LOCAL_CLOCK_AHEAD_S = 400


@dataclass(frozen=True, slots=True)
class NaiveStep:
    """Loads what came, reads nothing again."""

    loads: bool = True
    reread: tuple[str, ...] = ()


class TokenFollower:
    """Follows the tokens and proves nothing: right only where the server pages by cursor.

    It stops nowhere before the end, so a limit need not hurry it.
    """

    def __init__(self, server: Server, anchor: datetime | None) -> None:
        self.server = server
        self.overlap = timedelta(seconds=server.setup.overlap_s)
        self.anchor = anchor
        self.next_anchor = anchor
        self.newest = anchor
        self.first_date: datetime | None = None
        self.outcome: Literal["done", "unprovable"] | None = None
        self.is_unordered = False
        self.met_ids: frozenset[str] = frozenset()
        self.question: Question | None = Question(
            anchor, None, only_times=False, order=server.setup.order
        )

    @property
    def may_stop(self) -> bool:
        return self.question is None

    def answer(self, reply: PageReply, *, hurry: bool = False) -> NaiveStep:  # noqa: ARG002
        self.first_date = self.first_date or reply.date
        times = [time for _, time in reply.rows if time is not None]
        self.newest = max([*times, *([self.newest] if self.newest else [])], default=None)
        self.question = self.choose_question(reply)
        if self.question is None:
            self.outcome = "done"
            self.next_anchor = self.choose_next_anchor()
        return NaiveStep()

    def restart(self) -> None:
        self.question = self.ask(self.anchor, None)

    def ask(self, anchor: datetime | None, page_token: str | None) -> Question:
        return Question(anchor, page_token, only_times=False, order=self.server.setup.order)

    def choose_question(self, reply: PageReply) -> Question | None:
        token = reply.next_page_token
        return None if token is None else self.ask(self.anchor, token)

    def choose_next_anchor(self) -> datetime | None:
        if self.newest is None or self.first_date is None:
            return self.anchor
        return min(self.newest + timedelta(seconds=1), self.first_date - self.overlap)


class LastTimeAnchorer(TokenFollower):
    """Starts each page at the last time itself, as if no two rows shared a second."""

    def choose_question(self, reply: PageReply) -> Question | None:
        if reply.next_page_token is None:
            return None
        last = reply.rows[-1][1]
        if last == self.anchor:
            return self.ask(self.anchor, reply.next_page_token)
        self.anchor = last
        return self.ask(last, None)


class LocalClockReader(TokenFollower):
    """Takes the next anchor from its own clock, which differs from the server's."""

    def choose_next_anchor(self) -> datetime | None:
        return to_instant(self.server.clock + LOCAL_CLOCK_AHEAD_S) - self.overlap


class NewestTimeReader(TokenFollower):
    """Takes the newest time as next anchor, as if each change showed at once."""

    def choose_next_anchor(self) -> datetime | None:
        return self.newest
