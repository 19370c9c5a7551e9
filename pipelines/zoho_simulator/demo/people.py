"""Users, accounts, contacts and leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.values import from_epoch

from .sales_schema import INTERESTS
from .vocabulary import INDUSTRIES, LEAD_SOURCES, TITLES, Place

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

    from .company import Company

_USERS = (
    ("Ada", "Field", "CEO", "Administrator"),
    ("Jonas", "Brandt", "Sales Manager", "Administrator"),
    ("Camille", "Moreau", "Sales Europe", "Standard"),
    ("Priya", "Patel", "Sales United Kingdom", "Standard"),
    ("Grace", "Sullivan", "Sales Americas", "Standard"),
    ("健太", "中村", "Sales Asia", "Standard"),
    ("Lena", "Vogel", "Sales Europe", "Standard"),
    ("Łukasz", "Nowak", "Sales Europe", "Standard"),
    ("Nadja", "Frei", "Sales Europe", "Standard"),
    ("Thiago", "Araújo", "Sales Americas", "Standard"),
    ("Ελένη", "Νικολάου", "Sales Europe", "Standard"),
    ("عمر", "حسن", "Sales Middle East", "Standard"),
    ("Korbinian", "Huber", "Service Manager", "Standard"),
    ("Zara", "Khan", "Service Engineer", "Standard"),
    ("Corinne", "Gerber", "Service Engineer", "Standard"),
    ("Theresa", "Lindner", "Marketing Manager", "Standard"),
    ("Caleb", "Rowe", "Marketing Assistant", "Standard"),
    (None, "Integration", "IT", "Administrator"),
)
_SALUTATIONS = ("Mr.", "Ms.", "Dr.", None)
_LEAD_STATUS = ("Not Contacted", "Attempted to Contact", "Contacted", "Pre-Qualified",
                "Contact in Future", "Junk Lead", "Lost Lead")  # fmt: skip


def add_users(organization: Organization) -> None:
    """The staff: somebody has left, somebody has not confirmed yet."""
    boss = None
    zones = {"United Kingdom": "Europe/London", "Americas": "America/New_York",
             "Asia": "Asia/Tokyo"}  # fmt: skip
    for first, last, role, profile in _USERS:
        zone = next((z for region, z in zones.items() if role.endswith(region)), "Europe/Berlin")
        address = f"{(first or 'no-reply').lower()}.{last.lower()}@brightwell.example"
        address = (
            address if address.isascii() else f"user{len(organization.users)}@brightwell.example"
        )
        user = organization.add_user(
            first, last, email=address, role=role, profile=profile, time_zone=zone,
            reporting_to=boss,
        )  # fmt: skip
        boss = boss or int(user)
    organization.add_user(
        "Beat", "Zbinden", email="beat.zbinden@brightwell.example", role="Sales Europe",
        profile="Standard", status="inactive", reporting_to=boss,
    )  # fmt: skip
    organization.add_user(
        "Maya", "Delgado", email="maya.delgado@brightwell.example", role="Assistant",
        profile="Standard", status="deleted", reporting_to=boss,
    )  # fmt: skip
    organization.add_user(
        "Çağlar", "Öztürk", email="caglar.ozturk@brightwell.example", role="Assistant",
        profile="Standard", confirm=False, reporting_to=boss,
    )  # fmt: skip


def add_accounts(company: Company) -> None:
    """Companies, some of which belong to others."""
    for number in range(company.count(700)):
        place = company.place()
        created, modified = company.span()
        account = company.create(
            "Accounts", _account(company, place, number), created=created, modified=modified,
            owner=company.seller(),
        )  # fmt: skip
        company.places[account] = place


def _account(company: Company, place: Place, number: int) -> dict[str, Any]:
    draw = company.draw
    has_parent = number > 20 and draw.chance(0.12)
    kind = draw.weighted(("Customer", "Prospect", "Partner", "Distributor"), (6, 5, 1, 1))
    values = {
        "Account_Name": company.company_name(place),
        "Account_Number": str(700_000_000_000 + number * 37),
        "Account_Type": kind,
        "Industry": draw.one(INDUSTRIES),
        "Ownership": draw.one(("Private", "Public", "Subsidiary", None)),
        "Parent_Account": company.some("Accounts") if has_parent else None,
        "Phone": f"{place.dialling} {draw.number(200_000, 9_999_999)}",
        "Website": f"https://www.company{number:05d}.example",
        "Employees": draw.number(5, 4_000),
        "Annual_Revenue": draw.amount(6_000_000, 1.3),
        **company.money(place),
        "Billing_Street": f"{draw.number(1, 180)} {draw.one(('Harbour', 'Mill', 'Park'))} Road",
        "Billing_City": place.city,
        "Billing_Code": place.postcode,
        "Billing_Country": place.country,
        "Customer_Since": draw.day_near(company.start, before=2_500, after=600)
        if kind == "Customer"
        else None,
        "Interests": draw.several(INTERESTS, 3),
        "Health_Score": draw.amount(70, 0.2),
        "Tag": company.tags(),
    }
    company.without(values, ("Phone", "Website", "Employees", "Annual_Revenue", "Industry"), 0.12)
    return values


def add_contacts(company: Company) -> None:
    """People, nearly all of whom work for one of the accounts."""
    for number in range(company.count(2_600)):
        account = company.some("Accounts") if company.draw.chance(0.95) else None
        place = company.places[account] if account else company.place()
        created, modified = company.span()
        values = _contact(company, place, number) | {"Account_Name": account}
        contact = company.create(
            "Contacts", values, created=created, modified=modified, owner=company.seller()
        )
        company.places[contact] = place


def person(company: Company, place: Place, number: int, *, domain: str) -> dict[str, Any]:
    """What leads and contacts have in common."""
    draw = company.draw
    first, last = draw.one(place.first_names), draw.one(place.last_names)
    local = f"{first}.{last}".lower().replace("'", "")
    address = f"{local}{number}@{domain}" if local.isascii() else f"p{number}@{domain}"
    values = {
        "First_Name": draw.maybe(0.96, first),
        "Last_Name": last,
        "Salutation": draw.one(_SALUTATIONS),
        "Email": address,
        "Phone": f"{place.dialling} {draw.number(200_000, 9_999_999)}",
        "Mobile": draw.maybe(0.5, f"+49 170 {draw.number(1_000_000, 9_999_999)}"),
        "Lead_Source": draw.one(LEAD_SOURCES),
        "Email_Opt_Out": draw.chance(0.08),
        "Interests": draw.several(INTERESTS, 3),
        "Tag": company.tags(0.15),
    }
    company.without(values, ("Email", "Phone", "Lead_Source"), 0.08)
    return values


def _contact(company: Company, place: Place, number: int) -> dict[str, Any]:
    draw = company.draw
    return {
        **person(company, place, number, domain="people.example"),
        "Title": draw.maybe(0.9, draw.one(TITLES)),
        "Department": draw.one(("Purchasing", "Laboratory", "Production", "R&D", None)),
        "Reporting_To": company.some("Contacts") if number > 50 and draw.chance(0.1) else None,
        "Date_of_Birth": draw.maybe(0.15, draw.day_near(0, before=7_000, after=10_000)),
        "Mailing_City": draw.maybe(0.8, place.city),
        "Mailing_Zip": draw.maybe(0.8, place.postcode),
        "Mailing_Country": draw.maybe(0.9, place.country),
        "External_Contact_ID": f"SHOP-{100_000 + number}" if number % 3 == 0 else None,
        "Last_Activity_Time": from_epoch(draw.office_time(company.start, company.now - 60)),
    }


def add_leads(company: Company) -> None:
    """People who are not customers yet; `add_deals` converts some of them."""
    for number in range(company.count(1_600)):
        place = company.place()
        created, modified = company.span()
        lead = company.create(
            "Leads", lead_values(company, place, number), created=created, modified=modified,
            owner=company.seller(),
        )  # fmt: skip
        company.places[lead] = place


def lead_values(company: Company, place: Place, number: int) -> dict[str, Any]:
    """A lead that nobody has converted."""
    draw = company.draw
    return {
        **person(company, place, number, domain="prospects.example"),
        "Company": company.company_name(place),
        "Designation": draw.maybe(0.8, draw.one(TITLES)),
        "Lead_Status": draw.weighted(_LEAD_STATUS, (5, 4, 6, 3, 2, 2, 2)),
        "Industry": draw.maybe(0.8, draw.one(INDUSTRIES)),
        "Rating": draw.one(("Active", "Acquired", None, None)),
        "No_of_Employees": draw.maybe(0.6, draw.number(3, 900)),
        "Annual_Revenue": draw.maybe(0.5, draw.amount(2_000_000, 1.1)),
        **company.money(place),
        "City": place.city,
        "Country": place.country,
        "Zip_Code": place.postcode,
        "Score": draw.number(0, 100),
    }
