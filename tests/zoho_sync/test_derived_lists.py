"""Lists are derived from tables where comparing has shown no difference, and read where it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.related_copies import assert_lists_equal
from tests.zoho_sync.related_runs import RELATED, run
from zoho_simulator.fields import field, lookup

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended
    from tests.zoho_sync.crm_copies import SyncedCopy


@pytest.fixture
def copy(campaigns_copy: SyncedCopy) -> SyncedCopy:
    return campaigns_copy


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


def test_a_list_that_is_derived_from_its_other_side_is_watched_with_it(
    zoho_sync: CommandLine, copy: SyncedCopy
) -> None:
    run(zoho_sync, copy)
    copy.execute("UPDATE zoho_crm.sync_runs SET started_at = started_at - INTERVAL 3 HOUR")
    run(zoho_sync, copy, "*", "!*.*")  # modules alone

    ended = zoho_sync("status", "Leads.Campaigns", "Campaigns.Leads", "Leads", "--json")

    tables = {each["resource"]: each for each in ended.document["tables"]}
    assert tables["Leads.Campaigns"]["table"] == "leads__campaigns"
    assert tables["Leads.Campaigns"]["rows"] == tables["Campaigns.Leads"]["rows"] == 18
    assert tables["Leads.Campaigns"]["read_at"] == tables["Campaigns.Leads"]["read_at"]
    assert tables["Leads.Campaigns"]["read_at"] < tables["Leads"]["read_at"]
    assert zoho_sync("status", "Leads.Campaigns", "--max-age", "1h").code == 6
    assert zoho_sync("status", "Leads.Campaigns", "--max-age", "4h").code == 0


def test_a_list_that_is_derived_unchecked_is_watched_as_well(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_visits(campaigns)
    monkeypatch.setenv(f"{RELATED}MAX_CALLS", "0")
    run(zoho_sync, copy)

    tables = zoho_sync("status", "Visits", "Leads.Visits_Of", "--json").document["tables"]

    child, derived = sorted(tables, key=lambda table: len(table["resource"]))
    assert (derived["read_at"], derived["rows"]) == (child["read_at"], 6)


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


def test_modules_shows_a_list_of_a_module_as_a_run_of_that_module_leaves_it(
    zoho_sync: CommandLine, campaigns: Crm, copy: SyncedCopy
) -> None:
    assert copy.path
    before = zoho_sync("modules", "--related", "Leads", "--json").document
    run(zoho_sync, copy)
    campaigns.forget_log()
    after = zoho_sync("modules", "--related", "Leads", "--json").document
    for lists in (before["related_lists"], after["related_lists"]):
        assert [(each["list"], each["way"], each["full_sweep_calls"]) for each in lists] == [
            ("Leads.Campaigns", "derived", 0)
        ]
    assert after["related_lists"][0]["reason"].startswith("from Campaigns.Leads")
    assert "until the next run" not in after["related_lists"][0]["reason"]
    assert after["calls"] == len(campaigns.log())
    run(zoho_sync, copy, "Leads")
    ways = copy.query("SELECT way FROM zoho_crm.related_list_ways WHERE name = 'Leads.Campaigns'")
    assert ways == [{"way": "derived"}]
