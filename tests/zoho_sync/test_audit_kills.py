"""Kill -9 at any instant of an audit: the next one asks what was not stored, and nothing twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.crm_copies import SyncedCopy, copy_on
from tests.zoho_sync.kills import Kills
from tests.zoho_sync.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zoho_simulator import Server

CAPTURES = "zoho_crm.recycle_bin_captures"
RELATED = "zoho_crm.recycle_bin_related_records"
KINDS = ("sql", "http", "sql-after")
KILLS = 2
AMID_EVIDENCE = ("insert recycle_bin_captures",)
KILLS_IN_SOAK = 120
LISTS = 6
"""What is captured of an account: five lists, and the record itself."""


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


@pytest.fixture(params=["duckdb", "postgres"])
def copy(request: pytest.FixtureRequest, crm: BinCrm, tmp_path: Path) -> SyncedCopy:
    return copy_on(request.param, request, crm, tmp_path)


@pytest.fixture
def running(copy: SyncedCopy, tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path, copy.environment()) as processes:
        yield processes


def kill_and_go_on(
    crm: BinCrm,
    copy: SyncedCopy,
    running: Processes,
    *,
    kills: int,
    seed: int,
    kinds: Sequence[str] = KINDS,
) -> None:
    chance = random.Random(seed)
    command = ("audit", "--destination", copy.destination, "--json", "--quiet")
    killing = Kills(running, command, dict.fromkeys(kinds, 1))
    killing.run()
    accounts = 0
    for _ in range(kills):
        for _ in range(3):
            crm.delete_account(crm.add_account(f"A{accounts}", deals=2))
            accounts += 1
        # What is done for captures comes last.
        killing.kill(lambda count: max(1, int(count * chance.uniform(0.5, 1.3))))
        crm.pass_time(60)
        killing.run()
        assert_whole(copy, accounts)
    assert running.run("audit", "--check", *command[1:]).code == 0
    assert killing.made >= (kills + 1) // 2


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
    if copy.destination == "duckdb":
        kill_and_go_on(crm, copy, running, kills=KILLS, seed=3)
    else:  # once, where it hurts most
        kill_and_go_on(crm, copy, running, kills=1, seed=3, kinds=AMID_EVIDENCE)


@pytest.mark.soak
def test_after_many_kills_the_next_audit_makes_it_whole(
    crm: BinCrm, copy: SyncedCopy, running: Processes
) -> None:
    kill_and_go_on(crm, copy, running, kills=KILLS_IN_SOAK, seed=5)
