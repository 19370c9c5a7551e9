"""Rule 4: what cannot be read is told, with its code, and takes nothing else with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.copies_alone import pipeline_for
from tests.zoho_crm.crm import API, Crm
from tests.zoho_crm.moving_lists import WIDGETS
from zoho_crm import zoho_crm_source
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoConfigError,
    ZohoPermissionError,
    ZohoTransientError,
)

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("refusal", ["NO_PERMISSION", "INVALID_MODULE", "NOT_SUPPORTED"])
def test_a_module_that_zoho_refuses_is_told_with_its_code(crm: Crm, refusal: Any) -> None:
    crm.add_module(times=[crm.now_s], refusal=refusal)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert (outcome.outcome, outcome.code) == ("skipped", refusal)
    assert (outcome.reason or "").startswith("Widgets: ")
    assert not outcome.is_loss


def test_what_was_never_readable_is_no_loss_unless_it_was_named(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", refusal="NO_PERMISSION")
    only = ["Widgets", "Secrets"]

    outcomes = copy.run("*", only=only).outcomes
    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].is_loss) == ("skipped", False)
    assert outcomes["Widgets"].outcome == "done"

    outcomes = copy.run("secrets", "Widgets", only=only).outcomes
    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].is_loss) == ("skipped", True)
    assert outcomes["Secrets"].code == "NO_PERMISSION"


def test_what_was_readable_before_is_a_loss_and_is_read_again_by_the_first_run_that_can(
    crm: Crm, copy: DuckDBCopy
) -> None:
    ids = crm.add_module(times=[crm.now_s - 5000, crm.now_s - 4000])
    copy.run("*", only=["Widgets"])
    crm.org.update("Widgets", ids[0], {"Name": "changed"})
    crm.pass_time(900)
    crm.org.change_module("Widgets", refusal="NO_PERMISSION")

    outcome = copy.run("*", only=["Widgets"]).outcomes["Widgets"]
    assert (outcome.outcome, outcome.code, outcome.is_loss) == ("skipped", "NO_PERMISSION", True)
    assert len(copy.rows("widgets")) == 2

    crm.pass_time(900)
    crm.org.change_module("Widgets", refusal=None)
    assert copy.run("*", only=["Widgets"]).outcomes["Widgets"].outcome == "done"
    copy.assert_equals_crm("Widgets")


def test_a_refusal_in_the_middle_keeps_what_was_read_and_the_place(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000 + 3 * number for number in range(900)])
    copy = QuickCopy(crm)
    crm.faults.add(kind="no-permission", path=WIDGETS, after=3)

    outcome = copy.run()

    assert (outcome.outcome, outcome.code) == ("skipped", "NO_PERMISSION")
    assert len(copy.rows) > 500
    copy.assert_anchor_is_proved()
    copy.run()
    copy.assert_equals_crm()


def test_a_refusal_amid_a_first_load_is_a_loss_and_is_not_remembered(
    crm: Crm, copy: DuckDBCopy
) -> None:
    crm.add_module(times=[crm.now_s - 9000 + 3 * number for number in range(900)])
    crm.faults.add(kind="no-permission", path=WIDGETS, after=3)

    outcome = copy.run("*", only=["Widgets"]).outcomes["Widgets"]

    assert (outcome.outcome, outcome.is_loss) == ("skipped", True)
    assert copy.run("*", only=["Widgets"]).outcomes["Widgets"].outcome == "done"
    copy.assert_equals_crm("Widgets")


def test_a_module_whose_fields_are_refused_is_told(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", times=[crm.now_s])
    crm.faults.add(kind="no-permission", path=f"{API}settings/fields", params={"module": "Secrets"})

    outcomes = copy.run(only=["modules", "Widgets"]).outcomes

    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].code) == ("skipped", "NO_PERMISSION")
    assert outcomes["Widgets"].outcome == "done"
    (row,) = copy.query("SELECT * FROM zoho_crm.modules WHERE api_name = 'Secrets'")
    assert row["is_readable"] is False
    assert "NO_PERMISSION" in row["refusal"]
    assert row["table_name"] is None


def test_why_a_module_is_not_read_is_in_the_dataset(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Home", api_supported=False)
    crm.add_module("Portal", generated_type="web")
    crm.add_module("Going", status="scheduled_for_deletion")
    copy.run(only=["modules"])

    rows = {row["api_name"]: row for row in copy.query("FROM zoho_crm.modules")}

    assert rows.keys() == {"Widgets", "Home", "Portal", "Going"}
    assert rows["Widgets"]["is_readable"] is True
    assert rows["Widgets"]["refusal"] is None
    for name in ("Home", "Portal", "Going"):
        assert rows[name]["is_readable"] is False
        assert rows[name]["refusal"]


def test_a_failing_module_takes_no_other_with_it(crm: Crm, copy: DuckDBCopy) -> None:
    for module in ("Widgets", "Gadgets", "Gizmos"):
        crm.add_module(module, times=[crm.now_s - 5000 + n for n in range(250)])
    crm.faults.add(kind="500", path=WIDGETS, times=1000)
    crm.faults.add(kind="body", path=f"{API}Gizmos", times=1000, body=b'{"info": {}}')
    modules = ["Widgets", "Gadgets", "Gizmos"]

    outcomes = copy.run(*modules, only=modules).outcomes

    assert {name: outcomes[name].outcome for name in modules} == {
        "Widgets": "failed", "Gadgets": "done", "Gizmos": "failed",
    }  # fmt: skip
    assert outcomes["Widgets"].is_loss
    assert outcomes["Gizmos"].is_loss
    copy.assert_equals_crm("Gadgets")
    assert "gadgets" in copy.tables()
    crm.faults.clear()
    copy.run(*modules, only=modules)
    copy.assert_equals_crm(*modules)


@pytest.mark.parametrize(
    ("edit", "said_what"),
    [
        (lambda body: body.replace(b'"id":"6000000000001000001",', b""), "without an id"),
        (lambda body: body.replace(b'"data":', b'"rows":'), "data"),
        (lambda body: body.replace(b'"Modified_Time":"2026', b'"Modified_Time":"26'), "time"),
    ],
    ids=["a record without id", "no list", "no time"],
)
def test_a_reply_not_as_documented_is_told_and_nothing_of_it_is_loaded(
    crm: Crm, edit: Callable[[bytes], bytes], said_what: str
) -> None:
    crm.add_module(times=[crm.now_s - 9000 + number for number in range(450)])
    copy = QuickCopy(crm)
    crm.faults.add(kind="edit", path=WIDGETS, edit=edit)

    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("failed", True)
    assert said_what in (outcome.reason or "")
    assert "Widgets" in (outcome.reason or "")
    assert "6000000000001000001" not in (outcome.reason or "")
    assert (copy.rows, copy.anchor) == ({}, None)
    settled = copy.run()
    assert settled.outcome == "done"
    copy.assert_equals_crm()


def test_a_chain_of_tokens_that_breaks_off_is_told(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000] * 650)
    copy = QuickCopy(crm)
    by_token = [
        lambda body: body,
        lambda body: body.replace(b'"next_page_token":"', b'"token":"'),
    ]
    for edit in by_token:
        crm.faults.add(kind="edit", path=WIDGETS, edit=edit, times=1)

    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("failed", True)
    assert "page token" in (outcome.reason or "")
    assert copy.anchor is None
    copy.run()
    copy.assert_equals_crm()


def test_a_field_that_zoho_leaves_out_of_its_replies_is_told(crm: Crm) -> None:
    """Names that the user may not see are disregarded in `fields`, without an error."""
    crm.add_module(times=[crm.now_s - 9000 + number for number in range(30)])
    copy = QuickCopy(crm)

    def leave_out(body: bytes) -> bytes:
        reply = json.loads(body)
        for row in reply["data"]:
            del row["Number"]
        return json.dumps(reply).encode()

    crm.faults.add(kind="edit", path=WIDGETS, edit=leave_out)
    outcome = copy.run()

    told = " ".join([*outcome.notes, outcome.reason or ""])
    assert "Number" in told


def test_a_missing_scope_is_named_and_the_rest_is_read(crm: Crm, copy: DuckDBCopy) -> None:
    crm.settings.granted_scopes = (
        "ZohoCRM.modules.leads.READ", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ",
    )  # fmt: skip
    crm.add_module(times=[crm.now_s])
    crm.add_module("Leads", times=[crm.now_s], generated_type="default")

    outcomes = copy.run("Widgets", "Leads").outcomes

    assert outcomes["Leads"].outcome == "done"
    for name, scope in (
        ("Widgets", "ZohoCRM.modules.custom.READ"),
        ("users", "ZohoCRM.users.READ"),
    ):
        assert outcomes[name].outcome in ("skipped", "failed")
        assert outcomes[name].code == "OAUTH_SCOPE_MISMATCH"
        assert scope in (outcomes[name].reason or "")
    assert outcomes["Widgets"].is_loss
    assert crm.tokens_issued == 1
    assert len(copy.rows("leads")) == 1


def test_the_source_alone_warns_of_what_it_skips(
    crm: Crm, project_dir: Path, said: io.StringIO
) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", refusal="NO_PERMISSION")
    source = zoho_crm_source(["Widgets", "Secrets"], credentials=crm.credentials())

    pipeline_for(project_dir).run(source)

    assert "Secrets: the user's profile may not read it" in said.getvalue()
    assert "NO_PERMISSION" in said.getvalue()


def test_the_source_alone_raises_what_ends_a_run(crm: Crm, project_dir: Path) -> None:
    crm.add_module(times=[crm.now_s])
    source = zoho_crm_source(["Widgets"], credentials=crm.credentials())
    crm.faults.add(kind="body", path=WIDGETS, body=b'{"data": 5}', times=10)

    with pytest.raises(PipelineStepFailed, match="Widgets: Zoho's reply has no list of records"):
        pipeline_for(project_dir).run(source)


def test_the_source_alone_reads_modules_without_the_scope_for_users(
    crm: Crm, project_dir: Path, said: io.StringIO
) -> None:
    """One raising resource would lose every other module's rows."""
    crm.settings.granted_scopes = (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.settings.ALL",
        "ZohoCRM.org.READ",
    )
    crm.add_module(times=[crm.now_s])
    pipeline = pipeline_for(project_dir)

    pipeline.run(zoho_crm_source(["Widgets"], credentials=crm.credentials()))

    with pipeline.sql_client() as client:
        assert client.execute_sql("SELECT count(*) FROM widgets") == [(1,)]
        assert client.execute_sql("SELECT count(*) FROM organization") == [(1,)]
    assert "ZohoCRM.users.READ" in said.getvalue()


def test_a_module_that_is_not_there_is_refused_and_the_nearest_named(crm: Crm) -> None:
    crm.add_module()
    with pytest.raises(ZohoConfigError, match=r"Wigdets.*Widgets"):
        zoho_crm_source(["Wigdets"], credentials=crm.credentials())


def test_errors_keep_their_kind_through_dlt(crm: Crm, project_dir: Path) -> None:
    """Whoever calls tells by the type what to do, so it must be found in the chain."""
    crm.add_module(times=[crm.now_s])
    source = zoho_crm_source(["Widgets"], credentials=crm.credentials())
    crm.faults.add(kind="body", path=WIDGETS, status=401, body=b'{"code":"AUTHENTICATION_FAILURE"}')

    with pytest.raises(PipelineStepFailed) as raised:
        pipeline_for(project_dir).run(source)

    chain: list[BaseException] = []
    error: BaseException | None = raised.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert any(isinstance(each, ZohoAuthError) for each in chain)
    assert not any(isinstance(each, ZohoPermissionError | ZohoTransientError) for each in chain)
