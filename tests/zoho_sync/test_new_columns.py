"""Fields that come, change their type or their name: every older record gets its value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from zoho_crm import zoho_crm_source
from zoho_simulator.fields import field, lookup, multi_module_lookup, multiselect, rich_text
from zoho_simulator.schema_acts import rename_field, retype_field
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase


def test_older_records_get_the_values_of_a_new_field_for_a_call(case: SchemaCase) -> None:
    crm, org = case.crm, case.crm.org
    case.run()
    before = {row["id"]: row["_dlt_load_id"] for row in case.rows("widgets")}
    org.add_field("Widgets", field("Weight", "double"))
    org.add_field("Widgets", multiselect("Labels", ["a", "b"]))
    ids = list(org.records("Widgets"))
    for record_id in ids[:5]:
        org.update("Widgets", record_id, {"Weight": 2.5, "Labels": ["a"]}, keep_time=True)
    org.update("Widgets", ids[5], {"Weight": "heavy"}, keep_time=True)
    org.update("Widgets", ids[6], {"Weight": 7})
    crm.forget_log()

    report = case.run()

    told = "Widgets: reading Weight, Labels of 45 older records takes about 1 call."
    assert case.log.index(told) < case.log.index("Widgets__backfill: 45 rows"), "beforehand"
    assert told in report["notes"]
    asked = [entry.params["fields"] for entry in crm.log("Widgets")]
    assert "Modified_Time,Weight,Labels" in asked
    assert len(asked) == 2, "one call for what changed, one for the new fields"
    (filling,) = [r for r in report["resources"] if r["resource"] == "Widgets__backfill"]
    assert (filling["outcome"], filling["rows"], filling["calls"]) == ("done", 45, 1)
    held = {row["id"]: row for row in case.rows("widgets")}
    assert held[ids[5]]["weight__raw"] == "heavy"
    org.update("Widgets", ids[5], {"Weight": None}, keep_time=True)
    held[ids[5]]["weight__raw"] = None
    assert sum(row["_dlt_load_id"] != before[row["id"]] for row in held.values()) == 1
    assert [row["done_at"] is not None for row in case.rows("field_backfills")] == [True] * 2
    assert case.rows("_backfill_widgets") == []
    case.assert_equals_crm("Widgets", "Gadgets")
    crm.forget_log()
    assert case.run()["schema_changes"] == []
    assert [entry.status for entry in crm.log("Widgets")] == [304]


def test_a_field_of_another_type_gets_a_second_column(case: SchemaCase) -> None:
    org = case.crm.org
    case.run()
    retype_field(org, "Widgets", "Code", "integer")
    retype_field(org, "Widgets", "Number", "text")
    retype_field(org, "Widgets", "Size", "multiselectpicklist")
    retype_field(org, "Widgets", "Gadget", "text")

    case.run()

    columns = {name: case.column_of("Widgets", name) for name in ("Code", "Number", "Size")}
    assert columns == {"Code": "code__bigint", "Number": "number__text", "Size": "size__json"}
    case.assert_equals_crm("Widgets")
    assert {row["code"] for row in case.rows("widgets")} == {str(n * 10) for n in range(45)}
    org.update("Widgets", next(iter(org.records("Widgets"))), {"Code": 77})
    retype_field(org, "Widgets", "Number", "integer")  # and back

    case.run()

    assert case.column_of("Widgets", "Number") == "number"
    case.assert_equals_crm("Widgets")


def test_a_renamed_field_keeps_its_column_or_gets_one_of_its_new_name(
    duckdb_case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = duckdb_case
    org, crm = case.crm.org, case.crm
    case.run()
    rename_field(org, "Widgets", "Code", "Article")
    crm.forget_log()
    case.run()
    assert case.column_of("Widgets", "Article") == "code"
    assert len(crm.log("Widgets")) == 1, "nothing to fill"
    case.assert_equals_crm("Widgets")

    monkeypatch.setenv("SOURCES__ZOHO_CRM__KEEP_RENAMED_COLUMNS", "false")
    rename_field(org, "Widgets", "Amount", "Price")
    org.add_field("Widgets", field("Amount", "text"))  # another field of the old name

    case.run()

    assert case.column_of("Widgets", "Price") == "price"
    assert case.column_of("Widgets", "Amount") not in ("amount", "price")
    assert case.column_of("Widgets", "Article") == "code"
    case.assert_equals_crm("Widgets")
    assert Decimal("0.25") in {row["amount"] for row in case.rows("widgets")}


@pytest.mark.soak
def test_filling_may_be_switched_off_and_on(
    duckdb_case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = duckdb_case
    org = case.crm.org
    case.run()
    org.add_field("Gadgets", field("Weight", "double"))
    first = next(iter(org.records("Gadgets")))
    org.update("Gadgets", first, {"Weight": 3}, keep_time=True)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS", "false")
    assert any("fill_new_columns is off" in note for note in case.run()["notes"])
    assert {row["weight"] for row in case.rows("gadgets")} == {None}
    monkeypatch.delenv("SOURCES__ZOHO_CRM__FILL_NEW_COLUMNS")

    case.run()

    case.assert_equals_crm("Gadgets")


def test_filling_goes_on_where_a_limit_or_a_full_package_ended_it(
    duckdb_case: SchemaCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    for number in range(900):
        org.create("Widgets", {"Number": number})
        crm.pass_time(2)
    case.run()
    org.add_field("Widgets", field("Weight", "double"))
    for number, record_id in enumerate(org.records("Widgets")):
        org.update("Widgets", record_id, {"Weight": number}, keep_time=True)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS", "150")
    crm.forget_log()

    report = case.run("--max-calls", "12", code=8)
    assert any(r["outcome"] == "limit" for r in report["resources"])
    filled = sum(row["weight"] is not None for row in case.rows("widgets"))
    assert 0 < filled < 945
    case.run()

    pages = [e for e in crm.log("Widgets") if "Weight" in e.params["fields"].split(",")]
    pages = [e for e in pages if e.params["fields"] == "Modified_Time,Weight"]
    assert len(pages) <= 8, "what was filled is not read again"
    case.assert_equals_crm("Widgets")


@pytest.mark.soak
def test_more_new_fields_than_a_call_may_name_are_filled_at_once(
    case: SchemaCase, tmp_path: Path
) -> None:
    crm, org = case.crm, case.crm.org
    crm.add_module("Accounts", times=[crm.now_s])
    org.add_field("Widgets", multi_module_lookup("What_Id"))
    (account,), gadgets = org.records("Accounts"), list(org.records("Gadgets"))
    for record_id in org.records("Widgets"):
        org.update(
            "Widgets", record_id, {"What_Id": Reference("Accounts", int(account))}, keep_time=True
        )
    case.run()
    for spec in (rich_text("Story"), lookup("Second", "Gadgets"), multi_module_lookup("Whom")):
        org.add_field("Widgets", spec)
    for number in range(110):
        org.add_field("Widgets", field(f"New_{number}", "text"))
    for number, record_id in enumerate(org.records("Widgets")):
        values = {f"New_{each}": f"{number} {each}" for each in range(110)}
        more = {
            "Story": "long " * 200,
            "Second": gadgets[0],
            "Whom": Reference("Gadgets", int(gadgets[1])),
        }
        org.update("Widgets", record_id, values | more, keep_time=True)

    report = case.run()

    assert "and 105 more of 45 older records takes about 6 calls." in " ".join(report["notes"])
    (filling,) = [r for r in report["resources"] if r["resource"] == "Widgets__backfill"]
    assert filling["calls"] == 3 + 1 + 1, "lists, texts, and whether they were edited meanwhile"
    case.assert_equals_fresh_load(tmp_path / "fresh.duckdb", "Widgets")


@pytest.mark.soak
def test_the_source_alone_fails_on_postgres_where_a_type_changes_until_it_reads_anew(
    duckdb_case: SchemaCase, postgres_url: str, tmp_path: Path
) -> None:
    """As the docs say."""
    crm, org = duckdb_case.crm, duckdb_case.crm.org
    pipeline = dlt.pipeline(
        "alone",
        destination=dlt.destinations.postgres(postgres_url),
        dataset_name="zoho_crm",
        pipelines_dir=str(tmp_path),
    )
    pipeline.run(zoho_crm_source(["Widgets"], credentials=crm.credentials()))
    retype_field(org, "Widgets", "Code", "integer")
    org.update("Widgets", next(iter(org.records("Widgets"))), {"Number": 7})
    crm.pass_time(3600)
    with pytest.raises(PipelineStepFailed):
        pipeline.run(zoho_crm_source(["Widgets"], credentials=crm.credentials()))

    pipeline.abort_packages()
    pipeline.run(
        zoho_crm_source(["Widgets"], credentials=crm.credentials()), refresh="drop_resources"
    )

    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT pg_typeof(code), count(*) FROM widgets GROUP BY 1")
    assert rows == [("bigint", 45)]


@pytest.mark.parametrize(
    "change", ["points elsewhere", pytest.param("gone and back", marks=pytest.mark.soak)]
)
def test_filling_begins_anew_where_the_field_changes_before_it_ends(
    duckdb_case: SchemaCase, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    case = duckdb_case
    crm, org = case.crm, case.crm.org
    (tool,) = crm.add_module("Tools", times=[crm.now_s])
    first, second, *_ = org.records("Gadgets")
    for number in range(400):
        org.create("Widgets", {"Number": number})
        crm.pass_time(2)
    case.run()
    org.add_field("Widgets", lookup("Other", "Gadgets"))
    point_all(case, first)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS", "150")
    case.run("--max-calls", "11", code=8)
    assert 0 < sum(row["other__id"] is not None for row in case.rows("widgets")) < 445

    if change == "points elsewhere":
        org.change_field("Widgets", "Other", lookup_module="Tools")
        point_all(case, tool)
    else:
        spec = org.module("Widgets").fields["Other"]
        org.remove_field("Widgets", "Other")
        case.run()
        org.add_field("Widgets", spec)
        point_all(case, second)
    case.run()

    case.assert_equals_crm("Widgets")
    assert [row["done_at"] is not None for row in case.rows("field_backfills")] == [True]


def point_all(case: SchemaCase, target: str) -> None:
    for record_id in list(case.crm.org.records("Widgets")):
        case.crm.org.update("Widgets", record_id, {"Other": target}, keep_time=True)
