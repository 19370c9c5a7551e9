"""What a pipeline remembers of the recycle bin: how far it has captured, and what waits.

Both windows over the bin follow the time of deletion, so two times are enough however many records
are in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from . import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .deletions import Deletion
    from .evidence import Occasion

LAST_DAYS: Final = 7
"""A record is captured once more when this many days are left before its purge."""
_DAY: Final = timedelta(days=1)
BIN_TIME: Final = timedelta(days=settings.RECYCLE_BIN_DAYS)
"""How long a record stays in the recycle bin."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record whose lists have not all been asked."""

    module: str
    id: str
    deleted_time: datetime
    occasion: Occasion
    asked: tuple[str, ...] = ()
    """Lists that need not be asked again."""


class BinProgress:
    """Reads and writes the state of one pipeline; writes only what changes."""

    def __init__(self, state: dict[str, Any], *, modules: Sequence[str]) -> None:
        """Starts over where another selection of modules was captured before.

        Args:
            state: The state of the resource.
            modules: Patterns of the modules that are captured.
        """
        self._state = state
        if state.get("modules") != list(modules):
            state.clear()
            state["modules"] = list(modules)

    @property
    def first(self) -> datetime | None:
        """What was deleted before has been captured, or waits."""
        return self._time("first")

    @property
    def last_days(self) -> datetime | None:
        """What was deleted before has been captured in its last days, or waits for that."""
        return self._time("last_days")

    @property
    def looked_at(self) -> datetime | None:
        """When the bin was looked at, to a day."""
        return self._time("looked_at")

    def note_look(self, now: datetime) -> None:
        """Says that the bin is being looked at; told once a day."""
        if self.looked_at is None or now - self.looked_at >= _DAY:
            self._state["looked_at"] = now.isoformat()

    def is_known(self, deletion: Deletion) -> bool:
        """Whether it has been met by an earlier listing: listings overlap."""
        return key_of(deletion) in self._state.get("recent", {})

    def is_to_be_met_again(self, deletion: Deletion) -> bool:
        """Whether it was met as new, and has not been met in its last days."""
        first = self.first
        was_met = first is not None and (deletion.deleted_time < first or self.is_known(deletion))
        return was_met and key_of(deletion) not in self._state.get("recent_last_days", {})

    def move_first(self, anchor: datetime | None, met: Iterable[Deletion]) -> None:
        """Says how far the listing of what is new has come, and what it met."""
        if anchor is not None:
            self._move("first", "recent", anchor, met)

    def move_last_days(self, anchor: datetime, met: Iterable[Deletion] = ()) -> None:
        """Says how far the listing of what is purged soon has come, and what it met."""
        self._move("last_days", "recent_last_days", anchor, met)

    def _move(self, name: str, recent: str, anchor: datetime, met: Iterable[Deletion]) -> None:
        """What lies behind the time reached is known by that, the rest by its key."""
        known = {
            key: time
            for key, time in self._state.get(recent, {}).items()
            if datetime.fromisoformat(time) >= anchor
        }
        known |= {key_of(e): e.deleted_time.isoformat() for e in met if e.deleted_time >= anchor}
        self._state[name] = anchor.isoformat()
        if known or recent in self._state:
            self._state[recent] = known

    def waiting(self) -> list[Waiting]:
        """What is to be asked before anything else, nearest to its purge first."""
        found = [
            Waiting(module, record_id, datetime.fromisoformat(time), occasion, tuple(asked))
            for module, record_id, time, occasion, asked in self._state.get("waiting", ())
        ]
        return sorted(found, key=lambda each: (each.deleted_time, each.id))

    def keep_waiting(self, works: Iterable[Waiting]) -> None:
        """Says what waits, in place of what waited before."""
        found = [
            [each.module, each.id, each.deleted_time.isoformat(), each.occasion, list(each.asked)]
            for each in works
        ]
        if found or self._state.get("waiting"):
            self._state["waiting"] = found

    def _time(self, name: str) -> datetime | None:
        text = self._state.get(name)
        return datetime.fromisoformat(text) if text else None


def key_of(deletion: Deletion | Waiting) -> str:
    """Tells a deletion from others of the same record."""
    return f"{deletion.module} {deletion.id} {deletion.deleted_time.timestamp():.0f}"
