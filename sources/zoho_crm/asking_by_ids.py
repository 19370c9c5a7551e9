"""Asking for records by their ids, as many in a call as Zoho takes: how many is not documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from . import settings
from .exceptions import ZohoCrmError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from .client import ZohoClient

_T = TypeVar("_T")

_TOO_MANY_CODES: Final = frozenset({"LIMIT_EXCEEDED"})
_TOO_MANY_STATUSES: Final = frozenset({414})


@dataclass(slots=True)
class IdsCap:
    """What a client has found out of how many ids a call may name."""

    asked: int = settings.MAX_IDS_PER_CALL
    """So many are named."""
    heard: int = settings.SURE_IDS_PER_CALL
    """So many are cared for: a record in this place was answered."""


def ask_in_parts(
    client: ZohoClient,
    ids: Sequence[str],
    ask: Callable[[Sequence[str]], _T],
    *,
    ids_in: Callable[[_T], Collection[str]],
) -> Iterator[_T]:
    """Yields the answers for all of some ids.

    A part that is refused for its size is halved. Zoho could also ignore what is too much: ids
    behind the last one that was ever answered are asked for once more, now further to the front.

    Args:
        client: Remembers what was found out.
        ids: Of the records wanted.
        ask: Asks for some of them.
        ids_in: The ids of the records that an answer holds.

    Raises:
        ZohoCrmError: As the replies say.
    """
    cap = client.ids_cap
    waiting = list(ids)
    while waiting:
        some = waiting[: cap.asked]
        try:
            answer = ask(some)
        except ZohoCrmError as error:
            if len(some) == 1 or not _is_too_many(error):
                raise
            cap.asked = len(some) // 2
            continue
        yield answer
        met = ids_in(answer)
        last = max((place for place, each in enumerate(some, 1) if each in met), default=0)
        cap.heard = max(cap.heard, last)
        del waiting[: min(len(some), cap.heard)]


def _is_too_many(error: ZohoCrmError) -> bool:
    return error.code in _TOO_MANY_CODES or error.status in _TOO_MANY_STATUSES
