"""Activities, notes, cases, products, quotes and contracts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.values import from_epoch

from .vocabulary import (
    CASE_SUBJECTS,
    EURO_PER,
    INSTRUMENTS,
    NOTE_TEXTS,
    SERIES,
    TASK_SUBJECTS,
)

if TYPE_CHECKING:
    from .company import Company

_TAX = Decimal("0.19")


def add_catalogue(company: Company) -> None:
    """Vendors, products and price books."""
    draw = company.draw
    for number in range(company.count(40)):
        place = company.place()
        created, modified = company.span()
        values = {
            "Vendor_Name": company.company_name(place),
            "Email": f"sales@vendor{number}.example",
            "Phone": f"{place.dialling} {draw.number(200_000, 999_999)}",
            "City": place.city,
            "Country": place.country,
            "Category": draw.one(("Optics", "Electronics", "Logistics", "Packaging")),
        }
        company.create("Vendors", values, created=created, modified=modified)
    for number in range(company.count(120)):
        created, modified = company.span()
        company.create("Products", _product(company, number), created=created, modified=modified)
    for name in ("Europe 2026", "United Kingdom 2026", "Americas 2026", "Asia 2026", "Partners"):
        created, modified = company.span()
        book = {"Price_Book_Name": name, "Active": name != "Partners", "Pricing_Model": "Flat"}
        company.create("Price_Books", book, created=created, modified=modified)


def _product(company: Company, number: int) -> dict[str, Any]:
    draw = company.draw
    instrument = INSTRUMENTS[number % len(INSTRUMENTS)]
    series = SERIES[number // len(INSTRUMENTS) % len(SERIES)]
    return {
        "Product_Name": f"{instrument} {series}",
        "Product_Code": f"BW-{number:05d}",
        "Product_Category": draw.weighted(("Instrument", "Accessory", "Service"), (6, 2, 1)),
        "Vendor_Name": draw.maybe(0.7, company.some("Vendors")),
        "Product_Active": draw.chance(0.93),
        "Unit_Price": draw.amount(4_200),
        "Taxable": True,
        "Tax": draw.one((["Vat"], ["Vat", "Sales Tax"], None)),
        "Qty_in_Stock": draw.number(0, 400),
        "Handler": str(draw.one(company.service)),
        "Description": draw.maybe(0.4, f"{instrument} for {draw.one(('field', 'lab'))} use"),
    }


def add_activities(company: Company) -> None:
    """Tasks, meetings and calls about accounts, deals and leads."""
    for _ in range(company.count(1_000)):
        add_task(company, time=None)
    draw = company.draw
    for _ in range(company.count(400)):
        created, modified = company.span()
        begins = created + draw.number(1, 20) * 86_400
        values = {
            "Event_Title": draw.one(("Site visit", "Product demo", "Quarterly review", "Lunch")),
            "Start_DateTime": from_epoch(begins),
            "End_DateTime": from_epoch(begins + 3_600),
            "All_day": draw.chance(0.05),
            "Venue": draw.maybe(0.5, company.place().city),
            **_about(company),
        }
        company.create("Events", values, created=created, modified=modified, owner=company.seller())
    for _ in range(company.count(600)):
        add_call(company, time=None)


def _about(company: Company) -> dict[str, Any]:
    draw = company.draw
    module = draw.weighted(("Deals", "Accounts", "Leads"), (5, 3, 1))
    return {
        "What_Id": {"id": company.some(module), "module": module} if draw.chance(0.9) else None,
        "Who_Id": company.some("Contacts") if module != "Leads" and draw.chance(0.6) else None,
    }


def add_task(company: Company, *, time: int | None) -> str:
    """A task; those of today are not done yet."""
    draw = company.draw
    created, modified = (time, time) if time else company.span()
    is_done = time is None and draw.chance(0.65)
    values = {
        "Subject": draw.one(TASK_SUBJECTS),
        "Due_Date": draw.maybe(0.9, draw.day_near(created, before=0, after=21)),
        "Priority": draw.one(("High", "Normal", "Normal", "Low")),
        "Status": "Completed" if is_done else draw.one(("Not Started", "In Progress")),
        "Closed_Time": from_epoch(modified) if is_done else None,
        **_about(company),
    }
    return company.create(
        "Tasks", values, created=created, modified=modified, owner=company.seller()
    )


def add_call(company: Company, *, time: int | None) -> str:
    """A telephone call."""
    draw = company.draw
    created, modified = (time, time) if time else company.span()
    seconds = draw.number(20, 2_400)
    values = {
        "Subject": draw.one(("Call back", "Price question", "Delivery date", "Intro call")),
        "Call_Type": draw.one(("Inbound", "Outbound", "Outbound", "Missed")),
        "Call_Purpose": draw.one(("Prospecting", "Negotiation", "Demo", "Support", None)),
        "Call_Start_Time": from_epoch(created),
        "Call_Duration": f"{seconds // 60:02d}:{seconds % 60:02d}",
        "Call_Duration_in_seconds": seconds,
        **_about(company),
    }
    return company.create(
        "Calls", values, created=created, modified=modified, owner=company.seller()
    )


def add_notes(company: Company) -> None:
    """Notes on records of several modules."""
    for _ in range(company.count(500)):
        created, modified = company.span()
        add_note(company, created=created, modified=modified)


def add_note(company: Company, *, created: int, modified: int) -> str:
    """A note."""
    draw = company.draw
    module = draw.weighted(("Deals", "Accounts", "Contacts", "Leads"), (5, 3, 2, 2))
    values = {
        "Note_Title": draw.maybe(0.4, draw.one(("Call", "Visit", "Meeting", "Idea"))),
        "Note_Content": draw.one(NOTE_TEXTS),
        "Parent_Id": {"id": company.some(module), "module": module},
    }
    return company.create(
        "Notes", values, created=created, modified=modified, owner=company.seller()
    )


def add_cases(company: Company) -> None:
    """Complaints and questions."""
    draw = company.draw
    for number in range(company.count(400)):
        created, modified = company.span()
        values = {
            "Subject": draw.one(CASE_SUBJECTS),
            "Case_Number": f"C-{10_000 + number}",
            "Status": draw.weighted(("New", "On Hold", "Escalated", "Closed"), (2, 1, 1, 6)),
            "Priority": draw.one(("High", "Medium", "Low")),
            "Case_Origin": draw.one(("Email", "Phone", "Web", None)),
            "Account_Name": company.some("Accounts"),
            "Related_To": draw.maybe(0.8, company.some("Contacts")),
            "Product_Name": draw.maybe(0.7, company.some("Products")),
            "No_of_comments": draw.number(0, 6),
            "Solution": draw.maybe(0.3, "<div>Recalibrated on site. " + "Checked again. " * 40),
        }
        owner = draw.one(company.service)
        company.create("Cases", values, created=created, modified=modified, owner=owner)


def add_quotes(company: Company) -> None:
    """Quotes whose totals are the sums of their lines."""
    deals = company.organization.module("Deals")
    for number in range(company.count(260)):
        deal = company.some("Deals")
        values = deals.values_of(deals.records[int(deal)])
        created, modified = company.span()
        lines = [quote_line(company) for _ in range(company.draw.number(1, 6))]
        quote = company.create(
            "Quotes",
            {
                "Subject": f"Quote {20_000 + number}",
                "Quote_Number": str(6_000_000_000_000_770_000 + number),
                "Quote_Stage": company.draw.one(("Draft", "Delivered", "Confirmed", "On Hold")),
                "Deal_Name": deal,
                "Account_Name": values["Account_Name"],
                "Contact_Name": values["Contact_Name"],
                "Valid_Till": company.draw.day_near(modified, before=0, after=60),
                "Currency": values["Currency"],
                "Exchange_Rate": Decimal(EURO_PER[values["Currency"]]),
                **quote_totals(lines),
            },
            created=created,
            modified=modified,
            owner=company.seller(),
        )
        for line in lines:
            company.create("Quoted_Items", {"Parent_Id": quote, **line}, created=modified)


def quote_line(company: Company) -> dict[str, Any]:
    """A line of a quote."""
    products = company.organization.module("Products")
    product = company.some("Products")
    price = products.values_of(products.records[int(product)])["Unit_Price"]
    quantity = company.draw.number(1, 12)
    discount = company.draw.one((Decimal(0), Decimal(0), Decimal("25.00")))
    return {
        "Product_Name": product,
        "Quantity": quantity,
        "List_Price": price,
        "Discount": discount,
        "Total": price * quantity - discount,
    }


def quote_totals(lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    """What a quote's lines add up to."""
    net = sum((line["Total"] for line in lines), Decimal(0))
    tax = round(net * _TAX, 2)
    return {"Sub_Total": net, "Discount": Decimal(0), "Tax": tax, "Grand_Total": net + tax}


def add_contracts(company: Company) -> None:
    """Service contracts of accounts, and who supplies which account."""
    draw = company.draw
    for number in range(company.count(300)):
        created, modified = company.span()
        values = {
            "Name": f"SC-{number:05d}",
            "Account": company.some("Accounts"),
            "Product": draw.maybe(0.9, company.some("Products")),
            "Monthly_Fee": draw.amount(320, 0.6),
            "Plan": draw.one(("Basic", "Plus", "Plus", "Premier")),
            "Starts_On": draw.day_near(created, before=10, after=40),
            "Ends_On": draw.maybe(0.8, draw.day_near(created, before=-300, after=900)),
            "Auto_Renewal": draw.chance(0.7),
            "Service_Manager": str(draw.one(company.service)),
            "Covered_Instruments": draw.several(("Spectrometer", "Laser", "Gauge", "Logger"), 3),
            "Days_To_Renewal": draw.number(-40, 700),
            "External_Contract_Id": f"ERP-{900_000 + number}",
        }
        company.create("Subscriptions", values, created=created, modified=modified)
    for _ in range(company.count(200)):
        created, _ = company.span()
        values = {
            "Account": company.some("Accounts"),
            "Vendor": company.some("Vendors"),
            "Since": draw.day_near(created, before=900, after=0),
        }
        company.create("Accounts_X_Vendors", values, created=created)
