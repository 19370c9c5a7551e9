"""Writes described by data, for whoever is in another process."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .organization import Organization

_METHODS = frozenset(
    {
        "create", "update", "delete", "restore", "purge", "hide", "show", "mass_update",
        "import_records", "rename_option", "change_user", "change_module", "remove_field",
        "merge", "empty_recycle_bin", "link", "unlink", "add_line", "remove_line", "add_email",
    }
)  # fmt: skip
_ELSEWHERE = {
    "change_related_list": "related_lists.change",
    "add_currency": "reference.add_currency",
    "change_currency": "reference.change_currency",
    "add_territory": "reference.add_territory",
    "add_role": "reference.add_role",
    "add_profile": "reference.add_profile",
}


def apply_operations(organization: Organization, operations: list[dict[str, Any]]) -> list[Any]:
    """Makes writes in turn, as one.

    Args:
        organization: What to write to.
        operations: Each names the method in `op` and has its arguments beside it, for instance
            `{"op": "update", "module": "Leads", "record_id": "6...", "values": {"City": "Ulm"}}`.

    Returns:
        What each gave, the new id for `create`.
    """
    with organization.lock:
        return [_apply(organization, dict(operation)) for operation in operations]


def _apply(organization: Organization, operation: dict[str, Any]) -> Any:
    name = operation.pop("op")
    if name not in _METHODS and name not in _ELSEWHERE:
        raise ValueError(f"no such operation: {name}")
    return attrgetter(_ELSEWHERE.get(name, name))(organization)(**operation)
