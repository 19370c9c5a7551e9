"""Sweeps: what is due is read, long lists are proved, and what cannot be read is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import API, Crm
from tests.zoho_sync.campaigns import build_campaigns
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.related_copies import assert_lists_equal
from tests.zoho_sync.test_related import RELATED, list_calls, run
from zoho_simulator.fields import field, lookup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine, Ended
    from zoho_simulator import Server

MEMBERS = 2_500


@pytest.fixture
def campaigns(simulator_server: Server) -> Crm:
    """Three campaigns, six leads: `Campaigns.Leads` and its other side."""
    return build_campaigns(Crm(simulator_server))


@pytest.fixture
def copy(
    request: pytest.FixtureRequest,
    campaigns: Crm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> SyncedCopy:
    request.getfixturevalue("project_dir")
    copied = SyncedCopy(campaigns, path=tmp_path / "zoho.duckdb")
    for name, value in copied.environment().items():
        monkeypatch.setenv(name, value)
    return copied


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


def add_visits(crm: Crm) -> None:
    """Six visits of three campaigns, of which Zoho shows every other one in the list."""
    org = crm.org
    org.add_module(
        "Visits",
        [
            field("Kind", "text"),
            lookup("Campaign", "Campaigns", related_list="Visits"),
            lookup("Lead", "Leads", related_list="Visits_Of"),
        ],
    )
    campaigns, leads = sorted(org.records("Campaigns")), sorted(org.records("Leads"))
    for number in range(6):
        values = {
            "Kind": "ab"[number % 2],
            "Campaign": campaigns[number % 3],
            "Lead": leads[number],
        }
        org.create("Visits", values)
    org.related_lists.change("Campaigns", "Visits", keeps=lambda values: values["Kind"] == "a")
    crm.pass_time(60)


def ways_of_visits(copy: SyncedCopy) -> dict[str, str]:
    rows = copy.query("SELECT name, way FROM zoho_crm.related_list_ways WHERE name LIKE '%Visits%'")
    return {row["name"]: row["way"] for row in rows}


def views_of_visits(copy: SyncedCopy) -> list[str]:
    """The schemas that have a view `leads__visits_of`."""
    rows = copy.query(
        "SELECT table_schema AS name FROM information_schema.tables"
        " WHERE table_name = 'leads__visits_of' ORDER BY 1"
    )
    return [row["name"] for row in rows]


def notes_of(ended: Ended) -> dict[str, list[str]]:
    return {r["resource"]: r["notes"] for r in ended.document["resources"]}


def test_a_list_that_zoho_filters_is_read_and_that_is_said(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    add_visits(campaigns)
    ended = run(zoho_sync, copy)
    said = notes_of(ended)["Campaigns.Visits"][0]
    assert "Zoho does not show all children in it: 3 of 3" in said
    assert ways_of_visits(copy) == {"Campaigns.Visits": "read", "Leads.Visits_Of": "derived"}
    assert_lists_equal(campaigns, copy)


def test_a_derived_list_is_as_fresh_as_the_table_it_is_derived_from(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    add_visits(campaigns)
    read_at = set()
    for _ in range(2):  # the second run does not look at the list any more
        run(zoho_sync, copy)
        tables = zoho_sync("status", "Visits", "Leads.Visits_Of", "--json").document["tables"]
        child, derived = sorted(tables, key=lambda table: len(table["resource"]))
        assert (derived["resource"], derived["outcome"]) == ("Leads.Visits_Of", "done")
        assert derived["read_at"] == child["read_at"]
        read_at.add(child["read_at"])
    assert len(read_at) == 2


def test_no_list_is_derived_before_it_was_compared(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_visits(campaigns)
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "3")
    campaigns.forget_log()
    ended = run(zoho_sync, copy)
    calls = [call.path.split("/")[3:] for call in campaigns.log()]
    assert [c[2] for c in calls if len(c) > 2 and c[1].isdigit()] == ["Visits"] * 3
    said = notes_of(ended)["related_lists"][0]
    assert said.startswith("Not there yet")
    assert "first: Leads.Visits_Of; the next runs" in said
    assert ways_of_visits(copy) == {"Campaigns.Visits": "read", "Leads.Visits_Of": "waiting"}
    assert views_of_visits(copy) == []
    waiting = {r["resource"]: r for r in ended.document["resources"]}["Leads.Visits_Of"]
    assert waiting["outcome"] == "behind"
    assert "waits to be compared with Zoho's list" in waiting["reason"]
    assert "Leads.Visits_Of" in ended.document["message"]
    ended = run(zoho_sync, copy)
    assert ways_of_visits(copy)["Leads.Visits_Of"] == "derived"
    assert views_of_visits(copy) == ["zoho_crm", "zoho_crm_live"]
    assert "Not there yet" not in str(notes_of(ended))


def test_a_list_that_is_to_be_compared_anew_keeps_its_rows_until_then(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    add_visits(campaigns)
    run(zoho_sync, copy)
    assert ways_of_visits(copy)["Campaigns.Visits"] == "read"
    copy.execute("DELETE FROM zoho_crm.related_list_ways WHERE name = 'Campaigns.Visits'")
    run(zoho_sync, copy, "Leads")
    assert ways_of_visits(copy)["Campaigns.Visits"] == "waiting"
    assert_lists_equal(campaigns, copy)
    campaigns.org.related_lists.change("Campaigns", "Visits", keeps=None)
    run(zoho_sync, copy)
    assert ways_of_visits(copy)["Campaigns.Visits"] == "derived"
    assert assert_lists_equal(campaigns, copy) == 4


def test_where_no_calls_are_allowed_lists_are_derived_unchecked_and_that_is_said(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_visits(campaigns)
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "0")
    said = notes_of(run(zoho_sync, copy))["related_lists"]
    names = "Campaigns.Visits, Leads.Visits_Of"
    assert said == [
        f"Derived, but never compared with Zoho's lists, because related.max_calls is 0: {names}."
    ]
    assert set(ways_of_visits(copy).values()) == {"derived"}
    monkeypatch.delenv(f"{RELATED}MAX_CALLS")
    run(zoho_sync, copy)
    assert ways_of_visits(copy) == {"Campaigns.Visits": "read", "Leads.Visits_Of": "derived"}
    assert_lists_equal(campaigns, copy)


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


def test_modules_shows_each_list_with_its_way_and_cost(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    assert copy.path
    ended = zoho_sync("modules", "--related", "--json")
    lists = {each["list"]: each for each in ended.document["related_lists"]}
    assert lists["Campaigns.Leads"]["way"] == "read"
    assert lists["Campaigns.Leads"]["full_sweep_calls"] == 3
    assert lists["Leads.Campaigns"]["way"] == "derived"
    assert lists["Leads.Campaigns"]["full_sweep_calls"] == 0
    assert ended.document["notes"] == [
        "This is only how lists will be loaded at first: no run has loaded related lists yet."
    ]
    assert "Campaigns.Leads" in zoho_sync("modules", "--related", "Campaigns").out
    assert campaigns.log()


def test_modules_shows_how_the_copy_has_each_list_and_says_where_it_cannot_tell(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_visits(campaigns)
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "3")
    run(zoho_sync, copy)
    ended = zoho_sync("modules", "--related", "--json")
    lists = {each["list"]: each for each in ended.document["related_lists"]}
    assert ended.document["notes"] == []
    filtered = lists["Campaigns.Visits"]
    assert (filtered["way"], filtered["full_sweep_calls"]) == ("read", 3)
    assert "3 of 3 parents differ" in filtered["reason"]
    assert lists["Leads.Visits_Of"]["way"] == "waiting"
    monkeypatch.setenv(f"{RELATED}LISTS", '["!Campaigns.Visits"]')
    said = zoho_sync("modules", "--related", "Campaigns.Visits").out
    assert "the configuration leaves it out; read in the copy until the next run" in said
    assert copy.path
    copy.path.write_bytes(b"no database")
    ended = zoho_sync("modules", "--related", "--json")
    assert ended.code == 0
    assert "because the copy cannot be opened" in ended.document["notes"][0]
