"""Which modules a list of patterns selects."""

from __future__ import annotations

import pytest

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.selection import EVERYTHING, is_named, select_names

NAMES = ("Leads", "Deals", "Deals_X_Products", "Price_Books", "Notes")


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        (EVERYTHING, NAMES),
        (["Leads"], ["Leads"]),
        (["leads"], ["Leads"]),
        (["Deals*"], ["Deals", "Deals_X_Products"]),
        (["*s"], NAMES),
        (["?eals"], ["Deals"]),
        (["Notes", "Leads"], ["Leads", "Notes"]),
        (["Leads", "Leads", "L*"], ["Leads"]),
        (["!Notes"], NAMES[:-1]),
        (["*", "!Notes", "!*_*"], ["Leads", "Deals"]),
        (["Deals*", "!Deals"], ["Deals_X_Products"]),
        (["!deals*"], ["Leads", "Price_Books", "Notes"]),
        (["Leads", "!Leads"], []),
    ],
)
def test_patterns_select_and_exclude_in_the_order_of_the_modules(
    patterns: list[str], selected: list[str]
) -> None:
    assert select_names(patterns, NAMES) == list(selected)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("Lead", "Leads"),
        ("PriceBooks", "Price_Books"),
        ("!Noets", "Notes"),
        ("Xyzzy*", "zoho-sync modules"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused_with_a_hint(pattern: str, said: str) -> None:
    with pytest.raises(ZohoConfigError, match=pattern.strip("!*")) as raised:
        select_names([pattern], NAMES)
    assert said in str(raised.value)


def test_everything_of_an_organisation_without_modules_is_nothing() -> None:
    assert select_names(EVERYTHING, []) == []


@pytest.mark.parametrize(
    ("patterns", "named"),
    [(["Leads"], True), (["LEADS"], True), (["L*"], False), (["*"], False), (["!Leads"], False)],
)
def test_named_is_who_is_written_out(patterns: list[str], named: bool) -> None:
    assert is_named("Leads", patterns) is named
