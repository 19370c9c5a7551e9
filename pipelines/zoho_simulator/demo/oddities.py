# ruff: noqa: RUF001 - texts are meant to hold characters that look alike
"""What real organisations hold as well, and clients stumble over."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.values import from_epoch

from .other_schema import LONG_AMOUNT_FIELD, LONG_TEXT_FIELD
from .vocabulary import CURRENCIES, EURO_PER

if TYPE_CHECKING:
    from collections.abc import Callable

    from .company import Company

MOTTOS = (
    "Precision is a promise.", "Genauigkeit verpflichtet – über Grenzen hinweg", "精度は約束です。",
    "الدقة وعد", "Точність — це обіцянка", "정밀함은 약속입니다", "ความแม่นยำคือคำสัญญา",
    "👩‍🔬🔧 measured with ❤️ in 🇨🇭", "Zażółć gęślą jaźń", "İstanbul’da ölçüldü", "𝔐𝔢𝔞𝔰𝔲𝔯𝔢",
    "Ακρίβεια σημαίνει υπόσχεση", "क़रार सटीकता का", "e\u0301 is not \u00e9", "line\u2028separator",
    "tab\tand \"quotes\" and \\ and 'one'", "",
)  # fmt: skip
BROKEN_TEXTS = (
    "exported from the old system\u0000with a NUL",
    "cut in half by a length limit \ud83d",
    "\udc4d the other half",
)
EXACT_AMOUNTS = (
    Decimal("123456789012345678.12"), Decimal("999999999999999999.99"),
    Decimal("-100000000000000000.01"), Decimal("0.10"), Decimal("90071992547409.93"),
)  # fmt: skip
_DST_CHANGES = (
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 0, tzinfo=UTC),
)


def add_oddities(company: Company) -> None:
    """Adds or changes records of every odd kind."""
    _add_partners(company)
    _add_surveys(company)
    _add_rates(company)
    _mark_accounts(company)
    _mark_contacts(company)
    _cross_dst(company)
    _import_within_a_second(company)


def _add_partners(company: Company) -> None:
    draw = company.draw
    for number in range(company.count(180)):
        created, modified = company.span()
        values: dict[str, Any] = {
            "Name": f"{draw.one(MOTTOS)[:20] or 'Partner'} {number}",
            "Region_Code": f"R{number % 9}",
            "Region__Code": draw.maybe(0.6, f"OLD-{number % 9}"),
            "RegionCode": draw.maybe(0.3, f"imp{number % 9}"),
            LONG_TEXT_FIELD: draw.maybe(0.5, "No transport damage, no weeks without instrument."),
            LONG_AMOUNT_FIELD: draw.maybe(0.5, draw.amount(900)),
            "Guaranteed_Volume": EXACT_AMOUNTS[number % len(EXACT_AMOUNTS)],
            "Ledger_Balance": Decimal(f"{number * 7919}.{number * 104_729 % 10**9:09d}"),
            "Motto": MOTTOS[number % len(MOTTOS)],
            "History": BROKEN_TEXTS[number % 3] if number % 10 == 0 else None,
            "Last_Audit": from_epoch(created),
            "Status_Label": draw.one(("active", "paused", None)),
        }
        company.create("Partners", values, created=created, modified=modified)


def _add_surveys(company: Company) -> None:
    fields = company.organization.module("Site_Surveys").fields
    for number in range(company.count(150)):
        created, modified = company.span()
        values: dict[str, Any] = {
            "Name": f"Survey {number:04d}",
            "Account": company.some("Accounts"),
        }
        for name, spec in fields.items():
            if name.startswith("Q") and company.draw.chance(0.6):
                values[name] = _answer(company, spec.data_type, created)
        values["Surveyor"] = str(company.draw.one(company.service))
        company.create("Site_Surveys", values, created=created, modified=modified)


def _answer(company: Company, data_type: str, time: int) -> Any:
    draw = company.draw
    answers: dict[str, Callable[[], Any]] = {
        "text": lambda: draw.one(("yes", "no", "partly", "see report", "n/a")),
        "integer": lambda: draw.number(0, 999_999_999),
        "boolean": lambda: draw.chance(0.5),
        "date": lambda: draw.day_near(time, before=400, after=400),
        "datetime": lambda: from_epoch(time + draw.number(0, 9_999_999)),
    }
    return answers.get(data_type, lambda: draw.amount(120, 1.5))()


def _add_rates(company: Company) -> None:
    for day in range(90):
        currency = CURRENCIES[1 + day % (len(CURRENCIES) - 1)]
        time = company.now - (90 - day) * 86_400
        values = {
            "Name": f"{currency}/{day:03d}",
            "Rate": Decimal(EURO_PER[currency]) + Decimal(day) / 100_000,
            "Valid_On": from_epoch(time).date(),
        }
        company.create("Exchange_Rates", values, created=time)


def _mark_accounts(company: Company) -> None:
    for account, amount in zip(company.ids["Accounts"], EXACT_AMOUNTS, strict=False):
        company.organization.update(
            "Accounts", account, {"Contract_Value_Exact": amount},
            modified_time=company.times[account],
        )  # fmt: skip


def _mark_contacts(company: Company) -> None:
    contacts = company.ids["Contacts"]
    for contact, text in zip(contacts[10:], (*BROKEN_TEXTS, *MOTTOS), strict=False):
        company.organization.update(
            "Contacts", contact, {"Description": text}, modified_time=company.times[contact]
        )
    # Somebody's clock was wrong when this came in through an integration.
    ahead = company.now + 90 * 86_400
    company.organization.update(
        "Contacts", contacts[5], {"Description": "Imported by a server whose clock was ahead."},
        modified_time=ahead,
    )  # fmt: skip


def _cross_dst(company: Company) -> None:
    for change in _DST_CHANGES:
        for minutes in (-61, -1, 0, 1, 59, 61):
            time = int(change.timestamp()) + minutes * 60
            contact = company.draw.one(company.ids["Contacts"][30:])
            company.organization.update(
                "Contacts", contact, {"Department": "Night shift"}, modified_time=time
            )


def _import_within_a_second(company: Company) -> None:
    """A mass update a month ago: more rows than a page share one second."""
    time = company.now - 30 * 86_400
    leads = company.draw.sample(company.ids["Leads"], company.count(320))
    company.organization.mass_update(
        "Leads", leads, {"Rating": "Market Failed"}, modified_time=time
    )
