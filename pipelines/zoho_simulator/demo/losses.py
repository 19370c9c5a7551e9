"""What has been deleted: lately and long ago, one by one and in bulk, by whom and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .company import Company

_DAY_S = 86_400
# A tiny organisation keeps what it has.
_FEW = 8


def delete_some(company: Company) -> None:
    """Fills the recycle bin and the list of permanent deletions."""
    _delete_key_account(company)
    _delete_in_bulk(company)
    _delete_now_and_then(company)
    _merge_duplicates(company)


def _untouched(company: Company, module: str, *, days: float) -> list[str]:
    """The records that nobody has changed for some days."""
    records = company.organization.module(module).records
    latest = company.now - int(days * _DAY_S)
    ids = company.ids[module]
    return [record for record in ids if (records[int(record)].modified or 0) < latest]


def _delete(company: Company, module: str, record: str, *, days_ago: float, user: int) -> None:
    time = company.now - int(days_ago * _DAY_S)
    company.organization.delete(module, record, deleted_time=time, user=user)
    company.forget(module, record)


def _delete_key_account(company: Company) -> None:
    """Somebody cleaned up last week: the account with most deals went, its deals did not."""
    organization = company.organization
    accounts = _untouched(company, "Accounts", days=6)
    if len(accounts) < _FEW:
        return
    account = max(accounts, key=lambda one: len(organization.related_ids("Accounts", one, "Deals")))
    deals = organization.related_ids("Accounts", account, "Deals")
    person = company.sellers[-1]
    _delete(company, "Accounts", account, days_ago=6, user=person)
    old = set(_untouched(company, "Deals", days=5.99))
    for deal in [one for one in deals if one in old][:2]:
        _delete(company, "Deals", deal, days_ago=5.99, user=person)


def _delete_in_bulk(company: Company) -> None:
    """Old leads, all within an hour."""
    leads = company.draw.sample(_untouched(company, "Leads", days=20), company.count(45))
    for number, lead in enumerate(leads):
        days_ago = 20 - number / (24 * 60)
        _delete(company, "Leads", lead, days_ago=days_ago, user=company.sellers[0])


def _delete_now_and_then(company: Company) -> None:
    """The oldest are about to be purged, or were."""
    draw = company.draw
    kinds = (("Contacts", 14), ("Deals", 6), ("Tasks", 20), ("Quotes", 4), ("Cases", 5),
             ("Accounts", 3), ("Campaigns", 1), ("Products", 2))  # fmt: skip
    for module, base in kinds:
        for _ in range(company.count(base)):
            days_ago = draw.one((1, 4, 11, 26, 44, 57, 59, 64, 83, 110)) + draw.number(1, 9) / 10
            candidates = _untouched(company, module, days=days_ago)
            if len(candidates) < _FEW:
                continue
            record = draw.one(candidates)
            _delete(company, module, record, days_ago=days_ago, user=company.seller())
    company.organization.settle()


def _merge_duplicates(company: Company) -> None:
    for _ in range(company.count(3)):
        master, duplicate = company.draw.sample(company.ids["Contacts"], 2)
        time = company.now - company.draw.number(2, 50) * _DAY_S
        company.organization.merge("Contacts", master, [duplicate], time=time)
        company.forget("Contacts", duplicate)
