"""Random histories: after a run all deletions are known, after a reconcile the copy is the CRM."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.deletion_histories import (
    DeletionHistory,
    assert_deletions_are_known,
    assert_live_is_crm,
)
from tests.zoho_sync.kills import Kills

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy
    from tests.zoho_sync.processes import Processes
    from tests.zoho_sync.synced import Synced

pytestmark = pytest.mark.xdist_group("deletion_histories")
KINDS = ("http", "sql", "sql-after")


def follow(copy: Synced, *, seed: int, rounds: int) -> None:
    """Runs, cut runs and reconciles in turn, with work in between."""
    chance = random.Random(seed)
    history = DeletionHistory(copy.crm, chance)
    copy.crm.settings.paging = chance.choice(["offset", "cursor"])
    copy.crm.settings.null_modified_time = chance.choice(["first", "last"])
    for _ in range(rounds):
        history.go_on()
        if chance.random() < 0.3:
            ended = copy.try_command("run", "--max-calls", str(chance.randrange(5, 20)))
            assert ended.code in (0, 8), ended.out
        copy.command("run")
        assert_deletions_are_known(copy.crm, copy.copy)
    copy.command("reconcile")
    assert_live_is_crm(copy.crm, copy.copy)
    assert_deletions_are_known(copy.crm, copy.copy)
    copy.command("reconcile", "--check")


def test_after_random_work_the_copy_is_the_crm(either_copy: Synced) -> None:
    follow(either_copy, seed=1, rounds=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 30))
def test_after_much_random_work_the_copy_is_the_crm(either_copy: Synced, seed: int) -> None:
    follow(either_copy, seed=seed, rounds=6)


def kill_and_reconcile(
    crm: Crm, copy: SyncedCopy, processes: Processes, *, kills: int, seed: int
) -> None:
    chance = random.Random(seed)
    history = DeletionHistory(crm, chance)
    command = ("reconcile", "--destination", copy.destination, "--json", "--quiet")
    killing = Kills(processes, command, dict.fromkeys(KINDS, 1))
    killing.run()
    for number in range(kills):
        history.go_on(6)
        killing.kill(lambda count: 1 + chance.randrange(count))
        if number % 2:
            killing.run()
            assert_live_is_crm(crm, copy)
            assert_deletions_are_known(crm, copy)
    assert killing.made >= kills // 2


@pytest.mark.soak
@pytest.mark.parametrize(
    "synced", ["duckdb", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
def test_a_reconcile_that_was_killed_anywhere_is_made_good_by_the_next(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    kill_and_reconcile(organisation, synced, processes, kills=2, seed=3)


@pytest.mark.soak
def test_reconciles_that_were_killed_often_are_made_good_by_the_next(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    kill_and_reconcile(organisation, synced, processes, kills=120, seed=5)
