"""Deletions as runs see them, on both destinations: table, flags and views right after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.crm_copies import SyncedCopy

DAY_S = 24 * 3600
HOUR_S = 3600


class Synced:
    """The copy of an organisation, brought up to date by the command itself."""

    def __init__(self, crm: Crm, copy: SyncedCopy, command: CommandLine) -> None:
        self.crm, self.copy, self._command = crm, copy, command

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Runs and gives the report."""
        self.crm.forget_log()
        ended = self._command(
            "run", *arguments, "--destination", self.copy.destination, "--json", "--quiet"
        )
        assert ended.code == code, ended.out
        return ended.document

    def calls(self) -> list[str]:
        """What was asked about deletions."""
        paths = [entry.path.removeprefix("/crm/v8/") for entry in self.crm.log()]
        return [path for path in paths if "recycle_bin" in path or "/deleted" in path]

    def deletions(self, *columns: str, module: str = "Widgets") -> list[tuple[Any, ...]]:
        rows = self.copy.query(
            f"SELECT {', '.join(columns)} FROM zoho_crm.deleted_records"
            f" WHERE module = '{module}' ORDER BY deleted_time, id"
        )
        return [tuple(row[name] for name in columns) for row in rows]

    def flagged(self, table: str = "widgets") -> dict[str, str]:
        rows = self.copy.query(
            f"SELECT id, _deleted_type FROM zoho_crm.{table} WHERE _deleted_type IS NOT NULL"
        )
        return {row["id"]: row["_deleted_type"] for row in rows}

    def assert_live_is_crm(self, *modules: str) -> None:
        """The live views hold exactly what the CRM shows."""
        for module in modules or ("Widgets", "Gadgets"):
            records = self.crm.org.module(module)
            wanted = {str(each) for each in records.records if each not in records.hidden}
            rows = self.copy.query(f"SELECT id FROM zoho_crm_live.{module.lower()}")
            assert {row["id"] for row in rows} == wanted
        self.copy.assert_equals_crm(modules or ("Widgets", "Gadgets"))


@pytest.fixture
def copy(synced: SyncedCopy, zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Synced:
    """Three small modules, loaded; the first run is made by each test."""
    for name, value in synced.environment().items():
        monkeypatch.setenv(name, value)
    return Synced(synced._crm, synced, zoho_sync)


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
