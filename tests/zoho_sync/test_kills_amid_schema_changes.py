"""kill -9 at any instant of a run that meets a changed schema, then one ordinary run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.processes import KILLED, Processes
from tests.zoho_sync.random_schemas import RandomWork
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase

KINDS = ("sql-after", "http", "sql", "file")


def kill_and_recover(case: SchemaCase, processes: Processes, *, kills: int, seed: int) -> None:
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
        case.assert_equals_crm(*work.modules)
    assert killed >= kills // 2


@pytest.mark.soak
def test_after_kills_amid_schema_changes_one_run_makes_everything_equal(
    duckdb_case: SchemaCase, tmp_path: Path
) -> None:
    with Processes(tmp_path, duckdb_case.copy.environment()) as processes:
        kill_and_recover(duckdb_case, processes, kills=2, seed=3)


@pytest.mark.soak
def test_after_many_kills_amid_schema_changes_one_run_makes_everything_equal(
    case: SchemaCase, tmp_path: Path
) -> None:
    with Processes(tmp_path, case.copy.environment()) as processes:
        kill_and_recover(case, processes, kills=100, seed=4)
