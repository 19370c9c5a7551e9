"""Plays a history against a walk and checks the rules of `design.md` sections 5 and 6."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, Protocol

from tests.zoho_crm.paging_histories import START_CLOCK, Gap, History, Run, Setup
from tests.zoho_crm.paging_server import Row, Rows, Server, TokenDied, to_id, to_number, to_seconds
from zoho_crm.paging import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from zoho_crm.paging import PageReply

MAX_IDS_PER_CALL: Final = 100


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


class RuleBroken(AssertionError):
    """A rule does not hold; the message begins with which."""


class Undetectable(Exception):
    """An unsorted page looked sorted by chance: nobody could have told."""


class Killed(Exception):
    """The run was killed."""


@dataclass(slots=True)
class Reading:
    """One run: its walk, what it has not yet loaded, and what was seen of the server."""

    walk: WalkLike
    plan: Run
    rows_before: Rows
    changes_before: int
    package: Rows = field(default_factory=dict)
    steps_in_package: int = 0
    requests: int = 0
    replies: int = 0
    deaths: int = 0
    most_rows: int = 0
    walks: int = 0
    """Over the stretch under way."""
    pages_in_chain: int = 0
    chain_date: datetime | None = None
    times_in_chain: list[int] = field(default_factory=list)
    is_disorder_seen: bool = False


class Play:
    """A history being played: the server, our table, the stored anchor, and the checks."""

    def __init__(
        self,
        history: History,
        make_walk: Callable[[Server, datetime | None], WalkLike],
        story: list[str] | None = None,
    ) -> None:
        self.history = history
        self.setup = history.setup
        self.server = Server(history, START_CLOCK)
        self.make_walk = make_walk
        self.story = story
        self.table: Rows = {}
        self.stored: datetime | None = None
        self.most_requests_share = 0.0

    def play(self) -> None:
        """Plays everything, then two runs with nobody writing.

        Raises:
            RuleBroken: The walk lost something or went astray.
            Undetectable: The server's disorder did not show.
        """
        for run in self.history.runs:
            self.play_gap(run.before)
            self.play_run(run)
        quiet_s = 2 * self.setup.overlap_s + 1
        self.play_gap(Gap(wait_s=quiet_s))
        quiet_since = self.server.clock
        self.check_done_alone(self.play_run(Run()))
        self.check_mirror()
        self.play_gap(Gap(wait_s=quiet_s))
        self.play_idle_run(quiet_since)
        self.check_mirror()

    def play_gap(self, gap: Gap) -> None:
        for write in gap.writes:
            self.tell(f"  {write}")
            self.server.write(write)
        self.server.wait(gap.wait_s)

    def play_run(self, plan: Run) -> Reading:
        self.server.run_no += 1
        reading = Reading(
            walk=self.make_walk(self.server, self.stored),
            plan=plan,
            rows_before=dict(self.server.rows),
            changes_before=self.server.change_count,
        )
        self.tell(f"run from {self.to_text(self.stored)} at {self.to_time(self.server.clock)}")
        try:
            self.read(reading)
        except Killed:
            self.tell("killed")
            return reading
        self.load_package(reading)
        if reading.walk.question is None:
            self.check_outcome(reading)
        return reading

    def play_idle_run(self, quiet_since: int) -> None:
        """Only rows dated in the future are read again, and one page is one request."""
        question = Question(self.stored, None, only_times=False, order=self.setup.order)
        listed = [row for _, _, row in self.server.find_listed(question)]
        setup = self.setup
        if setup.order == "time" and setup.has_date and not setup.ignores_header:
            newest_safe = quiet_since - setup.overlap_s
            again = [row for row in listed if row.time is not None and row.time <= newest_safe]
            self.require(not again, f"cost: {again} read again")
        reading = self.play_run(Run())
        self.check_done_alone(reading)
        if len(listed) <= setup.page_size:
            self.require(reading.requests == 1, f"cost: idle run, {reading.requests} requests")

    def read(self, reading: Reading) -> None:
        walk = reading.walk
        anchor = walk.next_anchor
        while (question := walk.question) is not None:
            if question.anchor != anchor:
                anchor, reading.walks = question.anchor, 0
            gap = self.pass_time(reading)
            try:
                reply, rows = self.server.ask(question, token_dies=gap.token_dies)
            except TokenDied:
                reading.deaths += 1
                reading.pages_in_chain = 0
                self.tell(f"{self.to_text(question.anchor)} {question.page_token} died")
                walk.restart()
                continue
            self.tell_reply(question, reply)
            self.watch_reply(reading, question, reply)
            self.check_walks(reading, question)
            step = walk.answer(reply, hurry=self.is_hurried(reading))
            self.check_step(reading, question, reply, step)
            if step.loads:
                reading.package.update(rows)
            self.reread(reading, step.reread)
            reading.steps_in_package += 1
            if reading.steps_in_package >= reading.plan.steps_per_package:
                self.load_package(reading)
            if self.is_at_limit(reading) and walk.may_stop:
                self.tell("stopped at the limit")
                return

    def reread(self, reading: Reading, ids: Sequence[str]) -> None:
        size = min(self.setup.page_size, MAX_IDS_PER_CALL)
        for first in range(0, len(ids), size):
            self.pass_time(reading)
            asked = ids[first : first + size]
            rows = self.server.read_ids(asked)
            self.tell(f"ids={','.join(asked)}: {self.to_list(rows)}")
            reading.package.update(rows)

    def pass_time(self, reading: Reading) -> Gap:
        """What others do before the next request, and the kill if it is time for that."""
        if reading.plan.end == "kill" and reading.requests >= reading.plan.end_at:
            raise Killed
        gaps = reading.plan.gaps
        gap = gaps[reading.requests] if reading.requests < len(gaps) else Gap()
        self.play_gap(gap)
        reading.requests += 1
        reading.most_rows = max(reading.most_rows, len(self.server.rows))
        self.check_end_is_near(reading)
        return gap

    def is_at_limit(self, reading: Reading) -> bool:
        return reading.plan.end == "limit" and reading.requests >= reading.plan.end_at

    def is_hurried(self, reading: Reading) -> bool:
        plan = reading.plan
        return plan.hurries and plan.end == "limit" and 2 * reading.requests >= plan.end_at

    def load_package(self, reading: Reading) -> None:
        """Rows and anchor together, as one load package has them."""
        self.table.update(reading.package)
        reading.package.clear()
        reading.steps_in_package = 0
        if reading.walk.next_anchor != self.stored:
            self.stored = reading.walk.next_anchor
            self.tell(f"  stored {self.to_text(self.stored)}")
            self.check_stored()

    # Rules

    def require(self, holds: bool, message: str) -> None:
        if not holds:
            raise RuleBroken(message)

    def watch_reply(self, reading: Reading, question: Question, reply: PageReply) -> None:
        """Notes what a reader can see of the server's disorder."""
        reading.replies += 1
        times = [time for _, time in reply.rows if time is not None]
        is_falling = any(later < earlier for earlier, later in pairwise(times))
        is_before = question.anchor is not None and any(time < question.anchor for time in times)
        reading.is_disorder_seen |= is_falling or is_before
        if (
            self.setup.ignores_sort
            and not self.setup.knows_disorder
            and self.setup.order == "time"
            and reply.next_page_token is not None
            and not reading.is_disorder_seen
        ):
            raise Undetectable

    def check_step(
        self, reading: Reading, question: Question, reply: PageReply, step: StepLike
    ) -> None:
        self.require(step.loads is not question.only_times, "loads: full rows, and only those")
        following = reading.walk.question
        if reading.walk.may_stop and following is not None:
            is_start = following.page_token is None and not following.only_times
            is_safe = is_start and following.anchor == reading.walk.next_anchor
            self.require(is_safe, "may_stop: within a stretch")
        if question.only_times:
            return
        self.watch_chain(reading, question, reply)
        goes_on = (
            following is not None
            and not following.only_times
            and reply.next_page_token is not None
            and following.page_token == reply.next_page_token
        )
        is_long = reading.pages_in_chain >= self.setup.max_pages_per_stretch
        self.require(
            not (goes_on and is_long and self.could_move(reading)),
            f"stretch: {reading.pages_in_chain} pages, although the anchor could move",
        )

    def check_walks(self, reading: Reading, question: Question) -> None:
        reading.walks += question.page_token is None
        most = self.setup.max_walks + reading.deaths
        self.require(reading.walks <= most, f"walks: {reading.walks} over one stretch")

    def watch_chain(self, reading: Reading, question: Question, reply: PageReply) -> None:
        if question.page_token is None:
            reading.pages_in_chain = 0
            reading.times_in_chain.clear()
            reading.chain_date = reply.date
        reading.pages_in_chain += 1
        reading.times_in_chain += [to_seconds(time) for _, time in reply.rows if time is not None]

    def could_move(self, reading: Reading) -> bool:
        """Whether ending the stretch here would leave most of it behind, by any reading."""
        times = reading.times_in_chain
        if reading.walk.is_unordered or not times or reading.chain_date is None:
            return False
        newest_safe = to_seconds(reading.chain_date) - self.setup.overlap_s
        next_anchor = min(times[-1] - 1, newest_safe)
        passed = sum(time < next_anchor for time in times)
        return passed > 0.75 * self.setup.page_size * reading.pages_in_chain

    def check_end_is_near(self, reading: Reading) -> None:
        """Reading ends: a bound that grows with the list, the changes and the walks allowed."""
        changes = self.server.change_count - reading.changes_before
        walks = self.setup.max_walks + reading.deaths + 2
        bound = walks * (reading.most_rows + changes + 2)
        self.most_requests_share = max(self.most_requests_share, reading.requests / bound)
        self.require(reading.requests <= bound, f"end: {reading.requests} requests, no end")

    def check_done_alone(self, reading: Reading) -> None:
        """With nobody writing a walk is proved at once, so pages are read twice at most."""
        self.require(reading.walk.outcome == "done", "outcome: not done with nobody writing")
        bound = 2 * (len(self.server.rows) + 2)
        if self.setup.nulls_pass_header:
            # Each chain begins or ends with all of them.
            bound *= 1 + sum(row.time is None for row in self.server.rows.values())
        self.require(reading.requests <= bound, f"cost: {reading.requests} requests, quiet")

    def check_stored(self) -> None:
        """Rule 3: what the next read would not ask for is in the table."""
        setup = self.setup
        if self.stored is None or setup.order == "id" or setup.ignores_header:
            return
        anchor = to_seconds(self.stored)
        passed = anchor - 1 if setup.is_inclusive else anchor
        for number, row in self.server.rows.items():
            if row.is_moved and row.time is not None and row.time <= passed:
                self.check_row(number, row.version, "rule 3 (stored anchor)")

    def check_outcome(self, reading: Reading) -> None:
        walk = reading.walk
        changes = self.server.change_count - reading.changes_before
        if walk.outcome == "unprovable":
            enough = (self.setup.max_walks - 2) // 2
            self.require(changes + reading.deaths >= enough, "outcome: unprovable too early")
            return
        self.require(walk.outcome == "done", f"outcome: {walk.outcome} without a question")
        self.check_no_lost_update(reading)
        self.check_met_ids(reading)
        if self.setup.order == "time":
            self.require(walk.is_unordered or not reading.is_disorder_seen, "order: not reported")
            is_ordered = not (self.setup.ignores_header or self.setup.ignores_sort)
            self.require(
                not (walk.is_unordered and is_ordered) or reading.is_disorder_seen,
                "order: reported without cause",
            )

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
        if self.setup.order == "time":
            return
        stayed = {to_id(number) for number in reading.rows_before if number in self.server.rows}
        missed = stayed - reading.walk.met_ids
        self.require(not missed, f"met_ids: {sorted(missed)} were there all the time")

    def check_mirror(self) -> None:
        """Rule 1: after a quiet run the table equals the module."""
        for number, row in self.server.rows.items():
            if self.is_ours(row):
                self.check_row(number, row.version, "rule 1")
                ours = self.table[number]
                is_equal = (ours.time, ours.version) == (row.time, row.version)
                self.require(is_equal, f"rule 1: {to_id(number)} is {ours}, not {row}")

    def is_ours(self, row: Row) -> bool:
        """Whether reading must find it; the others are the reconciliation's."""
        return self.setup.order == "id" or (row.is_moved and row.time is not None)

    def check_row(self, number: int, version: int, rule: str) -> None:
        ours = self.table.get(number)
        if ours is None or ours.version < version:
            have = "not there" if ours is None else f"version {ours.version}"
            raise RuleBroken(f"{rule}: {to_id(number)} version {version} is {have}")

    # What is printed when a rule is broken

    def tell(self, line: str) -> None:
        if self.story is not None:
            self.story.append(line)

    def tell_reply(self, question: Question, reply: PageReply) -> None:
        if self.story is None:
            return
        rows = {to_number(record_id): self.server.rows[to_number(record_id)] for record_id, _ in reply.rows}
        asked = "times" if question.only_times else "rows"
        self.tell(
            f"{asked} after {self.to_text(question.anchor)} {question.page_token or ''}: "
            f"{self.to_list(rows)} more={reply.next_page_token} "
            f"Date={self.to_text(reply.date)}"
        )

    def to_text(self, instant: datetime | None) -> str:
        return "-" if instant is None else self.to_time(to_seconds(instant))

    @staticmethod
    def to_time(seconds: int | None) -> str:
        return "null" if seconds is None else f"t{seconds - START_CLOCK:+d}"

    def to_list(self, rows: Rows) -> str:
        return " ".join(
            f"{to_id(number)}v{row.version}@{self.to_time(row.time)}" for number, row in rows.items()
        )


def find_fault(
    history: History, make_walk: Callable[[Server, datetime | None], WalkLike]
) -> str | None:
    """Returns which rule the history breaks, or nothing; disorder nobody can see is none."""
    try:
        Play(history, make_walk).play()
    except Undetectable:
        return None
    except RuleBroken as error:
        return str(error)
    except Exception as error:  # a walk that raises is at fault, too
        return repr(error)
    return None


def tell_story(
    history: History, make_walk: Callable[[Server, datetime | None], WalkLike]
) -> str:
    """Returns the history, what was asked and answered, and the rule it breaks."""
    story: list[str] = [repr(history)]
    try:
        Play(history, make_walk, story).play()
    except Exception as error:  # as above
        story.append(f"=> {error!r}")
    return "\n".join(story)
