"""Rows of related lists as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .links import Link
from .rendering import encode, format_time

if TYPE_CHECKING:
    from .related_lists import RelatedList
    from .related_rows import RelatedRow
    from .rendering import View
    from .simulator import Simulator
    from .values import Reference

# Documented: the id of a contact role has been shown as a number of 17 digits, without quotes.
_FIRST_ROLE_ID = 60_000_000_000_006_871
CONTACT_ROLES = (
    "Decision Maker", "Executive Sponsor", "Purchasing", "Engineering", "Developer/Evaluator",
    "Product Management", "Other",
)  # fmt: skip


class RelatedRowFormat:
    """Renders the rows of one list with the fields asked for."""

    def __init__(
        self,
        simulator: Simulator,
        related_list: RelatedList,
        *,
        parent: Reference,
        names: tuple[str, ...],
        user_id: int,
    ) -> None:
        self._simulator = simulator
        self._settings = simulator.settings
        self._list = related_list
        self._parent = parent
        self._view: View = simulator.view(user_id)
        self._is_attachments = related_list.modules == ("Attachments",)
        own = {"Parent_Id", "Size"} if self._is_attachments else set()
        self._own = [name for name in names if name in own]
        self._asked = names
        self._names = tuple(name for name in names if name not in own)

    def render(self, row: RelatedRow) -> bytes:
        """A row's JSON object."""
        organization = self._simulator.organization
        body = organization.row_format(row.module, self._names, view=self._view).render(row.record)
        more = self._extra(row)
        return body[:-1] + b"," + encode(more)[1:] if more else body

    def render_all(self, rows: list[RelatedRow]) -> bytes:
        """Several rows' JSON objects, separated by commas."""
        return b",".join([self.render(row) for row in rows])

    def _extra(self, row: RelatedRow) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if self._list.type == "grouped":
            more["$module"] = row.module.api_name
        if self._is_attachments:
            more |= self._of_attachment(row)
        if row.member is not None:
            more |= self._of_membership(row)
        return more

    def _of_attachment(self, row: RelatedRow) -> dict[str, Any]:
        """Documented both ways: `Parent_Id` null or an object, `Size` a text or a number."""
        values = row.module.values_of(row.record)
        size = values.get("Size")
        parent = None
        if self._settings.attachment_parent == "object":
            parent = self._simulator.organization.show_reference(self._parent, dangling=True)
        if size is not None and self._settings.attachment_size == "number":
            size = int(size)
        return {name: parent if name == "Parent_Id" else size for name in self._own}

    def _of_membership(self, row: RelatedRow) -> dict[str, Any]:
        """Documented: `$member_info`. Assumed, with a switch: where its own fields stand."""
        member, zone = row.member, self._view.time_zone
        if member is None:
            return {}
        info: dict[str, Any] = {
            "id": str(member.id),
            "Created_Time": format_time(member.created, zone),
            "Modified_Time": format_time(member.modified, zone),
        }
        more: dict[str, Any] = {"$member_info": info}
        values = dict(member.values) if isinstance(member, Link) else {}
        if "Contact_Role" in values:
            more["Contact_Role"] = self._show_role(values.pop("Contact_Role"))
        place = self._settings.member_fields
        if place != "row":
            info |= values
        if place != "member_info":
            more |= {name: value for name, value in values.items() if name in self._asked}
        return more

    def _show_role(self, name: str | None) -> Any:
        """Documented both ways: an object, or a number without quotes."""
        if name is None:
            return None
        place = CONTACT_ROLES.index(name) if name in CONTACT_ROLES else len(CONTACT_ROLES)
        number = _FIRST_ROLE_ID + 2 * place
        is_number = self._settings.contact_role == "number"
        return number if is_number else {"name": name, "id": str(number)}
