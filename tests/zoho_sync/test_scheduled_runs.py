"""A year of scheduled runs in small: working days, faults and kills between them, one truth."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_sync.processes import KILLED
from zoho_simulator import build_demo_organization

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy
    from tests.zoho_sync.processes import Ended, Processes
    from zoho_simulator.faults import Kind

RUNS = 1
RUNS_IN_SOAK = int(os.environ.get("ZOHO_SYNC_SOAK_RUNS", "200"))
WARM_UP = 20
"""Runs after which nothing may grow any more."""
EVENTS = {"http": 40, "file": 400, "sql": 300, "sql-after": 300}
FAULTS: tuple[Kind, ...] = (
    "429", "500", "502-html", "close", "cut", "not-json", "invalid-token",
)  # fmt: skip
SOME_END = (0, 3, 4, 6, KILLED)
"""How a run may end that was disturbed; 4 where the faults outlast its patience, and 3 where a
fresh token is refused as well, which happens to whoever meets two such faults in a row."""


@dataclass(frozen=True)
class Figures:
    """What a run that ended by itself has used and left behind."""

    run: int
    memory_mb: float
    folder_kb: float
    state_kb: float
    states: int
    calls: int

    def __str__(self) -> str:
        return (
            f"run {self.run}: {self.memory_mb:.0f} MB of memory, {self.calls} calls, working folder"
            f" {self.folder_kb:.0f} kB, state {self.state_kb:.1f} kB in {self.states} versions"
        )


class ScheduledRuns:
    """Runs of the command, each after a working day, some of them disturbed."""

    def __init__(self, crm: Crm, synced: SyncedCopy, processes: Processes, seed: int) -> None:
        self.figures: list[Figures] = []
        self.kills = 0
        self._crm, self._synced, self._processes = crm, synced, processes
        self._chance = random.Random(seed)
        self._number = 0

    def run_one(self) -> None:
        """A day, perhaps a fault, perhaps a kill, and the run that cron starts."""
        self._crm.org.change_day()
        if self._chance.random() < 0.4:
            self._add_faults()
        kill = None
        if self._chance.random() < 0.3:
            kind = self._chance.choice(list(EVENTS))
            kill = (kind, 1 + self._chance.randrange(EVENTS[kind]))
        ended = self._run(kill)
        assert ended.code in SOME_END, (self._number, kill, ended.stdout[-3000:])
        self.kills += ended.code == KILLED
        self._crm.faults.clear()

    def settle(self) -> None:
        """One ordinary run, after which everything equals the CRM."""
        ended = self._run(None)
        assert ended.code == 0, (self._number, ended.stdout[-3000:])
        fields = self._synced.query("SELECT DISTINCT module, table_name FROM zoho_crm.fields")
        tables = self._synced.tables()
        read = sorted(row["module"] for row in fields if row["table_name"] in tables)
        self._synced.assert_equals_crm(read, volatile=False)

    def _add_faults(self) -> None:
        for _ in range(self._chance.randrange(1, 5)):
            kind = self._chance.choice(FAULTS)
            times = self._chance.randrange(1, 4)
            after = self._chance.randrange(30)
            self._crm.faults.add(kind=kind, path=API + "*", times=times, after=after)

    def _run(self, kill: tuple[str, int] | None) -> Ended:
        self._number += 1
        command = ("run", "--destination", self._synced.destination, "--json", "--quiet")
        ended = self._processes.run(*command, kill=kill)
        if ended.code == 0:
            self.figures.append(self._measure(ended))
        return ended

    def _measure(self, ended: Ended) -> Figures:
        states = self._synced.query(
            "SELECT state FROM zoho_crm._dlt_pipeline_state ORDER BY created_at"
        )
        return Figures(
            run=self._number,
            memory_mb=ended.counts["memory_kb"] / 1024,
            folder_kb=size_of(self._processes.folder / "dlt") / 1024,
            state_kb=len(states[-1]["state"]) / 1024,
            states=len(states),
            calls=ended.report["calls"],
        )


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def scheduled(organisation: Crm, synced: SyncedCopy, processes: Processes) -> ScheduledRuns:
    organisation.use(build_demo_organization(scale=0.02))
    organisation.simulator.change_settings({"tokens_per_window": 100_000})
    return ScheduledRuns(organisation, synced, processes, seed=5)


@pytest.mark.parametrize(
    "synced", ["duckdb", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
def test_disturbed_runs_after_working_days_end_equal(scheduled: ScheduledRuns) -> None:
    for _ in range(RUNS):
        scheduled.run_one()
    scheduled.settle()


@pytest.mark.soak
def test_two_hundred_scheduled_runs_end_equal_and_nothing_grows(
    scheduled: ScheduledRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, RUNS_IN_SOAK + 1):
        scheduled.run_one()
        if number % WARM_UP == 0:
            scheduled.settle()
            with capsys.disabled():
                print(f"\n{scheduled.figures[-1]}, {scheduled.kills} kills", end="")  # noqa: T201
    warm = [each for each in scheduled.figures if each.run <= 2 * WARM_UP]
    last = [each for each in scheduled.figures if each.run > RUNS_IN_SOAK - 2 * WARM_UP]
    assert scheduled.kills >= RUNS_IN_SOAK // 20
    for name in ("memory_mb", "folder_kb", "state_kb", "states"):
        before, after = (max(getattr(each, name) for each in some) for some in (warm, last))
        assert after <= before * 1.2, f"{name} grew from {before:.0f} to {after:.0f}"
