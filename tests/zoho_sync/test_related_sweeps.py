"""Sweeps: what is due is read, long lists are proved, and what cannot be read is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API, Crm
from tests.zoho_sync.related_copies import assert_lists_equal
from tests.zoho_sync.related_runs import RELATED, list_calls, run
from zoho_crm import settings
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.crm_copies import SyncedCopy

MEMBERS = 2_500


@pytest.fixture
def copy(campaigns_copy: SyncedCopy) -> SyncedCopy:
    return campaigns_copy


def first(crm: Crm, module: str = "Campaigns") -> str:
    return sorted(crm.org.records(module))[0]


def outcomes(copy: SyncedCopy) -> dict[str, int]:
    rows = copy.query("SELECT outcome, count(*) AS n FROM zoho_crm.related_sweeps GROUP BY 1")
    return {row["outcome"]: row["n"] for row in rows}


def test_a_list_of_2500_members_that_changes_while_it_is_read_loses_nothing(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    org, giant = campaigns.org, first(campaigns)
    leads = [org.create("Leads", {"Last_Name": f"M{number}"}) for number in range(MEMBERS)]
    for lead in leads:
        org.link("Campaigns", giant, "Leads", lead)
    campaigns.pass_time(3600)
    path = f"{API}Campaigns/{giant}/Leads"
    # Rows before a page border leave: those behind it shift over the border.
    campaigns.hooks.add(
        path=path, at=3, write=lambda org: org.unlink("Campaigns", giant, "Leads", leads[0])
    )
    campaigns.hooks.add(
        path=path, at=20, write=lambda org: org.unlink("Campaigns", giant, "Leads", leads[250])
    )
    run(zoho_sync, copy)
    assert assert_lists_equal(campaigns, copy) == 2
    campaigns.pass_time(8 * 24 * 3600)
    calls = [call for call in list_calls(campaigns, zoho_sync, copy) if giant in call]
    assert calls == [f"Campaigns/{giant}/Leads"]  # an unchanged giant
    campaigns.pass_time(3600)
    org.unlink("Campaigns", giant, "Leads", leads[5])
    org.update("Campaigns", giant, {"Campaign_Name": "changed"})
    run(zoho_sync, copy)  # the count tells that a member is missing
    assert_lists_equal(campaigns, copy)


def test_a_limit_cuts_no_list_and_the_next_runs_go_on(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "1")
    ended = run(zoho_sync, copy)
    said = [r["notes"] for r in ended.document["resources"] if r["resource"] == "related_lists"]
    assert "not read yet: Campaigns.Leads (2 parents)" in said[0][0]
    assert outcomes(copy) == {"rows": 1}
    run(zoho_sync, copy)
    ended = run(zoho_sync, copy)
    assert ended.document["message"] == "Everything that was selected is up to date."
    assert outcomes(copy) == {"rows": 3}
    assert assert_lists_equal(campaigns, copy) == 2
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "0")
    campaigns.pass_time(8 * 24 * 3600)
    assert list_calls(campaigns, zoho_sync, copy) == []


def test_a_list_whose_parents_wait_for_calls_is_behind_and_not_read(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "2")
    ended = run(zoho_sync, copy)
    assert ended.document["message"] == (
        "Up to date, but for 1 related list that the next run goes on with: Campaigns.Leads."
    )
    ledger = "SELECT outcome, reason FROM zoho_crm.sync_run_resources WHERE resource LIKE '%.Leads'"
    [row] = copy.query(ledger)
    assert row["outcome"] == "behind"
    assert row["reason"].startswith("Campaigns.Leads: 1 parent waits to be read for the first time")
    assert status_of_leads(zoho_sync) == (6, "behind", None)
    run(zoho_sync, copy)
    code, outcome, read_at = status_of_leads(zoho_sync)
    assert (code, outcome) == (0, "done")
    campaigns.pass_time(3600)
    for campaign in campaigns.org.records("Campaigns"):
        campaigns.org.update("Campaigns", campaign, {"Campaign_Name": "changed"})
    campaigns.pass_time(60)
    run(zoho_sync, copy)
    assert status_of_leads(zoho_sync) == (0, "behind", read_at)  # as of when nothing was due
    assert "1 parent waits to be read again" in zoho_sync("status", "*.Leads").out


def status_of_leads(zoho_sync: CommandLine) -> tuple[int, str, str | None]:
    ended = zoho_sync("status", "Campaigns.Leads", "--max-age", "1d", "--json")
    [table] = ended.document["tables"]
    return ended.code, table["outcome"], table["read_at"]


def test_what_cannot_be_read_is_told_once_with_counts_and_the_rest_goes_on(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    org, gone = campaigns.org, first(campaigns)
    path = f"{API}Campaigns/{gone}/Leads"
    campaigns.hooks.add(path=path, write=lambda org: org.delete("Campaigns", gone))
    layout = org.layouts.add(org.module("Campaigns"), "Service")
    org.related_lists.change("Campaigns", "Leads", layouts={"Service": "user_hidden"})
    org.create("Campaigns", {"Layout": {"name": "Service", "id": layout}})
    campaigns.pass_time(60)
    ended = run(zoho_sync, copy)
    assert outcomes(copy) == {"gone": 1, "hidden": 1, "rows": 2}
    told = [r for r in ended.document["resources"] if r["resource"] == "Campaigns.Leads"]
    assert told[0]["notes"] == [
        "The layouts of 1 parent do not show it [INVALID_DATA].",
        "1 parent had gone meanwhile [INVALID_DATA].",
    ]
    assert list_calls(campaigns, zoho_sync, copy) == []
    org.related_lists.change("Campaigns", "Leads", layouts={})
    org.related_lists.change("Campaigns", "Leads", status="user_hidden")
    campaigns.pass_time(8 * 24 * 3600 - 100)
    known = copy.query("SELECT count(*) AS n FROM zoho_crm.campaigns__leads")
    run(zoho_sync, copy)
    ways = copy.query("SELECT way, reason FROM zoho_crm.related_list_ways WHERE name LIKE 'Ca%'")
    assert ways == [{"way": "none", "reason": "it is hidden in every layout, and Zoho refuses "
                                              "hidden lists"}]  # fmt: skip
    assert copy.query("SELECT count(*) AS n FROM zoho_crm.campaigns__leads") == known


def test_a_list_that_is_refused_is_given_up_for_a_day_and_no_counts_are_no_hindrance(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    org = campaigns.org
    campaigns.simulator.change_settings({"related_counts_supported": False})
    org.add_module("Contacts", [field("Name", "text")], generated_type="default")
    for _ in range(5):
        org.create("Campaigns", {"Campaign_Name": "more"})
    org.change_module("Contacts", refusal="NO_PERMISSION")
    ended = run(zoho_sync, copy)
    refused = {r["resource"]: r for r in ended.document["resources"]}["Campaigns.Contacts"]
    assert (refused["outcome"], refused["code"]) == ("skipped", "NO_PERMISSION")
    assert refused["calls"] <= 8
    assert assert_lists_equal(campaigns, copy, but=("Campaigns.Contacts",)) == 2
    campaigns.pass_time(3600)
    assert [call for call in list_calls(campaigns, zoho_sync, copy) if "Contacts" in call] == []


def test_a_list_that_is_named_is_read_alone(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    run(zoho_sync, copy, "Campaigns.Leads")
    assert copy.query("SELECT count(*) AS n FROM zoho_crm.campaigns__leads") == [{"n": 18}]
    assert "leads" not in copy.tables()
    run(zoho_sync, copy)
    campaigns.forget_log()
    run(zoho_sync, copy, "Leads.Campaigns")  # derived from what its other side gives
    read = {call.path.removeprefix(API) for call in campaigns.log()}
    assert {"Leads", "Campaigns"} <= read
    ended = zoho_sync("run", "Campaigns.Leeds")
    assert ended.code == 2
    assert "did you mean Campaigns.Leads?" in ended.err


def test_a_module_whose_lists_cannot_be_told_does_not_hinder_those_of_others(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RETRY_WAIT_S", 0.001)
    fault: dict[str, Any] = {"path": f"{API}settings/related_lists", "params": {"module": "Leads"}}
    campaigns.faults.add(kind="500", times=10_000, **fault)

    ended = zoho_sync("run", "--destination", copy.destination, "--json")

    assert (ended.code, "Leads: " in ended.document["message"]) == (4, True)
    assert copy.query("SELECT DISTINCT module FROM zoho_crm.related_lists") == [
        {"module": "Campaigns"}
    ]
    assert assert_lists_equal(campaigns, copy) == 1
    told = zoho_sync("modules", "--related", "--json").document
    assert any("Leads: " in note for note in told["notes"])

    campaigns.faults.clear()
    run(zoho_sync, copy)
    assert assert_lists_equal(campaigns, copy) == 2

    campaigns.pass_time(2 * 24 * 3600)
    campaigns.faults.add(kind="500", times=10_000, **fault)
    assert zoho_sync("run", "--destination", copy.destination).code == 4
    assert assert_lists_equal(campaigns, copy) == 2  # as they were known before
