"""Deletions as runs see them, on both destinations: table, flags and views right after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_sync.synced import DAY_S, HOUR_S

if TYPE_CHECKING:
    from tests.zoho_sync.synced import Synced


def test_what_was_deleted_before_the_first_run_is_known(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    [first, second, *_] = crm.org.records("Widgets")
    crm.org.delete("Widgets", first, deleted_time=crm.now_s - DAY_S)
    crm.org.delete("Widgets", second, deleted_time=crm.now_s - 2 * DAY_S)
    crm.org.purge("Widgets", second)
    copy.run()
    kinds = {(row[0], row[1]) for row in copy.deletions("id", "type")}
    assert kinds == {(first, "recycle"), (second, "permanent")}
    copy.assert_live_is_crm()


def test_an_organisation_where_nothing_was_deleted_costs_two_calls_a_run(
    either_copy: Synced,
) -> None:
    copy = either_copy
    copy.run()
    copy.crm.pass_time(HOUR_S)
    copy.run()
    assert copy.calls() == ["settings/recycle_bin", "settings/recycle_bin/actions/count"]


def test_a_deletion_between_count_and_listing_hides_no_later_restore(copy: Synced) -> None:
    crm = copy.crm
    [first, second, third, *_] = crm.org.records("Widgets")
    copy.run()
    crm.pass_time(HOUR_S)
    for record in (first, second):
        crm.org.delete("Widgets", record)
    copy.run()
    crm.pass_time(HOUR_S)
    crm.org.restore("Widgets", first)  # so that the count differs and the bin is listed whole
    bin_path = f"{API}settings/recycle_bin"
    crm.hooks.add(path=bin_path, at=2, write=lambda org: org.delete("Widgets", third))
    copy.run()
    assert copy.flagged() == {second: "recycle", third: "recycle"}
    crm.pass_time(HOUR_S)
    crm.org.restore("Widgets", second)

    copy.run()

    assert copy.flagged() == {third: "recycle"}
    copy.assert_live_is_crm()
    copy.run()
    copy.run()
    assert len(copy.calls()) == 2


def test_delete_restore_delete_again_and_purge(either_copy: Synced) -> None:
    crm = either_copy.crm
    either_copy.run()
    record = list(crm.org.records("Widgets"))[3]
    crm.pass_time(HOUR_S)
    crm.org.delete("Widgets", record)
    either_copy.run()
    assert either_copy.flagged() == {record: "recycle"}
    either_copy.assert_live_is_crm()
    [[name, person, due]] = either_copy.deletions(
        "display_name", "deleted_by__name", "purge_due_at"
    )
    assert (name, person) == ("Widgets 3", "Ada Field")
    assert due.timestamp() == crm.now_s + 60 * DAY_S

    crm.pass_time(HOUR_S)
    crm.org.restore("Widgets", record)
    either_copy.run()
    assert either_copy.flagged() == {}
    [[restored]] = either_copy.deletions("restored_at")
    assert restored is not None
    either_copy.assert_live_is_crm()

    crm.pass_time(HOUR_S)
    crm.org.delete("Widgets", record)
    either_copy.run()
    assert either_copy.flagged() == {record: "recycle"}
    assert [r is None for [r] in either_copy.deletions("restored_at")] == [False, True]

    crm.pass_time(HOUR_S)
    crm.org.purge("Widgets", record)
    either_copy.run()
    assert either_copy.flagged() == {record: "permanent"}
    kinds = [kind for [kind] in either_copy.deletions("type")]
    assert kinds == ["recycle", "recycle", "permanent"]
    assert either_copy.deletions("display_name", "deleted_by__id")[2] == (None, None)
    either_copy.assert_live_is_crm()
    either_copy.run()
    assert len(either_copy.calls()) == 2


@pytest.mark.soak  # test_recycle_bin reads as many without a database
def test_2500_deletions_in_an_hour_are_all_seen_whatever_the_page_limit(
    either_copy: Synced,
) -> None:
    copy = either_copy
    crm = copy.crm
    start = crm.now_s - 40 * DAY_S
    ids = crm.add_records("Widgets", range(start, start + 2_500))
    copy.run("Widgets")
    crm.pass_time(2 * HOUR_S)
    for number, record in enumerate(ids):
        crm.org.delete("Widgets", record, deleted_time=crm.now_s - HOUR_S + number)
    crm.pass_time(HOUR_S)
    report = copy.run("Widgets")
    assert copy.flagged() == dict.fromkeys(ids, "recycle")
    assert {entry.params["page"] for entry in crm.log("settings/recycle_bin")} == {"1"}
    [outcome] = [r for r in report["resources"] if r["resource"] == "deleted_records"]
    assert outcome["calls"] <= 2_500 / 200 * 1.1 + 2
    assert "past the 2,000 that Zoho's page numbers reach" in str(outcome["notes"])


@pytest.mark.soak  # 60 days of the simulator's clock take their time
def test_purged_by_age_and_merged_away_are_told_within_a_day(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    copy.run()
    old, master, *duplicates = list(crm.org.records("Widgets"))[:4]
    crm.org.delete("Widgets", old)
    crm.pass_time(HOUR_S)
    copy.run()
    assert copy.flagged() == {old: "recycle"}
    for _ in range(2):
        crm.pass_time(30 * DAY_S + HOUR_S)
        copy.run()
    assert copy.flagged() == {old: "permanent"}
    assert len(copy.calls()) == 2 + 3  # the bin, its count, and a day's look at each module
    crm.org.merge("Widgets", master, duplicates)
    crm.pass_time(DAY_S)
    copy.run()
    assert copy.flagged() == dict.fromkeys([old, *duplicates], "permanent")
    copy.assert_live_is_crm()


def test_after_130_idle_days_a_reconcile_finds_what_is_listed_no_more(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    copy.run()
    gone, *_, kept = crm.org.records("Widgets")
    crm.org.delete("Widgets", gone)
    crm.org.purge("Widgets", gone)
    crm.pass_time(130 * DAY_S)
    report = copy.run()
    assert copy.flagged() == {gone: "not_visible"}
    assert len(report["reconciled"]) == 3
    [outcome] = [r for r in report["resources"] if r["resource"] == "deleted_records"]
    assert "130 days" in outcome["notes"][0]
    assert kept not in copy.flagged()
    copy.assert_live_is_crm()
    crm.pass_time(HOUR_S)
    assert copy.run()["reconciled"] == []


def test_without_the_scope_deletions_are_asked_module_by_module(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    crm.faults.add(kind="scope-mismatch", path="/crm/v8/settings/recycle_bin*", times=99)
    report = copy.run()
    [outcome] = [r for r in report["resources"] if r["resource"] == "deleted_records"]
    assert "ZohoCRM.settings.recycle_bin.READ" in outcome["notes"][0]
    first, second, *_ = crm.org.records("Widgets")
    crm.pass_time(HOUR_S)
    for record in (first, second):
        crm.org.delete("Widgets", record)
    copy.run()
    assert copy.flagged() == {first: "recycle", second: "recycle"}
    assert sorted(copy.calls()) == [f"{name}/deleted" for name in ("Gadgets", "Gizmos", "Widgets")]
    crm.org.restore("Widgets", first)
    crm.pass_time(DAY_S)
    copy.run()
    assert copy.flagged() == {second: "recycle"}
    copy.assert_live_is_crm()


def test_what_the_page_limit_hides_of_a_modules_deletions_is_found_by_reconciling(
    either_copy: Synced,
) -> None:
    copy = either_copy
    crm = copy.crm
    crm.faults.add(kind="scope-mismatch", path="/crm/v8/settings/recycle_bin*", times=99)
    crm.settings.max_discrete_rows = 400
    ids = crm.add_records("Widgets", [crm.now_s - DAY_S] * 450)
    copy.run("Widgets")
    crm.pass_time(HOUR_S)
    for number, record in enumerate(ids):
        crm.org.delete("Widgets", record, deleted_time=crm.now_s - HOUR_S // 2 + number)
    report = copy.run("Widgets")
    flagged = copy.flagged()
    assert flagged.keys() == set(ids)
    kinds = sorted(flagged.values())
    assert kinds == ["not_visible"] * 50 + ["recycle"] * 400
    [outcome] = [r for r in report["resources"] if r["resource"] == "deleted_records"]
    assert "Zoho's page limit ended the list of deletions of Widgets" in str(outcome["notes"])
    copy.assert_live_is_crm("Widgets")


@pytest.mark.soak  # the random histories meet such records, too
def test_a_record_that_was_never_loaded_is_known_and_read_when_it_is_restored(
    either_copy: Synced,
) -> None:
    copy = either_copy
    crm = copy.crm
    record, *_ = crm.org.records("Gadgets")
    crm.org.delete("Gadgets", record)
    copy.run()
    assert copy.deletions("id", "type", module="Gadgets") == [(record, "recycle")]
    crm.org.restore("Gadgets", record)
    crm.pass_time(HOUR_S)
    copy.run("Widgets")  # the module is not read: the record waits
    copy.run()
    assert [row[0] is None for row in copy.deletions("restored_at", module="Gadgets")] == [False]
    copy.assert_live_is_crm()
