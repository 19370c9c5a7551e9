"""Contacts in campaigns, and the rows that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm

UNKNOWN = "6000000000009999999"
Row = dict[str, Any]


def add_members(crm: Crm, count: int, *, campaign: str | None = None) -> list[Row]:
    """Contacts in a campaign, and the rows that name them."""
    campaign = campaign or crm.org.create("Campaigns", {})
    contacts = [crm.org.create("Contacts", {}) for _ in range(count)]
    for contact in contacts:
        crm.org.link("Campaigns", campaign, "Contacts", contact)
    return [row_of(campaign, contact) for contact in contacts]


def row_of(campaign: str, contact: str, **more: str) -> Row:
    names = {"module": "Campaigns", "related_list": "Contacts"}
    return {**names, "record": campaign, "related_record": contact, **more}
