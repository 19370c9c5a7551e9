"""A copy that is brought up to date by the command itself, and compared with its CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended
    from tests.zoho_sync.crm_copies import SyncedCopy

DAY_S = 24 * 3600
HOUR_S = 3600
MODULES = ("Widgets", "Gadgets", "Gizmos")


class Synced:
    """The copy of an organisation, brought up to date by the command itself."""

    def __init__(self, crm: Crm, copy: SyncedCopy, command: CommandLine) -> None:
        self.crm, self.copy, self._command = crm, copy, command

    def configured(self, monkeypatch: pytest.MonkeyPatch) -> Synced:
        """Has the command find the copy."""
        for name, value in self.copy.environment().items():
            monkeypatch.setenv(name, value)
        return self

    def run(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Runs and gives the report."""
        self.crm.forget_log()
        return self.command("run", *arguments, code=code)

    def try_command(self, *arguments: str) -> Ended:
        """Starts a command, however it ends."""
        return self._command(*arguments, "--destination", self.copy.destination, "--json")

    def command(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        ended = self.try_command(*arguments)
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
        for module in modules or MODULES:
            records = self.crm.org.module(module)
            wanted = {str(each) for each in records.records if each not in records.hidden}
            rows = self.copy.query(f"SELECT id FROM zoho_crm_live.{module.lower()}")
            assert {row["id"] for row in rows} == wanted
        self.copy.assert_equals_crm(modules or MODULES)
