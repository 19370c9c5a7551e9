"""The anchor: behind the server's clock, never past what is proved, and cheap when idle."""

from __future__ import annotations

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import DAY_S, Crm, to_instant
from tests.zoho_crm.moving_lists import settle, spread
from zoho_crm import settings


def test_a_mass_update_as_the_last_change_makes_later_idle_runs_cost_one_call(
    any_crm: Crm,
) -> None:
    ids = any_crm.add_module(times=spread(any_crm, 1000))
    copy = QuickCopy(any_crm)
    copy.run()
    any_crm.org.mass_update("Widgets", ids, {"Name": "mass"})
    copy.run()  # within the overlap: it may be read once more
    copy.assert_equals_crm()
    any_crm.pass_time(settings.OVERLAP_S + 1)
    copy.run()

    for _ in range(3):
        any_crm.forget_log()
        any_crm.pass_time(900)
        outcome = copy.run()
        assert [entry.status for entry in any_crm.log()] == [304]
        assert (outcome.outcome, outcome.rows) == ("done", 0)
    copy.assert_equals_crm()


def test_a_record_dated_in_the_future_hides_nothing(any_crm: Crm) -> None:
    ids = any_crm.add_module(times=spread(any_crm, 450))
    any_crm.org.update("Widgets", ids[7], {}, modified_time=any_crm.now_s + 400 * DAY_S)
    copy = QuickCopy(any_crm)
    copy.run()
    copy.assert_equals_crm()

    for number in range(3):
        any_crm.pass_time(DAY_S)
        any_crm.org.update("Widgets", ids[number], {"Name": f"edit {number}"})
        any_crm.forget_log()
        copy.run()
        copy.assert_equals_crm()
        assert len(any_crm.log()) <= 2


def test_a_change_that_becomes_visible_late_is_read_within_the_overlap(any_crm: Crm) -> None:
    """Zoho's index is a little behind: a change shows up with a time before the last reply's."""
    ids = any_crm.add_module(times=spread(any_crm, 300))
    copy = QuickCopy(any_crm)
    any_crm.org.update("Widgets", ids[5], {"Name": "newest"})
    copy.run()
    late = any_crm.now_s - settings.OVERLAP_S + 2
    any_crm.org.update("Widgets", ids[0], {"Name": "late"}, modified_time=late)
    any_crm.pass_time(60)

    copy.run()

    copy.assert_equals_crm()


def test_a_run_that_stops_early_stays_behind_the_clock_as_well(any_crm: Crm) -> None:
    ids = any_crm.add_module(times=[any_crm.now_s - 280 + number for number in range(280)])
    copy = QuickCopy(any_crm)
    assert copy.run(max_calls=3).outcome == "limit"
    any_crm.org.update("Widgets", ids[9], {"Name": "late"}, modified_time=any_crm.now_s - 150)

    settle(any_crm, copy)


def test_the_anchor_lies_behind_the_servers_clock_by_the_overlap(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 10])
    copy = QuickCopy(crm, overlap_s=120)

    copy.run()

    assert copy.anchor == to_instant(crm.now_s - 120)


def test_the_anchor_follows_the_newest_change_where_that_is_older(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000, crm.now_s - 5000])
    copy = QuickCopy(crm)

    copy.run()

    assert copy.anchor == to_instant(crm.now_s - 5000 + 1)


@pytest.mark.parametrize("machine_is_off_by_s", [-DAY_S, 400 * DAY_S])
def test_the_clock_of_this_machine_decides_nothing(crm: Crm, machine_is_off_by_s: int) -> None:
    """The simulator's clock is far from this machine's anyway; here on either side of it."""
    crm.clock.set(to_instant(crm.now_s + machine_is_off_by_s))
    ids = crm.add_module(times=spread(crm, 300))
    copy = QuickCopy(crm)
    copy.run()
    crm.org.update("Widgets", ids[3], {"Name": "edited"})
    crm.pass_time(60)

    copy.run()

    copy.assert_equals_crm()
