"""Stretches of a list whose anchor could not move are walked again, until nothing has left."""

from __future__ import annotations

from tests.zoho_crm.walks import NOW, asked, at, page, stretch, walk
from zoho_crm.paging import PageReply, Question


def test_a_stretch_is_walked_again_for_its_times_before_the_anchor_passes_it() -> None:
    reading = walk(3)
    stretch(reading)
    assert asked(reading) == Question(at(3), None, True, "time")
    assert (reading.next_anchor, reading.may_stop, reading.outcome) == (at(3), False, None)

    assert not reading.answer(page([10] * 4, "t2")).loads
    assert asked(reading) == Question(at(3), "t2", True, "time")
    step = reading.answer(page([10] * 3, None, first=4))

    assert (step.loads, step.reread) == (False, ())
    assert (reading.outcome, reading.next_anchor) == ("done", at(11))


def test_a_proof_counts_what_is_still_to_be_walked() -> None:
    reading = walk(3)
    assert reading.pages_to_prove == 0
    reading.answer(page([10] * 4, "t1"))
    assert reading.pages_to_prove == 1
    reading.answer(page([10] * 3, None, first=4))
    assert reading.pages_to_prove == 2
    reading.answer(page([10] * 4, "t2"))
    assert reading.pages_to_prove == 1


def test_a_row_that_is_not_met_again_makes_another_walk_necessary() -> None:
    reading = walk(3)
    stretch(reading)
    reading.answer(page([10] * 4, "t2"))
    reading.answer(page([10] * 2, None, first=4))  # row 6 is gone

    assert reading.outcome is None
    assert asked(reading) == Question(at(3), None, True, "time")
    reading.answer(page([10] * 4, "t3"))
    reading.answer(page([10] * 2, None, first=4))
    assert reading.outcome == "done"


def test_a_row_that_a_proof_finds_new_or_changed_is_read_in_full() -> None:
    reading = walk(3)
    stretch(reading)
    reading.answer(page([10] * 4, "t2"))
    times = [("4", at(10)), ("6", at(10)), ("99", at(10)), ("5", at(40))]
    step = reading.answer(PageReply(times, None, NOW))

    assert step.reread == ("99", "5")
    assert not step.loads
    assert reading.outcome is None  # row 5 left: what it shifted may have been missed


def test_what_was_read_again_in_full_is_not_read_a_third_time() -> None:
    reading = walk(3)
    stretch(reading)
    moved = [*page([10] * 4).rows, ("4", at(10)), ("6", at(10)), ("5", at(40))]
    reading.answer(PageReply(moved, None, NOW))

    step = reading.answer(PageReply(moved, None, NOW))
    assert step.reread == ()
    assert reading.outcome == "done"
    assert reading.next_anchor == at(41)


def test_a_row_met_twice_in_a_walk_with_different_times_has_left() -> None:
    """It counts with the time at which it was first met: that one is never met again."""
    reading = walk(3)
    reading.answer(page([10] * 4, "t1"))
    reading.answer(PageReply([("4", at(10)), ("0", at(50))], None, NOW))  # row 0 moved

    reading.answer(page([10] * 3, "t2", first=1))
    reading.answer(PageReply([("4", at(10)), ("0", at(50))], None, NOW))

    assert reading.outcome is None


def test_a_walk_of_one_page_proves_itself() -> None:
    """The stretch has shrunk to one page: a snapshot."""
    reading = walk(3)
    stretch(reading)
    step = reading.answer(page([10] * 3, None, first=4))
    assert step.reread == ()
    assert (reading.outcome, reading.next_anchor) == ("done", at(11))


def test_after_twenty_walks_it_is_said_to_change_too_fast_and_the_anchor_stays() -> None:
    reading = walk(3)
    walks = 0
    while reading.question is not None:
        first = 10 * walks  # all rows are new ones each time
        reading.answer(page([10] * 4, "t", first=first))
        reading.answer(page([10] * 4, None, first=first + 4))
        walks += 1
    assert (reading.outcome, walks, reading.next_anchor) == ("unprovable", 20, at(3))


def test_a_proved_stretch_in_the_middle_is_followed_by_a_new_chain() -> None:
    reading = walk(3)
    reading.answer(page([10] * 50, "t1"))
    reading.answer(page([*[10] * 10, *range(11, 51)], "t2", first=50))
    assert asked(reading).only_times
    reading.answer(page([10] * 50, "t3"))
    reading.answer(page([*[10] * 10, *range(11, 51)], "t4", first=50))

    assert asked(reading) == Question(at(49), None, False, "time")
    assert reading.next_anchor == at(49)
    assert reading.may_stop


def test_a_list_out_of_order_is_proved_like_any_other() -> None:
    reading = walk()
    reading.answer(page([30, 10], "t1"))
    reading.answer(page([20, 5], None, first=2))
    assert asked(reading) == Question(None, None, True, "time")
    reading.answer(page([30, 10], "t2"))
    reading.answer(page([20, 5], None, first=2))
    assert (reading.outcome, reading.next_anchor) == ("done", at(31))


def test_ids_that_a_proof_meets_beyond_the_first_walk_are_known_too() -> None:
    reading = walk(order="id")
    reading.answer(page([None] * 4, "t1"))
    reading.answer(page([None] * 2, None, first=4))
    reading.answer(page([None] * 4, "t2"))
    step = reading.answer(page([None] * 3, None, first=4))
    assert step.reread == ("6",)
    assert reading.met_ids == frozenset("0123456")
