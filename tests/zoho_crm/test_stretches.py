"""Stretches of one second: walked until two walks agree, at few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import Crm, is_page_of, is_proof
from tests.zoho_crm.moving_lists import before_page, settle, spread
from zoho_crm import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoho_simulator import Organization

    Write = Callable[[Organization], object]


def test_rows_that_move_to_the_end_of_the_list_being_walked_push_no_other_out(crm: Crm) -> None:
    """They are met twice in one walk, with different times."""
    now = crm.now_s
    ids = crm.add_module(times=[now - 3600] * 350)
    copy = QuickCopy(crm)

    def move(record_id: str) -> Write:
        values = {"Name": "moved"}
        return lambda org: org.update("Widgets", record_id, values, modified_time=now - 3000)

    before_page(crm, 2, move(ids[0]))
    before_page(crm, 4, move(ids[1]))
    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


@pytest.mark.parametrize("header", ["exclusive", "inclusive"])
def test_rows_that_come_with_an_old_time_and_rows_that_leave_hide_no_other(
    crm: Crm, header: Any
) -> None:
    """An import shifts the list back by one, so that the same row is pushed out once more."""
    crm.settings.if_modified_since = header
    crm.settings.tie_order = "id_desc"  # what is imported stands in front
    time = crm.now_s - 3600
    ids = crm.add_module(times=[time] * 450)
    hidden = ids[249]
    copy = QuickCopy(crm)
    before_page(crm, 2, lambda org: org.delete("Widgets", ids[449]))
    before_page(crm, 4, lambda _: crm.add_records("Widgets", [time]))
    before_page(crm, 5, lambda org: org.delete("Widgets", ids[448]))

    assert copy.run().outcome == "done"

    assert hidden in copy.rows
    copy.assert_equals_crm()


def test_a_row_that_comes_and_goes_unseen_in_two_walks_hides_no_other(crm: Crm) -> None:
    """It shifts the list forth and back between pages; only a row met twice tells of it."""
    crm.settings.tie_order = "id_desc"
    time = crm.now_s - 3600
    ids = crm.add_module(times=[time] * 450)
    hidden = ids[50]
    copy = QuickCopy(crm)
    imported: list[str] = []
    for page in (2, 5):
        before_page(crm, page, lambda _: imported.extend(crm.add_records("Widgets", [time])))
        before_page(crm, page + 1, lambda org: org.delete("Widgets", imported.pop()))

    assert copy.run().outcome == "done"

    assert hidden in copy.rows
    copy.assert_equals_crm()


def test_a_stretch_that_never_stops_moving_is_told_and_its_anchor_stays(crm: Crm) -> None:
    ids = crm.add_module(times=[crm.now_s - 4000] * 450)
    copy = QuickCopy(crm)
    restless = iter(ids)

    def leave(org: Organization) -> None:
        crm.pass_time(1)
        org.update("Widgets", next(restless), {"Name": "left"})

    hook = crm.hooks.before(is_page_of, leave)
    hook.at = 0
    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("partial", True)
    assert "Widgets" in (outcome.reason or "")
    assert copy.anchor is None
    walks = [e for e in crm.log() if "ids" not in e.params and "page_token" not in e.params]
    assert len(walks) == settings.MAX_WALKS
    settle(crm, copy)


def test_a_proof_asks_for_times_only(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 4000] * 900)
    copy = QuickCopy(crm)

    copy.run()

    proofs = [entry for entry in crm.log() if is_proof(entry)]
    assert len(proofs) == 5
    assert len(crm.log()) == 10


def test_a_chain_is_new_where_time_moves_on(crm: Crm) -> None:
    """At three rows a second hardly anything is read twice, and no token is used at all."""
    crm.add_module(times=spread(crm, 3000, per_second=3))
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert not any("page_token" in entry.params for entry in crm.log())
    assert len(crm.log()) <= 16
    assert outcome.rows <= 3000 * 1.1


def test_data_imported_in_blocks_costs_little_more_than_twice(crm: Crm) -> None:
    crm.add_module(times=spread(crm, 3000, per_second=250))
    copy = QuickCopy(crm)

    copy.run()

    copy.assert_equals_crm()
    assert len(crm.log()) <= 2.3 * 3000 / settings.PAGE_SIZE
