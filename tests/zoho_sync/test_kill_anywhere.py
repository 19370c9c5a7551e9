"""Rule 3: kill -9 at any instant, then one ordinary run, and everything equals the CRM."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import KILLED, Processes
from zoho_simulator.fields import field, lookup, multiselect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoho_simulator import Server

MODULES = ("Widgets", "Gadgets", "Gizmos")
KINDS = ("http", "file", "sql", "sql-after")
KILLS = 12
KILLS_IN_SOAK = 300
SMALL_PACKAGES = {"SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS": "150"}


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    """Three modules of some hundred records, so that a run loads several packages."""
    crm = Crm(simulator_server)
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    extra = (field("Amount", "currency"), multiselect("Colours", ["red", "blue"]))
    start = crm.now_s - 30 * 24 * 3600
    for number, name in enumerate(MODULES):
        fields = (*extra, lookup("Widget", "Widgets")) if number else extra
        times = range(start, start + 250 - 60 * number)
        crm.add_module(name, fields, times=times)
    return crm


@pytest.fixture(params=["duckdb", "postgres"])
def copy(request: pytest.FixtureRequest, organisation: Crm, tmp_path: Path) -> SyncedCopy:
    if request.param == "duckdb":
        return SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    return SyncedCopy(organisation, url=request.getfixturevalue("postgres_url"))


@pytest.fixture
def processes(copy: SyncedCopy, tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path, {**copy.environment(), **SMALL_PACKAGES}) as running:
        yield running


def change_a_little(crm: Crm, chance: random.Random) -> None:
    """An hour of work: edits, new records, deletions."""
    crm.pass_time(3600)
    for module in MODULES:
        ids = list(crm.org.records(module))
        for record_id in chance.sample(ids, 7):
            crm.org.update(module, record_id, {"Number": chance.randrange(10_000)})
        crm.add_records(module, [crm.now_s - chance.randrange(200) for _ in range(5)])
        crm.org.delete(module, chance.choice(ids))


def kill_and_recover(
    crm: Crm, copy: SyncedCopy, processes: Processes, *, kills: int, seed: int
) -> None:
    """The first kills meet the very first run of the dataset, the others later ones."""
    chance = random.Random(seed)
    command = ("run", "--destination", copy.destination, "--json", "--quiet")
    counts = {"http": 12, "file": 150, "sql": 120, "sql-after": 120}
    killed = 0
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        at = 1 + chance.randrange(counts[kind])
        if processes.run(*command, kill=(kind, at)).code == KILLED:
            killed += 1
        if number % 3 < 2 and number < kills - 1:
            continue  # another kill before the ordinary run
        ended = processes.run(*command)
        assert ended.code == 0, (number, kind, at, ended.stderr, ended.stdout)
        copy.assert_equals_crm(MODULES)
        counts = {kind: max(1, ended.counts.get(kind, 1)) for kind in KINDS}
        change_a_little(crm, chance)
    assert killed >= kills // 2


@pytest.mark.xdist_group("kills")
def test_after_kills_at_any_instant_one_run_makes_everything_equal(
    organisation: Crm, copy: SyncedCopy, processes: Processes
) -> None:
    kill_and_recover(organisation, copy, processes, kills=KILLS, seed=7)


@pytest.mark.soak
def test_after_hundreds_of_kills_one_run_makes_everything_equal(
    organisation: Crm, copy: SyncedCopy, processes: Processes
) -> None:
    kill_and_recover(organisation, copy, processes, kills=KILLS_IN_SOAK, seed=11)
