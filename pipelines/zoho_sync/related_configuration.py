"""The keys of `[sources.zoho_crm.related]`: which related lists are read, and at what cost."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any, Final

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException
from dlt.common.configuration.specs import BaseConfiguration

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.settings import MAX_FIELDS_PER_CALL

from .configuration_keys import kind_of, refuse_unknown_keys

SECTIONS: Final = ("sources", "zoho_crm", "related")
MAX_CALLS: Final = 500
"""Calls a run makes for related lists by default: at most 12,000 credits a day, run hourly."""
MAX_AGE_DAYS: Final = 7.0
"""Days after which a parent's list is read again although the parent did not change."""
_SECTION: Final = "[sources.zoho_crm.related]"


@configspec
class RelatedConfiguration(BaseConfiguration):
    """The keys of `[sources.zoho_crm.related]`."""

    lists: list[str] = field(default_factory=list)
    """Lists to read beside those of the default, as `Module.List` patterns; `!` leaves out."""
    derive: list[str] = field(default_factory=lambda: ["*.*"])
    """Lists that may be derived from their child's table instead of being read."""
    list_fields: dict[str, Any] | None = None
    """Fields to ask for, by `Module.List`."""
    max_calls: int = MAX_CALLS
    """Calls a run makes for related lists at the most; 0 for none."""
    max_age_days: float = MAX_AGE_DAYS
    """Days after which a list is read again although its parent did not change."""

    def on_resolved(self) -> None:
        """Refuses what no run could work with."""
        for key in ("max_calls", "max_age_days"):
            if getattr(self, key) < 0:
                raise ZohoConfigError(f"`{key}` in {_SECTION} must not be negative.")
        for pattern in (*self.lists, *self.derive):
            if "." not in pattern:
                raise ZohoConfigError(
                    f"{pattern!r} in {_SECTION} names no related list: write Module.List."
                )

    def fields_of(self, name: str) -> list[str] | None:
        """The fields configured for a list; None where there are none.

        Raises:
            ZohoConfigError: They are not a list of names, or more than one call may name.
        """
        found = (self.list_fields or {}).get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ZohoConfigError(
                f"`{name}` in [sources.zoho_crm.related.list_fields] must be a list of field names."
            )
        if len(found) > MAX_FIELDS_PER_CALL:
            raise ZohoConfigError(
                f"`{name}` in [sources.zoho_crm.related.list_fields] names {len(found)} fields: "
                f"Zoho gives {MAX_FIELDS_PER_CALL} at the most."
            )
        return list(found)


def read_related_configuration() -> RelatedConfiguration:
    """Resolves the configuration of related lists.

    Raises:
        ZohoConfigError: A key is unknown, or its value can't be right.
    """
    known = {each.name for each in fields(RelatedConfiguration) if not each.name.startswith("_")}
    refuse_unknown_keys(SECTIONS, known)
    try:
        return resolve_configuration(RelatedConfiguration(), sections=SECTIONS)
    except ConfigValueCannotBeCoercedException as error:
        raise ZohoConfigError(
            f"`{error.field_name}` in {_SECTION} must be {kind_of(error.hint)}: see "
            "docs/configuration.md."
        ) from None
