"""A case file in words, the same in the table and on the page; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zoho_destinations.case_files import CaseFile


def describe_state(case: CaseFile) -> str:
    """What can still be done about it, in a few words."""
    if case.state == "restored":
        return f"restored {case.restored_at:%Y-%m-%d}" if case.restored_at else "restored"
    if case.state == "gone":
        return "gone for ever"
    if case.days_left is None:
        return "in the bin"
    if case.days_left < 1:
        return "less than a day left"
    return f"{count_of(case.days_left, 'day')} left"


def tell_lists(case: CaseFile) -> str:
    """What hung on it, by list with counts; or why that is not known."""
    held = [f"{to_words(each.name)} {len(each.records):,}" for each in case.held]
    if held:
        return ", ".join(held)
    if case.is_missed:
        return "missed"
    if case.captured_at is None:
        return "not captured yet"
    if case.lists_known == "none":
        return "not known"
    if case.lists_known == "all":
        return "nothing"
    return f"nothing in {case.known_lists:,} of {count_of(len(case.lists), 'list')}"


def tell_amounts(amounts: Mapping[str, Decimal], currency: str | None) -> str:
    """Amounts by module; never added up, since a quote is of a deal."""
    return ", ".join(
        f"{to_words(module)} {tell_amount(amount, currency)}" for module, amount in amounts.items()
    )


def tell_stakes(case: CaseFile, currency: str | None) -> str:
    """What the record itself was worth, then what hung on it."""
    own = [f"itself {tell_amount(case.amount, currency)}"] if case.amount else []
    hung = [tell_amounts(case.at_stake, currency)] if case.at_stake else []
    return ", ".join(own + hung)


def tell_amount(amount: Decimal, currency: str | None) -> str:
    """An amount without cents: what counts is its size."""
    return f"{amount:,.0f} {currency or ''}".rstrip()


def to_words(api_name: str) -> str:
    """An API name as people read it."""
    return api_name.removesuffix("__s").replace("_", " ")
