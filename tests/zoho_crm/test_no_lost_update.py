"""Rule 2: what was committed before a run is there after it, what came meanwhile after the next.

Over a real socket, with both readings of every assumed behaviour. The model test of paging covers
more histories; here the whole reader meets the whole server.
"""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.crm import API, DAY_S, Crm, is_page_of, is_proof, to_instant
from zoho_crm import settings
from zoho_crm.module_records import ModuleReader
from zoho_crm.session import ReadSession
from zoho_simulator.bulk_module import add_bulk_module
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoho_simulator import Organization
    from zoho_simulator.call import Call

    Write = Callable[[Organization], object]

WIDGETS = API + "Widgets"
PAGE = settings.PAGE_SIZE
EVERY_READING = [
    {"paging": paging, "if_modified_since": header, "tie_order": ties}
    for paging, header, ties in product(
        ("offset", "cursor"), ("exclusive", "inclusive"), ("id_asc", "id_desc", "insertion")
    )
]
FOUR_READINGS = [EVERY_READING[place] for place in (0, 4, 8, 9)]
"""Each way of paging with each reading of the header, and every order of ties."""
ODD_READINGS = [
    {"header_ignored": True},
    {"header_ignored": True, "paging": "cursor"},
    {"sort_ignored": True},
    {"sort_ignored": True, "paging": "cursor", "if_modified_since": "inclusive"},
    {"header_ignored": True, "sort_ignored": True},
    {"header_bound_to_token": False},
    {"null_modified_time": "last"},
    {"null_modified_time": "last", "if_modified_since": "inclusive"},
    {"unknown_id_status": 400},
    {"unknown_id_status": 404},
    {"user_time_zone": "Asia/Kolkata"},
]


def name_of(switches: dict[str, Any]) -> str:
    return "-".join(
        str(value) if isinstance(value, str) else key for key, value in switches.items()
    )


@pytest.fixture(params=EVERY_READING, ids=name_of)
def every_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """A CRM that follows one reading of what is assumed."""
    crm.simulator.change_settings(request.param)
    return crm


@pytest.fixture(params=FOUR_READINGS, ids=name_of)
def any_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """The same with fewer combinations."""
    crm.simulator.change_settings(request.param)
    return crm


@pytest.fixture(params=ODD_READINGS, ids=name_of)
def odd_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """A CRM that follows a reading that is less likely."""
    crm.simulator.change_settings(request.param)
    return crm


def before_page(crm: Crm, number: int, write: Write) -> None:
    """Makes a write before a page of the list is answered, counted from now; 0 for each."""
    hook = crm.hooks.before(is_page_of, write)
    hook.at = number


def spread(crm: Crm, count: int, *, per_second: int = 1) -> list[int]:
    """Times an hour and more ago, so many records to a second."""
    seconds = -(-count // per_second)
    return [crm.now_s - 4000 - seconds + number // per_second for number in range(count)]


def settle(crm: Crm, copy: QuickCopy) -> None:
    """The next run, with nobody writing, and one more to show that it has come to rest."""
    crm.hooks.clear()
    crm.pass_time(DAY_S)
    copy.run()
    copy.assert_equals_crm()


# one kind of write at a time


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


# what breaks in the middle of a read


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
    assert len(copy.rows) > 2 * PAGE
    assert copy.anchor is not None
    crm.faults.clear()
    crm.forget_log()
    settle(crm, copy)
    assert len(crm.log()) <= 4  # it went on, it did not start again


def wide_fields(count: int = 120) -> list[Any]:
    return [field(f"Answer_{number}", "text") for number in range(count)]


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


# readings that are less likely


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


# more records than page tokens reach


def test_more_records_than_page_tokens_reach_are_all_read(crm: Crm) -> None:
    """Zoho's limit is 100,000; here it is 400, and no chain comes near it."""
    crm.settings.max_token_rows = 400
    crm.add_module(times=spread(crm, 2500, per_second=3))
    copy = QuickCopy(crm)

    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


def test_more_than_a_hundred_thousand_records_are_all_read(crm: Crm) -> None:
    ids = add_bulk_module(crm.org, "Widgets", rows=100_500, field_count=8)
    schema = QuickCopy(crm).schema
    found = Counter[str]()
    with crm.client() as client:
        reader = ModuleReader(ReadSession(client, raises=False), schema)
        for table in reader.tables():
            found.update(table.column("id").to_pylist())

    assert reader.outcome.outcome == "done"
    assert found.keys() == set(ids)
    assert len(crm.log("Widgets")) <= 1.03 * (100_500 / PAGE + 1)


def test_more_records_of_one_second_than_page_tokens_reach_are_told_not_dropped(
    crm: Crm,
) -> None:
    crm.settings.max_token_rows = 1000
    crm.add_module(times=[*spread(crm, 300), *[crm.now_s - 3000] * 1500])
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert outcome.outcome in ("skipped", "partial", "failed")
    assert outcome.code == "PAGINATION_LIMIT_EXCEEDED"
    assert "Widgets" in (outcome.reason or "")
    assert copy.anchor is None or copy.anchor <= to_instant(crm.now_s - 3000)


def test_a_module_without_modified_time_past_the_limit_is_told(crm: Crm) -> None:
    crm.settings.max_token_rows = 1000
    crm.add_module(times=[0] * 1300, has_modified_time=False)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert outcome.outcome == "skipped"
    assert outcome.code == "PAGINATION_LIMIT_EXCEEDED"


# more than 50 fields


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


# stretches


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
    assert len(crm.log()) <= 2.3 * 3000 / PAGE


# the anchor


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


# random histories


class History:
    """Random writes before random requests, by a seed."""

    def __init__(self, crm: Crm, seed: int) -> None:
        self.rng = random.Random(seed)
        self.crm = crm
        self.per_second = self.rng.choice((1, 3, 25, 150, 400, 2000))
        self.count = self.rng.choice((250, 600, 900))
        self.rate = self.rng.choice((0.05, 0.3, 0.6))
        self.writes_left = 0
        """In this run: others pause at times, or a stretch would never be proved."""
        self.has_modified_time = self.rng.random() > 0.15
        switches = self.rng.choice(EVERY_READING) | {
            "header_bound_to_token": self.rng.random() < 0.5,
            "unknown_id_status": self.rng.choice((204, 400, 404)),
        }
        crm.simulator.change_settings(switches)
        self.fields = wide_fields(self.rng.choice((0, 0, 0, 55)))

    def build(self) -> None:
        times = spread(self.crm, self.count, per_second=self.per_second)
        self.crm.add_module(
            fields=self.fields, times=times, has_modified_time=self.has_modified_time
        )

    def write(self, org: Organization) -> None:
        rng, crm = self.rng, self.crm
        if self.writes_left == 0 or rng.random() > self.rate:
            return
        self.writes_left -= 1
        crm.pass_time(rng.choice((0, 0, 1, 1, 7)))
        module = org.module("Widgets")
        ids = [record_id for record_id in module.records if record_id not in module.hidden]
        acts = (self.edit, self.edit, self.delete, self.hide, self.create, self.mass, self.twice)
        rng.choice(acts)(org, ids)

    def edit(self, org: Organization, ids: Sequence[int]) -> None:
        for record_id in self.rng.sample(ids, min(len(ids), self.rng.choice((1, 5, 30)))):
            org.update("Widgets", record_id, {"Name": f"edit {self.rng.random()}"})

    def delete(self, org: Organization, ids: Sequence[int]) -> None:
        for record_id in self.rng.sample(ids, min(len(ids), self.rng.choice((1, 10)))):
            org.delete("Widgets", record_id)

    def hide(self, org: Organization, ids: Sequence[int]) -> None:
        """One leaves the user's sight, and its time stays."""
        org.hide("Widgets", self.rng.choice(ids))

    def create(self, _: Organization, __: Sequence[int]) -> None:
        self.crm.add_records("Widgets", [self.crm.now_s] * self.rng.choice((1, 30)))

    def mass(self, org: Organization, ids: Sequence[int]) -> None:
        start = self.rng.randrange(len(ids))
        values = {"Name": f"mass {self.rng.random()}"}
        org.mass_update("Widgets", ids[start : start + self.rng.choice((50, 500))], values)

    def twice(self, org: Organization, ids: Sequence[int]) -> None:
        """One is changed twice within a second."""
        record_id = self.rng.choice(ids)
        for number in range(2):
            org.update("Widgets", record_id, {"Number": number}, modified_time=self.crm.now_s)


def changed_meanwhile(crm: Crm, started_s: int) -> set[str]:
    """Ids whose last change may have come after a run began."""
    records = crm.org.module("Widgets").records.values()
    return {str(r.id) for r in records if r.modified is None or r.modified >= started_s}


@pytest.mark.parametrize("seed", range(24))
def test_in_any_history_no_update_is_lost(crm: Crm, seed: int) -> None:
    history = History(crm, seed)
    history.build()
    copy = QuickCopy(crm)
    for _ in range(3):
        crm.hooks.clear()
        crm.hooks.before(is_page_of, history.write).at = 0
        history.writes_left = 12
        started_s = crm.now_s
        limits = history.rng.choice(({}, {"package_rows": 300}, {"max_calls": 12}))
        outcome = copy.run(**limits)
        copy.assert_anchor_is_proved()
        if outcome.outcome == "done" and history.has_modified_time:
            assert copy.differences().keys() <= changed_meanwhile(crm, started_s)
        crm.pass_time(history.rng.choice((1, 90, 4000)))

    crm.hooks.clear()
    assert copy.run().outcome == "done"
    copy.assert_equals_crm()


def test_a_dataset_kept_up_to_date_while_others_write_equals_the_crm(
    crm: Crm, copy: DuckDBCopy
) -> None:
    """The same through dlt and DuckDB: packages, merges and state between them."""
    history = History(crm, 5)
    history.rate, history.has_modified_time, history.per_second = 0.8, True, 3
    history.count, history.fields = 900, []
    history.writes_left = 20
    crm.add_module("Gadgets", times=[crm.now_s - 9000] * 450)
    history.build()
    for _ in range(2):
        crm.hooks.before(is_page_of, history.write).at = 0
        copy.run("Widgets", "Gadgets", only=["Widgets", "Gadgets"], package_rows=400)
        crm.hooks.clear()
        crm.pass_time(4000)

    copy.run("Widgets", "Gadgets", only=["Widgets", "Gadgets"])

    copy.assert_equals_crm("Widgets", "Gadgets")
    assert copy.packages >= 4
