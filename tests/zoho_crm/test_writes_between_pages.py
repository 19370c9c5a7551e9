"""Rule 2: one kind of write at a time, made between the pages of a list, loses nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.moving_lists import before_page, settle, spread

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization


def test_rows_edited_between_pages_push_no_other_row_out(every_crm: Crm) -> None:
    """Under paging by offset each row that leaves shifts the others towards the page just read."""
    ids = every_crm.add_module(times=spread(every_crm, 900, per_second=300))
    copy = QuickCopy(every_crm)
    left = iter(ids[:60])

    def edit_some(org: Organization) -> None:
        every_crm.pass_time(1)
        for record_id in [next(left, None) for _ in range(15)]:
            if record_id:
                org.update("Widgets", record_id, {"Name": "edited"})

    before_page(every_crm, 0, edit_some)
    outcome = copy.run()

    assert outcome.outcome == "done"
    untouched = set(ids[60:])
    assert not untouched & copy.differences().keys()
    settle(every_crm, copy)


def test_rows_deleted_between_pages_push_no_other_row_out(every_crm: Crm) -> None:
    ids = every_crm.add_module(times=spread(every_crm, 900, per_second=300))
    copy = QuickCopy(every_crm)
    gone = iter(ids[::7])

    def delete_some(org: Organization) -> None:
        for record_id in [next(gone, None) for _ in range(20)]:
            if record_id:
                org.delete("Widgets", record_id)

    before_page(every_crm, 0, delete_some)
    assert copy.run().outcome == "done"

    copy.assert_equals_crm()  # what is left was there all the time


def test_rows_created_between_pages_are_there_after_the_next_run(any_crm: Crm) -> None:
    any_crm.add_module(times=spread(any_crm, 700, per_second=300))
    copy = QuickCopy(any_crm)

    def create_some(_: Organization) -> None:
        any_crm.pass_time(1)
        any_crm.add_records("Widgets", [any_crm.now_s] * 30)

    before_page(any_crm, 0, create_some)
    assert copy.run().outcome == "done"

    settle(any_crm, copy)


@pytest.mark.parametrize("page", [2, 3, 6])
def test_a_mass_update_between_two_pages_loses_nothing(any_crm: Crm, page: int) -> None:
    ids = any_crm.add_module(times=spread(any_crm, 900, per_second=100))
    copy = QuickCopy(any_crm)
    before_page(
        any_crm, page, lambda org: org.mass_update("Widgets", ids[50:650], {"Name": "mass"})
    )
    assert copy.run().outcome == "done"

    assert not {*ids[:50], *ids[650:]} & copy.differences().keys()
    settle(any_crm, copy)


@pytest.mark.parametrize("page", [2, 20])
def test_three_thousand_rows_of_one_second_while_some_leave_it(any_crm: Crm, page: int) -> None:
    ids = any_crm.add_module(times=[any_crm.now_s - 4000] * 3000)
    copy = QuickCopy(any_crm)
    leaving = [*ids[:90], *ids[1500:1530]]

    def leave(org: Organization) -> None:
        for record_id in leaving[::2]:
            org.delete("Widgets", record_id)
        org.mass_update("Widgets", leaving[1::2], {"Name": "left"})

    before_page(any_crm, page, leave)
    assert copy.run().outcome == "done"

    assert not (set(ids) - set(leaving)) & copy.differences().keys()
    settle(any_crm, copy)
    assert len(copy.rows) >= 3000 - 60


def test_rows_edited_twice_within_one_run_are_there_as_they_are_last(any_crm: Crm) -> None:
    ids = any_crm.add_module(times=spread(any_crm, 600, per_second=300))
    copy = QuickCopy(any_crm)
    edits = Counter[str]()

    def edit(org: Organization) -> None:
        any_crm.pass_time(1)
        for record_id in ids[::50]:
            edits[record_id] += 1
            org.update("Widgets", record_id, {"Number": edits[record_id]})

    before_page(any_crm, 0, edit)
    copy.run()

    settle(any_crm, copy)
