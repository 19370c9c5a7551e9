"""Which scope a call needs, and whether it was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Documented: the names that a module may have in a scope. The rest are "custom".
_STANDARD = frozenset(
    [
        "leads",
        "accounts",
        "contacts",
        "deals",
        "campaigns",
        "tasks",
        "cases",
        "events",
        "calls",
        "solutions",
        "products",
        "vendors",
        "pricebooks",
        "quotes",
        "salesorders",
        "purchaseorders",
        "invoices",
        "appointments",
        "services",
        "notes",
        "attachments",
        "emails",
    ]
)


# Documented: lists of a record that need a scope beside that of its module.
_LIST_SCOPES = {
    "Notes": ("ZohoCRM.modules.notes.READ",),
    "Attachments": ("ZohoCRM.modules.attachments.READ",),
    "Emails": ("ZohoCRM.modules.emails.READ",),
    "Contact_Roles": ("ZohoCRM.modules.contacts.READ",),
}


def module_scope(module: str, operation: str = "READ") -> str:
    """The scope for a module's records.

    Documented: all custom modules share `custom`. Assumed: so do subform and linking modules.
    """
    name = module.lower().removesuffix("__s").replace("_", "")
    return f"ZohoCRM.modules.{name if name in _STANDARD else 'custom'}.{operation}"


def list_scopes(related_list: str) -> tuple[str, ...]:
    """The scopes for reading a related list, beside that of the parent's module."""
    return _LIST_SCOPES.get(related_list, ())


def is_granted(required: str, granted: Iterable[str]) -> bool:
    """Whether one of the scopes covers the required one.

    Documented: `ZohoCRM.modules.READ` covers `ZohoCRM.modules.leads.READ`, and `ALL` every
    operation. Assumed: case does not matter.
    """
    *area, operation = required.lower().split(".")
    for scope in granted:
        *granted_area, granted_operation = scope.lower().split(".")
        if granted_operation in {operation, "all"} and area[: len(granted_area)] == granted_area:
            return True
    return False
