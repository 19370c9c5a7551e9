"""Kill -9 at any instant of an audit: the next one asks what was not stored, and nothing twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import KILLED, Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoho_simulator import Server

CAPTURES = "zoho_crm.recycle_bin_captures"
RELATED = "zoho_crm.recycle_bin_related_records"
KINDS = ("sql", "http", "sql-after")
KILLS = 2
KILLS_IN_SOAK = 120
LISTS = 6
"""What is captured of an account: five lists, and the record itself."""


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.soak)])
def copy(request: pytest.FixtureRequest, crm: BinCrm, tmp_path: Path) -> SyncedCopy:
    if request.param == "duckdb":
        return SyncedCopy(crm, path=tmp_path / "zoho.duckdb")
    return SyncedCopy(crm, url=request.getfixturevalue("postgres_url"))


@pytest.fixture
def running(copy: SyncedCopy, tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path, copy.environment()) as processes:
        yield processes


def kill_and_go_on(
    crm: BinCrm, copy: SyncedCopy, running: Processes, *, kills: int, seed: int
) -> None:
    chance = random.Random(seed)
    command = ("audit", "--destination", copy.destination, "--json", "--quiet")
    first = running.run(*command)
    assert first.code == 0, first.stderr + first.stdout
    counts, accounts, killed = first.counts, 0, 0
    for number in range(kills):
        for _ in range(3):
            crm.delete_account(crm.add_account(f"A{accounts}", deals=2))
            accounts += 1
        kind = KINDS[(number + seed) % len(KINDS)]
        # What is done for captures comes last.
        at = max(1, int(counts[kind] * chance.uniform(0.5, 1.3)))
        killed += running.run(*command, kill=(kind, at)).code == KILLED
        crm.pass_time(60)
        ended = running.run(*command)
        assert ended.code == 0, (number, kind, at, ended.stderr, ended.stdout)
        counts = {kind: max(1, ended.counts.get(kind, 1)) for kind in KINDS}
        assert_whole(copy, accounts)
    assert running.run("audit", "--check", *command[1:]).code == 0
    assert killed >= kills // 2


def assert_whole(copy: SyncedCopy, accounts: int) -> None:
    """Each list of each account once, each deal once."""
    asked = copy.query(f"SELECT parent_id, related_list FROM {CAPTURES}")
    assert len(asked) == len({tuple(row.values()) for row in asked}) == LISTS * accounts
    held = copy.query(f"SELECT related_id FROM {RELATED} WHERE related_list = 'Deals'")
    assert len(held) == len({row["related_id"] for row in held}) == 2 * accounts
    copy.assert_no_row_twice()


def test_after_a_kill_the_next_audit_makes_it_whole(
    crm: BinCrm, copy: SyncedCopy, running: Processes
) -> None:
    kill_and_go_on(crm, copy, running, kills=KILLS, seed=3)


@pytest.mark.soak
def test_after_many_kills_the_next_audit_makes_it_whole(
    crm: BinCrm, copy: SyncedCopy, running: Processes
) -> None:
    kill_and_go_on(crm, copy, running, kills=KILLS_IN_SOAK, seed=5)
