"""`zoho-sync modules`: what can be read, at what cost, and why the rest can't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API
from zoho_crm import settings
from zoho_simulator import SimulatorSettings
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("configured")


def _by_name(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {module["module"]: module for module in document["modules"]}


def test_every_module_is_listed_readable_or_not(zoho_sync: CommandLine, crm: Crm) -> None:
    ended = zoho_sync("modules", "--json")

    modules = _by_name(ended.document)
    assert ended.code == 0
    assert {name: module["is_readable"] for name, module in modules.items()} == {
        "Leads": True,
        "Widgets": True,
        "Salaries": False,
        "Feeds": False,
    }
    assert modules["Leads"]["table"] == "leads"
    assert "NO_PERMISSION" in modules["Salaries"]["reason"]
    assert "does not offer" in modules["Feeds"]["reason"]
    assert ended.document["calls"] == len(crm.log())


def test_a_module_that_is_named_costs_two_calls_and_two_for_the_list_of_modules(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    everything = _by_name(zoho_sync("modules", "--json").document)
    crm.forget_log()

    ended = zoho_sync("modules", "leads", "--json")

    assert _by_name(ended.document) == {"Leads": everything["Leads"]}
    assert ended.document["calls"] == 4
    assert {e.params.get("module") for e in crm.log("settings/fields")} == {"Leads"}


def test_names_of_tables_are_the_same_whatever_is_selected(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    crm.add_module("Site_Visits")
    crm.add_module("SiteVisits")
    crm.add_module("Lines", generated_type="subform", parent_module="Site_Visits")

    everything = _by_name(zoho_sync("modules", "--json").document)

    for name in ("SiteVisits", "Site_Visits", "Lines"):
        alone = _by_name(zoho_sync("modules", name, "--json").document)
        assert alone == {name: everything[name]}
    assert everything["SiteVisits"]["table"] != everything["Site_Visits"]["table"]


def test_fields_past_50_cost_a_call_more_a_page(zoho_sync: CommandLine, crm: Crm) -> None:
    fields = [field(f"F{number}", "text") for number in range(100)]
    crm.add_module("Surveys", fields, times=[crm.now_s])

    module = _by_name(zoho_sync("modules", "Surveys", "--json").document)["Surveys"]

    assert module["fields"] > 100
    assert module["calls_per_page"] == 3
    assert module["records"] is None


def test_counts_tell_the_calls_of_a_first_load(zoho_sync: CommandLine, crm: Crm) -> None:
    crm.add_records("Widgets", range(crm.now_s - 400, crm.now_s))

    module = _by_name(zoho_sync("modules", "Widgets", "--count", "--json").document)["Widgets"]

    assert (module["records"], module["first_load_calls"]) == (403, 3)


def test_without_the_scope_for_counts_the_list_comes_all_the_same(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    scopes = SimulatorSettings().granted_scopes
    crm.settings.granted_scopes = tuple(s for s in scopes if "ZohoSearch" not in s)

    ended = zoho_sync("modules", "--count")

    assert ended.code == 0
    assert "lacks the scope ZohoSearch.securesearch.READ" in ended.out
    assert "Leads" in ended.out


def test_a_module_that_keeps_failing_is_told_beside_the_others(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RETRY_WAIT_S", 0.001)
    crm.faults.add(kind="500", path=f"{API}Leads", times=100)
    body = b'{"count": "many"}'
    crm.faults.add(kind="body", path=f"{API}Widgets/actions/count", body=body, times=100)

    document = zoho_sync("modules", "--count", "--json").document

    modules = _by_name(document)
    assert "kept failing" in modules["Leads"]["reason"]
    assert (modules["Widgets"]["is_readable"], modules["Widgets"]["records"]) == (True, None)
    assert document["notes"] == ["Not counted: Widgets: Zoho's reply holds no number."]


def test_a_scope_for_one_module_leaves_the_others_refused(zoho_sync: CommandLine, crm: Crm) -> None:
    crm.settings.granted_scopes = ("ZohoCRM.modules.leads.READ", "ZohoCRM.settings.ALL")

    modules = _by_name(zoho_sync("modules", "--json").document)

    assert modules["Leads"]["is_readable"]
    assert "ZohoCRM.modules" in modules["Widgets"]["reason"]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["leads"], {"Leads"}),
        (["*s", "!Feeds"], {"Leads", "Widgets", "Salaries"}),
        (["!Leads"], {"Widgets", "Salaries", "Feeds"}),
    ],
)
def test_patterns_select(zoho_sync: CommandLine, patterns: list[str], names: set[str]) -> None:
    assert _by_name(zoho_sync("modules", "--json", *patterns).document).keys() == names


def test_a_list_in_a_pipe_is_no_wider_than_what_is_in_it(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("modules")

    lines = ended.out.splitlines()
    assert lines[0].split() == ["module", "label", "type", "fields", "calls", "a", "page", "table"]
    assert [line for line in lines if line != line.rstrip()] == []
    assert "2 of 4 modules can be read." in lines[-1]
