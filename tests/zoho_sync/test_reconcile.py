"""Reconciling: what reading by time cannot see is found, told and mended, on both destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.synced import DAY_S, HOUR_S
from zoho_crm.auth import exchange_grant_code

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.synced import Synced
    from zoho_simulator.call import Call


def found(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {each["module"]: each["found"] for each in report["reconciled"]}


def change_in_silence(crm: Crm, hidden: list[str]) -> dict[str, list[str]]:
    """What no run can see, with the records by what happens to them."""
    widgets = list(crm.org.records("Widgets"))
    acts = {"hidden": widgets[:2], "overwritten": widgets[4:5], "merged": widgets[6:7]}
    crm.org.merge("Widgets", widgets[5], acts["merged"])
    for record in acts["hidden"]:
        crm.org.hide("Widgets", record)
    for record in hidden:
        crm.org.show("Widgets", record)
    for record in acts["overwritten"]:
        earlier = crm.now_s - 300 * DAY_S
        crm.org.update("Widgets", record, {"Number": 77}, modified_time=earlier)
    old = {"Name": "old", "Modified_Time": crm.now_s - 400 * DAY_S}
    acts["imported"] = crm.org.import_records("Widgets", [old])
    timeless = {"Name": "timeless", "Modified_Time": None}
    acts["timeless"] = [crm.org.create("Widgets", timeless)]
    return acts


def test_what_no_run_can_see_is_found_by_a_check_and_mended_by_reconcile(
    either_copy: Synced,
) -> None:
    crm = either_copy.crm
    hidden = list(crm.org.records("Widgets"))[2:4]
    for record in hidden:
        crm.org.hide("Widgets", record)
    either_copy.run()
    crm.pass_time(HOUR_S)
    acts = change_in_silence(crm, hidden)
    waiting = crm.org.create("Gadgets", {"Name": "new"})

    checked = either_copy.command("reconcile", "--check", code=9)
    expected = {"missing": 4, "different": 1, "not visible": 3}
    waits = {"not read yet": 1}  # for the next run: what the other was merged into
    assert found(checked) == {"Widgets": expected | waits, "Gadgets": waits, "Gizmos": {}}
    assert either_copy.flagged() == {}

    mended = either_copy.command("reconcile")
    assert found(mended) == {"Widgets": expected, "Gadgets": {}, "Gizmos": {}}
    gone = [*acts["hidden"], *acts["merged"]]
    assert either_copy.flagged() == dict.fromkeys(gone, "not_visible")
    assert waiting in {
        row["id"] for row in either_copy.copy.query("SELECT id FROM zoho_crm.gadgets")
    }
    either_copy.assert_live_is_crm()
    assert found(either_copy.command("reconcile", "--check"))["Widgets"] == {"without a time": 1}

    for record in acts["hidden"]:
        crm.org.show("Widgets", record)
    crm.forget_log()
    back = either_copy.command("reconcile", "Widgets")
    assert found(back) == {"Widgets": {"back": 2, "without a time": 1}}
    # Where something is visible no more, permanent deletions are looked at without the day's wait.
    assert either_copy.flagged() == dict.fromkeys(acts["merged"], "permanent")
    assert [call for call in either_copy.calls() if "/deleted" in call] == ["Widgets/deleted"]
    either_copy.assert_live_is_crm()


def test_a_reconcile_that_the_limit_cuts_goes_on_where_it_was(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    times = range(crm.now_s - 20 * DAY_S, crm.now_s - 20 * DAY_S + 1_200)
    crm.add_records("Widgets", times)
    copy.run()
    crm.org.hide("Widgets", list(crm.org.records("Widgets"))[900])
    cut = copy.command("reconcile", "--max-calls", "17", code=8)
    done = [each["module"] for each in cut["reconciled"] if each["outcome"] == "done"]
    assert done == ["Gadgets", "Gizmos"]
    assert cut["reconciled"][2]["outcome"] == "limit"
    again = copy.command("reconcile", "--max-calls", "11", code=8)
    assert again["reconciled"][0]["module"] == "Widgets"
    crm.forget_log()
    report = copy.run()
    assert found(report)["Widgets"] == {"not visible": 1}
    pages = [entry for entry in crm.log("Widgets") if entry.params["fields"] == "Modified_Time"]
    assert len(pages) < 8
    copy.assert_live_is_crm("Widgets")


@pytest.mark.soak
def test_runs_reconcile_one_module_a_day_in_turn(either_copy: Synced) -> None:
    copy = either_copy
    crm = copy.crm
    assert copy.run()["reconciled"] == []
    crm.pass_time(HOUR_S)
    for module in ("Widgets", "Gadgets"):
        crm.org.hide(module, next(iter(crm.org.records(module))))
    assert copy.run()["reconciled"] == []
    modules = []
    for _ in range(2):
        crm.pass_time(DAY_S)
        modules += [each["module"] for each in copy.run()["reconciled"]]
    assert modules == ["Gadgets", "Gizmos"]
    assert (len(copy.flagged("gadgets")), len(copy.flagged("widgets"))) == (1, 0)


@pytest.mark.soak
def test_another_users_credentials_have_all_modules_reconciled(
    either_copy: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, crm = either_copy, either_copy.crm
    copy.run()
    crm.pass_time(HOUR_S)
    [hidden, *_] = crm.org.records("Widgets")
    crm.org.hide("Widgets", hidden)
    user = crm.org.add_user("Bo", "Weir", email="bo@example.test")
    granted = exchange_grant_code(
        client_id=crm.server.client_id,
        client_secret=crm.server.client_secret,
        code=crm.simulator.new_grant_code(user_id=user),
        accounts_url=crm.server.accounts_url,
    )
    token = "SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN"
    monkeypatch.setenv(token, str(granted.refresh_token))
    report = copy.run()
    assert found(report) == {"Widgets": {"not visible": 1}, "Gadgets": {}, "Gizmos": {}}
    assert any("another user" in note for note in report["notes"])
    assert copy.flagged() == {hidden: "not_visible"}
    crm.pass_time(HOUR_S)
    assert copy.run()["reconciled"] == []


@pytest.mark.usefixtures("configured")
def test_a_check_of_what_cannot_be_compared_says_that_nothing_was_and_why(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    crm.add_module("Exchange_Rates", times=[crm.now_s], has_modified_time=False)
    assert zoho_sync("run", "Leads", "Exchange_Rates").code == 0

    alone = zoho_sync("reconcile", "--check", "Exchange_Rates", "--json")
    both = zoho_sync("reconcile", "--check", "Leads", "Exchange_Rates", "Widgets")

    assert (alone.code, both.code) == (0, 0)
    assert alone.document["message"] == (
        "Nothing was compared: Exchange_Rates is without `Modified_Time`, so that every run reads "
        "all of it anyway."
    )
    assert [each["module"] for each in alone.document["not_compared"]] == ["Exchange_Rates"]
    said = " ".join(both.out.split())
    assert "Not compared: Widgets is not read in full by any run yet." in said
    assert "No difference in 1 module." in said


def test_a_record_that_comes_back_while_it_is_looked_for_is_not_called_invisible(
    either_copy: Synced,
) -> None:
    """Deleted before the walk, restored with its old time between the questions about it."""
    copy = either_copy
    crm = copy.crm
    copy.run()
    crm.pass_time(HOUR_S)
    widget, *_ = crm.org.records("Widgets")
    asked: list[str] = []

    def is_walk(call: Call) -> bool:
        return call.path.endswith("/Widgets") and call.params.get("fields") == "Modified_Time"

    def is_after_a_question(call: Call) -> bool:
        is_due = bool(asked)
        asked.extend([call.path] if "ids" in call.params else [])
        return is_due

    crm.hooks.before(is_walk, lambda org: org.delete("Widgets", widget))
    crm.hooks.before(is_after_a_question, lambda org: org.restore("Widgets", widget))

    copy.command("reconcile", "Widgets")

    crm.pass_time(HOUR_S)
    copy.run()
    assert copy.flagged() == {}
    copy.assert_live_is_crm()


@pytest.mark.parametrize("past_max", ["refused", pytest.param("ignored", marks=pytest.mark.soak)])
def test_fewer_ids_a_call_than_thought_lose_nothing(either_copy: Synced, past_max: str) -> None:
    """How many ids a call may name, and what becomes of more, is not documented."""
    copy = either_copy
    crm = copy.crm
    crm.simulator.change_settings({"max_ids": 60, "ids_past_max": past_max})
    gone = crm.add_records("Widgets", [crm.now_s - DAY_S] * 150)
    copy.run()
    for record in gone:
        crm.org.hide("Widgets", record)
    then = crm.now_s - 300 * DAY_S
    rows = [{"Name": f"old {number}", "Modified_Time": then} for number in range(150)]
    crm.org.import_records("Widgets", rows)

    report = copy.command("reconcile", "Widgets")

    assert found(report) == {"Widgets": {"missing": 150, "not visible": 150}}
    copy.assert_live_is_crm()
