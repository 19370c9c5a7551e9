"""Scripted writes between two requests."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call
    from .organization import Organization

    Write = Callable[[Organization], object]


@dataclass
class Hook:
    """A write, and the request before which it is made.

    Attributes:
        predicate: Which requests count.
        at: The write is made before this one of them, from 1; 0 makes it before each.
        seen: How many there have been.
    """

    predicate: Callable[[Call], bool]
    write: Write
    at: int = 1
    seen: int = 0


class Hooks:
    """The writes still to come."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hooks: list[Hook] = []

    def before(self, when: int | Callable[[Call], bool], write: Write) -> Hook:
        """Makes a write before the request of a number, or before the first that matches."""
        if isinstance(when, int):
            return self._add(Hook(lambda call: call.number == when, write))
        return self._add(Hook(when, write))

    def add(self, *, path: str, write: Write, at: int = 1) -> Hook:
        """Makes a write before the request number `at` of a path, counted from now.

        Args:
            path: Exact, or a pattern with `*`.
            write: Gets the organisation.
            at: From 1; 0 for before each one.
        """
        return self._add(Hook(lambda call: fnmatchcase(call.path, path), write, at))

    def clear(self) -> None:
        """Drops all hooks."""
        with self._lock:
            self._hooks.clear()

    def run(self, call: Call, organization: Organization) -> None:
        """Makes the writes that are due before a request."""
        for hook in self._due(call):
            hook.write(organization)

    def _add(self, hook: Hook) -> Hook:
        with self._lock:
            self._hooks.append(hook)
        return hook

    def _due(self, call: Call) -> list[Hook]:
        with self._lock:
            due = []
            for hook in self._hooks:
                if hook.predicate(call):
                    hook.seen += 1
                    if hook.at in {0, hook.seen}:
                        due.append(hook)
            self._hooks = [h for h in self._hooks if h.at == 0 or h.seen < h.at]
            return due
