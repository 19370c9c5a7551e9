"""What is due is captured once, what is about to be purged first, and what was missed is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import dlt
import pytest

from tests.zoho_crm.bins import BinCrm
from tests.zoho_sync.auditing import CAPTURES, Auditor
from zoho_destinations.evidence_erasure import erase
from zoho_destinations.existing import create_schema
from zoho_destinations.statements import select
from zoho_destinations.warehouse import build_destination, pipeline_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoho_destinations.settings import Kind
    from zoho_simulator import Server


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


@pytest.fixture(params=["duckdb", "postgres"])
def auditor(
    request: pytest.FixtureRequest, crm: BinCrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Auditor]:
    kind = cast("Kind", request.param)
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url)
    pipeline = dlt.pipeline(
        pipeline_name(kind, "zoho_crm"),
        destination=build_destination(kind),
        dataset_name="zoho_crm",
        pipelines_dir=str(tmp_path / "work"),
    )
    with pipeline.sql_client() as client:
        create_schema(client, "zoho_crm")
        yield Auditor(crm, client)


def test_what_was_captured_is_not_asked_again_until_its_last_days(auditor: Auditor) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account)
    auditor.audit()
    crm.forget_log()
    assert auditor.audit().parents == 0
    assert crm.asked() == []

    crm.pass_days(54)
    crm.add_deal(account, "Late")
    report = auditor.audit()

    assert (report.parents, report.new_documents) == (1, 1)
    assert sorted(crm.asked()) == ["Contacts", "Deals", "Notes", "Products"]
    assert len(auditor.records(account)) == 2
    occasions = select(auditor.client, f"SELECT DISTINCT occasion FROM {CAPTURES}")
    assert {row[0] for row in occasions} == {"first", "last_days"}
    crm.forget_log()
    crm.pass_days(1)
    assert auditor.audit().parents == 0
    assert crm.asked() == []


def test_a_record_first_seen_in_its_last_days_is_captured_once(auditor: Auditor) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account, days_ago=55)
    assert auditor.audit().parents == 1
    crm.pass_days(1)
    assert auditor.audit().parents == 0


def test_recapture_adds_a_row_for_a_changed_child_and_none_for_an_unchanged_one(
    auditor: Auditor,
) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster")
    changed, _ = (crm.add_deal(account, name) for name in "AB")
    crm.delete_account(account)
    auditor.audit()
    crm.pass_time(60)
    assert auditor.audit(is_recapture=True).new_documents == 0
    crm.pass_time(60)
    crm.org.update("Deals", changed, {"Amount": 7})
    assert auditor.audit(is_recapture=True).new_documents == 1
    assert sorted((d["Deal_Name"], float(d["Amount"])) for d in auditor.records(account)) == [
        ("A", 7), ("A", 1250.5), ("B", 1250.5),
    ]  # fmt: skip


def test_limited_recaptures_come_round(auditor: Auditor) -> None:
    crm = auditor.crm
    accounts = [crm.add_account(f"A{number}") for number in range(3)]
    for number, account in enumerate(accounts):
        crm.delete_account(account, days_ago=number)
    auditor.audit()
    crm.forget_log()
    for _ in accounts:
        crm.pass_time(60)
        auditor.audit(is_recapture=True, max_calls=5)
    assert all(crm.asked(account) for account in accounts)


def test_the_limit_is_kept_to_the_call_and_the_nearest_to_purge_come_first(
    auditor: Auditor,
) -> None:
    crm = auditor.crm
    ages = {crm.add_account(f"A{age}", deals=1): age for age in (10, 50, 30)}
    for account, age in ages.items():
        crm.delete_account(account, days_ago=age)
    oldest, middle, newest = sorted(ages, key=lambda account: -ages[account])
    report = auditor.audit(max_calls=6)
    assert [parent.id for parent in report.waiting] == [middle, newest]
    assert None in auditor.outcomes(oldest)
    assert all(parent.purge_due_at for parent in report.waiting)
    for _ in range(10):
        crm.forget_log()
        report = auditor.audit(max_calls=3)  # fewer than a record has lists
        assert len(crm.asked()) <= 3
        if not report.waiting:
            break
    assert all(None in auditor.outcomes(account) for account in ages)
    asked = select(auditor.client, f"SELECT parent_id, related_list FROM {CAPTURES}")
    assert len(asked) == len(set(asked))


def test_a_limit_of_its_own_is_kept_beside_that_of_the_run(auditor: Auditor) -> None:
    crm = auditor.crm
    for number in range(4):
        crm.delete_account(crm.add_account(f"A{number}"))
    report = auditor.audit(cap=5)
    assert 0 < len(crm.asked()) < 5
    assert report.waiting


def test_a_record_purged_before_it_was_captured_is_missed_and_its_image_kept(
    auditor: Auditor,
) -> None:
    crm = auditor.crm
    early, late, unknown = (crm.add_account(name, deals=1) for name in ("Early", "Late", "New"))
    auditor.load(early, late)
    crm.delete_account(early)
    crm.delete_account(late, days_ago=20)
    auditor.audit(max_calls=0)
    crm.org.delete("Accounts", unknown)
    crm.org.purge("Accounts", unknown)
    crm.org.purge("Accounts", early)
    crm.pass_days(41)
    assert {parent.id for parent in auditor.audit().missed} == {early, late, unknown}
    for account, name in ((early, "Early"), (late, "Late")):
        assert auditor.outcomes(account) == {None: "missed"}
        (parent,) = auditor.records(account, None)
        assert parent["image"]["account_name"] == name
        assert parent["deletion"]["deleted_by"]["name"] == "Ada Field"
    assert auditor.records(unknown, None)[0]["image"] is None
    assert auditor.audit().missed == []


def test_a_record_purged_when_some_of_its_lists_were_asked_is_missed_too(auditor: Auditor) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account, days_ago=59)
    auditor.audit(max_calls=3)
    asked = len(auditor.outcomes(account))
    crm.pass_days(2)
    assert [parent.id for parent in auditor.audit().missed] == [account]
    sql = f"SELECT reason FROM {CAPTURES} WHERE outcome = 'missed'"
    assert f"when {asked} of its lists" in select(auditor.client, sql)[0][0]


def test_what_was_captured_and_then_purged_is_not_missed(auditor: Auditor) -> None:
    crm = auditor.crm
    purged, expired = crm.add_account("A", deals=1), crm.add_account("B")
    crm.delete_account(purged)
    crm.delete_account(expired, days_ago=59)
    auditor.audit()
    crm.org.purge("Accounts", purged)
    crm.pass_days(2)
    assert auditor.audit().missed == []


def test_restored_records_are_not_missed_and_a_new_deletion_is_captured_anew(
    auditor: Auditor,
) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account)
    auditor.audit()
    crm.org.restore("Accounts", account)
    crm.pass_time(600)
    crm.forget_log()
    assert auditor.audit().missed == []
    assert crm.asked() == []
    auditor.note_restored(account)
    crm.pass_time(600)
    crm.delete_account(account)
    report = auditor.audit()
    assert (report.parents, report.missed) == (1, [])
    sql = f"SELECT DISTINCT deleted_time FROM {CAPTURES} WHERE related_list = 'Deals'"
    assert len(select(auditor.client, sql)) == 2
    assert len(auditor.records(account)) == 1


def test_only_the_modules_asked_for_are_captured(auditor: Auditor) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster")
    deal = crm.add_deal(account, "A")
    crm.delete_account(account)
    crm.org.delete("Deals", deal)
    auditor.audit(modules=["Deals"])
    assert auditor.outcomes(account) == {}
    assert None in auditor.outcomes(deal)


def test_a_refused_list_is_asked_again_after_a_week(auditor: Auditor) -> None:
    crm = auditor.crm
    for days, asked in ((0, 1), (3, 0), (8, 1)):
        crm.pass_days(days)
        crm.forget_log()
        crm.delete_account(crm.add_account(f"A{days}"))
        auditor.audit()
        assert crm.asked().count("Products") == asked


def test_what_is_to_be_forgotten_goes_and_is_not_captured_again(auditor: Auditor) -> None:
    crm = auditor.crm
    account = crm.add_account("Alster", deals=2)
    deal = crm.add_deal(account, "Jane's")
    auditor.load(account)
    crm.delete_account(account)
    auditor.audit()

    def forget(record_id: str) -> int:
        return erase(auditor.client, record_id, reason="asked", run_id="e", moment=crm.now)

    assert forget(deal) == 1
    crm.pass_time(60)
    assert auditor.audit(is_recapture=True).new_documents == 0
    crm.org.update("Deals", deal, {"Amount": 9})
    crm.pass_time(60)
    assert auditor.audit(is_recapture=True).new_documents == 0
    assert len(auditor.records(account)) == 2
    assert forget(account) == 3
    crm.pass_time(60)
    assert auditor.audit(is_recapture=True).new_documents == 0
    assert auditor.records(account) == auditor.records(account, None) == []


def test_a_module_whose_lists_are_not_known_is_told(auditor: Auditor) -> None:
    crm = auditor.crm
    crm.add_module("Vaults", times=[crm.now_s], refusal="NO_PERMISSION")
    (vault,) = crm.org.records("Vaults")
    crm.org.delete("Vaults", vault)
    report = auditor.audit()
    assert report.notes == [
        "Vaults: Zoho tells of no related lists, so it is not known what hung on its deleted "
        "records."
    ]
    assert auditor.outcomes(vault) == {None: "none"}
    assert auditor.audit().notes == []


def test_a_record_merged_away_is_missed_and_its_image_kept(auditor: Auditor) -> None:
    crm = auditor.crm
    master, duplicate = crm.add_account("Alster", deals=1), crm.add_account("Alster (2)", deals=1)
    auditor.load(master, duplicate)
    auditor.audit()
    crm.org.merge("Accounts", master, [duplicate])
    crm.pass_days(1)
    assert [parent.id for parent in auditor.audit().missed] == [duplicate]
    assert auditor.outcomes(duplicate) == {None: "missed"}
    assert auditor.records(duplicate, None)[0]["image"]["account_name"] == "Alster (2)"
    assert auditor.audit().missed == []


def test_after_130_idle_days_what_waited_is_missed_and_what_was_captured_stays(
    auditor: Auditor,
) -> None:
    crm = auditor.crm
    captured, waited = crm.add_account("Alster", deals=1), crm.add_account("Bille", deals=1)
    auditor.load(captured, waited)
    crm.delete_account(captured, days_ago=10)
    auditor.audit()
    crm.delete_account(waited)
    auditor.audit(max_calls=0)
    crm.pass_days(130)
    late = crm.add_account("Carl", deals=1)
    crm.delete_account(late)
    report = auditor.audit()
    assert ([parent.id for parent in report.missed], report.parents) == ([waited], 1)
    assert auditor.outcomes(waited) == {None: "missed"}
    assert None in auditor.outcomes(late)
    assert len(auditor.records(captured)) == len(auditor.records(late)) == 1
