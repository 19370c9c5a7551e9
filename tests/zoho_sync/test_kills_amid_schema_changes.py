"""kill -9 at any instant of a run that meets a changed schema, then one ordinary run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.every_change import CHANGES, add_tools, edit_each_module, readable_modules
from tests.zoho_sync.processes import KILLED, Processes
from tests.zoho_sync.random_schemas import RandomWork
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase
    from tests.zoho_sync.every_change import Act

KINDS = ("sql-after", "http", "sql", "file")
AT_ONCE = {
    "duckdb": ("text to number", "field added", "module added", "permission given back"),
    "postgres": ("single to multi-select", "field renamed", "field deleted", "field added"),
}
"""Changes that the runs of the one and the other destination meet together."""


class KilledRuns:
    """Changes a schema, kills runs that meet it, and compares what an ordinary run leaves."""

    def __init__(self, case: SchemaCase, processes: Processes, seed: int) -> None:
        """Makes the first load."""
        self.case = case
        self.killed = 0
        self._processes = processes
        self._chance = random.Random(seed)
        self._command = ("run", "--destination", case.copy.destination, "--json", "--quiet")
        add_tools(case.crm)
        self._counts: dict[str, int] = {}
        self._run(code=0)

    def meet(self, names: Sequence[str], kills: Sequence[str]) -> None:
        """Makes changes at once and runs, killed at an instant of each kind and then not."""
        case, org = self.case, self.case.crm.org
        for act in [CHANGES[name].before for name in names]:
            if act is not None:
                self._see_alone(act)
        told, held = len(case.changes()), self._held()
        for name in names:
            CHANGES[name].act(org)
        edit_each_module(case.crm, "edited")
        for kind in kills:
            at = 1 + self._chance.randrange(self._counts[kind])
            self.killed += self._processes.run(*self._command, kill=(kind, at)).code == KILLED
        self._edit_and_run("after")
        kinds = [change[0] for change in case.changes()[told:]]
        assert sorted(kinds) == sorted(CHANGES[name].kind for name in names)
        case.assert_equals_crm(*readable_modules(case.crm))
        self._assert_nothing_dropped(held)

    def _see_alone(self, act: Act) -> None:
        told, held = len(self.case.changes()), self._held()
        act(self.case.crm.org)
        self._edit_and_run("before")
        assert len(self.case.changes()) == told + 1
        self._assert_nothing_dropped(held)

    def _edit_and_run(self, text: str) -> None:
        edit_each_module(self.case.crm, text)
        modules = self.case.crm.org.modules.values()
        self._run(code=6 if any(module.traits.refusal for module in modules) else 0)

    def _run(self, *, code: int) -> None:
        ended = self._processes.run(*self._command)
        assert ended.code == code, (ended.stderr, ended.stdout)
        self._counts = {kind: max(1, ended.counts.get(kind, 1)) for kind in KINDS}

    def _held(self) -> dict[str, dict[str, dict[str, Any]]]:
        tables = self.case.copy.query("SELECT table_name FROM zoho_crm.modules ORDER BY 1")
        names = [row["table_name"] for row in tables if row["table_name"]]
        return {name: {row["id"]: row for row in self.case.rows(name)} for name in names}

    def _assert_nothing_dropped(self, held: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
        """Every row is there, and what was not read since holds what no field holds any more."""
        fields = self.case.copy.query(
            "SELECT table_name, column_name FROM zoho_crm.fields WHERE removed_at IS NULL"
        )
        filled = {(row["table_name"], row["column_name"]) for row in fields}
        for table, rows in self._held().items():
            for key, before in held.get(table, {}).items():
                now = rows[key]
                is_read = now["_dlt_load_id"] != before["_dlt_load_id"]
                left = {name for name in before if not name.startswith("_")} if not is_read else ()
                for name in left:
                    if not {(table, name), (table, name.rpartition("__")[0])} & filled:
                        assert now[name] == before[name], (table, key, name)


def test_changes_at_once_with_kills_between_equal_a_fresh_load(
    either_case: SchemaCase, tmp_path: Path
) -> None:
    case = either_case
    kills = {"duckdb": ("sql-after", "http"), "postgres": ("sql", "file", "http")}
    with Processes(tmp_path, case.copy.environment()) as processes:
        runs = KilledRuns(case, processes, seed=5)
        runs.meet(AT_ONCE[case.copy.destination], kills[case.copy.destination])
    assert runs.killed >= 2
    case.assert_equals_fresh_load(tmp_path / "fresh.duckdb", *readable_modules(case.crm))


@pytest.mark.soak
@pytest.mark.parametrize("name", CHANGES)
def test_each_change_with_kills_between_equals_a_fresh_load(
    case: SchemaCase, name: str, tmp_path: Path
) -> None:
    with Processes(tmp_path, case.copy.environment()) as processes:
        KilledRuns(case, processes, seed=len(name)).meet([name], KINDS)
    case.assert_equals_fresh_load(tmp_path / "fresh.duckdb", *readable_modules(case.crm))


@pytest.mark.soak
def test_after_many_kills_amid_random_work_one_run_makes_everything_equal(
    case: SchemaCase, tmp_path: Path
) -> None:
    with Processes(tmp_path, case.copy.environment()) as processes:
        kill_amid_random_work(case, processes, kills=100, seed=4)


def kill_amid_random_work(case: SchemaCase, processes: Processes, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    work = RandomWork(case.crm, chance)
    command = ("run", "--destination", case.copy.destination, "--json", "--quiet")
    counts = dict.fromkeys(KINDS, 1) | processes.run(*command).counts
    killed = 0
    for number in range(kills):
        case.crm.pass_time(3600)
        case.crm.org.add_field(work.modules[0], field(f"New_{number}", "text"))
        work.do(5)
        kind = KINDS[number % len(KINDS)]
        at = 1 + chance.randrange(int(counts[kind] * 1.2))
        killed += processes.run(*command, kill=(kind, at)).code == KILLED
        if chance.random() < 0.4:
            processes.run(*command, kill=(kind, 1 + chance.randrange(counts[kind])))
        ended = processes.run(*command)
        assert ended.code == 0, (number, kind, at, ended.stderr, ended.stdout)
        counts = {each: max(1, ended.counts.get(each, 1)) for each in KINDS}
        case.assert_equals_crm(*work.readable)
    assert killed >= kills // 2
