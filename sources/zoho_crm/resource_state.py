"""A resource's progress: what dlt keeps in the dataset between runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dlt

from . import settings
from .exceptions import ZohoCrmError, ZohoUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Progress:
    """Reads and writes one resource's part of dlt's state; written only where it changes."""

    def __init__(
        self,
        resource: str,
        *,
        is_forgotten: bool = False,
        module_id: str | None = None,
        formerly: str | None = None,
    ) -> None:
        """Opens the state of a resource that is being extracted.

        Args:
            resource: The resource's name.
            is_forgotten: What it says counts no more.
            module_id: Whose state it has to be: another module may have had the name before.
            formerly: The name that the module had until now.
        """
        self._module_id = module_id
        self._state: dict[str, Any] = dlt.current.resource_state(resource)
        if is_forgotten or self._state.get("module_id", module_id) != module_id:
            self._state.clear()
        if formerly is not None:
            self._take_over(dlt.current.resource_state(formerly), module_id)

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
    def is_unordered(self) -> bool:
        """A run before found that Zoho ignores the header or the sort order."""
        return bool(self._state.get("is_unordered"))

    def mark_unordered(self) -> None:
        """Keeps it: the next run need not find out again from the start."""
        self._set("is_unordered", True)

    @property
    def refuses_meta_keys(self) -> bool:
        """A run before found that Zoho refuses names such as `$se_module` in `fields`."""
        return bool(self._state.get("refuses_meta_keys"))

    def mark_meta_keys_refused(self) -> None:
        """Keeps it, so that not every run pays a call to hear it again."""
        self._set("refuses_meta_keys", True)

    @property
    def deleted_are_apart(self) -> bool:
        """Lists of all users leave deleted ones out."""
        return bool(self._state.get("deleted_are_apart"))

    @deleted_are_apart.setter
    def deleted_are_apart(self, value: bool) -> None:
        if value:
            self._set("deleted_are_apart", True)

    def leaves_out(self, fields: Iterable[str]) -> bool:
        """Keeps which fields are left out; where they are others than before, reads anew.

        Returns:
            Whether they are others: rows loaded before lack a field, or have one too many.
        """
        names = sorted(fields)
        if self._state.get("excluded", []) == names:
            return False
        self._set("excluded", names)
        self._state.pop("next_anchor", None)
        return True

    @property
    def was_read(self) -> bool:
        """A run before read it to its end."""
        return bool(self._state.get("was_read"))

    def mark_read(self) -> None:
        """It was read to its end; Zoho does not refuse it."""
        self._set("was_read", True)
        self._state.pop("refusal", None)

    def refusal(self, now: datetime | None, identity: str | None) -> ZohoUnsupportedError | None:
        """Why Zoho refused it within the last day; None where it is time to ask again.

        Args:
            now: The server's clock.
            identity: Tells the credentials: other ones may be granted what these are not.
        """
        kept = self._state.get("refusal")
        if not kept or now is None or kept.get("identity") != identity:
            return None
        age_s = (now - datetime.fromisoformat(kept["at"])).total_seconds()
        if not 0 <= age_s < settings.REFUSAL_KEPT_S:
            return None
        return ZohoUnsupportedError(kept["reason"], code=kept["code"])

    def keep_refusal(self, error: ZohoCrmError, now: datetime | None, identity: str | None) -> None:
        """Keeps why Zoho refused it, so that not every run pays a call to hear it again."""
        if now is not None:
            kept = {"code": error.code, "reason": str(error), "at": now.isoformat()}
            self._set("refusal", {**kept, "identity": identity})

    @property
    def read_at(self) -> datetime | None:
        """When it was last read, by the server's clock, where that decides about the next time."""
        text = self._state.get("read_at")
        return datetime.fromisoformat(text) if text else None

    @read_at.setter
    def read_at(self, value: datetime | None) -> None:
        self._set("read_at", value.isoformat() if value else None)

    @property
    def read_of(self) -> str | None:
        """What it was read of then, where another whole makes it due again."""
        return self._state.get("read_of")

    @read_of.setter
    def read_of(self, value: str) -> None:
        self._set("read_of", value)

    @property
    def left_out(self) -> list[str]:
        """Fields that Zoho has left out of records although metadata names them."""
        return list(self._state.get("left_out", []))

    @left_out.setter
    def left_out(self, names: list[str]) -> None:
        if names != self.left_out:
            self._set("left_out", names)

    @property
    def identity(self) -> str | None:
        """Whose credentials the run before had."""
        return self._state.get("identity")

    @identity.setter
    def identity(self, value: str) -> None:
        self._set("identity", value)

    def _take_over(self, state: dict[str, Any], module_id: str | None) -> None:
        if not self._state and state.get("module_id", module_id) == module_id:
            self._state.update(state)
            state.clear()

    def _set(self, key: str, value: object) -> None:
        if self._state.get(key) != value:
            self._state[key] = value
            if self._module_id is not None:
                self._state["module_id"] = self._module_id
