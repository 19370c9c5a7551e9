"""The demo organisation: a maker of measuring instruments, the same from the same seed."""

from __future__ import annotations

from zoho_simulator.organization import Organization

from .administration import set_up_administration
from .company import Company
from .correspondence import add_correspondence
from .losses import delete_some
from .oddities import add_oddities
from .other_schema import add_other_modules
from .people import add_accounts, add_contacts, add_leads, add_users
from .relationships import add_appointment_modules, add_relationships
from .sales_schema import add_sales_modules
from .selling import add_campaigns, add_deals, convert_leads
from .web_visits import add_web_visits, add_web_visits_module
from .working import (
    add_activities,
    add_cases,
    add_catalogue,
    add_contracts,
    add_notes,
    add_quotes,
)
from .working_day import WorkingDay


def build_demo_organization(seed: int = 7, scale: float = 1) -> Organization:
    """Makes the demo organisation.

    Args:
        seed: The same seed makes the same bytes.
        scale: 1 makes some 15,000 records, 10 some 250,000, of which 105,000 in `Web_Visits`.
    """
    organization = Organization()
    organization.clock.freeze()
    add_users(organization)
    add_sales_modules(organization)
    add_other_modules(organization)
    add_appointment_modules(organization)
    add_web_visits_module(organization)
    set_up_administration(organization)
    company = Company(organization, seed=seed, scale=scale)
    for add in (
        add_accounts, add_contacts, add_leads, add_campaigns, add_deals, convert_leads,
        add_catalogue, add_activities, add_notes, add_cases, add_quotes, add_contracts,
        add_oddities, add_web_visits, add_relationships, add_correspondence, delete_some,
    ):  # fmt: skip
        add(company)
    organization.day = WorkingDay(company)
    organization.clock.thaw()
    return organization
