"""Numbers and things in sentences; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMES: Final = 8


def count_of(number: int, thing: str) -> str:
    """Says how many, such as `1 row` or `1,200 rows`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def list_names(names: Sequence[str]) -> str:
    """Lists names, of very many the first few."""
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown} and {more} more" if more > 0 else shown
