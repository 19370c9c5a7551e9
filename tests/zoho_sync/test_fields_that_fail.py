"""A module whose fields cannot be read is missed alone, run after run, until they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.changing_schemas import DAY_S
from zoho_crm import settings
from zoho_simulator.fields import field
from zoho_simulator.schema_acts import rename_field

if TYPE_CHECKING:
    from tests.zoho_sync.changing_schemas import SchemaCase
    from zoho_simulator.faults import Fault, Kind

FAILURES: list[tuple[Kind, int]] = [("500", 4), ("not-json", 5)]


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RETRY_WAIT_S", 0.001)


def _fail(case: SchemaCase, kind: Kind, **params: str) -> Fault:
    path = "/crm/v8/settings/fields"
    return case.crm.faults.add(kind=kind, path=path, params=params, times=10_000)


@pytest.mark.parametrize(
    ("kind", "code"), [FAILURES[0], pytest.param(*FAILURES[1], marks=pytest.mark.soak)]
)
def test_a_module_whose_fields_never_were_read_is_told_and_the_rest_is_loaded(
    case: SchemaCase, kind: Kind, code: int
) -> None:
    _fail(case, kind, module="Widgets")

    for _ in range(2):
        report = case.run(code=code)
        ends = {each["resource"]: each["outcome"] for each in report["resources"]}
        assert ends["Widgets"] == ends["fields"] == "failed"
        assert ends["Gadgets"] == "done"
        case.assert_equals_crm("Gadgets")
        case.crm.org.create("Gadgets", {"Code": "later"})
    (module,) = case.copy.query("SELECT * FROM zoho_crm.modules WHERE api_name = 'Widgets'")
    assert "Widgets: " in module["refusal"]
    assert not module["is_readable"]

    case.crm.faults.clear()
    report = case.run()

    case.assert_equals_crm("Widgets", "Gadgets")
    assert report["schema_changes"] == []
    (module,) = case.copy.query("SELECT * FROM zoho_crm.modules WHERE api_name = 'Widgets'")
    assert (module["is_readable"], module["refusal"]) == (True, None)


@pytest.mark.parametrize(
    ("kind", "code", "wait_s"),
    [pytest.param("500", 4, 0, marks=pytest.mark.soak), ("not-json", 5, DAY_S)],
)
def test_a_module_whose_fields_are_known_is_read_by_them_and_asked_again(
    case: SchemaCase, kind: Kind, code: int, wait_s: int
) -> None:
    crm, org = case.crm, case.crm.org
    case.run()
    crm.pass_time(wait_s)
    org.add_field("Widgets", field("Weight", "double"))
    org.add_field("Gadgets", field("Shade", "text"))
    org.create("Widgets", {"Code": "new", "Weight": 1.5})
    old = next(iter(org.records("Widgets")))
    org.update("Widgets", old, {"Weight": 2.5}, keep_time=True)
    _fail(case, kind, module="Widgets")

    for _ in range(2):
        report = case.run(code=code)
        ends = {each["resource"]: each["outcome"] for each in report["resources"]}
        assert ends["fields"] == "failed"
        assert ends["Widgets"] == ends["Gadgets"] == "done"
        case.assert_equals_crm("Gadgets")
        held = {row["id"]: row["code"] for row in case.rows("widgets")}
        assert held == {str(key): each["Code"] for key, each in org.records("Widgets").items()}

    crm.faults.clear()
    crm.forget_log()
    report = case.run()

    asked = [entry.params["module"] for entry in crm.log("settings/fields")]
    assert asked == ["Widgets"]
    assert [(c["kind"], c["field"]) for c in report["schema_changes"]] == [
        ("field_added", "Weight")
    ]
    case.assert_equals_crm("Widgets", "Gadgets")
    assert "weight" in case.columns("widgets")
    crm.forget_log()
    case.run()
    assert not crm.log("settings/fields")


def test_a_module_whose_known_fields_are_refused_is_told_and_asked_again(
    duckdb_case: SchemaCase,
) -> None:
    case = duckdb_case
    case.run()
    case.crm.org.add_field("Widgets", field("Weight", "double"))
    old = next(iter(case.crm.org.records("Widgets")))
    case.crm.org.update("Widgets", old, {"Weight": 2.5}, keep_time=True)
    _fail(case, "no-permission", module="Widgets")

    for _ in range(2):
        (fields,) = [r for r in case.run()["resources"] if r["resource"] == "fields"]
        assert "It is read by the fields known before." in " ".join(fields["notes"])

    case.crm.faults.clear()
    case.run()
    case.assert_equals_crm("Widgets")


def test_records_that_lack_a_field_are_not_emptied_while_fields_cannot_be_read(
    case: SchemaCase,
) -> None:
    """A field was renamed: asked for by its old name, it would come as nothing."""
    crm, org = case.crm, case.crm.org
    case.run()
    before = {row["id"]: row["code"] for row in case.rows("widgets")}
    rename_field(org, "Widgets", "Code", "Article")
    for record_id in list(org.records("Widgets")):
        org.update("Widgets", record_id, {"Name": "Touched"})
    _fail(case, "500", module="Widgets")

    for _ in range(2):
        report = case.run(code=4)
        ends = {each["resource"]: each["outcome"] for each in report["resources"]}
        assert ends["Widgets"] == "failed"
        assert {row["id"]: row["code"] for row in case.rows("widgets")} == before
        case.assert_equals_crm("Gadgets")

    crm.faults.clear()
    case.run()
    case.assert_equals_crm("Widgets", "Gadgets")


def test_where_no_fields_can_be_read_nothing_is(case: SchemaCase) -> None:
    _fail(case, "500")

    report = case.run(code=4)

    assert "kept failing; run again later" in report["message"]
    assert not report["resources"]
    case.crm.faults.clear()
    case.run()
    case.assert_equals_crm("Widgets", "Gadgets")
