"""Rules 1, 2, 3 and 7 of the design, on thousands of random histories of a model server.

A history that fails is made smaller first and then told request by request; the line with its
variant and seed plays it again. `ZOHO_SYNC_SOAK_HISTORIES` sets how many a soak plays.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.naive_walks import (
    LastTimeAnchorer,
    LocalClockReader,
    NewestTimeReader,
    TokenFollower,
)
from tests.zoho_crm.paging_histories import (
    START_CLOCK,
    VARIANTS,
    Gap,
    History,
    Run,
    Setup,
    Write,
    build_history,
    shrink,
)
from tests.zoho_crm.paging_model import Play, find_fault, tell_story
from zoho_crm.paging import Walk, WalkLimits

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.zoho_crm.paging_rules import WalkLike
    from tests.zoho_crm.paging_server import Server

HISTORIES = 170
"""Of each variant in an ordinary test run."""
SOAK_HISTORIES = int(os.environ.get("ZOHO_SYNC_SOAK_HISTORIES", "200000"))
SOAK_PARTS = 8
"""So that several processes can share a soak."""
PAGE_SIZE = 200


def make_walk(server: Server, anchor: datetime | None) -> WalkLike:
    setup = server.setup
    limits = WalkLimits(
        max_reread_share=setup.max_reread_share,
        max_pages_per_stretch=setup.max_pages_per_stretch,
        max_walks=setup.max_walks,
    )
    return Walk(
        anchor,
        order=setup.order,
        overlap_s=setup.overlap_s,
        is_unordered=setup.knows_disorder,
        limits=limits,
    )


def check_histories(variant: str, seeds: Iterable[int]) -> None:
    for seed in seeds:
        history = build_history(variant, seed)
        if fault := find_fault(history, make_walk):
            smallest = shrink(history, partial(breaks_rule, rule=fault.partition(":")[0]))
            story = tell_story(smallest, make_walk)
            pytest.fail(f"{fault}\nbuild_history({variant!r}, {seed}), made smaller:\n{story}")


def breaks_rule(history: History, *, rule: str) -> bool:
    return (find_fault(history, make_walk) or "").startswith(rule)


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_history_loses_a_change(variant: str) -> None:
    check_histories(variant, range(HISTORIES))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(SOAK_PARTS))
@pytest.mark.parametrize("variant", VARIANTS)
def test_no_history_of_a_soak_loses_a_change(variant: str, part: int) -> None:
    count = SOAK_HISTORIES // len(VARIANTS)
    check_histories(variant, range(HISTORIES + part, HISTORIES + count, SOAK_PARTS))


@pytest.mark.parametrize(
    ("naive_walk", "variant", "switches"),
    [
        pytest.param(TokenFollower, "plain", Setup(paging="offset"), id="tokens unproved"),
        pytest.param(LastTimeAnchorer, "plain", Setup(paging="cursor"), id="anchor at last time"),
        pytest.param(LocalClockReader, "plain", Setup(paging="cursor"), id="local clock"),
        pytest.param(NewestTimeReader, "lag", Setup(paging="cursor"), id="no overlap"),
    ],
)
def test_naive_walks_are_caught(
    naive_walk: type[TokenFollower], variant: str, switches: Setup
) -> None:
    histories = (make_naive_history(variant, seed, switches) for seed in range(150))
    faults = [find_fault(history, naive_walk) or "" for history in histories]

    assert sum(fault.startswith("rule") for fault in faults) >= 3


@pytest.mark.parametrize("variant", ["plain", "lag"])
def test_a_walk_without_mistake_is_not_accused(variant: str) -> None:
    """Under a server that pages by cursor it is right to follow tokens without a proof."""
    switches = Setup(paging="cursor")
    for seed in range(150):
        assert find_fault(make_naive_history(variant, seed, switches), TokenFollower) is None


def make_naive_history(variant: str, seed: int, switches: Setup) -> History:
    """One whose stretches are not limited, as naive walks know no limit."""
    history = build_history(variant, seed)
    setup = replace(history.setup, paging=switches.paging, max_pages_per_stretch=50)
    return replace(history, setup=setup)


@pytest.mark.parametrize(
    ("rows_a_second", "most_requests_per_page"),
    [pytest.param(3, 1.03, id="ordinary edits"), pytest.param(250, 2.3, id="an import")],
)
def test_a_first_load_costs_little_more_than_its_pages(
    rows_a_second: int, most_requests_per_page: float
) -> None:
    history = make_large_history(20_000, rows_a_second, newest=START_CLOCK - 10_000)

    requests = Play(history, make_walk).play_run(Run(steps_per_package=500)).request_count

    assert requests <= most_requests_per_page * ceil(20_000 / PAGE_SIZE)


def test_rows_younger_than_the_overlap_are_read_twice_at_most() -> None:
    """More pages than a stretch has, none of which the anchor may pass yet."""
    history = make_large_history(12_000, 500, newest=START_CLOCK)

    requests = Play(history, make_walk).play_run(Run(steps_per_package=500)).request_count

    assert requests <= 2.1 * ceil(12_000 / PAGE_SIZE)


def test_an_idle_run_after_a_mass_update_costs_one_request() -> None:
    """Playing a history ends with an idle run and checks its cost."""
    mass_update = Run(before=Gap(writes=(Write("edit", tuple(range(3_000))),)))
    history = make_large_history(3_000, 3, newest=START_CLOCK - 10)

    Play(replace(history, runs=(Run(), mass_update)), make_walk).play()


def test_a_second_edit_in_the_second_of_reading_is_found_however_slow_the_next_page() -> None:
    """Its time is that of the first, so no walk that reads only times can see it."""
    slow_page = Gap(writes=(Write("edit", (0,)),), wait_s=100)
    run = Run(before=Gap(wait_s=0), gaps=(Gap(wait_s=0), slow_page))
    records = tuple((number, START_CLOCK) for number in range(4))

    assert find_fault(History(Setup(), records, (run,)), make_walk) is None


@pytest.mark.parametrize("walks_disturbed", [1, 2])
@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(Setup(page_size=2, order="id", ignores_sort=True), id="list by id"),
        pytest.param(Setup(page_size=2), id="list by time"),
    ],
)
def test_rows_hidden_by_others_that_came_and_went_are_found(
    setup: Setup, walks_disturbed: int
) -> None:
    """Two rows come before a page and leave before the next: no row that was met is missing later.

    What shows is that the rows of the page before are met twice.
    """
    gaps: list[Gap] = []
    for pair in ((4, 5), (6, 7))[:walks_disturbed]:
        come = Gap(writes=(Write("create", pair, dated_s=-20_000),))
        gaps += [Gap(), come, Gap(writes=(Write("delete", pair),))]
    records = tuple((number, START_CLOCK - 10_000) for number in range(4))
    history = History(setup, records, (Run(gaps=tuple(gaps)),))

    assert find_fault(history, make_walk) is None


def test_rows_that_leave_in_turn_do_not_hide_another_from_two_walks() -> None:
    """All that the first walk met is met by the second, but not as it was met first."""
    leave_first, leave_second = (Gap(writes=(Write("edit", pair),)) for pair in ((0, 1), (2, 3)))
    run = Run(gaps=(Gap(), Gap(), leave_first, Gap(), leave_second))
    records = tuple((number, START_CLOCK - 10_000 + number) for number in range(6))
    history = History(Setup(page_size=2), records, (run,))

    assert find_fault(history, make_walk) is None


def test_a_row_that_leaves_costs_a_walk_of_its_stretch_and_not_of_the_list() -> None:
    history = make_large_history(5_000, 250, newest=START_CLOCK - 10_000)
    history = replace(history, setup=replace(history.setup, max_pages_per_stretch=4))
    quiet_requests = Play(history, make_walk).play_run(Run()).request_count
    leaving = Gap(writes=(Write("edit", (0,)),))

    requests = Play(history, make_walk).play_run(Run(gaps=(Gap(), Gap(), leaving))).request_count

    assert requests <= quiet_requests + 3 * 4


def make_large_history(row_count: int, rows_a_second: int, *, newest: int) -> History:
    setup = Setup(page_size=PAGE_SIZE, overlap_s=300)
    oldest = newest - row_count // rows_a_second
    records = tuple((number, oldest + number // rows_a_second) for number in range(row_count))
    return History(setup, records)
