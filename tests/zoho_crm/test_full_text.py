"""Rich text past 500 characters: whole, of one moment, and asked for only where it was cut."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import API, DAY_S
from zoho_simulator.fields import field, rich_text

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization
    from zoho_simulator.faults import Kind

FETCH = "Widgets/actions/fetch_full_data"
LENGTHS = (0, 1, 499, 500, 501, 1200)


def story_of(length: int, letter: str = "ü") -> str:
    return ("<p>" + letter * length)[:length]


def add_widgets(crm: Crm, count: int, names: tuple[str, ...] = ("Story",)) -> list[str]:
    """Records of a day ago, two thirds of them with texts that lists cut."""
    start = crm.now_s - DAY_S
    ids = crm.add_module(
        fields=[rich_text(name) for name in names], times=range(start, start + count)
    )
    for number, record_id in enumerate(ids):
        length = 900 + number if number % 3 else 20
        values = {name: story_of(length + place) for place, name in enumerate(names)}
        crm.org.update("Widgets", record_id, values, modified_time=start + number)
    return ids


def calls_for(crm: Crm) -> list[str]:
    """What was asked, shortened: pages, texts, times."""
    kinds = []
    for call in crm.log():
        if call.path == API + FETCH:
            kinds.append("text")
        elif call.path == API + "Widgets":
            is_times = call.params.get("fields") == "Modified_Time" and "ids" in call.params
            kinds.append("times" if is_times else "ids" if "ids" in call.params else "page")
    return kinds


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_of_any_length_is_whole(crm: Crm, length: int) -> None:
    (widget,) = crm.add_module(fields=[rich_text("Story")], times=[crm.now_s - DAY_S])
    crm.org.update("Widgets", widget, {"Story": story_of(length)}, modified_time=crm.now_s - DAY_S)
    copy = QuickCopy(crm)

    copy.run()

    copy.assert_equals_crm()
    assert ("text" in calls_for(crm)) == (length >= 500)


def test_characters_beyond_16_bits_may_count_twice(crm: Crm) -> None:
    (widget,) = crm.add_module(fields=[rich_text("Story")], times=[crm.now_s - DAY_S])
    crm.org.update("Widgets", widget, {"Story": "👩" * 300}, modified_time=crm.now_s - DAY_S)
    copy = QuickCopy(crm)

    copy.run()

    assert "text" in calls_for(crm)
    copy.assert_equals_crm()


def test_the_calls_are_few_and_none_where_nothing_is_cut(crm: Crm) -> None:
    names = tuple(f"Story_{number}" for number in range(10))
    ids = add_widgets(crm, 180, names)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert crm.waits == []  # nobody edits, so nothing is waited for
    copy.assert_equals_crm()
    assert calls_for(crm) == ["page", "text", "text", "times", "times"]
    assert outcome.rows == 180
    crm.pass_time(600)
    crm.org.update("Widgets", ids[0], {"Number": 7})
    crm.pass_time(600)
    crm.forget_log()
    copy.run()
    assert calls_for(crm) == ["page"]
    crm.forget_log()
    copy.run()
    assert calls_for(crm) == ["page"]
    copy.assert_equals_crm()


@pytest.mark.parametrize("wide", [0, 60])
def test_it_works_beside_many_fields(crm: Crm, wide: int) -> None:
    start = crm.now_s - DAY_S
    fields = [*(field(f"Note_{n}", "text") for n in range(wide)), rich_text("Story")]
    ids = crm.add_module(fields=fields, times=range(start, start + 20))
    for record_id in ids[::2]:
        crm.org.update("Widgets", record_id, {"Story": story_of(700)}, modified_time=start + 30)
    copy = QuickCopy(crm)

    copy.run()

    copy.assert_equals_crm()


@pytest.mark.parametrize("before", ["text", "times"])
def test_a_row_edited_between_the_calls_is_of_one_moment(crm: Crm, before: str) -> None:
    ids = add_widgets(crm, 10)
    copy = QuickCopy(crm)

    def is_due(call: Any) -> bool:
        is_times = call.params.get("fields") == "Modified_Time" and "ids" in call.params
        return call.path == API + FETCH if before == "text" else is_times

    def edit(org: Organization) -> None:
        crm.pass_time(60)
        values = {"Story": story_of(800, "z"), "Number": 4711, "Name": "edited"}
        org.update("Widgets", ids[1], values)
        org.delete("Widgets", ids[2])
        crm.pass_time(60)

    crm.hooks.before(is_due, edit)

    copy.run()

    copy.assert_equals_crm()  # in the very same run
    assert copy.rows[ids[1]]["number"] == 4711


def test_an_edit_within_the_second_is_not_missed(crm: Crm) -> None:
    ids = add_widgets(crm, 3)
    crm.org.update("Widgets", ids[1], {"Story": story_of(800, "a"), "Number": 1})
    copy = QuickCopy(crm)

    def edit(org: Organization) -> None:
        org.update("Widgets", ids[1], {"Story": story_of(800, "b"), "Number": 2})

    crm.hooks.before(lambda call: call.path == API + FETCH, edit)

    copy.run()

    assert crm.waits  # until the second has passed
    copy.assert_equals_crm()


def test_who_edits_without_end_does_not_hold_the_run_up(crm: Crm) -> None:
    ids = add_widgets(crm, 3)
    copy = QuickCopy(crm)

    def edit(org: Organization) -> None:
        crm.pass_time(1)
        org.update("Widgets", ids[1], {"Story": story_of(800, "b")})

    crm.hooks.add(path=API + FETCH, write=edit, at=0)

    assert copy.run().outcome == "done"

    crm.hooks.clear()
    crm.pass_time(3600)
    copy.run()
    copy.assert_equals_crm()


@pytest.mark.parametrize("fault", ["no-permission", "scope-mismatch"])
def test_where_zoho_refuses_the_text_stays_cut_and_that_is_said(crm: Crm, fault: Kind) -> None:
    ids = add_widgets(crm, 5)
    crm.faults.add(kind=fault, path=API + FETCH, times=1000)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert outcome.outcome == "done"
    assert copy.rows[ids[1]]["story"] == story_of(901)[:500]
    (note,) = outcome.notes
    assert "rich text past 500 characters" in note
    assert "Widgets" in note


def test_it_may_be_switched_off(crm: Crm) -> None:
    ids = add_widgets(crm, 5)
    copy = QuickCopy(crm, full_text=False)

    outcome = copy.run()

    assert (calls_for(crm), outcome.notes) == (["page"], [])
    assert copy.rows[ids[1]]["story"] == story_of(901)[:500]


def test_a_limit_of_calls_leaves_no_cut_text(crm: Crm) -> None:
    add_widgets(crm, 500)
    copy = QuickCopy(crm)
    for _ in range(20):
        if copy.run(max_calls=9).outcome == "done":
            break
        assert all(len(row["story"]) != 500 for row in copy.rows.values())
    copy.assert_equals_crm()


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_while_it_is_read(crm: Crm, seed: int) -> None:
    rng = random.Random(seed)
    add_widgets(crm, 60, ("Story", "Plan"))
    copy = QuickCopy(crm)

    def work(org: Organization) -> None:
        if rng.random() < 0.7:
            crm.pass_time(rng.choice((0, 1, 30)))
        for record_id in rng.sample(list(org.module("Widgets").records), 3):
            values = {"Story": story_of(rng.choice(LENGTHS)), "Number": rng.randrange(99)}
            if rng.random() < 0.1:
                org.delete("Widgets", record_id)
            else:
                org.update("Widgets", record_id, values)

    for _ in range(4):
        crm.hooks.add(path=API + "Widgets*", write=work, at=0)
        copy.run()
        crm.hooks.clear()
        crm.pass_time(rng.choice((0, 10, 3600)))
        copy.run()
        copy.assert_equals_crm()
