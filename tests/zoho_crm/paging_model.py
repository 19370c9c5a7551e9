"""Plays a history against a walk: our table, the stored anchor, packages, limits and kills."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from tests.zoho_crm.paging_histories import START_CLOCK, Gap, History, Run
from tests.zoho_crm.paging_rules import Reading, RuleError, Rules, UnseenDisorderError, require
from tests.zoho_crm.paging_server import (
    DeadTokenError,
    Rows,
    Server,
    to_id,
    to_instant,
    to_seconds,
)
from zoho_crm.paging import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from tests.zoho_crm.paging_rules import WalkLike
    from zoho_crm.paging import PageReply

    WalkMaker: TypeAlias = Callable[[Server, datetime | None], WalkLike]

MAX_IDS_PER_CALL: Final = 100


class KilledError(Exception):
    """The run was killed."""


class Play:
    """A history being played."""

    def __init__(
        self, history: History, make_walk: WalkMaker, story: list[str] | None = None
    ) -> None:
        self.history = history
        self.setup = history.setup
        self.server = Server(history, START_CLOCK)
        self.make_walk = make_walk
        self.story = story
        self.table: Rows = {}
        self.stored: datetime | None = None
        self.rules = Rules(self.server, self.table)

    def play(self) -> None:
        """Plays everything, then two runs with nobody writing.

        Raises:
            RuleError: The walk lost something or went astray.
            UnseenDisorderError: The server's disorder did not show.
        """
        for run in self.history.runs:
            self.play_gap(run.before)
            self.play_run(run)
        quiet = Gap(wait_s=2 * self.setup.overlap_s + 1)
        self.play_gap(quiet)
        quiet_since = self.server.clock
        self.rules.check_done_alone(self.play_run(Run()))
        self.rules.check_mirror()
        self.play_gap(quiet)
        self.play_idle_run(quiet_since)
        self.rules.check_mirror()

    def play_gap(self, gap: Gap) -> None:
        for write in gap.writes:
            self.tell("  ", write)
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
        self.tell("run from", self.stored, "at", to_instant(self.server.clock))
        try:
            self.read(reading)
        except KilledError:
            self.tell("killed")
            return reading
        self.load_package(reading)
        if reading.walk.question is None:
            self.tell(reading.walk.outcome)
            self.rules.check_outcome(reading)
        return reading

    def play_idle_run(self, quiet_since: int) -> None:
        question = Question(self.stored, None, only_times=False, order=self.setup.order)
        listed = [row for _, _, row in self.server.find_listed(question)]
        self.rules.check_only_future_is_listed(listed, quiet_since)
        reading = self.play_run(Run())
        self.rules.check_done_alone(reading)
        count = reading.request_count
        require(count == 1 or len(listed) > self.setup.page_size, f"cost: idle, {count} requests")

    def read(self, reading: Reading) -> None:
        walk = reading.walk
        while (question := walk.question) is not None:
            gap = self.pass_time(reading)
            try:
                reply, rows = self.server.ask(question, token_dies=gap.token_dies)
            except DeadTokenError:
                self.tell("after", question.anchor, question.page_token, "died")
                reading.death_count += 1
                walk.restart()
                continue
            self.tell_reply(question, reply, rows)
            self.answer(reading, question, reply, rows)
            if reading.steps_in_package >= reading.plan.steps_per_package:
                self.load_package(reading)
            if reading.is_at_limit and walk.may_stop:
                self.tell("stopped at the limit")
                return

    def answer(self, reading: Reading, question: Question, reply: PageReply, rows: Rows) -> None:
        self.rules.watch_reply(reading, question, reply)
        self.rules.check_walks(reading, question)
        step = reading.walk.answer(reply, hurry=reading.is_hurried)
        self.rules.check_step(reading, question, reply, step)
        if step.loads:
            reading.package.update(rows)
        self.reread(reading, step.reread)
        reading.steps_in_package += 1

    def reread(self, reading: Reading, ids: Sequence[str]) -> None:
        size = min(self.setup.page_size, MAX_IDS_PER_CALL)
        for first in range(0, len(ids), size):
            self.pass_time(reading)
            asked = ids[first : first + size]
            rows = self.server.read_ids(asked)
            self.tell("ids", asked, "gave", rows)
            reading.package.update(rows)

    def pass_time(self, reading: Reading) -> Gap:
        """What others do before the next request, and the kill if it is time for that."""
        if reading.plan.end == "kill" and reading.request_count >= reading.plan.end_at:
            raise KilledError
        gaps = reading.plan.gaps
        gap = gaps[reading.request_count] if reading.request_count < len(gaps) else Gap()
        self.play_gap(gap)
        reading.request_count += 1
        self.rules.check_end_is_near(reading)
        return gap

    def load_package(self, reading: Reading) -> None:
        """Rows and anchor together, as one load package has them."""
        self.table.update(reading.package)
        reading.package.clear()
        reading.steps_in_package = 0
        if reading.walk.next_anchor != self.stored:
            self.stored = reading.walk.next_anchor
            self.tell("   stored", self.stored)
            self.rules.check_stored(self.stored)

    def tell(self, *parts: object) -> None:
        if self.story is not None:
            self.story.append(" ".join(map(_to_text, parts)))

    def tell_reply(self, question: Question, reply: PageReply, rows: Rows) -> None:
        asked = "times" if question.only_times else "rows"
        more = ("more", reply.next_page_token) if reply.next_page_token else ("end",)
        self.tell(
            asked, "after", question.anchor, question.page_token, "gave", rows, *more, reply.date
        )


def find_fault(history: History, make_walk: WalkMaker) -> str | None:
    """Returns which rule the history breaks, or nothing; disorder nobody can see is none."""
    try:
        Play(history, make_walk).play()
    except UnseenDisorderError:
        return None
    except RuleError as error:
        return str(error)
    except Exception as error:  # a walk that raises is at fault, too
        return repr(error)
    return None


def tell_story(history: History, make_walk: WalkMaker) -> str:
    """Returns the history, what was asked and answered, and the rule it breaks."""
    story = [repr(history)]
    try:
        Play(history, make_walk, story).play()
    except Exception as error:  # whatever it raised ends the story
        story.append(f"=> {error!r}")
    return "\n".join(story)


def _to_text(part: object) -> str:
    """Instants as seconds since the first run, rows as id, version and time."""
    if isinstance(part, datetime):
        return f"t{to_seconds(part) - START_CLOCK:+d}"
    if isinstance(part, dict):
        rows: Rows = part
        return "".join(
            f" {to_id(number)}v{row.version}@"
            + ("null" if row.time is None else _to_text(to_instant(row.time)))
            for number, row in rows.items()
        )
    return "-" if part is None else str(part)
