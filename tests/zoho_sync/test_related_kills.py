"""kill -9 while related lists are read: one ordinary run, and every list equals the CRM.

These take long; `test_stopped_sweeps` has a few kills for every day.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import KILLED, Processes
from tests.zoho_sync.related_copies import assert_lists_equal, build_related, work

if TYPE_CHECKING:
    from pathlib import Path

    from zoho_simulator import Server

KINDS = ("http", "sql", "sql-after")
SETTINGS = {
    "SOURCES__ZOHO_CRM__RELATED__LISTS": '["Deals.Attachments"]',
    "SOURCES__ZOHO_CRM__RELATED__MAX_CALLS": "10000",
}


def kill_and_recover(
    server: Server, copy: SyncedCopy, processes: Processes, *, kills: int, crm: Crm
) -> None:
    chance = random.Random(kills)
    command = ("run", "--destination", copy.destination, "--json", "--quiet")
    counts = dict.fromkeys(KINDS, 150)
    killed = 0
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        # Related lists come last, so most kills meet them.
        at = 1 + int(counts[kind] * (1 - chance.random() ** 2 / 2))
        killed += processes.run(*command, kill=(kind, at)).code == KILLED
        ended = processes.run(*command)
        assert ended.code == 0, (number, kind, at, ended.stderr, ended.stdout)
        assert assert_lists_equal(crm, copy) > 10
        copy.assert_no_row_twice()
        counts = {kind: max(2, ended.counts.get(kind, 2)) for kind in KINDS}
        crm.pass_time(8 * 24 * 3600)
        if number == 0:
            work(crm)
    assert killed
    assert server.simulator.failures == []


@pytest.fixture
def related(simulator_server: Server) -> Crm:
    crm = Crm(simulator_server)
    build_related(crm)
    return crm


@pytest.mark.soak
@pytest.mark.parametrize("destination", ["duckdb", "postgres"])
def test_after_many_kills_one_run_makes_every_list_equal(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    related: Crm,
    tmp_path: Path,
    destination: str,
) -> None:
    if destination == "duckdb":
        copy = SyncedCopy(related, path=tmp_path / "zoho.duckdb")
    else:
        copy = SyncedCopy(related, url=request.getfixturevalue("postgres_url"))
    with Processes(tmp_path, {**copy.environment(), **SETTINGS}) as processes:
        kill_and_recover(simulator_server, copy, processes, kills=40, crm=related)
