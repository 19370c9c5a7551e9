"""Deletions as runs see them, on both destinations: table, flags and views right after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_sync.synced import DAY_S, HOUR_S

if TYPE_CHECKING:
    from tests.zoho_sync.synced import Synced


def test_what_was_deleted_before_the_first_run_is_known(copy: Synced) -> None:
    crm = copy.crm
    [first, second, *_] = crm.org.records("Widgets")
    crm.org.delete("Widgets", first, deleted_time=crm.now_s - DAY_S)
    crm.org.delete("Widgets", second, deleted_time=crm.now_s - 2 * DAY_S)
    crm.org.purge("Widgets", second)
    copy.run()
    kinds = {(row[0], row[1]) for row in copy.deletions("id", "type")}
    assert kinds == {(first, "recycle"), (second, "permanent")}
    copy.assert_live_is_crm()


def test_an_organisation_where_nothing_was_deleted_costs_two_calls_a_run(copy: Synced) -> None:
    copy.run()
    copy.crm.pass_time(HOUR_S)
    copy.run()
    assert copy.calls() == ["settings/recycle_bin", "settings/recycle_bin/actions/count"]


def test_delete_restore_delete_again_and_purge(copy: Synced) -> None:
    crm = copy.crm
    copy.run()
    record = list(crm.org.records("Widgets"))[3]
    crm.pass_time(HOUR_S)
    crm.org.delete("Widgets", record)
    copy.run()
    assert copy.flagged() == {record: "recycle"}
    copy.assert_live_is_crm()
    [[name, person, due]] = copy.deletions("display_name", "deleted_by__name", "purge_due_at")
    assert (name, person) == ("Widgets 3", "Ada Field")
    assert due.timestamp() == crm.now_s + 60 * DAY_S

    crm.pass_time(HOUR_S)
    crm.org.restore("Widgets", record)
    copy.run()
    assert copy.flagged() == {}
    [[restored]] = copy.deletions("restored_at")
    assert restored is not None
    copy.assert_live_is_crm()

    crm.pass_time(HOUR_S)
    crm.org.delete("Widgets", record)
    copy.run()
    assert copy.flagged() == {record: "recycle"}
    assert [r is None for [r] in copy.deletions("restored_at")] == [False, True]

    crm.pass_time(HOUR_S)
    crm.org.purge("Widgets", record)
    copy.run()
    assert copy.flagged() == {record: "permanent"}
    crm.pass_time(DAY_S)
    copy.run()
    kinds = [kind for [kind] in copy.deletions("type")]
    assert kinds == ["recycle", "recycle", "permanent"]
    assert copy.deletions("display_name", "deleted_by__id")[2] == (None, None)
    copy.assert_live_is_crm()
    copy.run()
    assert len(copy.calls()) == 2
