"""Which patterns of a selection name modules, and which name related lists: `Deals.Notes`."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection, taken apart."""

    modules: tuple[str, ...]
    """Patterns of modules. Where only lists are named, the modules whose lists they are."""
    lists: tuple[str, ...]
    """Patterns of lists."""

    @property
    def names_lists_only(self) -> bool:
        """Whether lists are named: then no others are read."""
        return bool(self.named_lists)

    @property
    def named_lists(self) -> list[str]:
        """The patterns that take lists in."""
        return [pattern for pattern in self.lists if not pattern.startswith("!")]

    def joined_by(self, modules: Sequence[str]) -> Selection:
        """The same with further modules, unless all are selected anyway."""
        if all(pattern.startswith("!") for pattern in self.modules):
            return self
        return Selection(tuple(dict.fromkeys((*self.modules, *modules))), self.lists)

    def selects(self, name: str) -> bool:
        """Whether a list, as `Module.List`, is not left out."""
        return matches(name, self.lists) is not False

    def is_named(self, name: str) -> bool:
        """Whether a list is asked for, by its name or by a pattern."""
        return matches(name, self.lists) is True


def split_selection(patterns: Sequence[str]) -> Selection:
    """Takes a selection apart."""
    modules = [pattern for pattern in patterns if "." not in pattern]
    lists = [pattern for pattern in patterns if "." in pattern]
    wanted = [pattern for pattern in modules if not pattern.startswith("!")]
    if not wanted:
        parents = [p.partition(".")[0] for p in lists if not p.startswith("!")]
        modules = [*dict.fromkeys(parents), *modules]
    return Selection(tuple(modules), tuple(lists))


def require_known(selection: Selection, names: Sequence[str]) -> None:
    """Refuses patterns of lists that match nothing, where lists are known.

    Raises:
        ZohoConfigError: A pattern matches no related list; the sentence suggests the nearest name.
    """
    for pattern in (p.removeprefix("!") for p in selection.lists if names):
        if not any(fnmatchcase(name.lower(), pattern.lower()) for name in names):
            near = get_close_matches(pattern, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "the table related_lists has them all."
            raise ZohoConfigError(f"No related list matches {pattern!r}: {hint}")


def matches(name: str, patterns: Iterable[str]) -> bool | None:
    """Whether patterns of lists take a name in or leave it out; None where none speaks of it.

    What leaves out goes before what takes in; where lists are taken in, all others are left out
    by nobody but the caller.
    """
    found: bool | None = None
    for pattern in patterns:
        if fnmatchcase(name.lower(), pattern.removeprefix("!").lower()):
            if pattern.startswith("!"):
                return False
            found = True
    return found
