"""Which OAuth scopes cover which; pure.

Source: Zoho CRM API v8, "Scopes": `ALL` covers every operation, and an area all areas below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def missing_scopes(needed: Iterable[str], granted: Sequence[str]) -> list[str]:
    """Gives the needed scopes that none of those granted covers."""
    return [scope for scope in needed if not any(_covers(given, scope) for given in granted)]


def _covers(granted: str, needed: str) -> bool:
    *area, operation = granted.lower().split(".")
    *needed_area, needed_operation = needed.lower().split(".")
    return operation in ("all", needed_operation) and needed_area[: len(area)] == area
