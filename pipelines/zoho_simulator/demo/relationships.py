"""Members of campaigns, products of everybody, contact roles, prices, appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.fields import field, lookup, multi_module_lookup, picklist, standard
from zoho_simulator.related_rendering import CONTACT_ROLES
from zoho_simulator.values import from_epoch

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

    from .company import Company

MEMBER_STATUS = ("Planned", "Invited", "Sent", "Opened", "Responded", "Attended", "Unsubscribed")
_DAY_S = 86_400
_NEWSLETTER_SHARE = 0.86


def add_appointment_modules(organization: Organization) -> None:
    """Adds services and the appointments for them."""
    services = [
        field("Service_Name", "text", mandatory=True),
        field("Duration", "integer"),
        field("Price", "currency"),
        picklist("Location", ("Business Address", "Client Address")),
    ]
    appointments = [
        field("Appointment_Name", "text", mandatory=True),
        multi_module_lookup("Appointment_For"),
        lookup("Service_Name", "Services__s"),
        field("Appointment_Start_Time", "datetime"),
        picklist("Status", ("Scheduled", "Completed", "Cancelled")),
    ]
    for name, specs in (("Services__s", services), ("Appointments__s", appointments)):
        organization.add_module(name, [standard(one) for one in specs], generated_type="default")


def add_relationships(company: Company) -> None:
    """Links what belongs together, at times after both sides were created."""
    _add_campaign_members(company)
    _add_products(company)
    _add_contact_roles(company)
    _add_prices(company)
    _add_appointments(company)


def link(
    company: Company, module: str, record: str, related_list: str, other: str,
    *, values: dict[str, object] | None = None,
) -> None:  # fmt: skip
    """Adds a membership of the past."""
    first = max(company.created_at(record), company.created_at(other))
    time = company.draw.office_time(first, company.now - 60)
    company.organization.link(module, record, related_list, other, values=values, time=time)


def _add_campaign_members(company: Company) -> None:
    """One campaign is the newsletter, with more members than pages by number reach."""
    draw = company.draw
    campaigns = company.ids["Campaigns"]
    for number, campaign in enumerate(campaigns):
        leads = draw.sample(company.ids["Leads"], draw.number(0, company.count(30)))
        contacts = draw.sample(company.ids["Contacts"], draw.number(0, company.count(25)))
        if number == 1:
            contacts = [one for one in company.ids["Contacts"] if draw.chance(_NEWSLETTER_SHARE)]
        for related_list, members in (("Leads", leads), ("Contacts", contacts)):
            for member in members:
                values: dict[str, object] = {"Member_Status": draw.one(MEMBER_STATUS)}
                link(company, "Campaigns", campaign, related_list, member, values=values)


def _add_products(company: Company) -> None:
    draw = company.draw
    for module, share, most in (("Deals", 0.6, 4), ("Accounts", 0.4, 5), ("Contacts", 0.06, 2),
                                ("Leads", 0.1, 3)):  # fmt: skip
        for record in company.ids[module]:
            if draw.chance(share):
                for product in draw.sample(company.ids["Products"], draw.number(1, most)):
                    link(company, module, record, "Products", product)


def _add_contact_roles(company: Company) -> None:
    """People of the deal's account, the deal's own contact among them."""
    contacts = company.contacts_by_account()
    deals = company.organization.module("Deals")
    for deal in company.ids["Deals"]:
        values = deals.values_of(deals.records[int(deal)])
        known = contacts.get(str(values["Account_Name"].id), [])
        people = company.draw.sample(known, company.draw.number(0, 3))
        if values["Contact_Name"] is not None:
            people = [*people, str(values["Contact_Name"].id)]
        for contact in dict.fromkeys(people):
            role: dict[str, object] = {"Contact_Role": company.draw.one(CONTACT_ROLES)}
            link(company, "Deals", deal, "Contact_Roles", contact, values=role)


def _add_prices(company: Company) -> None:
    products = company.organization.module("Products")
    for place, book in enumerate(company.ids["Price_Books"]):
        for product in company.ids["Products"]:
            if company.draw.chance(0.7):
                price = products.values_of(products.records[int(product)])["Unit_Price"]
                listed = round(price * (100 + 5 * place) / 100, 2)
                values: dict[str, object] = {"list_price": listed}
                link(company, "Price_Books", book, "Products", product, values=values)


def _add_appointments(company: Company) -> None:
    draw = company.draw
    for name, minutes in (("Calibration on site", 120), ("Training", 240), ("Installation", 360),
                          ("Remote support", 30), ("Audit preparation", 90)):  # fmt: skip
        created, modified = company.span()
        values = {"Service_Name": name, "Duration": minutes, "Price": draw.amount(minutes * 3, 0.3),
                  "Location": draw.one(("Business Address", "Client Address"))}  # fmt: skip
        company.create("Services__s", values, created=created, modified=modified)
    for number in range(company.count(60)):
        created, modified = company.span()
        service = company.some("Services__s")
        appointment = company.create(
            "Appointments__s",
            {
                "Appointment_Name": f"Visit {number:03d}",
                "Appointment_For": {"id": company.some("Accounts"), "module": "Accounts"},
                "Service_Name": service,
                "Appointment_Start_Time": from_epoch(created + draw.number(1, 40) * _DAY_S),
                "Status": draw.one(("Scheduled", "Completed", "Completed", "Cancelled")),
            },
            created=created,
            modified=modified,
        )
        link(company, "Appointments__s", appointment, "Services__s", service)
