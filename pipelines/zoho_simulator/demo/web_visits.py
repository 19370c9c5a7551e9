"""Visits to the web site: the module that grows fastest, as logs do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zoho_simulator.fields import field, lookup, picklist
from zoho_simulator.pattern import Column, Pattern
from zoho_simulator.values import USERS, Reference, from_epoch

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

    from .company import Company

_PAGES = ("Prices", "Spectrometers", "Rental", "Calibration", "Careers", "Contact", "Case studies")
_REFERRERS = ("search", "newsletter", None, "fair", None)
_BASE = 1_050


def add_web_visits_module(organization: Organization) -> None:
    """Adds the module."""
    organization.add_module(
        "Web_Visits",
        [
            field("Name", "text", mandatory=True, label="Visit"),
            lookup("Visitor", "Contacts", related_list="Web_Visits"),
            picklist("Landing_Page", _PAGES),
            field("Referrer", "text"),
            field("Seconds", "integer"),
            field("Score", "double"),
            field("Visited_At", "datetime"),
            field("Asked_For_Offer", "boolean"),
        ],
        module_name="CustomModule14",
    )


def add_web_visits(company: Company) -> None:
    """Adds visits of known contacts; their number grows with the square of the scale."""
    contacts = company.draw.sample(company.ids["Contacts"], 397)
    moments = [from_epoch(company.start + 61_001 * n) for n in range(911)]
    robot = next(user.id for user in company.organization.users if user.role == "IT")
    pattern = Pattern(
        {
            "Name": Column(template="Visit %d"),
            "Visitor": Column([Reference("Contacts", int(contact)) for contact in contacts]),
            "Landing_Page": Column(_PAGES, step=3),
            "Referrer": Column(_REFERRERS),
            "Seconds": Column(range(4, 900, 7), step=5),
            "Score": Column([Decimal(n) / 8 for n in range(101)], step=7),
            "Visited_At": Column(moments, step=11),
            "Asked_For_Offer": Column((False, False, False, True)),
            "Owner": Column([Reference(USERS, robot)]),
            "Created_By": Column([Reference(USERS, robot)]),
            "Modified_By": Column([Reference(USERS, robot)]),
            "Tag": Column([[]]),
        }
    )
    rows = max(1, round(_BASE * company.scale**2))
    step = max(1, (company.now - company.start) // rows)
    last = company.now - 60
    times = (last - (rows - row) * step for row in range(rows))
    company.ids["Web_Visits"] = company.organization.load_pattern(
        "Web_Visits", pattern, times=times
    )
