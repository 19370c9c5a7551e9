"""Which fields the user is not shown, as fields metadata tells; pure.

Metadata goes on listing such a field, while records lack it or show null: to read it would empty
its column in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .columns import MODIFIED_TIME
from .names import ID
from .shapes import mappings_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .api_types import Field

_NEEDED: Final = frozenset({ID, MODIFIED_TIME})
_HIDDEN: Final = "hidden"


def leave_out_hidden(
    fields: Mapping[str, Sequence[Field]], profile_id: str | None
) -> tuple[dict[str, tuple[Field, ...]], dict[str, frozenset[str]]]:
    """Parts fields that a profile is shown from those that it is not.

    Args:
        fields: By module.
        profile_id: The user's profile; None where it is not known: nothing is hidden then.

    Returns:
        By module: the fields that are shown, and the ids of the others.
    """
    shown, hidden = {}, {}
    for module, found in fields.items():
        ids = frozenset(field.id for field in found if is_hidden(field, profile_id))
        shown[module] = tuple(field for field in found if field.id not in ids)
        hidden[module] = ids
    return shown, hidden


def is_hidden(field: Field, profile_id: str | None) -> bool:
    """Whether a profile is not shown a field.

    Source: Zoho CRM API v8, "Fields Metadata": `profiles` with their `permission_type`.
    """
    if profile_id is None or field.api_name in _NEEDED:
        return False
    return any(
        str(profile.get("id")) == profile_id and profile.get("permission_type") == _HIDDEN
        for profile in mappings_in(field.raw.get("profiles"))
    )
