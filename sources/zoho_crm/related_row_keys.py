"""A row of a related list as its table takes it: the parent and the membership beside the record.

Pure: no network, no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .exceptions import ZohoResponseError
from .names import ID

if TYPE_CHECKING:
    from .api_types import JsonObject
    from .related_lists import RelatedList

# No name of Zoho's starts like this.
PARENT_KEY: Final = "~parent_id"
MODULE_KEY: Final = "~module"
MEMBER_ID: Final = "~member_id"
MEMBER_CREATED: Final = "~member_created"
MEMBER_MODIFIED: Final = "~member_modified"
MEMBER_INFO: Final = "~member_info"
_ROLE: Final = "Contact_Role"
_WITH_COLUMNS: Final = frozenset({"Member_Status", "list_price", _ROLE})
"""What memberships hold that has a column of its own."""
_MEMBER_KEYS: Final = ("id", "Created_Time", "Modified_Time")


def to_list_row(related_list: RelatedList, parent_id: str, raw: JsonObject) -> JsonObject:
    """Puts the parent, the record's module and the membership beside what Zoho sent.

    Raises:
        ZohoResponseError: The row has no id.
    """
    if related_list.kind == "emails":
        raw = {**raw, ID: raw.get("message_id")}
    if not raw.get(ID):
        raise ZohoResponseError(
            f"{related_list.name}: a row came without an id.", module=related_list.module
        )
    row = {**raw, ID: str(raw[ID]), PARENT_KEY: parent_id}
    row[MODULE_KEY] = _module_of(related_list, raw)
    member = raw.get("$member_info")
    if isinstance(member, Mapping):
        row |= _member(member)
    if isinstance(row.get(_ROLE), int):  # Zoho's samples show both: an object, and its bare id
        row[_ROLE] = {"id": str(row[_ROLE]), "name": None}
    return row


def _module_of(related_list: RelatedList, raw: JsonObject) -> str | None:
    told = raw.get("$module")
    if isinstance(told, Mapping):
        told = told.get("api_name")
    if told:
        return str(told)
    if related_list.kind == "multiselect" and raw.get("$member_info"):
        return related_list.connected_module
    return related_list.child_modules[0] if related_list.child_modules else None


def _member(member: Mapping[str, Any]) -> dict[str, Any]:
    """What the membership says; its own fields stand there, in the row, or in both."""
    others = {key: value for key, value in member.items() if key not in _MEMBER_KEYS}
    found = {key: value for key, value in others.items() if value is not None}
    return {
        **found,
        MEMBER_ID: str(member["id"]) if member.get("id") is not None else None,
        MEMBER_CREATED: member.get("Created_Time"),
        MEMBER_MODIFIED: member.get("Modified_Time"),
        MEMBER_INFO: {k: v for k, v in others.items() if k not in _WITH_COLUMNS} or None,
    }
