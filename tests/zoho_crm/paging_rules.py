"""The rules of `design.md` sections 5 and 6, as checks on a walk that is being played."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, Protocol

from tests.zoho_crm.paging_server import Row, Rows, Server, to_id, to_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from tests.zoho_crm.paging_histories import Run
    from zoho_crm.paging import PageReply, Question


class RuleError(AssertionError):
    """A rule does not hold; the message begins with which."""


class UnseenDisorderError(Exception):
    """An unsorted page looked sorted by chance: nobody could have told."""


class StepLike(Protocol):
    """What the driver needs to know of a step."""

    @property
    def loads(self) -> bool: ...
    @property
    def reread(self) -> tuple[str, ...]: ...


class WalkLike(Protocol):
    """What the driver needs of a walk, ours or a naive one."""

    @property
    def question(self) -> Question | None: ...
    @property
    def next_anchor(self) -> datetime | None: ...
    @property
    def may_stop(self) -> bool: ...
    @property
    def outcome(self) -> Literal["done", "unprovable"] | None: ...
    @property
    def is_unordered(self) -> bool: ...
    @property
    def met_ids(self) -> frozenset[str]: ...
    def answer(self, reply: PageReply, *, hurry: bool = False) -> StepLike: ...
    def restart(self) -> None: ...


@dataclass(slots=True)
class Chain:
    """The pages of full rows read by token under one anchor."""

    date: datetime | None = None
    """Of its first reply."""
    page_count: int = 0
    times: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """One run: its walk, what it has not yet loaded, and what was seen of the server."""

    walk: WalkLike
    plan: Run
    rows_before: Rows
    changes_before: int
    package: Rows = field(default_factory=dict)
    steps_in_package: int = 0
    request_count: int = 0
    death_count: int = 0
    """Of page tokens."""
    most_rows: int = 0
    anchor: datetime | None = None
    walk_count: int = 0
    """Over the stretch that starts at the anchor."""
    chain: Chain = field(default_factory=Chain)
    is_disorder_seen: bool = False

    @property
    def is_at_limit(self) -> bool:
        return self.plan.end == "limit" and self.request_count >= self.plan.end_at

    @property
    def is_hurried(self) -> bool:
        plan = self.plan
        return plan.hurries and plan.end == "limit" and 2 * self.request_count >= plan.end_at


def require(holds: object, message: str) -> None:
    if not holds:
        raise RuleError(message)


class Rules:
    """Compares our table with the server and the walk with what it may do."""

    def __init__(self, server: Server, table: Rows) -> None:
        self.server = server
        self.setup = server.setup
        self.table = table

    # While a run goes on

    def watch_reply(self, reading: Reading, question: Question, reply: PageReply) -> None:
        """Notes what a reader can see of the server's disorder, and counts walks."""
        times = [time for _, time in reply.rows if time is not None]
        is_falling = any(later < earlier for earlier, later in pairwise(times))
        is_before = question.anchor is not None and any(time < question.anchor for time in times)
        reading.is_disorder_seen |= is_falling or is_before
        can_tell = reading.is_disorder_seen or self.setup.knows_disorder
        is_unsorted = self.setup.ignores_sort and self.setup.order == "time"
        if is_unsorted and not can_tell and reply.next_page_token is not None:
            raise UnseenDisorderError

    def check_walks(self, reading: Reading, question: Question) -> None:
        """No stretch is walked more often than allowed, whatever it looks like."""
        if question.anchor != reading.anchor:
            reading.anchor = question.anchor
            reading.walk_count = 0
        reading.walk_count += question.page_token is None
        # A server found unsorted is read from the start, which may be the same stretch again.
        most = self.setup.max_walks + reading.death_count + reading.is_disorder_seen
        require(reading.walk_count <= most, f"walks: {reading.walk_count} over one stretch")

    def check_step(
        self, reading: Reading, question: Question, reply: PageReply, step: StepLike
    ) -> None:
        require(step.loads is not question.only_times, "loads: full rows, and only those")
        following = reading.walk.question
        if reading.walk.may_stop and following is not None:
            is_start = following.page_token is None and not following.only_times
            is_safe = is_start and following.anchor == reading.walk.next_anchor
            require(is_safe, "may_stop: within a stretch")
        if question.only_times:
            return
        self.watch_chain(reading, question, reply)
        is_same_chain = following is not None and not following.only_times
        goes_on = is_same_chain and following is not None and following.page_token is not None
        is_long = reading.chain.page_count >= self.setup.max_pages_per_stretch
        require(
            not (goes_on and is_long and self.could_move(reading)),
            f"stretch: {reading.chain.page_count} pages, although the anchor could move",
        )

    def watch_chain(self, reading: Reading, question: Question, reply: PageReply) -> None:
        if question.page_token is None:
            reading.chain = Chain(reply.date)
        reading.chain.page_count += 1
        reading.chain.times += [to_seconds(time) for _, time in reply.rows if time is not None]

    def could_move(self, reading: Reading) -> bool:
        """Whether ending the stretch here would leave most of it behind, by any reading."""
        chain = reading.chain
        if reading.walk.is_unordered or not chain.times or chain.date is None:
            return False
        newest_safe = to_seconds(chain.date) - self.setup.overlap_s
        next_anchor = min(chain.times[-1] - 1, newest_safe)
        passed = sum(time < next_anchor for time in chain.times)
        return passed > 0.75 * self.setup.page_size * chain.page_count

    def check_end_is_near(self, reading: Reading) -> None:
        """Reading ends: a bound that grows with the list, the changes and the walks allowed."""
        reading.most_rows = max(reading.most_rows, len(self.server.rows))
        changes = self.server.change_count - reading.changes_before
        walks = self.setup.max_walks + reading.death_count + 2
        bound = walks * (reading.most_rows + changes + 2)
        require(reading.request_count <= bound, f"end: {reading.request_count} requests, no end")

    def check_stored(self, anchor: datetime | None) -> None:
        """Rule 3: what the next read would not ask for is in the table."""
        setup = self.setup
        if anchor is None or setup.order == "id" or setup.ignores_header:
            return
        passed = to_seconds(anchor) - (1 if setup.is_inclusive else 0)
        for number, row in self.server.rows.items():
            if row.is_moved and row.time is not None and row.time <= passed:
                self.check_row(number, row.version, "rule 3 (stored anchor)")

    # After a run

    def check_outcome(self, reading: Reading) -> None:
        walk = reading.walk
        if walk.outcome == "unprovable":
            disturbances = self.server.change_count - reading.changes_before + reading.death_count
            is_early = disturbances < (self.setup.max_walks - 2) // 2
            require(not is_early, "outcome: unprovable too early")
            return
        require(walk.outcome == "done", f"outcome: {walk.outcome} without a question")
        self.check_no_lost_update(reading)
        if self.setup.order == "id":
            self.check_met_ids(reading)
        else:
            self.check_disorder(reading)

    def check_no_lost_update(self, reading: Reading) -> None:
        """Rule 2: what readers could see when the run started is in the table."""
        for number, before in reading.rows_before.items():
            now = self.server.rows.get(number)
            if now is None or not (self.is_ours(before) and self.is_ours(now)):
                continue
            # A later change stands for the earlier, but may have gone behind a walk under way.
            if now.version == before.version or number not in self.server.wandering:
                self.check_row(number, before.version, "rule 2")

    def check_met_ids(self, reading: Reading) -> None:
        """An id that was there all the time must be met, or it would be flagged as gone."""
        stayed = {to_id(number) for number in reading.rows_before if number in self.server.rows}
        missed = sorted(stayed - reading.walk.met_ids)
        require(not missed, f"met_ids: {missed} were there all the time")

    def check_disorder(self, reading: Reading) -> None:
        """Rule 4: a list that is not as asked for is reported, and no other."""
        is_reported, is_seen = reading.walk.is_unordered, reading.is_disorder_seen
        require(is_reported or not is_seen, "order: not reported")
        is_asked_for = not (self.setup.ignores_header or self.setup.ignores_sort)
        require(is_seen or not (is_reported and is_asked_for), "order: reported without cause")

    # With nobody writing

    def check_done_alone(self, reading: Reading) -> None:
        """A walk is proved at once, so pages are read twice at most."""
        require(reading.walk.outcome == "done", "outcome: not done with nobody writing")
        bound = 2 * (len(self.server.rows) + 2)
        if self.setup.nulls_pass_header:
            # Each chain begins or ends with all of them.
            bound *= 1 + sum(row.time is None for row in self.server.rows.values())
        require(reading.request_count <= bound, f"cost: {reading.request_count} requests, quiet")

    def check_only_future_is_listed(self, listed: list[Row], since: int) -> None:
        """What is read again after the overlap is dated in the future."""
        setup = self.setup
        if setup.order == "time" and setup.has_date and not setup.ignores_header:
            times = [row.time for row in listed if row.time is not None]
            is_again = any(time <= since - setup.overlap_s for time in times)
            require(not is_again, f"cost: {times} are read again")

    def check_mirror(self) -> None:
        """Rule 1: after a quiet run the table equals the module."""
        for number, row in self.server.rows.items():
            if self.is_ours(row):
                self.check_row(number, row.version, "rule 1")
                ours = self.table[number]
                is_equal = (ours.time, ours.version) == (row.time, row.version)
                require(is_equal, f"rule 1: {to_id(number)} is {ours}, not {row}")

    def is_ours(self, row: Row) -> bool:
        """Whether reading must find it; the others are the reconciliation's."""
        return self.setup.order == "id" or (row.is_moved and row.time is not None)

    def check_row(self, number: int, version: int, rule: str) -> None:
        ours = self.table.get(number)
        if ours is None or ours.version < version:
            have = "not there" if ours is None else f"version {ours.version}"
            raise RuleError(f"{rule}: {to_id(number)} version {version} is {have}")
