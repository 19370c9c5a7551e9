"""Every class of related list is loaded, and equals the CRM after whatever happens to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.crm_copies import SyncedCopy, copy_on
from tests.zoho_sync.related_copies import SOME, assert_lists_equal, build_related, work
from tests.zoho_sync.related_runs import RELATED, list_calls, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server


@pytest.fixture
def related(simulator_server: Server) -> Crm:
    crm = Crm(simulator_server)
    build_related(crm)
    return crm


@pytest.fixture(params=["duckdb", "postgres"])
def synced(
    request: pytest.FixtureRequest,
    related: Crm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> SyncedCopy:
    request.getfixturevalue("project_dir")
    copy = copy_on(request.param, request, related, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(f"{RELATED}LISTS", SOME)
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "10000")
    return copy


def test_every_class_of_list_equals_the_crm_whatever_happens(
    zoho_sync: CommandLine, related: Crm, synced: SyncedCopy
) -> None:
    run(zoho_sync, synced)
    assert assert_lists_equal(related, synced) > 25
    ways = synced.query("SELECT name, way FROM zoho_crm.related_list_ways")
    way_of = {row["name"]: row["way"] for row in ways}
    assert way_of["Accounts.Contacts"] == way_of["Deals.Stage_History"] == "derived"
    assert way_of["Deals.Notes"] == way_of["Accounts.Suppliers7"] == "derived"
    assert way_of["Campaigns.Leads"] == way_of["Deals.Emails"] == "read"
    assert way_of["Leads.Campaigns"] == "derived"  # the same relation
    assert list_calls(related, zoho_sync, synced) == []  # nothing is due
    work(related)
    run(zoho_sync, synced)
    changed_silently = ("Deals.Emails", "Deals.Tasks", "Deals.Tasks_History",
                        "Deals.Activities_Chronological_View",
                        "Deals.Activities_Chronological_View_History")  # fmt: skip
    assert_lists_equal(related, synced, but=changed_silently)
    related.org.restore("Deals", deleted(related, "Deals"))
    related.org.restore("Leads", deleted(related, "Leads"))
    related.pass_time(8 * 24 * 3600)  # past related.max_age_days
    run(zoho_sync, synced)
    assert_lists_equal(related, synced)
    synced.assert_no_row_twice()


def deleted(crm: Crm, module: str) -> str:
    return str(crm.simulator.deletions(module)[0]["id"])
