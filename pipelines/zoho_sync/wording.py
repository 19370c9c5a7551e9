"""Numbers and things in sentences; pure."""

from __future__ import annotations


def count_of(number: int, thing: str) -> str:
    """Says how many, such as `1 row` or `1,200 rows`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
