"""Rule 3: kill -9 at any instant, then one ordinary run, and everything equals the CRM."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.kills import Kills
from tests.zoho_sync.organisations import MODULES, change_a_little

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy
    from tests.zoho_sync.processes import Processes

EVENTS = {"http": 12, "file": 150, "sql": 120, "sql-after": 120}
"""As many as a run may have of each kind; the first kills go by these."""
KILLS = 12
KILLS_IN_SOAK = 300


def kill_and_recover(
    crm: Crm, synced: SyncedCopy, processes: Processes, *, kills: int, seed: int
) -> None:
    """The first kills meet the very first run of the dataset, the others later ones."""
    chance = random.Random(seed)
    command = ("run", "--destination", synced.destination, "--json", "--quiet")
    killing = Kills(processes, command, EVENTS)
    for number in range(2 * kills):
        killing.kill(lambda count: 1 + chance.randrange(count))
        if number % 3 < 2 and killing.made < kills:
            continue  # another kill before the ordinary run
        killing.run()
        synced.assert_equals_crm(MODULES)
        assert loaded_packages(processes) == []
        change_a_little(crm, chance)
        if killing.made >= kills:
            break
    assert killing.made >= kills


def loaded_packages(processes: Processes) -> list[Path]:
    """What the working folder keeps of packages that are loaded."""
    return list(processes.folder.glob("dlt/pipelines/*/*/load/loaded/*"))


def test_after_kills_at_any_instant_one_run_makes_everything_equal(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    kill_and_recover(organisation, synced, processes, kills=KILLS, seed=7)


@pytest.mark.soak
def test_after_hundreds_of_kills_one_run_makes_everything_equal(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    kill_and_recover(organisation, synced, processes, kills=KILLS_IN_SOAK, seed=11)
