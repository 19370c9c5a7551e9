"""Runs over quotes, as processes, and a first load that many tests begin with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import Processes
from tests.zoho_sync.quotes import build_quotes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.processes import Ended
    from zoho_simulator import Server


def run(
    processes: Processes, synced: SyncedCopy, *options: str, kill: tuple[str, int] | None = None
) -> Ended:
    command = ("run", "--destination", synced.destination, "--json", "--quiet", *options)
    return processes.run(*command, kill=kill, **synced.environment())


def sync(processes: Processes, synced: SyncedCopy, *options: str, code: int = 0) -> Ended:
    ended = run(processes, synced, *options)
    assert ended.code == code, (ended.stdout, ended.stderr)
    return ended


def load_quotes(server: Server, folder: Path) -> Path:
    """A DuckDB file with a first load of the organisation, which is the same every time."""
    path = folder / "zoho.duckdb"
    with Processes(folder, {}) as processes:
        sync(processes, SyncedCopy(build_quotes(server), path=path))
    return path


def copy_loaded(loaded: Path, crm: Crm, folder: Path) -> SyncedCopy:
    """A loaded copy in a DuckDB file, for what does not depend on the destination."""
    crm.pass_time(600)
    shutil.copy(loaded, folder / "zoho.duckdb")
    return SyncedCopy(crm, path=folder / "zoho.duckdb")
