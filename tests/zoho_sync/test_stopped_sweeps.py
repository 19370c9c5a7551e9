"""Sweeps that are stopped or killed between two parents: what was read stays, the rest follows."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API, Crm
from tests.zoho_sync.campaigns import build_campaigns
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import KILLED, Processes
from tests.zoho_sync.related_copies import assert_lists_equal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.processes import Ended
    from zoho_simulator import Server

CAMPAIGNS = 30
LISTS = f"{API}Campaigns/*/Leads"


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    """So many campaigns that a run meets a signal amid them; fewer than leads: they are read."""
    return build_campaigns(Crm(simulator_server), campaigns=CAMPAIGNS, leads=CAMPAIGNS + 1)


def sweep(crm: Crm, synced: SyncedCopy, processes: Processes, *options: str, **meets: Any) -> Ended:
    """Runs; `signal` comes while the list number `at` is asked for, `kill` as in `Processes`."""
    pid = processes.start(
        "run", "--destination", synced.destination, "--json", "--quiet", *options,
        kill=meets.get("kill"),
    )  # fmt: skip
    if "signal" in meets:
        crm.hooks.add(path=LISTS, at=meets["at"], write=lambda _: os.kill(pid, meets["signal"]))
    ended = processes.wait()
    crm.hooks.clear()
    return ended


def count(synced: SyncedCopy, table: str) -> int:
    [row] = synced.query(f"SELECT count(*) AS n FROM zoho_crm.{table}")
    return int(row["n"])


def test_signals_and_kills_amid_sweeps_cost_no_list(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    crm, org = organisation, organisation.org
    stopped = sweep(crm, synced, processes, signal=signal.SIGTERM, at=12)
    assert stopped.code == 8, stopped.stdout
    assert "stopped" in stopped.report["message"]
    assert 0 < count(synced, "related_sweeps") < CAMPAIGNS  # what was read is paid for
    members = count(synced, "campaigns__leads")
    campaign, lead = (sorted(org.records(each))[0] for each in ("Campaigns", "Leads"))
    org.unlink("Campaigns", campaign, "Leads", lead)
    org.update("Campaigns", campaign, {"Campaign_Name": "changed"})
    crm.pass_time(3600)
    assert sweep(crm, synced, processes, signal=signal.SIGKILL, at=2).code == KILLED
    killed = sweep(crm, synced, processes, kill=("insert campaigns__leads", 1))
    assert killed.code == KILLED, killed.stdout
    assert count(synced, "campaigns__leads") == members  # rows are replaced as a whole
    ended = sweep(crm, synced, processes)
    assert ended.code == 0, ended.stdout
    assert assert_lists_equal(crm, synced) == 2
    synced.assert_no_row_twice()


def test_a_run_whose_time_is_over_before_or_amid_sweeps_says_so(
    organisation: Crm, tmp_path: Path
) -> None:
    crm, synced = organisation, SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    with Processes(tmp_path, synced.environment()) as processes:
        # Each call takes so long that the sweeps take longer than the run may.
        crm.hooks.add(path=LISTS, at=0, write=lambda _: time.sleep(0.2))
        assert sweep(crm, synced, processes, "--max-runtime", "2s").code == 8
