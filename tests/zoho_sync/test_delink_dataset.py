"""From a query over the dataset to its undo, as the documentation shows it; on both destinations.

One dataset does for it all: a run costs more than everything that is shown with it.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.command_line import CHECKOUT
from tests.zoho_sync.crm_copies import copy_on
from tests.zoho_sync.delinking import Delinking, row_of
from zoho_crm.auth import exchange_grant_code
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server

DAY_S = 24 * 3600
QUERY = """
SELECT 'Campaigns' AS module, parent_id AS record, 'Leads' AS related_list, id AS related_record
FROM zoho_crm.campaigns__leads WHERE member_status = 'Sent'
"""
PAGE = (CHECKOUT / "docs" / "delink.md").read_text("utf-8")
EXAMPLE = PAGE.split("\n## ")[1]
_BLOCK = re.compile(r"```(sql|console)\n(.*?)```", re.DOTALL)
_VARYING = {
    r"\b[0-9a-f]{12}\b": "PLAN",
    r"\b6\d{18}\b": "ID",
    r"\d{4}-\d\d-\d\d \d\d:\d\d UTC": "TIME",
}


@pytest.fixture(params=["duckdb", "postgres"])
def loaded(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    zoho_sync: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Delinking:
    """Three campaigns are loaded, with leads that were sent to long ago, and others."""
    crm = Crm(simulator_server)
    for module in ("Campaigns", "Leads"):
        external = field(f"Ext_{module[:-1]}", "text", external="org")
        fields = [field("Name", "text"), external]
        crm.org.add_module(module, fields, generated_type="default")
    copy = copy_on(request.param, request, crm, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    delinking = Delinking(crm, copy, zoho_sync, tmp_path / "rows.csv")
    long_ago = crm.now_s - 400 * DAY_S
    for number, count in enumerate((150, 60, 43)):
        campaign = crm.org.create("Campaigns", {"Name": "C", "Ext_Campaign": f"C-{number}"})
        where = {"campaign": campaign, "module": "Leads"}
        delinking.add_members(count, since=long_ago, **where)
        opened = delinking.add_members(2, status="Opened", since=long_ago, **where)
        crm.org.update("Leads", opened[0]["related_record"], {"Ext_Lead": f"P-{number}"})
    ended = zoho_sync("run", "--quiet", "--destination", copy.destination)
    assert ended.code == 0, ended.err + ended.out
    crm.forget_log()
    return delinking


def held(delinking: Delinking) -> Sequence[tuple[str, str, str | None]]:
    """Campaign, lead and status as both lists' tables or views have them."""
    one, other = (
        delinking.copy.query(f"SELECT parent_id, id, member_status FROM zoho_crm_live.{name}")
        for name in ("campaigns__leads", "leads__campaigns")
    )
    found = sorted((r["parent_id"], r["id"], r["member_status"]) for r in one)
    assert sorted((r["id"], r["parent_id"], r["member_status"]) for r in other) == found
    return found


def truth(delinking: Delinking) -> Sequence[tuple[str, str, str | None]]:
    return sorted(
        (campaign, member["id"], member["$member_info"]["Member_Status"])
        for campaign in delinking.crm.org.records("Campaigns")
        for member in delinking.crm.simulator.related("Campaigns", campaign, "Leads")
    )


def test_from_a_query_to_its_undo_as_documented_and_by_other_names(
    loaded: Delinking, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(loaded)
    assert before == truth(loaded)
    assert len(before) == 259

    play_the_example(loaded)
    plan_without_a_call_by_external_ids(loaded)
    remove_from_the_other_side_and_by_external_ids(loaded)
    refuse_another_organisation(loaded, monkeypatch)


def play_the_example(loaded: Delinking) -> None:
    """Every query and every command of the page's first section, and what each of them shows."""
    last = max(c for c, _, status in truth(loaded) if status == "Sent")
    for lead in [each for c, each, status in truth(loaded) if (c, status) == (last, "Sent")][:3]:
        loaded.crm.org.unlink("Campaigns", last, "Leads", lead)
    before = truth(loaded)
    (_, question), *blocks = _BLOCK.findall(EXAMPLE)
    plan, shows = "", []
    for kind, block in blocks:
        if kind == "sql":
            rows = loaded.copy.query(block.replace("1f0c2a9be7d4", plan))
            assert [row["member_status"] for row in rows] == ["Sent"] * 250
            continue
        command, expected = block.removeprefix("$ ").split("\n", 1)
        shown = type_command(loaded, command.replace("1f0c2a9be7d4", plan), question)
        assert vary(shown) == vary(expected)
        plan = plan or str(re.search(r"Plan (\w{12})", shown)[1])  # type: ignore[index]  # it does
        shows.append((truth(loaded), held(loaded), loaded.writes()))
    planned, applied, undone = shows
    assert planned[0] == before
    assert planned[2] == []
    assert applied[0] == applied[1] == [row for row in before if row[2] == "Opened"]
    assert [entry.method for entry in applied[2]] == ["DELETE"] * 4
    assert undone[0] == undone[1] == before
    again = loaded.run("--plan", plan, "--apply", "--yes")
    assert again.code == 9
    assert "was undone, so its relations are in Zoho again" in again.sentence


def type_command(loaded: Delinking, command: str, question: str) -> str:
    """Runs a line of the documentation; gives what a terminal shows."""
    name, *words = shlex.split(command.replace("$(cat stale.sql)", "QUERY"))
    assert name == "zoho-sync"
    arguments = [question if word == "QUERY" else word for word in words]
    where = ("--destination", loaded.copy.destination)
    ended = loaded.command(*arguments, *where, answer="y")
    assert ended.code == 0, ended.err + ended.out
    answered = ended.err.replace("[y/N]:", "[y/N]: y\n")
    return answered + ended.out


def vary(text: str) -> list[str]:
    """What is shown, but for what is another each time."""
    for pattern, name in _VARYING.items():
        text = re.sub(pattern, name, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def plan_without_a_call_by_external_ids(loaded: Delinking) -> None:
    """The dataset tells what it holds, and what it can't tell."""
    calls = len(loaded.crm.log())
    named = {
        ("C-0", "P-0", "Ext_Campaign", "Ext_Lead"): ("remove", ""),
        ("C-0", "P-1", "Ext_Campaign", "Ext_Lead"): ("gone", "not in the dataset"),
        ("C-9", "P-1", "Ext_Campaign", "Ext_Lead"): (
            "unknown",
            "The dataset holds no record of Campaigns with 'C-9' in Ext_Campaign: `zoho-sync run"
            " Campaigns`, or plan without --offline.",
        ),
        ("C-0", "P-9", "Ext_Campaign", "Ext_Lead"): ("unknown", "no record of Leads with 'P-9'"),
        ("C-0", "P-0", "Name", "Ext_Lead"): ("unknown", "Campaigns.Name was no external field"),
        ("C-0", "P-0", "Code", "Ext_Lead"): ("unknown", "knows no field Campaigns.Code"),
    }
    loaded.write(
        [
            row_of(*ids, related_list="Leads", record_field=one, related_field=other)
            for *ids, one, other in named
        ]
    )

    planned = loaded.plan("--offline")

    assert planned.code == 6
    found = {
        tuple(row[n] for n in ("record", "related_record", "record_field", "related_field")): row
        for row in planned.document["rows"]
    }
    assert {key: row["planned"] for key, row in found.items()} == {
        key: state for key, (state, _) in named.items()
    }
    for key, (_, says) in named.items():
        assert says in found[key]["sentence"]
    image = found["C-0", "P-0", "Ext_Campaign", "Ext_Lead"]["before"]
    assert image["Member_Status"] == "Opened"
    assert len(loaded.crm.log()) == calls


def remove_from_the_other_side_and_by_external_ids(loaded: Delinking) -> None:
    before = held(loaded)
    leads = loaded.crm.org.records("Leads")
    named = {lead["Ext_Lead"]: each for each, lead in leads.items()}["P-0"]
    campaign, lead, _ = next(row for row in before if row[1] != named)
    names = {"module": "Leads", "related_list": "Campaigns"}
    fields = {"record_field": "Ext_Campaign", "related_field": "Ext_Lead"}
    loaded.write(
        [
            {**names, "record": lead, "related_record": campaign},
            row_of("C-0", "P-0", related_list="Leads", **fields),
        ]
    )

    offline = loaded.plan("--offline").document
    online = loaded.plan().document
    assert offline["to_remove"] == online["to_remove"] == 2
    applied = loaded.apply()

    assert applied.code == 0, applied.out
    assert applied.document["calls"] == 3  # two to remove, one to read the list again
    assert held(loaded) == truth(loaded) == [row for row in before if row[1] not in (lead, named)]
    assert len(loaded.crm.org.records("Leads")) == len(leads)  # no record is ever deleted


def refuse_another_organisation(loaded: Delinking, monkeypatch: pytest.MonkeyPatch) -> None:
    server = loaded.crm.server
    grant = exchange_grant_code(
        client_id=server.client_id,
        client_secret=server.client_secret,
        code=loaded.crm.simulator.new_grant_code(),
        accounts_url=server.accounts_url,
    )
    monkeypatch.setenv("SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN", grant.refresh_token)
    assert loaded.run("--from-query", QUERY).code == 0
    loaded.copy.execute("UPDATE zoho_crm.organization SET id = '1', company_name = 'Elsewhere'")

    refused = loaded.run("--from-query", QUERY)

    assert refused.code == 2
    assert "holds the organisation Elsewhere" in refused.sentence
