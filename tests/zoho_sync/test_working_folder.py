"""The working folder lost, damaged, removed or shared: all that counts is in the dataset."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.organisations import MODULES, change_a_little
from tests.zoho_sync.processes import Processes, sync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization


def test_progress_lives_in_the_dataset_and_not_in_the_working_folder(
    organisation: Crm, synced: SyncedCopy, processes: Processes, tmp_path: Path
) -> None:
    assert sync(processes, synced).code == 0
    change_a_little(organisation, random.Random(3))
    folders = list(tmp_path.rglob("pipelines"))
    assert folders
    for folder in folders:
        shutil.rmtree(folder)
    ended = sync(processes, synced)
    assert ended.code == 0
    assert 0 < sum(r["rows"] for r in ended.report["resources"] if r["table"] in ("widgets",)) < 50
    synced.assert_equals_crm(MODULES)


@pytest.mark.parametrize("synced", ["duckdb"], indirect=True)
@pytest.mark.parametrize("at", [8, pytest.param(14, marks=pytest.mark.soak)])
def test_a_working_folder_removed_amid_a_run_ends_it_and_the_next_completes(
    organisation: Crm, synced: SyncedCopy, processes: Processes, at: int
) -> None:
    def remove(_: Organization) -> None:
        for folder in processes.folder.rglob("pipelines"):
            shutil.rmtree(folder, ignore_errors=True)

    organisation.hooks.before(organisation.simulator.request_number + at, remove)
    ended = sync(processes, synced)
    assert ended.code == 4, ended.stderr
    assert ended.report["message"].startswith("Somebody removed the working folder ")
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


@pytest.mark.parametrize(
    ("synced", "damages"),
    [
        ("duckdb", ("no schema", "half a state", "some folders")),
        ("postgres", ("half a schema", "no state")),
    ],
    indirect=["synced"],
)
def test_a_damaged_working_folder_stops_nothing(
    organisation: Crm, synced: SyncedCopy, processes: Processes, damages: tuple[str, ...]
) -> None:
    chance = random.Random(4)
    assert sync(processes, synced).code == 0
    for damage in damages:
        [state] = processes.folder.glob("dlt/pipelines/*/*/state.json")
        [schema] = (state.parent / "schemas").glob("*.json")
        file = schema if "schema" in damage else state
        if damage == "some folders":  # as a kill leaves it while dlt makes them
            (state.parent / "load" / "normalized").rmdir()
        elif damage.startswith("no"):  # or while it removes the folder
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:100])
        change_a_little(organisation, chance)
        ended = sync(processes, synced)
        assert ended.code == 0, (damage, ended.stdout)
        told = any("damaged" in note for note in ended.report["notes"])
        assert told == (damage not in ("no state", "some folders"))
        synced.assert_equals_crm(MODULES)


@pytest.mark.soak
@pytest.mark.parametrize("is_pending", [False, True], ids=["idle", "pending"])
def test_whatever_is_missing_of_the_working_folder_stops_nothing(
    organisation: Crm,
    synced: SyncedCopy,
    processes: Processes,
    tmp_path: Path,
    is_pending: bool,
) -> None:
    """A kill may come between any two files or folders that are made, written or removed."""
    whole = tmp_path / "whole"
    assert sync(processes, synced).code == 0
    [state] = processes.folder.glob("dlt/pipelines/*/*/state.json")
    if is_pending:
        leave_extracted_package(organisation, synced, processes, state.parent)
    shutil.copytree(state.parent, whole)
    for path in sorted(whole.rglob("*")):
        for is_emptied in (False, True) if path.is_file() else (False,):
            shutil.rmtree(state.parent)
            shutil.copytree(whole, state.parent)
            damaged = state.parent / path.relative_to(whole)
            if damaged.is_dir():
                shutil.rmtree(damaged)
            else:
                damaged.write_bytes(b"") if is_emptied else damaged.unlink()
            organisation.add_records("Widgets", [organisation.now_s])
            ended = sync(processes, synced)
            assert ended.code == 0, (path, is_emptied, ended.stdout)
    synced.assert_equals_crm(MODULES)


def leave_extracted_package(
    crm: Crm, synced: SyncedCopy, processes: Processes, folder: Path
) -> None:
    """Kills runs until one leaves a package that was read but not normalised."""
    for at in range(10, 200, 4):
        crm.add_records("Widgets", [crm.now_s])
        command = ("run", "--destination", synced.destination, "--json", "--quiet")
        processes.run(*command, kill=("file", at))
        if list((folder / "normalize" / "extracted").glob("*/new_jobs/*")) and not list(
            (folder / "load").glob("n*/*")
        ):
            return
    raise AssertionError("no kill left a package that was only read")


def test_destinations_may_alternate_over_one_working_folder(
    organisation: Crm, postgres_url: str, tmp_path: Path
) -> None:
    copies = [
        SyncedCopy(organisation, path=tmp_path / "zoho.duckdb"),
        SyncedCopy(organisation, url=postgres_url),
    ]
    chance = random.Random(5)
    environment = {**copies[0].environment(), **copies[1].environment()}
    with Processes(tmp_path, environment) as processes:
        for _ in range(2):
            for each in copies:
                ended = sync(processes, each)
                assert ended.code == 0, ended.stdout
                each.assert_equals_crm(MODULES)
                change_a_little(organisation, chance)
