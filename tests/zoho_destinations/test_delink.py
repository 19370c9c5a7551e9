"""The destination `delink` in pipelines of anybody's: rows in, relations removed, calls counted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_crm.crm import API, Crm
from tests.zoho_destinations.memberships import UNKNOWN, Row, add_members, row_of
from zoho_crm.exceptions import ZohoCrmError
from zoho_destinations.delink import delink
from zoho_destinations.delink_batches import DelinkRefusedError, Tally, remove_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).parent.parent.parent / "docs" / "delink.md"


def members(crm: Crm, rows: Sequence[Row]) -> list[str]:
    campaigns = dict.fromkeys(row["record"] for row in rows)
    found = [crm.org.related_ids("Campaigns", each, "Contacts") for each in campaigns]
    return [contact for ids in found for contact in ids]


def load(rows: Any) -> None:
    """A pipeline of anybody's."""
    pipeline = dlt.pipeline("delinking", destination=delink())
    pipeline.run(rows, table_name="stale")


def run(crm: Crm, rows: Any) -> None:
    """What the destination does with a batch."""
    tally = Tally()
    with crm.client(may_write=True) as client:
        remove_batch(client, rows, tally)
    tally.raise_failures()


def refused(crm: Crm, rows: Any) -> str:
    with pytest.raises((DelinkRefusedError, ZohoCrmError)) as failed:
        run(crm, rows)
    return str(failed.value)


def deletes(crm: Crm) -> list[Any]:
    return [entry for entry in crm.log() if entry.method == "DELETE"]


def test_250_relations_of_three_parents_take_four_calls(crm: Crm) -> None:
    rows = [row for count in (150, 60, 40) for row in add_members(crm, count)]
    kept = add_members(crm, 2, campaign=rows[0]["record"])

    load(rows[::-1] + rows[:20])

    assert members(crm, rows) == [row["related_record"] for row in kept]
    asked = [(e.path, e.params["ids"].count(",") + 1) for e in deletes(crm)]
    assert sorted(size for _, size in asked) == [40, 50, 60, 100]
    assert {path for path, _ in asked} == {f"{API}Campaigns/{r['record']}/Contacts" for r in rows}


def test_rows_of_a_duckdb_query_go_through_as_documented(crm: Crm, project_dir: Path) -> None:
    rows = add_members(crm, 3)
    with duckdb.connect(str(project_dir / "analysis.duckdb")) as database:
        database.sql("CREATE TABLE members (campaign BIGINT, contact VARCHAR, status VARCHAR)")
        for row, status in zip(rows, ("stale", "stale", "fresh"), strict=True):
            values = [int(row["record"]), row["related_record"], status]
            database.execute("INSERT INTO members VALUES (?, ?, ?)", values)
        database.sql(
            "CREATE VIEW stale_members AS SELECT 'Campaigns' AS module, campaign AS record,"
            " 'Contacts' AS related_list, contact AS related_record"
            " FROM members WHERE status = 'stale'"
        )
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

    exec(example, {})  # noqa: S102  # our own documentation

    assert members(crm, rows) == [rows[2]["related_record"]]
    assert len(deletes(crm)) == 1


def test_one_relation_alone_uses_the_single_form(crm: Crm) -> None:
    (row,) = add_members(crm, 1)

    run(crm, [row])

    assert [e.path for e in deletes(crm)] == [
        f"{API}Campaigns/{row['record']}/Contacts/{row['related_record']}"
    ]


def test_what_is_gone_is_done_and_the_rest_of_the_call_too(crm: Crm) -> None:
    rows = add_members(crm, 3)
    crm.org.unlink("Campaigns", rows[0]["record"], "Contacts", rows[0]["related_record"])

    run(crm, [*rows, row_of(UNKNOWN, rows[0]["related_record"])])

    assert members(crm, rows) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"module": "Deals", "related_list": "Contact_Roles"}, "no removing from Deals.Contact_R"),
        ({"related_list": "Vendors"}, "only Campaigns.Contacts, Campaigns.Leads"),
        ({"related_record": "P-1"}, "is no record id of Contacts"),
        ({"record": None}, "is no record id of Campaigns"),
        ({"record_field": "Ext: x\r\nX-Y"}, "is no API name of a field"),
        ({"record": "..", "record_field": "Ext_Campaign"}, "cannot stand in an address"),
        ({"module": "Contacts", "related_list": "Deals"}, "by external ids alone"),
        ({"colour": "red"}, "hold colour, which means nothing"),
        ({"record": 6.0e18}, "Row 2: `record` is a float"),
    ],
)
def test_a_row_that_cannot_be_removed_stops_its_batch_before_any_call(
    crm: Crm, change: Row, says: str
) -> None:
    rows = add_members(crm, 2)

    assert says in refused(crm, [rows[0], rows[1] | change])
    assert deletes(crm) == []


def test_external_ids_and_a_wrong_one_on_either_side(crm: Crm) -> None:
    campaign = crm.org.create("Campaigns", {"Ext_Campaign": "C-1"})
    for number in range(3):
        contact = crm.org.create("Contacts", {"Ext_Contact": f"P-{number}"})
        crm.org.link("Campaigns", campaign, "Contacts", contact)
    fields = {"record_field": "Ext_Campaign", "related_field": "Ext_Contact"}
    named = (("C-1", "P-0"), ("C-9", "P-1"), ("C-1", "P-9"), ("C-1", "P-2"))

    said = refused(crm, [row_of(one, other, **fields) for one, other in named])

    assert len(crm.org.related_ids("Campaigns", campaign, "Contacts")) == 1
    assert "2 of 4 relations could not be removed" in said
    assert "No record of Campaigns has 'C-9' in Ext_Campaign" in said
    assert "No record of Contacts has 'P-9' in Ext_Contact" in said


def test_the_lookup_of_the_documentations_sample(crm: Crm) -> None:
    contact = crm.org.create("Contacts", {"Ext_Contact": "P-1"})
    deal = crm.org.create("Deals", {"Ext_Deal": "D-1", "Contact_Name": contact})
    fields = {"record_field": "Ext_Contact", "related_field": "Ext_Deal"}
    names = {"module": "Contacts", "related_list": "Deals"}

    run(crm, [{**names, "record": "P-1", "related_record": "D-1", **fields}])

    assert crm.org.records("Deals")[deal]["Contact_Name"] is None


def test_an_id_that_zoho_cannot_read_stops_none_of_its_call(crm: Crm) -> None:
    """Zoho refuses the whole call: its rows are asked for apart until the culprit is alone."""
    rows = add_members(crm, 8)
    wrong = rows[3]["related_record"]
    refusal = {"code": "UNABLE_TO_PARSE_DATA_TYPE", "details": {}, "status": "error"}
    said = json.dumps(refusal).encode()
    path = f"{API}Campaigns/{rows[0]['record']}/Contacts"
    for ids in (rows, rows[:4], rows[2:4]):
        listed = ",".join(row["related_record"] for row in ids)
        crm.faults.add(kind="body", path=path, params={"ids": listed}, status=400, body=said)
    crm.faults.add(kind="body", path=f"{path}/{wrong}", status=400, body=said)

    told = refused(crm, rows)

    assert "1 of 8 relations could not be removed" in told
    assert "UNABLE_TO_PARSE_DATA_TYPE" in told
    assert members(crm, rows) == [wrong]


@pytest.mark.parametrize("refusal", ["NO_PERMISSION", "AUTHORIZATION_FAILED"])
def test_one_module_without_permission_does_not_stop_another(crm: Crm, refusal: str) -> None:
    rows = add_members(crm, 2)
    product, account = crm.org.create("Products", {}), crm.org.create("Accounts", {})
    crm.org.link("Products", product, "Accounts", account)
    crm.org.change_module("Campaigns", write_refusal=refusal)
    other = {"module": "Products", "record": product, "related_list": "Accounts"}

    said = refused(crm, [*rows, other | {"related_record": account}])

    assert "2 of 3 relations could not be removed" in said
    assert refusal in said
    assert crm.org.related_ids("Products", product, "Accounts") == []
    assert len(members(crm, rows)) == 2


def test_a_missing_scope_names_itself(crm: Crm) -> None:
    crm.settings.granted_scopes = ("ZohoCRM.modules.READ",)

    assert "ZohoCRM.modules.campaigns.DELETE" in refused(crm, add_members(crm, 2))


@pytest.mark.parametrize("fault", ["429", "500", "502-html", "close", "cut", "not-json"])
def test_what_passes_is_tried_again(crm: Crm, fault: Any) -> None:
    rows = add_members(crm, 120)
    crm.faults.add(kind=fault, method="DELETE", times=2)

    run(crm, rows)

    assert members(crm, rows) == []


@pytest.mark.parametrize("status", [400, 404])
def test_one_relation_that_is_gone_in_both_of_zohos_ways(crm: Crm, status: int) -> None:
    (row,) = add_members(crm, 1)
    crm.org.unlink("Campaigns", row["record"], "Contacts", row["related_record"])
    crm.simulator.change_settings({"relation_gone_status": status, "unknown_parent_status": status})

    run(crm, [row, row_of(UNKNOWN, row["related_record"])])

    assert len(deletes(crm)) == 2


def test_a_pipeline_fails_where_a_row_failed_and_says_which(crm: Crm) -> None:
    rows = add_members(crm, 2)
    wrong = row_of(rows[0]["record"], "P-9", related_field="Ext_Contact")

    with pytest.raises(PipelineStepFailed, match="1 of 3 relations could not be removed") as failed:
        load([*rows, wrong])

    assert "No record of Contacts has 'P-9' in Ext_Contact" in str(failed.value)
    assert members(crm, rows) == []
