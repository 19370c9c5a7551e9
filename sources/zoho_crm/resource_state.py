"""A resource's progress: what dlt keeps in the dataset between runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dlt


class Progress:
    """Reads and writes one resource's part of dlt's state; written only where it changes."""

    def __init__(self, resource: str, *, is_forgotten: bool = False) -> None:
        """Opens the state of a resource that is being extracted.

        Args:
            resource: The resource's name.
            is_forgotten: What it says counts no more.
        """
        self._state: dict[str, Any] = dlt.current.resource_state(resource)
        if is_forgotten:
            self._state.clear()

    @property
    def anchor(self) -> datetime | None:
        """Where the next read starts, in UTC."""
        text = self._state.get("next_anchor")
        return datetime.fromisoformat(text).astimezone(UTC) if text else None

    @anchor.setter
    def anchor(self, value: datetime | None) -> None:
        self._set("next_anchor", value.isoformat() if value else None)

    @property
    def is_created(self) -> bool:
        """The table was created by a run before."""
        return bool(self._state.get("is_created"))

    def mark_created(self) -> None:
        """The table exists from now on."""
        self._set("is_created", True)

    @property
    def identity(self) -> str | None:
        """Whose credentials the run before had."""
        return self._state.get("identity")

    @identity.setter
    def identity(self, value: str) -> None:
        self._set("identity", value)

    def _set(self, key: str, value: object) -> None:
        if self._state.get(key) != value:
            self._state[key] = value
