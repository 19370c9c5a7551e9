"""After a delink the dataset shows it at once, whichever side of a relation it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.command_line import CHECKOUT
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.delinking import Delinking, row_of
from zoho_crm.auth import exchange_grant_code
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server

QUERY = """
SELECT 'Campaigns' AS module, parent_id AS record, 'Contacts' AS related_list, id AS related_record
FROM zoho_crm.campaigns__contacts WHERE member_status = 'Sent'
"""


@pytest.fixture(params=["duckdb", "postgres"])
def loaded(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    zoho_sync: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Delinking:
    """Two campaigns of four contacts each, half of them sent to, are loaded."""
    crm = Crm(simulator_server)
    for module in ("Campaigns", "Contacts"):
        external = field(f"Ext_{module[:-1]}", "text", external="org")
        crm.org.add_module(module, [external], generated_type="default")
    if request.param == "duckdb":
        copy = SyncedCopy(crm, path=tmp_path / "zoho.duckdb")
    else:
        copy = SyncedCopy(crm, url=request.getfixturevalue("postgres_url"))
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    delinking = Delinking(crm, copy, zoho_sync, tmp_path / "rows.csv")
    for number in range(2):
        campaign = crm.org.create("Campaigns", {"Ext_Campaign": f"C-{number}"})
        delinking.add_members(2, status="Sent", campaign=campaign)
        opened = delinking.add_members(2, status="Opened", campaign=campaign)
        crm.org.update("Contacts", opened[0]["related_record"], {"Ext_Contact": f"P-{number}"})
    ended = zoho_sync("run", "--quiet", "--destination", copy.destination)
    assert ended.code == 0, ended.err + ended.out
    crm.forget_log()
    return delinking


def held(delinking: Delinking) -> Sequence[tuple[str, str, str | None]]:
    """Campaign, contact and status as both lists' tables or views have them."""
    one, other = (
        delinking.copy.query(f"SELECT parent_id, id, member_status FROM zoho_crm_live.{name}")
        for name in ("campaigns__contacts", "contacts__campaigns")
    )
    found = sorted((r["parent_id"], r["id"], r["member_status"]) for r in one)
    assert sorted((r["id"], r["parent_id"], r["member_status"]) for r in other) == found
    return found


def truth(delinking: Delinking) -> Sequence[tuple[str, str, str | None]]:
    return sorted(
        (campaign, member["id"], member["$member_info"]["Member_Status"])
        for campaign in delinking.crm.org.records("Campaigns")
        for member in delinking.crm.simulator.related("Campaigns", campaign, "Contacts")
    )


def example_queries() -> list[str]:
    """What docs/delink.md shows."""
    page = (CHECKOUT / "docs" / "delink.md").read_text("utf-8")
    return re.findall(r"```sql\n(.*?)```", page, re.DOTALL)


def test_from_a_query_to_its_undo(loaded: Delinking) -> None:
    before = held(loaded)
    assert before == truth(loaded)
    assert len(before) == 8

    question = example_queries()[0].replace("leads", "contacts").replace("Leads", "Contacts")
    assert loaded.run("--from-query", question).document["to_remove"] == 0  # they are new
    older = question.replace("- INTERVAL", "+ INTERVAL")
    assert loaded.run("--from-query", older, "--offline").document["to_remove"] == 4

    planned = loaded.run("--from-query", QUERY)
    assert (planned.code, planned.document["to_remove"]) == (0, 4), planned.out
    assert planned.document["calls"] == planned.document["calls_to_apply"] == 2
    applied = loaded.run("--from-query", QUERY, "--apply", "--yes")

    assert applied.code == 0, applied.out
    assert applied.document["calls"] == 4  # two to remove, two to read the lists again
    assert held(loaded) == truth(loaded) == [row for row in before if row[2] != "Sent"]
    (shown,) = (sql for sql in example_queries() if "delinked_relations" in sql)
    rows = loaded.copy.query(shown.replace("1f0c2a9be7d4", planned.document["plan"]))
    assert [row["member_status"] for row in rows] == ["Sent"] * 4
    # The plan's query names nothing any more; the plan itself can still be asked for.
    again = loaded.run("--plan", planned.document["plan"], "--apply", "--yes")
    assert again.code == 0, again.out
    undone = loaded.run("--undo", planned.document["plan"], "--yes")
    assert undone.code == 0, undone.out
    assert held(loaded) == truth(loaded) == before


def test_rows_from_the_other_side_and_by_external_ids(loaded: Delinking) -> None:
    before = held(loaded)
    contacts = loaded.crm.org.records("Contacts")
    named = {c["Ext_Contact"]: each for each, c in contacts.items()}["P-0"]
    campaign, contact, _ = before[0]
    names = {"module": "Contacts", "related_list": "Campaigns"}
    fields = {"record_field": "Ext_Campaign", "related_field": "Ext_Contact"}
    loaded.write(
        [
            {**names, "record": contact, "related_record": campaign},
            row_of("C-0", "P-0", **fields),
        ]
    )
    offline = loaded.plan("--offline").document
    assert [row["planned"] for row in offline["rows"]] == ["unknown", "remove"]

    assert loaded.plan().document["to_remove"] == 2
    assert loaded.apply().code == 0

    left = [row for row in before if row[1] not in (contact, named)]
    assert held(loaded) == truth(loaded) == left
    assert len(left) == 6
    assert len(loaded.crm.org.records("Contacts")) == 8  # no record is ever deleted


@pytest.mark.parametrize("loaded", ["duckdb"], indirect=True)
def test_credentials_of_another_organisation_are_refused(
    loaded: Delinking, monkeypatch: pytest.MonkeyPatch
) -> None:
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
