"""`zoho-sync audit`: what hangs on records in the recycle bin is kept while Zoho still tells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.crm_copies import SyncedCopy, copy_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine, Ended
    from zoho_simulator import Server

CAPTURES = "zoho_crm.recycle_bin_captures"
RELATED = "zoho_crm.recycle_bin_related_records"


class Audited:
    """An organisation, its copy and the command."""

    def __init__(self, crm: BinCrm, copy: SyncedCopy, command: CommandLine) -> None:
        self.crm, self.copy, self._command = crm, copy, command

    def __call__(self, *arguments: str, code: int = 0) -> Ended:
        ended = self._command(
            *arguments, "--json", "--quiet", "--destination", self.copy.destination
        )
        assert ended.code == code, ended.out + ended.err
        return ended

    def audit(self, *options: str, code: int = 0) -> dict[str, Any]:
        """Audits; gives what was captured."""
        document = self("audit", *options, code=code).document
        found: dict[str, Any] = document["audit"]
        return found

    def outcomes(self, account: str) -> dict[str | None, str]:
        """How the last question for each list of a deleted account ended."""
        rows = self.copy.query(
            f"SELECT related_list, outcome FROM {CAPTURES}"
            f" WHERE parent_id = '{account}' ORDER BY chain_no"
        )
        return {row["related_list"]: row["outcome"] for row in rows}

    def records(self, account: str, related_list: str | None = "Deals") -> list[dict[str, Any]]:
        """The documents held of a list, as they were captured."""
        where = "IS NULL" if related_list is None else f"= '{related_list}'"
        rows = self.copy.query(
            f"SELECT evidence FROM {RELATED}"
            f" WHERE parent_id = '{account}' AND related_list {where} ORDER BY capture_id"
        )
        return [json.loads(row["evidence"])["record"] for row in rows if row["evidence"]]


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


@pytest.fixture
def audited(
    request: pytest.FixtureRequest,
    crm: BinCrm,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Audited:
    """On DuckDB, unless the test asks for both destinations."""
    copy = copy_on(getattr(request, "param", "duckdb"), request, crm, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return Audited(crm, copy, zoho_sync)


on_both = pytest.mark.parametrize(
    "audited", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@on_both
def test_every_list_of_a_deleted_record_is_asked_and_what_hung_on_it_is_held(
    audited: Audited,
) -> None:
    crm = audited.crm
    account = crm.add_account("Alster", deals=2)
    about = {"id": account, "module": "Accounts"}
    crm.org.create("Notes", {"Note_Title": "Call", "Parent_Id": about})
    empty = crm.add_account("Bille")
    audited("run")
    crm.delete_account(account)
    crm.delete_account(empty, days_ago=3)

    captured = audited.audit()

    assert captured["captured"] == 2
    assert captured["waiting"] == captured["missed"] == []
    # Of a list that Zoho refuses for a module one record is asked; the nearest to purge goes first.
    assert audited.outcomes(account) == {
        None: "rows", "Contacts": "none", "Deals": "rows", "Notes": "rows",
        "Products": "not_askable", "Suppliers7": "not_askable",
    }  # fmt: skip
    assert audited.outcomes(empty) == {
        None: "rows", "Contacts": "none", "Deals": "none", "Notes": "none",
        "Products": "refused", "Suppliers7": "not_askable",
    }  # fmt: skip
    deals = audited.records(account)
    assert sorted(deal["Deal_Name"] for deal in deals) == ["Alster 0", "Alster 1"]
    assert {deal["Amount"] for deal in deals} == {1250.5}
    (parent,) = audited.records(account, None)
    assert parent["image"]["account_name"] == "Alster"
    assert parent["deletion"]["deleted_by"]["name"] == "Ada Field"
    audited("audit", "--check", "--anchor", captured["anchor"])

    refused = audited("audit", "--erase", crm.ada, "--reason", "left", code=2).document
    assert "is a user" in refused["message"]
    unknown = audited("audit", "--erase", "404", "--reason", "left", code=2).document
    assert "Nothing is known of a record 404" in unknown["message"]
    deal = next(iter(crm.org.records("Deals")))
    erased = audited("audit", "--erase", deal, "--reason", "asked to").document
    assert (erased["erased"], "deals" in erased["also_in"]) == (1, True)
    assert len(audited.records(account)) == 1
    audited("audit", "--check", "--anchor", captured["anchor"])

    audited.copy.execute(f"DELETE FROM {RELATED} WHERE related_list = 'Notes'")
    (difference,) = audited("audit", "--check", code=9).document["differences"]
    assert difference["table"] == "recycle_bin_related_records"
    assert len(difference["key"]) == 64
    audited.copy.execute(f"DROP TABLE {CAPTURES}")
    assert_altered(audited("audit", "--check", code=9), "recycle_bin_captures")
    for table in (RELATED, "zoho_crm.recycle_bin_chain"):
        audited.copy.execute(f"DROP TABLE {table}")
    gone = audited("audit", "--check", "--anchor", captured["anchor"], code=9)
    assert_altered(gone, "recycle_bin_captures")
    assert gone.document["message"].startswith("There is no evidence in ")
    assert "Nothing has been captured yet" in audited("audit", "--check").document["message"]


def test_a_folder_without_evidence_asks_whether_it_is_the_right_one(
    zoho_sync: CommandLine,
) -> None:
    anchored = zoho_sync("audit", "--check", "--anchor", f"57:{'9f' * 32}")
    plain = zoho_sync("audit", "--check")

    assert (anchored.code, plain.code) == (9, 0)
    for ended in (anchored, plain):
        said = " ".join(ended.out.split())
        assert "There is no evidence in" in said
        assert "Is this the right folder, and the right dataset?" in said
        assert "altered" not in said
        assert "Anchor, to be kept" not in said
    assert "Nothing has been captured yet" in " ".join(plain.out.split())


def assert_altered(ended: Ended, table: str) -> None:
    assert [each["table"] for each in ended.document["differences"]] == [table]


def test_a_run_captures_where_the_configuration_says_so(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = audited.crm
    for number in range(3):
        crm.delete_account(crm.add_account(f"A{number}", deals=1))
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT", "true")
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT_MAX_CALLS", "5")
    captured = audited("run", code=8).document["audit"]
    assert len(crm.asked()) <= 5
    assert all(each["purge_due_at"] for each in captured["waiting"])
    monkeypatch.setenv("SOURCES__ZOHO_CRM__AUDIT", "false")
    assert "audit" not in audited("run").document


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--check", "--recapture"), "--recapture and --check do not go together"),
        (("--erase", "1"), "--erase needs --reason"),
        (("--reason", "x"), "--reason goes with --erase only"),
        (("--anchor", "x"), "--anchor goes with --check only"),
        (("--check", "--anchor", "x"), "is no anchor"),
        (("--erase", "1", "--reason", "x"), "Nothing has been captured yet"),
        (("--erase", "", "--reason", "x"), "is no id of a record"),
        (("--erase", "Open", "--reason", "x"), "is no id of a record"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(
    zoho_sync: CommandLine, options: tuple[str, ...], sentence: str
) -> None:
    ended = zoho_sync("audit", *options)
    assert ended.code == 2
    assert sentence in ended.sentence
