"""How much of what is due fits into the calls that are left; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bin_capture import ParentWork

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def fit_into(works: Iterable[ParentWork], calls: int) -> Iterator[ParentWork]:
    """Takes as many as so many calls allow; the lists of the last may be cut, no list is.

    Args:
        works: What is due, the most urgent first.
        calls: How many lists may be asked.
    """
    for work in works:
        wanted = sum(each.is_asked for each in work.lists)
        if wanted > calls:
            if calls:
                yield _cut(work, calls)
            return
        calls -= wanted
        yield work


def _cut(work: ParentWork, calls: int) -> ParentWork:
    asked = [each for each in work.lists if each.is_asked][:calls]
    return ParentWork(work.parent, work.occasion, tuple(asked), is_whole=False)
