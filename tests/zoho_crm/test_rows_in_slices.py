"""Modules of more than 50 fields, read in slices: a row is of one moment, or read again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.moving_lists import WIDGETS, settle, spread, wide_fields
from tests.zoho_crm.readings import FOUR_READINGS, name_of

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization
    from zoho_simulator.call import Call


@pytest.mark.parametrize("switches", FOUR_READINGS[::3], ids=name_of)
def test_a_row_is_never_put_together_from_two_moments(crm: Crm, switches: dict[str, Any]) -> None:
    """Each edit writes the same number into fields of every slice: they must stay the same."""
    crm.simulator.change_settings(switches)
    ids = crm.add_module(fields=wide_fields(), times=spread(crm, 500, per_second=150))
    names = [f"Answer_{number}" for number in range(0, 120, 10)]
    copy = QuickCopy(crm)
    rng = random.Random(11)
    serial = 0

    def edit(org: Organization) -> None:
        nonlocal serial
        if rng.random() < 0.5:
            crm.pass_time(1)
        for record_id in rng.sample(ids, 12):
            serial += 1
            org.update("Widgets", record_id, dict.fromkeys(names, str(serial)))

    hook = crm.hooks.before(lambda call: call.path.startswith(WIDGETS), edit)
    hook.at = 0
    for _ in range(3):
        copy.run()
        for row in copy.rows.values():
            assert len({row[name.lower()] for name in names}) == 1
        crm.pass_time(900)

    settle(crm, copy)


def test_rows_that_leave_between_slices_are_read_whole_or_not_at_all(any_crm: Crm) -> None:
    ids = any_crm.add_module(fields=wide_fields(60), times=spread(any_crm, 450, per_second=225))
    copy = QuickCopy(any_crm)
    gone = iter(ids[::20])

    def write(org: Organization) -> None:
        record_id = next(gone, None)
        if record_id:
            org.delete("Widgets", record_id)

    hook = any_crm.hooks.before(lambda call: call.path == WIDGETS, write)
    hook.at = 0
    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


@pytest.mark.parametrize("status", [204, 400, 404])
def test_a_row_that_is_gone_when_it_is_asked_for_alone_is_left_out(crm: Crm, status: Any) -> None:
    crm.settings.unknown_id_status = status
    fields = wide_fields(60)
    ids = crm.add_module(fields=fields, times=spread(crm, 30))
    restless = ids[4]
    copy = QuickCopy(crm)

    def write(org: Organization) -> None:
        org.update("Widgets", restless, {"Answer_3": str(random.random())}, modified_time=crm.now_s)
        crm.pass_time(1)

    def delete(org: Organization) -> None:
        crm.hooks.clear()
        org.delete("Widgets", restless)

    crm.hooks.before(lambda call: call.path == WIDGETS, write).at = 0
    crm.hooks.before(lambda call: call.path == f"{WIDGETS}/{restless}", delete)

    assert copy.run().outcome == "done"

    assert any(entry.path.endswith(restless) for entry in crm.log())
    copy.assert_equals_crm()
    assert restless not in copy.rows


def test_a_dying_page_token_of_one_slice_loses_nothing(any_crm: Crm) -> None:
    any_crm.add_module(fields=wide_fields(120), times=spread(any_crm, 700, per_second=350))
    copy = QuickCopy(any_crm)
    for after in (4, 5, 11):
        any_crm.faults.add(kind="expired-value", path=WIDGETS, after=after)

    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


def test_a_row_changed_in_the_second_of_reading_is_asked_for_again(crm: Crm) -> None:
    """Two changes within one second have one time: the slices would not tell."""
    ids = crm.add_module(fields=wide_fields(60), times=[crm.now_s - 100, crm.now_s])
    copy = QuickCopy(crm)

    def change_in_the_same_second(org: Organization) -> None:
        values = {"Answer_1": "second", "Answer_55": "second"}
        org.update("Widgets", ids[1], values, modified_time=crm.now_s)

    def is_second_slice(call: Call) -> bool:
        return call.path == WIDGETS and "Answer_55" in call.params.get("fields", "")

    crm.hooks.before(is_second_slice, change_in_the_same_second)
    copy.run()

    copy.assert_equals_crm()
