"""The page of case files: everything in it is escaped, and each state says what can be done."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from zoho_destinations.case_files import CaseFile, CaseFiles, CaseList, CaseRecord
from zoho_destinations.case_money import Amount, Worth
from zoho_destinations.evidence_store import ChainHead
from zoho_sync.case_page import build_page
from zoho_sync.case_report import CaseReport
from zoho_sync.case_wording import tell_lists

NOW = datetime(2026, 3, 30, 7, tzinfo=UTC)
EVIL = '"><script>alert(1)</script>&'
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Balance(HTMLParser):
    """Follows elements; what is opened must be closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.wrong += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def case(**facts: Any) -> CaseFile:
    given: dict[str, Any] = {
        "module": "Accounts", "id": "1", "name": "Alster", "deleted_time": NOW - timedelta(days=5),
        "deleted_by": "Ada", "state": "in_bin", "purge_due_at": NOW + timedelta(days=55),
        "restored_at": None, "days_left": 55, "captured_at": NOW, **facts,
    }  # fmt: skip
    return CaseFile(**given)


def worth(amount: int) -> Worth:
    return Worth("Amount", {"Amount": Amount(Decimal(amount), Decimal(amount))})


def deals(*records: CaseRecord, **facts: Any) -> CaseList:
    given = {"outcome": "rows", "code": None, "reason": None, "now": len(records), **facts}
    return CaseList("Deals", "Deals", captured_at=NOW, records=list(records), **given)


def page(*cases: CaseFile) -> str:
    files = CaseFiles(list(cases), NOW, "EUR", EVIL)
    built = build_page(CaseReport("zoho.duckdb", files, ChainHead(3, "ab" * 32)))
    balance = Balance()
    balance.feed(built)
    assert balance.wrong == balance.open == []
    assert built.count("<script>") == 1
    return built


def text_of(built: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", built.split("<main>")[1]))


def test_nothing_from_the_crm_is_taken_for_markup() -> None:
    record = CaseRecord(EVIL, EVIL, EVIL, worth(5))
    evil = CaseList(EVIL, EVIL, "truncated", EVIL, EVIL, NOW, [record], now=0)
    refused = CaseList(EVIL, EVIL, "refused", EVIL, EVIL, NOW)
    built = page(
        case(module=EVIL, id=EVIL, name=EVIL, deleted_by=EVIL, lists=[evil, refused],
             also_in_bin={EVIL: 2}),
        case(module=EVIL, id=EVIL, name=EVIL, deleted_by=EVIL),
    )  # fmt: skip
    assert EVIL not in built
    assert "alert(1)&lt;/script&gt;" in built


def test_each_record_counts_once_and_modules_are_not_added_up() -> None:
    shared = CaseRecord("7", "Deals", "Big", worth(1000))
    quote = CaseRecord("8", "Quotes", "Q", worth(900))
    text = text_of(page(case(lists=[deals(shared)]), case(id="2", lists=[deals(shared, quote)])))
    assert "1,000 EUR in deals" in text
    assert "900 EUR in quotes" in text
    assert "1,900" not in text.split("Who deleted")[0]
    assert "What counts is Amount of deals, Amount of quotes." in text


def test_what_no_field_says_the_worth_of_shows_its_amounts_by_name() -> None:
    prices = {"Unit_Price": Amount(Decimal(450), None), "Fee": Amount(Decimal(0), None)}
    priced = CaseRecord("7", "Products", "Lens", Worth(None, prices, "USD"))
    text = text_of(page(case(lists=[deals(priced)])))
    assert "Lens, Unit Price 450 USD" in text
    assert "Fee" not in text
    assert "What counts" not in text


def test_each_state_says_what_can_be_done() -> None:
    hung = [deals(CaseRecord("7", "Deals", "Big"))]
    gone = {"state": "gone", "days_left": None, "lists": hung}
    assert "Can be restored in Zoho until 2026-05-24" in text_of(page(case(lists=hung)))
    assert "linked to another one by their ids" in text_of(page(case(**gone)))
    restored = case(state="restored", restored_at=NOW, days_left=None, lists=hung)
    assert "Restored: nothing is lost." in text_of(page(restored))
    soon = page(case(days_left=0, lists=hung))
    assert "less than a day left" in soon
    assert "case urgent" in soon
    missed = replace(case(**gone), is_missed=True)
    assert "what hung on it is not known" in text_of(page(missed))
    assert "Not captured yet" in text_of(page(case(captured_at=None, lists=hung)))


def test_lists_that_gave_nothing_are_told_by_why() -> None:
    lists = [
        deals(CaseRecord("7", "Deals", None, is_erased=True)),
        CaseList("Notes", "Notes", "refused", "NO_PERMISSION", "x", NOW),
        CaseList("Contacts", "Contacts", "none", None, None, NOW),
    ]
    text = text_of(page(case(lists=lists)))
    assert "refused by Zoho: Notes (NO_PERMISSION)" in text
    assert "empty: Contacts" in text
    assert "erased on request" in text


def test_people_past_the_first_ten_are_told_together() -> None:
    some = [case(id=str(number), deleted_by=f"P{number:02}") for number in range(12)]
    own = [case(id=f"x{number}", deleted_by=f"P{number:02}") for number in range(10)]
    people = text_of(page(*some, *own)).split("Who deleted")[1].split("Deletions of")[0]
    assert "P09 2 0 and 2 more 2 0" in people
    assert "P10" not in people


def test_a_dataset_without_deletions_has_a_page_too() -> None:
    built = build_page(CaseReport("zoho.duckdb", None, ChainHead()))
    assert "No deletion is known" in built


def asked(*outcomes: str) -> list[CaseList]:
    """Lists that gave no record, by the outcome of each question."""
    return [CaseList(f"L{n}", None, each, None, None, NOW) for n, each in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("facts", "told", "known"),
    [
        ({"lists": asked("none", "none")}, "nothing", "all"),
        ({"lists": asked("none", "refused", "none")}, "nothing in 2 of 3 lists", "some"),
        ({"lists": asked("none", "not_askable")}, "nothing in 1 of 2 lists", "some"),
        ({"lists": []}, "not known", "none"),
        ({"lists": asked("refused", "not_askable")}, "not known", "none"),
        ({"lists": asked("rows")}, "not known", "none"),  # none of its rows may be kept
        ({"lists": asked("none"), "captured_at": None}, "not captured yet", "some"),
        ({"lists": asked("none"), "is_missed": True}, "missed", "some"),
    ],
)
def test_nothing_is_said_only_where_zoho_said_it(
    facts: dict[str, Any], told: str, known: str
) -> None:
    silent = case(**facts)
    report = CaseReport("zoho.duckdb", CaseFiles([silent], NOW, "EUR", None), ChainHead())

    [document] = report.to_json()["cases"]
    text = text_of(build_page(report))

    assert tell_lists(silent) == told
    assert document["lists_known"] == known
    is_known = told.startswith("nothing")
    assert ("Deletions with nothing on them" in text) is is_known
    assert ("Deletions of which it is not known what hung on them" in text) is not is_known
    assert told == "nothing" or told in text


def test_a_case_with_an_amount_of_its_own_says_so_too() -> None:
    priced = case(worth=worth(7))
    assert "What hung on it is not known" in text_of(page(priced))
    assert "not known" not in text_of(page(replace(priced, lists=asked("none"))))
