"""What a deleted record's lists give becomes evidence, and silence is never taken for absence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.bins import BinCrm
from zoho_crm.bin_capture import BinCapture, ParentWork
from zoho_crm.capture_building import CaptureBuilder
from zoho_crm.capture_plan import CaptureList, KnownList, plan_lists
from zoho_crm.evidence import DeletedParent
from zoho_crm.exceptions import ZohoBudgetError, ZohoTransientError
from zoho_crm.metadata import read_metadata
from zoho_crm.source import table_schemas
from zoho_simulator import field, lookup

if TYPE_CHECKING:
    from zoho_crm.bin_capture import BatchResult
    from zoho_crm.evidence import Capture
    from zoho_simulator import Server

DEALS = CaptureList("Accounts", "Deals", "Deals", (("Deal_Name", "Amount", "Modified_Time"),))
CONTACTS = CaptureList("Accounts", "Contacts", "Contacts", (("Last_Name",),))
PRODUCTS = CaptureList("Accounts", "Products", "Products", (("Product_Name",),))


@pytest.fixture
def crm(simulator_server: Server) -> BinCrm:
    return BinCrm(simulator_server)


def parent(account: str) -> DeletedParent:
    return DeletedParent("Accounts", account, None, "Alster", "u1", "Ada")


def work(account: str, *lists: CaptureList) -> ParentWork:
    return ParentWork(parent(account), "first", lists)


def read(
    crm: BinCrm, *works: ParentWork, max_calls: int | None = None, **facts: Any
) -> BatchResult:
    with crm.client(max_calls) as client:
        given: dict[str, Any] = {"images_of": lambda _module, _ids: {}, "now": crm.now, **facts}
        return BinCapture(client, CaptureBuilder(run_id="run", **given)).read(works)


def by_list(result: BatchResult) -> dict[str | None, Capture]:
    return {capture.related_list: capture for capture in result.captures}


def test_rows_none_and_the_record_itself(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=2)
    crm.delete_account(account)
    result = read(crm, work(account, DEALS, CONTACTS), images_of=lambda _m, ids: {ids[0]: {"x": 1}})
    found = by_list(result)
    assert {name: each.outcome for name, each in found.items()} == {
        "Deals": "rows", "Contacts": "none", None: "rows",
    }  # fmt: skip
    assert [row.record["Deal_Name"] for row in found["Deals"].rows] == ["Alster 1", "Alster 0"]
    (image,) = found[None].rows
    assert image.record["image"] == {"x": 1}
    assert result.captures[-1].related_list is None
    assert found["Deals"].captured_at == crm.now


def test_a_list_refused_for_one_record_is_not_asked_for_the_others(crm: BinCrm) -> None:
    accounts = [crm.add_account(f"A{number}") for number in range(5)]
    for account in accounts:
        crm.delete_account(account)
    result = read(crm, *(work(account, PRODUCTS) for account in accounts))
    outcomes = [(c.outcome, c.code) for c in result.captures if c.related_list]
    assert outcomes == [("refused", "NOT_SUPPORTED"), *[("not_askable", "NOT_SUPPORTED")] * 4]
    assert len(crm.asked()) == 1
    assert len(result.done) == 5


def test_memberships_are_captured_where_zoho_gives_them(crm: BinCrm) -> None:
    crm.settings.deleted_related = "with_members"
    account = crm.add_account("Alster")
    product = crm.org.create("Products", {"Product_Name": "Lens"})
    crm.org.link("Accounts", account, "Products", product)
    crm.delete_account(account)
    (row,) = by_list(read(crm, work(account, PRODUCTS)))["Products"].rows
    assert row.member_info is not None
    assert row.member_info["id"]
    assert row.record.keys() == {"id", "Product_Name"}


def test_a_hidden_list_is_refused_with_its_code_while_the_record_is_in_the_bin(
    crm: BinCrm,
) -> None:
    account = crm.add_account("Alster", deals=1)
    crm.org.related_lists.change("Accounts", "Contacts", status="user_hidden")
    crm.delete_account(account)
    found = by_list(read(crm, work(account, CONTACTS, DEALS)))
    assert (found["Contacts"].outcome, found["Contacts"].code) == ("refused", "INVALID_DATA")
    assert found["Deals"].outcome == "rows"


@pytest.mark.parametrize("leaves", ["restore", "purge"])
def test_the_lists_of_a_record_that_leaves_the_bin_are_not_taken_for_empty(
    crm: BinCrm, leaves: str
) -> None:
    account, stays = crm.add_account("Alster", deals=1), crm.add_account("Bille")
    crm.delete_account(account)
    crm.delete_account(stays)
    path = "/crm/v8/settings/recycle_bin"
    crm.hooks.add(path=path, write=lambda org: getattr(org, leaves)("Accounts", account))
    result = read(crm, work(account, CONTACTS, DEALS), work(stays, CONTACTS))
    assert [(c.parent_id, c.related_list, c.outcome) for c in result.captures] == [
        (account, "Deals", "rows"), (stays, "Contacts", "none"), (stays, None, "none"),
    ]  # fmt: skip
    assert [each.id for each in result.left] == [account]


def test_without_the_bins_scope_silence_is_taken_at_its_word_and_that_is_said(
    crm: BinCrm,
) -> None:
    crm.settings.granted_scopes = ("ZohoCRM.modules.ALL",)
    account = crm.add_account("Alster")
    crm.delete_account(account)
    with crm.client() as client:
        builder = CaptureBuilder(run_id="r", now=crm.now, images_of=lambda _m, _i: {})
        reader = BinCapture(client, builder)
        result = reader.read([work(account, DEALS)])
    assert by_list(result)["Deals"].outcome == "none"
    assert "cannot be told" in reader.notes[0]


def test_more_than_zoho_gives_is_truncated_and_several_pages_are_whole(crm: BinCrm) -> None:
    crm.settings.max_discrete_rows = 400
    long, short = crm.add_account("Alster", deals=405), crm.add_account("Bille", deals=205)
    crm.delete_account(long)
    crm.delete_account(short)
    result = read(crm, work(long, DEALS), work(short, DEALS))
    cut, whole = (c for c in result.captures if c.related_list)
    assert (cut.outcome, len(cut.rows)) == ("truncated", 400)
    assert cut.reason == "Zoho gives the first 400 only."
    assert (whole.outcome, len(whole.rows), whole.reason) == ("rows", 205, None)


def test_rows_that_move_between_pages_are_not_lost(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=405)
    crm.delete_account(account)
    newest = list(crm.org.records("Deals"))[-1]
    path = f"/crm/v8/Accounts/deleted/{account}/Deals"
    # Before the second page: every row moves up by one.
    crm.hooks.add(path=path, at=2, write=lambda org: org.delete("Deals", newest))
    found = by_list(read(crm, work(account, DEALS)))["Deals"]
    assert len({row.related_id for row in found.rows}) == 405


def test_a_list_that_keeps_failing_waits_and_the_others_are_captured(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account)
    crm.faults.add(kind="500", path="*/Deals", times=99)
    result = read(crm, work(account, CONTACTS, DEALS))
    assert isinstance(result.error, ZohoTransientError)
    assert [(c.related_list, c.outcome) for c in result.captures] == [("Contacts", "none")]
    assert not result.done
    assert not result.left


def test_what_the_limit_cuts_waits(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=201)
    crm.delete_account(account)
    result = read(crm, work(account, DEALS), max_calls=1)
    assert isinstance(result.error, ZohoBudgetError)
    assert not result.captures
    assert not result.done


def test_a_work_that_is_a_part_is_not_taken_for_the_whole(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=1)
    crm.delete_account(account)
    result = read(crm, replace(work(account, DEALS), is_whole=False))
    assert [c.related_list for c in result.captures] == ["Deals"]
    assert result.done == []


def test_what_mentions_an_erased_id_is_left_out_and_counted(crm: BinCrm) -> None:
    account = crm.add_account("Alster", deals=2)
    crm.delete_account(account)
    erased = next(iter(crm.org.records("Deals")))
    found = by_list(read(crm, work(account, DEALS), erased_ids=frozenset({erased})))["Deals"]
    assert [row.related_id for row in found.rows] != [erased]
    assert (found.outcome, len(found.rows)) == ("rows", 1)
    assert found.reason == "1 left out, because erased ids are mentioned."


def wide_list(crm: BinCrm) -> CaptureList:
    """A list whose records have more fields than one call gives."""
    fields = [field(f"F{number}", "text") for number in range(60)]
    fields += [field("Fee", "currency"), field("Exchange_Rate", "double")]
    back = lookup("Account", "Accounts", related_list="Wides")
    crm.org.add_module("Wides", [back, *fields], generated_type="default")
    with crm.client() as client:
        schemas = table_schemas(read_metadata(client))
    known = KnownList("Accounts", "Wides", "lookup", "Wides")
    return plan_lists([known], schemas)["Accounts"]["Wides"]


@pytest.mark.parametrize("is_edited", [False, True])
def test_more_than_fifty_fields_are_joined_but_not_from_two_moments(
    crm: BinCrm, is_edited: bool
) -> None:
    wide = wide_list(crm)
    assert len(wide.slices) == 2
    account = crm.add_account("Alster")
    amount = {"Fee": 80, "Exchange_Rate": 1.25}
    child = crm.org.create("Wides", {"Account": account, "F1": "a", "F59": "z", **amount})
    crm.delete_account(account)
    if is_edited:
        crm.pass_time(5)
        path = f"/crm/v8/Accounts/deleted/{account}/Wides"
        write = {"F1": "b", "F59": "y"}
        crm.hooks.add(path=path, at=2, write=lambda org: org.update("Wides", child, write))
    found = by_list(read(crm, work(account, wide)))["Wides"]
    (row,) = found.rows
    assert row.record["F1"] == "a"
    assert row.record.get("F59") == (None if is_edited else "z")
    assert ("F59" in row.record) is not is_edited
    assert (row.record["Fee"], row.record["Exchange_Rate"]) == (80, 1.25)  # asked for first
    assert (found.reason is not None) is is_edited


def test_what_no_record_stands_behind_is_not_asked() -> None:
    kinds = ("lookup", "multiselect", "emails", "chronological", "none", "many_to_many")
    plan = plan_lists([KnownList("Accounts", kind, kind, "Deals") for kind in kinds], {})
    asked = {name for name, each in plan["Accounts"].items() if each.is_asked}
    assert asked == {"lookup", "many_to_many"}
    assert all(each.why_not for each in plan["Accounts"].values() if not each.is_asked)
