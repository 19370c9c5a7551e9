"""Case files: who lost what, from the dataset alone, on both destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.crm_copies import copy_on
from zoho_simulator import field, lookup

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
    crm.org.create(
        "Quotes",
        {"Subject": "Q1", "Grand_Total": 100, "Exchange_Rate": 1.25, "Account_Name": account},
    )
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
def test_what_was_restored_or_erased_is_told(
    zoho_sync: CommandLine, crm: BinCrm, destination: str
) -> None:
    back, kept = crm.add_account("Back"), crm.add_account("Kept", deals=2)
    at = ("--destination", destination, "--quiet")
    crm.delete_account(back)
    crm.delete_account(kept)
    assert zoho_sync("audit", *at).code == 0
    crm.org.restore("Accounts", back)
    crm.pass_time(600)
    assert zoho_sync("run", *at).code == 0
    assert zoho_sync("audit", "--erase", kept, "--reason", "asked to", *at).code == 0
    cases = report_by_id(zoho_sync, at)
    assert cases[back]["state"] == "restored"
    records = [record for each in cases[kept]["lists"] for record in each["records"]]
    assert [(r["name"], r["is_erased"]) for r in records] == [(None, True)] * 2


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
        (("--report", "--html", "no/such/folder/x.html"), "can't be written"),
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
