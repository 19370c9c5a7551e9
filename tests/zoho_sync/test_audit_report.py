"""Case files: who lost what, from the dataset alone, on both destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.crm_copies import copy_on
from zoho_simulator import field, lookup
from zoho_simulator.schema_acts import rename_field

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.soak)])
def destination(
    request: pytest.FixtureRequest, crm: BinCrm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    copy = copy_on(request.param, request, crm, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return copy.destination


def add_quotes(crm: BinCrm) -> None:
    specs = [
        field("Subject", "text"),
        field("Tax", "currency"),
        field("Grand_Total", "currency"),
        field("Exchange_Rate", "double"),
        lookup("Account_Name", "Accounts", related_list="Quotes"),
    ]
    crm.org.add_module("Quotes", specs, generated_type="default")


def test_a_case_file_says_who_when_what_and_how_much(
    zoho_sync: CommandLine, crm: BinCrm, destination: str, tmp_path: Path
) -> None:
    add_quotes(crm)
    account, quiet = crm.add_account("Alster <b>& Co</b>", deals=2), crm.add_account("Bille")
    deal = crm.add_deal(account, "Gone with it")
    quote = {"Subject": "Q1", "Grand_Total": 100, "Tax": 16, "Exchange_Rate": 1.25}
    crm.org.create("Quotes", {**quote, "Account_Name": account})
    at = ("--destination", destination, "--quiet")
    assert zoho_sync("run", *at).code == 0
    crm.delete_account(account, days_ago=55)
    crm.delete_account(quiet)
    crm.org.delete("Deals", deal, user=crm.ada)
    assert zoho_sync("audit", *at).code == 0
    crm.forget_log()

    document = zoho_sync("audit", "--report", "--json", *at).document

    first, *others = document["cases"]
    assert crm.log() == []
    assert {(case["module"], case["id"]) for case in others} == {
        ("Accounts", quiet), ("Deals", deal),
    }  # fmt: skip
    assert first["display_name"] == "Alster <b>& Co</b>"
    assert (first["state"], first["days_left"], first["deleted_by"]) == ("in_bin", 4, "Ada Field")
    assert first["at_stake"] == {"Deals": "2501.00", "Quotes": "125.00"}
    assert first["also_in_bin"] == {"Deals": 1}
    lists = {each["related_list"]: each for each in first["lists"]}
    [quote] = lists["Quotes"]["records"]
    assert (quote["amount"], quote["amount_field"]) == ("125.00", "Grand_Total")
    assert quote["amounts"] == {
        "Grand_Total": {"value": "100", "home": "125.00"},
        "Tax": {"value": "16", "home": "20.00"},
    }
    assert lists["Deals"]["count"] == lists["Deals"]["count_now"] == 2
    assert sorted(record["name"] for record in lists["Deals"]["records"]) == [
        "Alster <b>& Co</b> 0", "Alster <b>& Co</b> 1",
    ]  # fmt: skip
    assert lists["Contacts"]["outcome"] == "none"
    assert {case["id"]: case["amount"] for case in others} == {quiet: None, deal: "1250.50"}

    text = zoho_sync("audit", "--report", "--module", "Acc*", *at).out
    assert "Deals 2, Quotes 1" in text
    assert "Deals 2,501, Quotes 125" in text.replace(" EUR", "").replace(" USD", "")
    assert "Gone with it" not in text
    later = zoho_sync("audit", "--report", "--json", "--since", "2099-01-01", *at).document
    assert later["cases"] == []

    page = tmp_path / "case.html"
    assert zoho_sync("audit", "--report", "--html", str(page), *at).code == 0
    assert_self_contained(page.read_text("utf-8"))
    assert "Alster &lt;b&gt;&amp; Co&lt;/b&gt;" in page.read_text("utf-8")


def assert_self_contained(page: str) -> None:
    for asset in ("http://", "https://", "src=", "<link", "@import", "url(", "<b>& Co"):
        assert asset not in page
    assert page.count("<script>") == 1


@pytest.mark.parametrize("destination", ["duckdb"], indirect=True)
def test_what_was_restored_erased_or_renamed_since_is_told(
    zoho_sync: CommandLine, crm: BinCrm, destination: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pacts(crm)
    back, kept, signed = crm.add_account("Back"), crm.add_account("Kept", deals=2), add_pact(crm)
    at = ("--destination", destination, "--quiet")
    for account in (back, kept, signed):
        crm.delete_account(account)
    assert zoho_sync("audit", *at).code == 0
    crm.org.restore("Accounts", back)
    rename_field(crm.org, "Pacts", "Pact_Value", "Worth")
    crm.org.remove_field("Pacts", "Deposit")
    crm.pass_days(1)
    assert zoho_sync("run", *at).code == 0
    assert zoho_sync("audit", "--erase", kept, "--reason", "asked to", *at).code == 0
    cases = report_by_id(zoho_sync, at)
    assert cases[back]["state"] == "restored"
    records = [record for each in cases[kept]["lists"] for record in each["records"]]
    assert [(r["name"], r["is_erased"], r["amounts"]) for r in records] == [(None, True, {})] * 2
    assert_pacts_count(zoho_sync, monkeypatch, at, signed)


def add_pacts(crm: BinCrm) -> None:
    """A module of the organisation's own, with two currency fields, in several currencies."""
    money = [field("Pact_Value", "currency"), field("Deposit", "currency")]
    rates = [field("Currency", "text"), field("Exchange_Rate", "double")]
    back = lookup("Account", "Accounts", related_list="Pacts")
    crm.org.add_module("Pacts", [field("Name", "text"), *money, *rates, back])
    crm.settings.has_currencies = True


def add_pact(crm: BinCrm) -> str:
    """An account with a pact; gives the account."""
    account = crm.add_account("Signed")
    amounts = {"Pact_Value": 200, "Deposit": 30, "Currency": "USD", "Exchange_Rate": 0.5}
    crm.org.create("Pacts", {"Name": "P1", "Account": account, **amounts})
    return account


def assert_pacts_count(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch, at: tuple[str, ...], account: str
) -> None:
    """By the rule under today's name, or as it is configured."""
    case = report_by_id(zoho_sync, at)[account]
    [record] = [record for each in case["lists"] for record in each["records"]]
    assert (record["amount_field"], record["currency"]) == ("Worth", "USD")
    assert record["amounts"] == {
        "Worth": {"value": "200", "home": "100.00"},
        "Deposit": {"value": "30", "home": "15.00"},
    }
    assert case["at_stake"] == {"Pacts": "100.00"}
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT_AMOUNTS", '{"Pacts": "Deposit"}')
    assert report_by_id(zoho_sync, at)[account]["at_stake"] == {"Pacts": "15.00"}
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT_AMOUNTS", '{"Pacts": "Deposits"}')
    ended = zoho_sync("audit", "--report", *at)
    assert (ended.code, "its currency fields are Worth." in ended.sentence) == (2, True)


def report_by_id(zoho_sync: CommandLine, at: tuple[str, ...]) -> dict[str, Any]:
    document = zoho_sync("audit", "--report", "--json", *at).document
    return {case["id"]: case for case in document["cases"]}


def test_without_anything_read_it_says_so(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("audit", "--report")
    assert ended.code == 0
    assert "No deletion is known" in ended.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--report", "--since", "yesterday"), "is no day"),
        (("--report", "--html", "no/such/folder/x.html"), "in a folder that exists"),
        (("--report", "--html", "."), "(Is a directory): name a file in a folder that you may"),
        (("--html", "x.html"), "--html goes with --report only"),
        (("--since", "2026-01-01"), "--since goes with --report only"),
        (("--report", "--check"), "do not go together"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    zoho_sync: CommandLine, options: tuple[str, ...], sentence: str
) -> None:
    ended = zoho_sync("audit", *options)
    assert ended.code == 2
    assert sentence in ended.sentence
