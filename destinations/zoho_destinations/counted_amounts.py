"""Which currency field says what a record is worth: it alone counts in sums; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOTALS: Final = ("Amount", "Grand_Total")
"""What standard modules call it; prices, budgets and revenues are none."""
_TOTAL_WORDS: Final = frozenset({"amount", "total", "value"})
_OTHER_WORDS: Final = frozenset({"price", "cost", "costs", "budget", "discount", "tax"})
"""A custom field with such a name says something else."""
_KINDS: Final = ("default", "custom")
"""A history of a deal has the deal's amount, too: it counts where that is configured only."""


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field of a module, as the dataset knows it."""

    api_name: str
    """Of today, or of the last day it was there."""
    former_names: Sequence[str]
    """API names before that, the latest first."""
    columns: Sequence[str]
    """The columns that hold it or held it, the latest first."""
    is_amount: bool
    """An amount of money, entered or calculated."""
    is_entered: bool
    is_removed: bool

    def is_called(self, name: str) -> bool:
        """Whether it has, or had, this API name."""
        return name == self.api_name or name in self.former_names


def counted_of(
    kind: str | None, fields: Sequence[KnownField], chosen: str | None
) -> list[KnownField]:
    """The fields that count, the likeliest first: records of earlier days have those of then.

    Args:
        kind: The module's type, such as default or custom.
        fields: Its fields, those of today first, the oldest in front.
        chosen: The one that is configured; empty for none, None to go by the rule.
    """
    if chosen is not None:
        return [each for each in fields if each.is_called(chosen)]
    money = [each for each in fields if each.is_entered] if kind in _KINDS else []
    totals = [each for name in _TOTALS for each in money if each.api_name == name]
    if totals or kind == "default":
        return totals
    today = [each for each in money if not each.is_removed]
    gone = [each for each in money if each.is_removed]
    return [each for some in (today, gone) for each in _own_of(some)]


def _own_of(fields: Sequence[KnownField]) -> list[KnownField]:
    """The one that says what a custom module's record is worth; none in doubt."""
    own = [each for each in fields if not _words_of(each.api_name) & _OTHER_WORDS]
    if len(own) > 1:
        own = [each for each in own if _words_of(each.api_name) & _TOTAL_WORDS]
    return own[:1]


def _words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
