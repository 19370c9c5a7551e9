"""Lines and links equal the CRM after random histories, killed runs and reconciles among them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_sync.processes import Processes
from tests.zoho_sync.quote_runs import copy_loaded, run, sync
from tests.zoho_sync.quotes import (
    act_once,
    assert_rows_equal,
    build_quotes,
    delete_or_restore,
    work_a_little,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy
    from zoho_simulator import Server

pytestmark = pytest.mark.xdist_group("rows")

SWITCHES: tuple[dict[str, Any], ...] = (
    {},
    {"child_row_deletions": "recycle", "if_modified_since": "inclusive"},
    {"child_row_deletions": "permanent", "paging": "cursor"},
    {"multiselect_metadata": "flat", "unknown_id_status": 404},
)
RECONCILE = ("Quotes", "Quoted_Items", "Steps")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """One server for all copies: each run is told which is its own."""
    with Processes(tmp_path_factory.mktemp("rows"), {}) as running:
        yield running


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    return build_quotes(simulator_server)


@pytest.fixture
def local(loaded_quotes: Path, organisation: Crm, tmp_path: Path) -> SyncedCopy:
    """A copy of its first load in DuckDB, for what does not depend on the destination."""
    return copy_loaded(loaded_quotes, organisation, tmp_path)


def test_random_histories_end_as_in_the_crm(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    run_histories(organisation, local, processes, runs=1, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_many_random_histories_end_as_in_the_crm(
    organisation: Crm, synced: SyncedCopy, processes: Processes, seed: int
) -> None:
    organisation.simulator.change_settings(SWITCHES[seed % len(SWITCHES)])
    run_histories(organisation, synced, processes, runs=6, seed=100 + seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_quotes_that_are_deleted_and_restored_between_reconciles_keep_their_rows(
    organisation: Crm, synced: SyncedCopy, processes: Processes, seed: int
) -> None:
    organisation.simulator.change_settings(SWITCHES[seed % len(SWITCHES)])
    sync(processes, synced)
    reconcile_histories(organisation, synced, processes, rounds=6, seed=200 + seed)


def reconcile_histories(
    crm: Crm, synced: SyncedCopy, processes: Processes, *, rounds: int, seed: int
) -> None:
    """Deletions and restores with other work, a run or a reconcile after each, and a check."""
    chance = random.Random(seed)
    for _ in range(rounds):
        for _ in range(chance.randrange(1, 4)):
            delete_or_restore(crm, chance)
            crm.pass_time(chance.choice((10, 600, 4000)))
        work_a_little(crm, chance, acts=chance.randrange(3))
        if chance.random() < 0.4:
            path = chance.choice((f"{API}*", f"{API}Quoted_Items"))
            crm.hooks.add(path=path, write=lambda _: delete_or_restore(crm, chance), at=0)
        modules = RECONCILE[chance.randrange(2) :]
        reconcile(processes, synced, *modules)
        crm.hooks.clear()
        crm.pass_time(600)
        sync(processes, synced)
        assert_rows_equal(crm, synced)
        assert_flags_are_of_quotes(synced)
    reconcile(processes, synced, "--check", *RECONCILE)


def reconcile(processes: Processes, synced: SyncedCopy, *options: str) -> None:
    command = ("reconcile", "--destination", synced.destination, "--json", "--quiet", *options)
    ended = processes.run(*command, kill=None, **synced.environment())
    assert ended.code == 0, (ended.stdout, ended.stderr)


def assert_flags_are_of_quotes(synced: SyncedCopy) -> None:
    """A line has the flags of its quote, unless the recycle bin or a list names the line itself."""
    differing = synced.query(
        "SELECT i.id, i._deleted_type AS line, q._deleted_type AS quote"
        " FROM zoho_crm.quoted_items i JOIN zoho_crm.quotes q ON q.id = i.parent_id"
        " WHERE i._deleted_type IS DISTINCT FROM q._deleted_type AND NOT EXISTS ("
        "SELECT 1 FROM zoho_crm.deleted_records d WHERE d.id = i.id AND d.deleted_time IS NOT NULL"
        " AND d.restored_at IS NULL)"
    )
    assert differing == []


def run_histories(
    crm: Crm, synced: SyncedCopy, processes: Processes, *, runs: int, seed: int
) -> None:
    """Work between the runs and while they read; kills in between; then a run in peace."""
    chance = random.Random(seed)
    for _ in range(runs):
        work_a_little(crm, chance, acts=chance.randrange(12))
        if chance.random() < 0.6:
            crm.hooks.add(path=f"{API}*", write=lambda _: act_once(crm, chance), at=0)
        kind = chance.choice(("http", "sql", "sql-after", "file"))
        at = 1 + chance.randrange({"http": 30, "file": 300}.get(kind, 150))
        run(processes, synced, kill=(kind, at) if chance.random() < 0.6 else None)
        crm.hooks.clear()
        crm.pass_time(chance.choice((10, 600, 4000)))
        sync(processes, synced)
        assert_rows_equal(crm, synced)
