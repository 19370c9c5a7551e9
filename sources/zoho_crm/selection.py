"""Which modules a pattern names: `Leads`, `Deals*`, `!Notes`."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .exceptions import ZohoConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERYTHING = ("*",)


def select_names(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names that the patterns select, in the order given; case does not matter.

    Args:
        patterns: Names with `*` and `?`; a leading `!` excludes. Only exclusions: all others.
        names: What can be selected.

    Raises:
        ZohoConfigError: A pattern matches nothing; the sentence suggests the nearest name.
    """
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    for pattern in (*wanted, *unwanted):
        _require_match(pattern, names)
    return [
        name
        for name in names
        if _matches_any(name, wanted or EVERYTHING) and not _matches_any(name, unwanted)
    ]


def is_named(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern names it outright, without `*`."""
    return name.lower() in {pattern.lower() for pattern in patterns}


def _matches_any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _require_match(pattern: str, names: Sequence[str]) -> None:
    if pattern == "*" or any(fnmatchcase(name.lower(), pattern.lower()) for name in names):
        return
    near = get_close_matches(pattern, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "`zoho-sync modules` lists what can be read."
    raise ZohoConfigError(f"No module matches {pattern!r}: {hint}")
