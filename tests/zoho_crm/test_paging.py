"""The walk over a list, one reply at a time. Histories of many replies are in the model test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.zoho_crm.walks import NOW, OVERLAP_S, START, asked, at, page, stretch, walk
from zoho_crm.paging import PageReply, Question, WalkLimits

# one page


def test_a_page_without_more_is_the_end_and_needs_no_proof() -> None:
    reading = walk(5)
    assert asked(reading) == Question(at(5), None, False, "time")
    step = reading.answer(page([10, 20]))
    assert (step.loads, step.reread) == (True, ())
    assert reading.question is None
    assert reading.outcome == "done"


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (at(20), at(21)),  # long ago: just behind it
        (NOW - timedelta(seconds=301), NOW - timedelta(seconds=300)),
        (NOW - timedelta(seconds=10), NOW - timedelta(seconds=OVERLAP_S)),
        (NOW, NOW - timedelta(seconds=OVERLAP_S)),
        (NOW + timedelta(days=900), NOW - timedelta(seconds=OVERLAP_S)),  # dated in the future
    ],
)
def test_the_next_anchor_is_behind_the_newest_row_and_behind_the_servers_clock(
    newest: datetime, expected: datetime
) -> None:
    reading = walk()
    reading.answer(PageReply([("1", at(3)), ("2", newest)], None, NOW))
    assert reading.next_anchor == expected


def test_nothing_newer_leaves_the_anchor_where_it_is() -> None:
    reading = walk(5)
    reading.answer(page([]))
    assert (reading.next_anchor, reading.outcome) == (at(5), "done")


def test_an_empty_module_has_no_anchor() -> None:
    reading = walk()
    reading.answer(page([]))
    assert (reading.next_anchor, reading.outcome) == (None, "done")


def test_without_a_date_the_anchor_stays_behind_the_newest_row_by_the_overlap() -> None:
    reading = walk()
    reading.answer(page([10, 4000], date=None))
    assert reading.next_anchor == at(4000 - OVERLAP_S)
    assert reading.lacks_date


def test_rows_without_a_time_move_no_anchor() -> None:
    reading = walk()
    reading.answer(page([None, None, 7]))
    assert reading.next_anchor == at(8)


# chains


def test_where_time_moves_on_the_next_page_is_a_question_of_its_own() -> None:
    reading = walk()
    reading.answer(page(range(100), "t1"))
    assert asked(reading) == Question(at(98), None, False, "time")
    assert reading.next_anchor == at(98)
    assert reading.may_stop


@pytest.mark.parametrize(
    ("last_times", "is_new_chain"),
    [
        ([99] * 10, True),  # a tenth of the page is read again
        ([99] * 11, False),  # more than a tenth
        ([98] * 5 + [99] * 5, True),
        ([98] * 6 + [99] * 5, False),
    ],
)
def test_a_new_chain_reads_at_most_a_tenth_of_the_page_again(
    last_times: list[int], is_new_chain: bool
) -> None:
    times = [*range(100 - len(last_times) - 3), *last_times]
    times = [*([0] * (100 - len(times))), *times]
    reading = walk()
    reading.answer(page(times, "t1"))
    expected = (at(98), None) if is_new_chain else (None, "t1")
    assert (asked(reading).anchor, asked(reading).page_token) == expected


def test_a_chain_that_cannot_move_follows_its_token_under_its_anchor() -> None:
    reading = walk(9)
    reading.answer(page([10] * 100, "t1"))
    assert asked(reading) == Question(at(9), "t1", False, "time")
    assert reading.next_anchor == at(9)
    assert not reading.may_stop


def test_a_new_chain_never_starts_later_than_the_clock_less_the_overlap() -> None:
    just_now = (NOW - START).total_seconds()
    times = [*[just_now - 1000 + number for number in range(95)], *[just_now] * 5]
    reading = walk()
    reading.answer(page(times, "t1"))
    anchor = asked(reading).anchor
    assert anchor is None or anchor <= NOW - timedelta(seconds=OVERLAP_S)


def test_a_hurried_walk_starts_a_new_chain_as_soon_as_it_can() -> None:
    reading = walk(0)
    reading.answer(page([*[5] * 50, *[6] * 50], "t1"), hurry=True)
    assert asked(reading) == Question(at(5), None, False, "time")


def test_a_long_stretch_ends_where_the_anchor_can_move() -> None:
    reading = walk(0, limits=WalkLimits(max_pages_per_stretch=3))
    for number in range(3):  # a fifth of each page would be read again
        times = [number * 10 + second for second in range(10) for _ in range(10)]
        assert asked(reading).anchor == at(0)
        reading.answer(page(times, f"t{number}", first=100 * number))
    assert asked(reading).only_times
    assert reading.next_anchor == at(0)


# what the server should not do


@pytest.mark.parametrize(
    "times",
    [[10, 30, 20], [30, 10, 20], [*range(20, 30), 19]],
    ids=["falls", "starts high", "last"],
)
def test_times_that_fall_mean_that_the_order_cannot_be_relied_on(times: list[int]) -> None:
    reading = walk()
    reading.answer(page(times, "t1"))
    assert reading.is_unordered
    assert asked(reading) == Question(None, "t1", False, "time")


def test_a_row_before_the_anchor_means_that_the_header_was_ignored() -> None:
    reading = walk(50)
    reading.answer(page(range(10, 100), "t1"))
    assert reading.is_unordered
    assert asked(reading) == Question(at(50), "t1", False, "time")


def test_disorder_found_after_some_chains_begins_again_at_the_first() -> None:
    reading = walk()
    reading.answer(page(range(100), "t1"))
    assert asked(reading).anchor == at(98)
    reading.answer(page([150, 120, 98], "t2", first=100))
    assert asked(reading) == Question(None, None, False, "time")
    assert reading.next_anchor is None


def test_instants_are_compared_not_their_text() -> None:
    east = datetime.fromisoformat("2026-03-01T10:00:00+05:30")  # 04:30 UTC
    west = datetime.fromisoformat("2026-03-01T01:00:00-04:00")  # 05:00 UTC
    reading = walk()
    reading.answer(PageReply([("1", east.astimezone(UTC)), ("2", west.astimezone(UTC))], None, NOW))
    assert not reading.is_unordered


# page tokens that die


def test_a_dead_token_begins_the_walk_again_not_the_module() -> None:
    reading = walk(3)
    reading.answer(page([10] * 4, "t1"))
    reading.restart()
    assert asked(reading) == Question(at(3), None, False, "time")
    stretch(reading)
    reading.answer(page([10] * 4, "t2"))
    reading.restart()  # within the proof: what is proved stays the same
    assert asked(reading) == Question(at(3), None, True, "time")
    reading.answer(page([10] * 4, "t3"))
    reading.answer(page([10] * 3, None, first=4))
    assert (reading.outcome, reading.next_anchor) == ("done", at(11))


def test_tokens_that_always_die_end_the_walk() -> None:
    reading = walk(3)
    restarts = 0
    while reading.question is not None:
        reading.answer(page([10] * 4, "t"))
        reading.restart()
        restarts += 1
    assert reading.outcome == "unprovable"
    assert restarts <= 21
    assert reading.next_anchor == at(3)


# lists in order of id


def test_a_list_by_id_is_one_stretch_and_has_no_anchor() -> None:
    reading = walk(order="id")
    reading.answer(page([None] * 4, "t1"))
    assert asked(reading) == Question(None, "t1", False, "id")
    reading.answer(page([None] * 2, None, first=4))
    assert asked(reading) == Question(None, None, True, "id")
    assert reading.met_ids == frozenset()
    reading.answer(page([None] * 4, "t2"))
    reading.answer(page([None] * 2, None, first=4))

    assert (reading.outcome, reading.next_anchor) == ("done", None)
    assert reading.met_ids == frozenset("012345")
