"""Readings of the documentation that are less likely: nothing is lost, and doubts are told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import DAY_S, Crm
from tests.zoho_crm.moving_lists import WIDGETS, before_page, spread
from zoho_simulator.fields import field, multi_module_lookup
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from tests.zoho_crm.copies import DuckDBCopy
    from zoho_simulator import Organization


def test_whatever_zoho_does_with_header_sort_and_nulls_nothing_is_lost(odd_crm: Crm) -> None:
    rng = random.Random(7)
    ids = odd_crm.add_module(times=spread(odd_crm, 650, per_second=40))
    nulls = rng.sample(ids, 5)
    for record_id in nulls:
        odd_crm.org.update("Widgets", record_id, {"Modified_Time": None})
    copy = QuickCopy(odd_crm)
    timed = [record_id for record_id in ids if record_id not in nulls]

    def write(org: Organization) -> None:
        odd_crm.pass_time(2)
        for record_id in rng.sample(timed, 6):
            org.update("Widgets", record_id, {"Name": f"edit {rng.random()}"})
        org.delete("Widgets", timed.pop())
        odd_crm.add_records("Widgets", [odd_crm.now_s])

    before_page(odd_crm, 3, write)
    copy.run()
    for _ in range(2):
        odd_crm.hooks.clear()
        odd_crm.pass_time(4000)
        write(odd_crm.org)
        before_page(odd_crm, 2, write)
        copy.run()
    odd_crm.hooks.clear()
    odd_crm.pass_time(DAY_S)
    copy.run()

    assert copy.differences().keys() <= set(nulls)


def test_a_list_that_is_not_in_order_is_read_whole_and_told(crm: Crm) -> None:
    crm.settings.sort_ignored = True
    rng = random.Random(3)
    times = spread(crm, 650)
    rng.shuffle(times)
    crm.add_module(times=times)
    copy = QuickCopy(crm)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert any("sort" in note for note in outcome.notes)
    assert outcome.outcome == "done"


def test_a_header_that_is_ignored_is_told_each_time(crm: Crm) -> None:
    crm.settings.header_ignored = True
    crm.add_module(times=spread(crm, 650))
    copy = QuickCopy(crm)
    copy.run()
    crm.pass_time(DAY_S)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert any("If-Modified-Since" in note for note in outcome.notes)


def test_a_list_found_to_be_unsorted_after_some_chains_is_read_again_from_the_start(
    crm: Crm,
) -> None:
    """Sort ignored, and by chance the first page rises: what it skipped must be read after all."""
    crm.settings.sort_ignored = True
    times = [crm.now_s - 9000 + 15 * number for number in range(450)]
    random.Random(5).shuffle(times)
    crm.add_module(times=times)
    crm.add_records("Widgets", reversed(range(crm.now_s - 4200, crm.now_s - 4000)))
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert any("sort" in note for note in outcome.notes)
    copy.assert_equals_crm()


def test_without_a_date_header_an_update_is_found_and_the_doubt_is_told(crm: Crm) -> None:
    ids = crm.add_module(times=spread(crm, 450))
    copy = QuickCopy(crm)
    crm.faults.add(kind="no-date", path=WIDGETS, times=100)

    outcome = copy.run()
    copy.assert_equals_crm()
    assert any("Date" in note for note in outcome.notes)
    crm.org.update("Widgets", ids[3], {"Name": "edited"})
    crm.pass_time(DAY_S)
    copy.run()

    copy.assert_equals_crm()


@pytest.mark.parametrize("place", ["first", "last"])
def test_records_without_modified_time_do_not_stand_in_the_way(crm: Crm, place: Any) -> None:
    crm.settings.null_modified_time = place
    ids = crm.add_module(times=spread(crm, 500))
    for record_id in ids[:250]:
        crm.org.update("Widgets", record_id, {"Modified_Time": None})
    copy = QuickCopy(crm)

    copy.run()
    assert not set(ids[250:]) & copy.differences().keys()
    crm.org.update("Widgets", ids[300], {"Name": "edited"})
    crm.pass_time(DAY_S)
    copy.run()

    assert not set(ids[250:]) & copy.differences().keys()


def test_a_first_load_holds_records_without_modified_time_where_they_stand_first(
    crm: Crm,
) -> None:
    ids = crm.add_module(times=spread(crm, 500))
    for record_id in ids[:250]:
        crm.org.update("Widgets", record_id, {"Modified_Time": None})
    copy = QuickCopy(crm)

    copy.run()

    copy.assert_equals_crm()


def test_pages_without_a_token_are_followed_by_number_and_then_by_token(crm: Crm) -> None:
    """2,300 rows of one second: no anchor can move, so all twelve pages are one stretch."""
    crm.settings.numbered_pages = "last_tells_token"
    ids = crm.add_module(times=[crm.now_s - 9000] * 2300)
    copy = QuickCopy(crm)
    before_page(crm, 3, lambda org: org.delete("Widgets", ids[0]))

    outcome = copy.run()

    assert outcome.outcome == "done"
    copy.assert_equals_crm()
    asked = [
        ("page_token" in entry.params, entry.params.get("page")) for entry in crm.log("Widgets")
    ]
    assert asked[:12] == [
        (False, None), *((False, str(page)) for page in range(2, 11)), (True, None), (True, None),
    ]  # fmt: skip


def test_slices_without_a_token_are_followed_by_number(crm: Crm) -> None:
    crm.settings.numbered_pages = "last_tells_token"
    crm.add_module(
        fields=[field(f"Answer_{number}", "text") for number in range(70)],
        times=[crm.now_s - 9000] * 430,
    )
    copy = QuickCopy(crm)

    copy.run()

    copy.assert_equals_crm()
    assert not [entry for entry in crm.log("Widgets") if "ids" in entry.params]


def test_where_keys_with_a_dollar_are_refused_records_are_read_without(
    crm: Crm, copy: DuckDBCopy
) -> None:
    crm.settings.meta_key_in_fields = "refused"
    crm.settings.multi_module_lookup = "embedded"
    crm.add_module("Gadgets", times=[crm.now_s - 9000])
    (target,) = crm.org.records("Gadgets")
    crm.add_module(fields=[multi_module_lookup("What_Id")], times=[crm.now_s - 9000])
    (record_id,) = crm.org.records("Widgets")
    crm.org.update("Widgets", record_id, {"What_Id": Reference("Gadgets", int(target))})

    outcome = copy.run("Widgets", only=["Widgets"]).outcomes["Widgets"]
    crm.forget_log()
    copy.run("Widgets", only=["Widgets"])

    assert [entry.status for entry in crm.log("Widgets")] == [200]
    (row,) = copy.query("SELECT what_id__id, what_id__module FROM zoho_crm.widgets")
    assert row == {"what_id__id": str(target), "what_id__module": "Gadgets"}
    assert any("$se_module" in note for note in outcome.notes)
