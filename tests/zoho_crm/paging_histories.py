"""Random histories of a module that is read while others write to it, as plain data.

A history says everything that happens, so it can be played again, printed, and made smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
Kind = Literal["edit", "create", "delete", "hide", "show"]
VARIANTS: Final = (
    "plain",
    "churn",
    "lag",
    "future",
    "no_date",
    "nulls",
    "header_ignored",
    "sort_ignored",
    "dying_tokens",
    "old_times",
    "by_id",
    "all_at_once",
)
START_CLOCK: Final = 100_000
"""The server's clock, in seconds, when the first run starts."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write to some records; those for which it makes no sense are left out."""

    kind: Kind
    records: tuple[int, ...]
    wait_s: int = 0
    """Seconds that pass before it."""
    dated_s: int = 0
    """Its `Modified_Time` less the clock: above 0 in the future, below 0 an import."""
    lag_s: int = 0
    """Seconds from the write until readers see it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What happens between two requests."""

    writes: tuple[Write, ...] = ()
    wait_s: int = 1
    token_dies: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run, what others do meanwhile, and how it ends."""

    before: Gap = Gap()
    gaps: tuple[Gap, ...] = ()
    """One for each request; when they are used up, nobody writes any more."""
    steps_per_package: int = 1
    end: Literal["done", "limit", "kill"] = "done"
    end_at: int = 1
    """Requests after which the limit or the kill strikes."""
    hurries: bool = False
    """Whether the walk is told that the limit is near."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the server behaves and how the walk is configured."""

    paging: Literal["offset", "cursor"] = "offset"
    is_inclusive: bool = False
    ties: Literal["id", "id desc", "mixed"] = "id"
    page_size: int = 3
    order: Literal["time", "id"] = "time"
    has_date: bool = True
    ignores_header: bool = False
    ignores_sort: bool = False
    knows_disorder: bool = False
    """The walk is told that an earlier read found the list not sorted."""
    nulls: Literal["first", "last"] = "last"
    nulls_pass_header: bool = False
    overlap_s: int = 60
    max_reread_share: float = 0.1
    max_pages_per_stretch: int = 50
    max_walks: int = 20


@dataclass(frozen=True, slots=True)
class History:
    """A server, the records it starts with (number, `Modified_Time`), and the runs."""

    setup: Setup = Setup()
    records: tuple[tuple[int, int | None], ...] = ()
    runs: tuple[Run, ...] = ()


@dataclass(slots=True)
class _Author:
    """Makes up one history; `pace_s` and `density` hold for all of it, so histories differ."""

    variant: str
    rng: Random
    setup: Setup = field(init=False)
    pace_s: int = field(init=False)
    density: float = field(init=False)
    record_count: int = 0

    def __post_init__(self) -> None:
        self.setup = self.build_setup()
        self.pace_s = self.rng.choice((0, 1, 5, 40, 200, 2000))
        self.density = 0.9 if self.has("churn") else self.rng.choice((0.05, 0.15, 0.3, 0.6))

    def has(self, feature: str) -> bool:
        return feature == self.variant or (
            self.variant == "all_at_once" and feature in ("lag", "future", "nulls", "dying_tokens")
        )

    def build_setup(self) -> Setup:
        rng = self.rng
        return Setup(
            paging=rng.choice(("offset", "offset", "cursor")),
            is_inclusive=rng.random() < 0.5,
            ties=rng.choice(("id", "id desc", "mixed")),
            # A short page looks sorted by chance too often, and then nobody can tell.
            page_size=5 if self.has("sort_ignored") else rng.choice((2, 3, 3, 3, 4)),
            order="id" if self.has("by_id") else "time",
            has_date=not self.has("no_date"),
            ignores_header=self.has("header_ignored"),
            ignores_sort=self.has("sort_ignored") or (self.has("by_id") and rng.random() < 0.2),
            knows_disorder=self.variant.endswith("ignored") and rng.random() < 0.3,
            nulls=rng.choice(("first", "last")),
            nulls_pass_header=self.has("nulls") and rng.random() < 0.3,
            overlap_s=rng.choice((60, 300)),
            max_reread_share=rng.choice((0.1, 0.34, 0.5, 0.7, 0.9)),
            max_pages_per_stretch=rng.choice((2, 3, 4, 50)),
            max_walks=rng.choice((3, 20, 20)),
        )

    def build_history(self) -> History:
        records = self.build_records()
        runs = tuple(self.build_run() for _ in range(self.rng.randint(1, 4)))
        return History(self.setup, records, runs)

    def build_records(self) -> tuple[tuple[int, int | None], ...]:
        rng = self.rng
        self.record_count = rng.choice((0, 4, 8, 14, 24))
        span_s = rng.choice((2, 20, 200, 2000, 20_000))
        seconds = [START_CLOCK - rng.randint(0, span_s) for _ in range(rng.choice((3, 8, 30)))]
        times: list[int | None] = [rng.choice(seconds) for _ in range(self.record_count)]
        if rng.random() < 0.5:
            times.sort(key=lambda time: time or 0)
        if self.has("nulls"):
            times = [None if rng.random() < 0.25 else time for time in times]
        return tuple(enumerate(times))

    def build_run(self) -> Run:
        rng = self.rng
        return Run(
            before=self.build_gap(max_wait_s=rng.choice((1, self.pace_s, 1000)), busy=0.5),
            gaps=tuple(
                self.build_gap(max_wait_s=self.pace_s, busy=self.density)
                for _ in range(rng.choice((0, 4, 10, 20, 30)))
            ),
            steps_per_package=rng.choice((1, 1, 2, 5, 100)),
            end=rng.choice(("done", "done", "limit", "kill")),
            end_at=rng.randint(1, 15),
            hurries=rng.random() < 0.3,
        )

    def build_gap(self, *, max_wait_s: int, busy: float) -> Gap:
        rng = self.rng
        most = 1 if self.has("churn") else 3
        count = rng.randint(1, most) if rng.random() < busy else 0
        return Gap(
            writes=tuple(self.build_write(max_wait_s) for _ in range(count)),
            wait_s=rng.randint(0, max_wait_s),
            token_dies=self.has("dying_tokens") and rng.random() < 0.1,
        )

    def build_write(self, max_wait_s: int) -> Write:
        rng = self.rng
        kind: Kind = rng.choice(("edit", "edit", "edit", "create", "delete"))
        if self.has("old_times") and rng.random() < 0.4:
            kind = rng.choice(("hide", "show", "show"))
        elif rng.random() < 0.1:
            kind = "hide"
        return Write(
            kind=kind,
            records=self.choose_records(kind),
            wait_s=rng.randint(0, max_wait_s) if rng.random() < 0.3 else 0,
            dated_s=self.choose_dated_s() if kind in ("edit", "create") else 0,
            lag_s=self.choose_lag_s() if kind in ("edit", "create") else 0,
        )

    def choose_records(self, kind: Kind) -> tuple[int, ...]:
        rng = self.rng
        if self.has("churn") and kind in ("edit", "delete") and rng.random() < 0.8:
            # Rows that leave one by one from where each walk begins.
            return (rng.randrange(6),)
        count = rng.choice((1, 1, 1, 2, 4))
        if kind == "delete" and rng.random() < 0.4:
            # Rows that were never met before they left: they shift others unseen.
            return tuple(range(max(0, self.record_count - count), self.record_count))
        if kind == "create":
            self.record_count += count
            return tuple(range(self.record_count - count, self.record_count))
        if kind == "edit" and rng.random() < 0.15:
            count = rng.randint(3, 30)  # a mass update within one second
        elif kind == "show":
            count = 5
        return tuple(sorted(rng.sample(range(self.record_count), min(count, self.record_count))))

    def choose_dated_s(self) -> int:
        if self.has("future") and self.rng.random() < 0.15:
            return self.rng.choice((1, 50, 400, 100_000))
        if self.has("old_times") and self.rng.random() < 0.3:
            return -self.rng.choice((1, 50, 400, 5000))
        return 0

    def choose_lag_s(self) -> int:
        may_lag = self.has("lag") or self.has("no_date") or self.has("by_id")
        if not may_lag or self.rng.random() < 0.4:
            return 0
        longest = self.setup.overlap_s - 1
        return self.rng.choice((1, 5, longest, self.rng.randint(0, longest)))


def build_history(variant: str, seed: int) -> History:
    """Returns the history that this variant and seed always stand for."""
    return _Author(variant, Random(f"{variant} {seed}")).build_history()


def shrink(history: History, is_bad: Callable[[History], bool]) -> History:
    """Returns a history that is still bad and of which no part can be left out."""
    while (smaller := next(filter(is_bad, _smaller(history)), None)) is not None:
        history = smaller
    return history


def _smaller(history: History) -> Iterator[History]:
    for runs in _without_one(history.runs):
        yield replace(history, runs=runs)
    for records in _without_one(history.records):
        yield replace(history, records=records)
    for index, run in enumerate(history.runs):
        for smaller_run in _smaller_runs(run):
            runs = (*history.runs[:index], smaller_run, *history.runs[index + 1 :])
            yield replace(history, runs=runs)
    for switch in fields(Setup):
        if getattr(history.setup, switch.name) != switch.default:
            default: dict[str, Any] = {switch.name: switch.default}
            setup = replace(history.setup, **default)
            yield replace(history, setup=setup)


def _smaller_runs(run: Run) -> Iterator[Run]:
    if run.gaps:
        yield replace(run, gaps=run.gaps[: len(run.gaps) // 2])
    for gaps in _without_one(run.gaps):
        yield replace(run, gaps=gaps)
    if run.end != "done":
        yield replace(run, end="done")
    if run.hurries:
        yield replace(run, hurries=False)
    if run.steps_per_package > 1:
        yield replace(run, steps_per_package=1)
    for gap in _smaller_gaps(run.before):
        yield replace(run, before=gap)
    for index, gap in enumerate(run.gaps):
        for smaller_gap in _smaller_gaps(gap):
            yield replace(run, gaps=(*run.gaps[:index], smaller_gap, *run.gaps[index + 1 :]))


def _smaller_gaps(gap: Gap) -> Iterator[Gap]:
    for writes in _without_one(gap.writes):
        yield replace(gap, writes=writes)
    if gap.token_dies:
        yield replace(gap, token_dies=False)
    for wait_s in _smaller_numbers(gap.wait_s):
        yield replace(gap, wait_s=wait_s)
    for index, write in enumerate(gap.writes):
        for smaller_write in _smaller_writes(write):
            writes = (*gap.writes[:index], smaller_write, *gap.writes[index + 1 :])
            yield replace(gap, writes=writes)


def _smaller_writes(write: Write) -> Iterator[Write]:
    if len(write.records) > 1:
        for records in _without_one(write.records):
            yield replace(write, records=records)
    for wait_s in _smaller_numbers(write.wait_s):
        yield replace(write, wait_s=wait_s)
    for lag_s in _smaller_numbers(write.lag_s):
        yield replace(write, lag_s=lag_s)
    if write.dated_s:
        yield replace(write, dated_s=0)


def _smaller_numbers(number: int) -> Iterator[int]:
    yield from (smaller for smaller in (0, 1, number // 2) if smaller < number)


def _without_one(parts: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    for index in reversed(range(len(parts))):
        yield (*parts[:index], *parts[index + 1 :])
