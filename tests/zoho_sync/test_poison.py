"""What cannot load is set aside after its second failure and reported, and the rest goes on."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.zoho_sync.organisations import MODULES, change_a_little
from tests.zoho_sync.processes import KILLED, Processes, sync

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy


class Way(NamedTuple):
    """One way in which somebody's hand keeps rows out of a table."""

    poison: str
    remedy: str
    on: tuple[str, ...] = ("duckdb", "postgres")


TOO_NARROW: Final = "ALTER TABLE {} ALTER COLUMN number TYPE"
WAYS: Final = {
    "Narrows": Way(f"{TOO_NARROW} smallint", f"{TOO_NARROW} bigint"),
    "Nulls": Way(
        "ALTER TABLE {} ALTER COLUMN name SET NOT NULL",
        "ALTER TABLE {} ALTER COLUMN name DROP NOT NULL",
    ),
    "Uniques": Way(
        "CREATE UNIQUE INDEX by_hand ON {} (number)",
        "DROP INDEX zoho_crm.by_hand",
    ),
    "Checks": Way(
        "ALTER TABLE {} ADD CONSTRAINT by_hand CHECK (number < 1000)",
        "ALTER TABLE {} DROP CONSTRAINT by_hand",
        on=("postgres",),
    ),
}
"""The module's name says which: each gets a record without a name and with a large number."""


@pytest.fixture(autouse=True)
def tried_once(processes: Processes) -> None:
    """Otherwise dlt tries a file five times, a second apart, before it says that it failed."""
    processes.environment["LOAD__RAISE_ON_MAX_RETRIES"] = "1"


def test_each_table_that_can_not_be_loaded_is_told_and_the_others_go_on(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    ways = {name: way for name, way in WAYS.items() if synced.destination in way.on}
    for name in ways:
        organisation.add_module(name, times=range(organisation.now_s - 99, organisation.now_s - 90))
    assert sync(processes, synced).code == 0
    change_a_little(organisation, random.Random(9))
    synced.execute("DROP TABLE zoho_crm.gadgets CASCADE")  # it has to start anew amid the others
    for name, way in ways.items():
        synced.execute(f"DROP VIEW zoho_crm_live.{name.lower()}")
        synced.execute(way.poison.format(f"zoho_crm.{name.lower()}"))
        for record_id in list(organisation.org.records(name))[:2]:
            organisation.org.update(name, record_id, {"Number": 1_000_000, "Name": None})
    ended = sync(processes, synced)
    assert ended.code == 6, ended.stdout
    failed = {r["resource"]: r for r in ended.report["resources"] if r["outcome"] == "failed"}
    assert failed.keys() == ways.keys()
    for name in ways:
        reason = failed[name]["reason"]
        assert reason.startswith(f"A package could not be loaded into {name.lower()} ")
        assert "and was set aside in " in reason
        assert reason in ended.report["notes"]
    assert "into nulls (column name) and" in failed["Nulls"]["reason"]
    synced.assert_equals_crm(MODULES)
    for name, way in ways.items():
        synced.execute(f"DROP VIEW IF EXISTS zoho_crm_live.{name.lower()}")
        synced.execute(way.remedy.format(f"zoho_crm.{name.lower()}"))
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm([*MODULES, *ways])


def test_a_pending_package_that_is_broken_is_set_aside_by_the_next_run(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    assert sync(processes, synced).code == 0
    change_a_little(organisation, random.Random(12))
    command = ("run", "--destination", synced.destination, "--quiet")
    assert processes.run(*command, kill=("load", 1)).code == KILLED
    broken = [
        file for file in processes.folder.rglob("*.parquet") if file.parent.name == "new_jobs"
    ]
    assert broken
    for file in broken:
        file.write_bytes(b"no parquet")
    ended = sync(processes, synced)
    assert any("set aside" in note for note in ended.report["notes"]), ended.stdout
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


@pytest.mark.parametrize("keeps", ["all", "half"])
def test_a_package_that_a_kill_left_in_two_places_is_loaded_once(
    synced: SyncedCopy, processes: Processes, keeps: str
) -> None:
    # dlt moves a package on, and removes what it was made from after that, file by file.
    command = ("run", "--destination", synced.destination, "--quiet")
    assert processes.run(*command, kill=("load", 1)).code == KILLED
    [package] = processes.folder.glob("dlt/pipelines/*/*/load/normalized/*.*")
    twin = package.parents[2] / "normalize" / "extracted" / package.name
    shutil.copytree(package, twin)
    if keeps == "half":
        for file in sorted(twin.rglob("*.parquet"))[::2]:
            file.unlink()
    ended = sync(processes, synced)
    assert ended.code == 0, ended.stdout
    [note] = ended.report["notes"]
    assert note == "A package that an interrupted run left behind was loaded first."
    synced.assert_equals_crm(MODULES)
