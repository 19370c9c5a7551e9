"""A small organisation with one relation that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator import Organization
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm


def build_campaigns(crm: Crm, *, campaigns: int = 3, leads: int = 6) -> Crm:
    """`Campaigns.Leads` and its other side; every lead is in the first three campaigns."""
    org = Organization.empty()
    crm.use(org)
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    specs = [field("Campaign_Name", "text"), field("Layout", "layout")]
    org.add_module("Campaigns", specs, generated_type="default")
    org.add_module("Leads", [field("Last_Name", "text")], generated_type="default")
    for number in range(campaigns):
        org.create("Campaigns", {"Campaign_Name": f"C{number}"})
    for number in range(leads):
        lead = org.create("Leads", {"Last_Name": f"L{number}"})
        for campaign in sorted(org.records("Campaigns"))[:3]:
            org.link("Campaigns", campaign, "Leads", lead)
    crm.pass_time(60)
    return crm
