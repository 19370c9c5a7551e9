"""Rule 2: what breaks, fails or ends in the middle of a read leaves an anchor that is proved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import DAY_S, Crm, to_instant
from tests.zoho_crm.moving_lists import WIDGETS, before_page, settle, spread, wide_fields
from zoho_crm import settings
from zoho_crm.session import ReadSession


def test_a_page_token_that_dies_restarts_its_chain_only(any_crm: Crm) -> None:
    any_crm.add_module(times=spread(any_crm, 1400, per_second=700))
    copy = QuickCopy(any_crm)
    any_crm.faults.add(kind="expired-value", path=WIDGETS, after=3)
    any_crm.faults.add(kind="expired-value", path=WIDGETS, after=9)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.outcome == "done"
    assert any("page token" in note for note in outcome.notes)


def test_an_access_token_that_dies_in_the_middle_is_replaced(any_crm: Crm) -> None:
    any_crm.add_module(times=spread(any_crm, 900, per_second=300))
    copy = QuickCopy(any_crm)
    issued = any_crm.tokens_issued
    before_page(any_crm, 4, lambda _: any_crm.simulator.tokens.expire_all())

    assert copy.run().outcome == "done"

    copy.assert_equals_crm()
    assert any_crm.tokens_issued == issued + 1


def test_page_tokens_that_never_live_long_enough_end_the_read_and_are_told(crm: Crm) -> None:
    crm.settings.page_token_lifetime_s = -1
    crm.add_module(times=[*spread(crm, 300), *[crm.now_s - 3000] * 450])
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("partial", True)
    assert copy.anchor is not None
    assert copy.anchor <= to_instant(crm.now_s - 3000)
    crm.settings.page_token_lifetime_s = DAY_S
    settle(crm, copy)


@pytest.mark.parametrize("fault", ["429", "500", "502-html", "cut", "not-json", "close"])
def test_replies_that_fail_in_the_middle_are_asked_for_again(crm: Crm, fault: Any) -> None:
    crm.add_module(times=spread(crm, 900, per_second=300))
    copy = QuickCopy(crm)
    for after in (0, 2, 5):
        crm.faults.add(kind=fault, path=WIDGETS, after=after, times=2)

    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


def test_a_failure_that_stays_keeps_what_was_read_and_the_place(crm: Crm) -> None:
    crm.add_module(times=spread(crm, 900))
    copy = QuickCopy(crm)
    crm.faults.add(kind="500", path=WIDGETS, after=3, times=1000)

    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("failed", True)
    assert len(copy.rows) > 2 * settings.PAGE_SIZE
    assert copy.anchor is not None
    crm.faults.clear()
    crm.forget_log()
    settle(crm, copy)
    assert len(crm.log()) <= 4  # it went on, it did not start again


@pytest.mark.parametrize("fault", ["500", "no-permission", "body"])
def test_a_failing_reread_of_unsettled_rows_holds_the_anchor_back(crm: Crm, fault: Any) -> None:
    """The rows of a page are not loaded before those that are asked again by id are there."""
    times = [crm.now_s - 9000 + number for number in range(30)]
    *_, unsettled = crm.add_module(fields=wide_fields(60), times=[*times, crm.now_s])
    copy = QuickCopy(crm)
    crm.faults.add(kind=fault, path=WIDGETS, params={"ids": unsettled}, times=1000)

    outcome = copy.run()

    assert outcome.outcome in ("failed", "skipped")
    copy.assert_anchor_is_proved()
    crm.faults.clear()
    settle(crm, copy)


def test_a_failing_reread_of_what_a_proof_found_holds_the_anchor_back(any_crm: Crm) -> None:
    ids = any_crm.add_module(times=[any_crm.now_s - 9000] * 450)
    copy = QuickCopy(any_crm)
    time = any_crm.now_s - 8000
    before_page(
        any_crm, 4, lambda org: org.update("Widgets", ids[3], {"Name": "x"}, modified_time=time)
    )
    any_crm.faults.add(kind="500", path=WIDGETS, params={"ids": ids[3]}, times=1000)

    assert copy.run().outcome == "failed"

    copy.assert_anchor_is_proved()
    any_crm.faults.clear()
    settle(any_crm, copy)


def test_a_failing_reread_of_a_row_that_is_new_in_a_proof_holds_the_anchor_back(
    any_crm: Crm,
) -> None:
    """Nothing has left: the reply that shows the new row also ends the proof."""
    time = any_crm.now_s - 9000
    any_crm.add_module(times=[time] * 450)
    copy = QuickCopy(any_crm)
    before_page(any_crm, 4, lambda _: any_crm.add_records("Widgets", [time]))
    new = "6000000000001000450"
    any_crm.faults.add(kind="500", path=WIDGETS, params={"ids": new}, times=1000)

    copy.run()

    copy.assert_anchor_is_proved()
    any_crm.faults.clear()
    settle(any_crm, copy)
    assert new in copy.rows


@pytest.mark.parametrize("max_calls", range(4, 12))
def test_a_limit_reached_while_rows_are_read_again_holds_the_anchor_back(
    crm: Crm, max_calls: int
) -> None:
    times = [crm.now_s - 9000 + number for number in range(500)]
    times[-3:] = [crm.now_s] * 3
    crm.add_module(fields=wide_fields(60), times=times)
    copy = QuickCopy(crm)

    outcome = copy.run(max_calls=max_calls)

    assert outcome.outcome in ("limit", "done")
    copy.assert_anchor_is_proved()
    settle(crm, copy)


@pytest.mark.parametrize("call", [1, 2, 5, 8, 11])
@pytest.mark.parametrize("field_count", [0, 60])
def test_a_run_that_is_asked_to_stop_keeps_what_it_has_proved(
    crm: Crm, call: int, field_count: int
) -> None:
    times = [*spread(crm, 500), *[crm.now_s - 3500] * 450, crm.now_s]
    crm.add_module(fields=wide_fields(field_count), times=times)
    copy = QuickCopy(crm)
    with crm.client() as client:
        crm.hooks.add(path=f"{WIDGETS}*", at=call, write=lambda _: client.stopping.set())
        outcome = copy.read(ReadSession(client, raises=False))

    assert outcome.outcome in ("stopped", "done")
    assert not outcome.is_loss
    copy.assert_anchor_is_proved()
    settle(crm, copy)
