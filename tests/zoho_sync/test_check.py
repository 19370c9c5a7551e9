"""`zoho-sync check`: says what a run would meet, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.conftest import write_credentials
from zoho_crm.settings import READ_SCOPES
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("configured")

SCOPES = tuple(
    scope
    for scope in READ_SCOPES
    if scope
    not in (
        "ZohoCRM.modules.notes.READ",
        "ZohoCRM.modules.attachments.READ",
        "ZohoCRM.modules.emails.READ",
        "ZohoCRM.settings.pipeline.READ",
    )
)
"""Those that need no module Notes, no deals and no list that is off by default."""
NEEDED = ("ZohoCRM.settings.modules.READ", "ZohoCRM.settings.fields.READ", "ZohoCRM.modules.READ")


def _findings(document: dict[str, Any]) -> dict[str, str]:
    return {check["subject"]: check["state"] for check in document["checks"]}


def _sentence(document: dict[str, Any], subject: str) -> str:
    sentences = {check["subject"]: check["sentence"] for check in document["checks"]}
    return str(sentences[subject])


def test_everything_is_looked_at(zoho_sync: CommandLine, crm: Crm) -> None:
    ended = zoho_sync("check", "--json")

    assert ended.code == 0
    assert set(_findings(ended.document).values()) == {"ok"}
    assert _findings(ended.document).keys() == {
        "credentials",
        "data centre",
        "modules",
        "organisation",
        "API credits",
        "destination",
        "selection",
        *(f"scope {scope}" for scope in SCOPES),
    }
    assert ended.document["calls"] == len(crm.log()) == 13


def test_it_loads_nothing_and_leaves_no_database(zoho_sync: CommandLine, project_dir: Path) -> None:
    assert zoho_sync("check").code == 0

    assert [path.name for path in project_dir.iterdir()] == [".dlt"]


def test_a_dataset_that_is_there_stays_as_it_is(zoho_sync: CommandLine) -> None:
    assert zoho_sync("run").code == 0
    before = zoho_sync("status", "--json").document["tables"]

    ended = zoho_sync("check", "--json")

    after = zoho_sync("status", "--json").document["tables"]
    assert "it holds" in _sentence(ended.document, "destination")
    assert [t["rows"] for t in after] == [t["rows"] for t in before]


@pytest.mark.parametrize(
    ("edition", "per_day"),
    [("Free", 5_000), ("Standard", 56_250), ("Professional", 62_500), ("Ultimate", 100_000)],
)
def test_credits_follow_the_edition_and_the_licences(
    zoho_sync: CommandLine, crm: Crm, edition: str, per_day: int
) -> None:
    crm.simulator.change_settings({"edition": edition})

    ended = zoho_sync("check", "--json")

    assert ended.document["edition"] == edition.lower()
    assert ended.document["credits_per_day"] == per_day
    assert ended.document["credits_remaining"] is None
    assert "more than half left" in _sentence(ended.document, "API credits")


def test_few_credits_left_are_a_warning(zoho_sync: CommandLine, crm: Crm) -> None:
    crm.simulator.change_settings({"edition": "Free", "credits_used": 4_900})

    ended = zoho_sync("check", "--json")

    assert ended.code == 0
    assert ended.document["credits_remaining"] == 87
    assert _findings(ended.document)["API credits"] == "warning"


@pytest.mark.parametrize("scope", SCOPES)
def test_each_missing_scope_is_found(zoho_sync: CommandLine, crm: Crm, scope: str) -> None:
    crm.settings.granted_scopes = tuple(each for each in SCOPES if each != scope)

    ended = zoho_sync("check", "--json")

    assert ended.code == (3 if scope in NEEDED else 0)
    state = "failed" if scope in NEEDED else "warning"
    assert _findings(ended.document)[f"scope {scope}"] == state
    assert scope in ended.document["message"]
    assert (scope in ended.document["missing_scopes"]) == (scope not in NEEDED)


def test_what_a_run_reads_as_well_is_told_where_only_the_most_important_was_granted(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    _add_deals_and_notes(crm)
    crm.settings.granted_scopes = (
        *NEEDED, "ZohoCRM.org.READ", "ZohoCRM.users.READ", "ZohoSearch.securesearch.READ",
    )  # fmt: skip

    ended = zoho_sync("check")
    refused = {entry.path for entry in crm.log() if entry.status == 401}
    crm.forget_log()

    assert zoho_sync("run").code == 0
    assert {entry.path for entry in crm.log() if entry.status == 401} == refused
    assert "Ready for `zoho-sync run`, but 7 scopes that it uses were not granted" in ended.out


def _add_deals_and_notes(crm: Crm) -> None:
    crm.add_module("Deals", [field("Stage", "picklist")])
    crm.add_module("Notes")


def test_scopes_of_pipelines_notes_and_lists_that_are_on_are_tried_where_there_are_some(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_deals_and_notes(crm)
    monkeypatch.setenv("SOURCES__ZOHO_CRM__RELATED__LISTS", '["*.Attachments", "Leads.Emails"]')

    ended = zoho_sync("check", "--json")

    subjects = [check["subject"] for check in ended.document["checks"]]
    assert {each.removeprefix("scope ") for each in subjects if "ZohoCRM." in each} == {
        scope for scope in READ_SCOPES if "Search" not in scope
    }
    assert ended.document["calls"] == len(READ_SCOPES)


def test_a_destination_that_cannot_be_used_is_found_beside_the_rest(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "no/such/folder/zoho.duckdb")

    ended = zoho_sync("check", "--json")

    assert ended.code == 2
    assert _findings(ended.document)["destination"] == "failed"
    assert _findings(ended.document)["credentials"] == "ok"


def test_what_failed_is_said_once(zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "no/such/folder/zoho.duckdb")

    ended = zoho_sync("check")

    said = " ".join(ended.out.split())
    assert said.count("of the DuckDB file") == 1
    assert said.endswith("Not ready: destination failed, see above. (13 API calls made.)")


def test_a_copy_that_cannot_be_published_is_found(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", "no/such/folder/crm.duckdb")

    ended = zoho_sync("check", "--json")

    assert ended.code == 2
    assert "publish names" in _sentence(ended.document, "destination")


def test_what_is_no_database_is_named(zoho_sync: CommandLine, project_dir: Path) -> None:
    (project_dir / "zoho.duckdb").write_text("a letter to my aunt")

    ended = zoho_sync("check", "--json")

    assert ended.code == 2
    assert "is no DuckDB database" in ended.document["message"]
    assert (project_dir / "zoho.duckdb").read_text() == "a letter to my aunt"


def test_postgres_unconfigured_says_where_to_configure_it(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("check", "--destination", "postgres", "--json")

    assert ended.code == 2
    assert "[destination.postgres]" in ended.document["message"]


def test_postgres_is_tried_and_left_as_it_was(
    zoho_sync: CommandLine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres_url)

    once = zoho_sync("check", "--destination", "postgres", "--json")
    again = zoho_sync("check", "--destination", "postgres", "--json")

    assert (once.code, again.code) == (0, 0)
    assert "it is empty" in _sentence(again.document, "destination")


def test_without_credentials_the_destination_is_still_looked_at(
    zoho_sync: CommandLine, crm: Crm, configured: Path
) -> None:
    write_credentials(configured, crm, client_secret="not-the-secret")

    ended = zoho_sync("check", "--json")

    assert ended.code == 3
    assert _findings(ended.document) == {"credentials": "failed", "destination": "ok"}


@pytest.mark.parametrize(
    ("granted", "code", "states"),
    [
        (("ZohoCRM.modules.ALL",), 0, ["ok", "ok", "ok", "ok"]),
        (("ZohoCRM.modules.READ", "ZohoCRM.modules.DELETE"), 0, ["ok", "warning", "ok", "warning"]),
        (("ZohoCRM.modules.READ",), 3, ["failed", "warning", "failed", "warning"]),
        (
            ("ZohoCRM.modules.READ", "ZohoCRM.modules.campaigns.ALL"),
            3,
            ["ok", "ok", "failed", "warning"],
        ),
    ],
)
def test_scopes_that_remove_relations_are_tried_on_demand_and_change_nothing(
    zoho_sync: CommandLine, crm: Crm, granted: tuple[str, ...], code: int, states: list[str]
) -> None:
    for module in ("Campaigns", "Products"):
        crm.org.add_module(module, [])
    crm.settings.granted_scopes = (*(s for s in SCOPES if s != "ZohoCRM.modules.READ"), *granted)

    without = zoho_sync("check", "--json")
    ended = zoho_sync("check", "--delink", "--json")

    assert without.code == 0
    assert ended.code == code
    found = _findings(ended.document)
    probes = [
        f"scope ZohoCRM.modules.{module}.{verb}"
        for module in ("campaigns", "products")
        for verb in ("DELETE", "UPDATE")
    ]
    assert [found[probe] for probe in probes] == states
    assert not set(probes) & set(_findings(without.document))
    assert [e.method for e in crm.log()] == ["GET"] * 26 + ["DELETE", "PUT"] * 2
    assert {e.status for e in crm.log()[26:]} <= {400, 401, 404}


# what a run would refuse

MISTAKES = [
    ("SOURCES__ZOHO_CRM__RELATED__MAX_CALL", "3", "did you mean `SOURCES__ZOHO_CRM__RELATED__M"),
    ("SOURCES__ZOHO_CRM__RELATED__MAX_CALLS", "few", "must be a whole number"),
    ("SOURCES__ZOHO_CRM__EXCLUDE_FIELDS", '["Nope"]', "takes Module.Field"),
    ("SOURCES__ZOHO_CRM__MODULES", '["Leeds"]', "did you mean Leads?"),
    ("SOURCES__ZOHO_CRM__MODULES", '["Leeds.Notes"]', "did you mean Leads?"),
]


@pytest.mark.parametrize(("variable", "value", "hint"), MISTAKES)
def test_what_a_run_refuses_is_refused_alike(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(variable, value)

    ended = zoho_sync("check", "--json")

    assert ended.code == zoho_sync("run").code == 2
    assert hint in ended.document["message"]


@pytest.mark.parametrize(("variable", "value", "hint"), MISTAKES[:3])
def test_status_refuses_the_same_where_zoho_need_not_be_asked(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(variable, value)

    ended = zoho_sync("status")

    assert ended.code == 2
    assert hint in ended.sentence


def test_a_module_that_is_gone_may_be_named_as_for_a_run(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zoho_sync("run").code == 0
    del crm.org.modules["Widgets"]
    monkeypatch.setenv("SOURCES__ZOHO_CRM__MODULES", '["Widgets", "Leads"]')

    ended = zoho_sync("check", "--json")

    assert ended.code == 0
    assert _sentence(ended.document, "selection") == "2 modules to be read"
    assert zoho_sync("run").code == 6
