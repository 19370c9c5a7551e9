"""Campaigns, deals with their history and onboarding, and conversions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.values import from_epoch

from .sales_schema import STAGES
from .vocabulary import EURO_PER, INSTRUMENTS, LEAD_SOURCES, LOSS_REASONS, PROJECTS

if TYPE_CHECKING:
    from .company import Company

OPEN_STAGES = STAGES[:5]
WON, LOST = STAGES[5], STAGES[6]
_ONBOARDING = ("Kick-off", "Delivery", "Installation", "Training", "Acceptance")
_DAY_S = 86_400


def add_campaigns(company: Company) -> None:
    """Fairs, webinars and mailings."""
    draw = company.draw
    kinds = ("Trade Show", "Webinar", "Email", "Conference", "Advertisement")
    for number in range(company.count(40)):
        kind = kinds[number % len(kinds)]
        created = draw.office_time(company.start, company.now - 60)
        budget = draw.amount(12_000)
        company.create(
            "Campaigns",
            {
                "Campaign_Name": f"{kind} {draw.one(INSTRUMENTS)} {2024 + number % 3}/{number:02d}",
                "Type": kind,
                "External_Campaign_ID": f"MAIL-{500 + number}",
                "Status": draw.one(("Planning", "Active", "Complete", "Complete")),
                "Start_Date": draw.day_near(created, before=5, after=60),
                "End_Date": draw.day_near(created, before=0, after=150),
                "Budgeted_Cost": budget,
                "Actual_Cost": draw.maybe(0.7, draw.amount(float(budget), 0.2)),
                "Expected_Revenue": draw.amount(float(budget) * 8, 0.5),
                "Expected_Response": str(draw.number(10, 3_000)),
                "Num_sent": draw.maybe(0.5, str(draw.number(50, 9_000))),
                "Parent_Campaign": company.some("Campaigns")
                if number and draw.chance(0.15)
                else None,
            },
            created=created,
            owner=company.seller(),
        )


def add_deals(company: Company) -> None:
    """Deals of the accounts; most of the older ones are closed."""
    contacts = company.contacts_by_account()
    for _ in range(company.count(1_400)):
        account = company.some("Accounts")
        contact = company.draw.one(contacts[account]) if account in contacts else None
        add_deal(company, account, contact, modified=None)


def add_deal(company: Company, account: str, contact: str | None, *, modified: int | None) -> str:
    """A deal, with its history; new ones, at `modified`, start from the first stage."""
    draw = company.draw
    created, changed = (modified, modified) if modified else company.span()
    stage = OPEN_STAGES[0] if modified else _stage(company, created)
    values = _deal(company, account, created=created) | stage_values(
        company, stage.actual_value, amount=None
    )
    values |= {"Account_Name": account, "Contact_Name": contact}
    values["Layout"] = _layout(company, values["Pipeline"])
    values |= _closing(company, values["Amount"], stage.actual_value, created=created)
    owner = company.seller()
    deal = company.create("Deals", values, created=created, modified=changed, owner=owner)
    company.places[deal] = company.places[account]
    add_history(company, deal, stage.actual_value, time=changed)
    if stage is WON and draw.chance(0.5):
        _add_onboarding(company, deal, time=changed)
    return deal


def _layout(company: Company, pipeline: str) -> dict[str, str]:
    """The layout that a deal's pipeline belongs to."""
    layouts = company.organization.layouts.of(company.organization.module("Deals"))
    layout = next((one for one in layouts if one.name == pipeline), layouts[0])
    return {"name": layout.name, "id": str(layout.id)}


def _stage(company: Company, created: int) -> Any:
    is_old = created < company.now - 200 * _DAY_S
    weights = (1, 1, 1, 2, 2, 24, 20) if is_old else (6, 6, 5, 5, 4, 5, 4)
    return company.draw.weighted(STAGES, weights)


def _deal(company: Company, account: str, *, created: int) -> dict[str, Any]:
    draw = company.draw
    place = company.places[account]
    instrument, project = draw.one(INSTRUMENTS), draw.one(PROJECTS)
    euros = draw.amount(28_000, 0.9)
    amount = round(euros / Decimal(EURO_PER[place.currency]), 2)
    return {
        "Deal_Name": f"{instrument}, {project}",
        "Pipeline": draw.weighted(("Standard (Standard)", "Service Contracts"), (5, 1)),
        "Amount": amount,
        **company.money(place),
        "Type": draw.one(("New Business", "Existing Business", "Existing Business")),
        "Lead_Source": draw.maybe(0.9, draw.one(LEAD_SOURCES)),
        "Campaign_Source": draw.maybe(0.35, company.some("Campaigns")),
        "Next_Step": draw.maybe(0.5, draw.one(("Demo", "Send contract", "Visit", "Reference"))),
        "Expected_Margin": Decimal(draw.number(150, 620)) / 10,
        "Technical_Brief": _brief(company) if draw.chance(0.2) else None,
        "Last_Activity_Time": from_epoch(created),
        "Tag": company.tags(0.12),
    }


def _closing(company: Company, amount: Decimal, stage: str, *, created: int) -> dict[str, Any]:
    draw = company.draw
    option = next(option for option in STAGES if option.actual_value == stage)
    is_open = option.forecast_type == "Open"
    base = company.now if is_open else created
    share = Decimal(option.probability or 0) / 100
    return {
        "Closing_Date": draw.day_near(base, before=0, after=120),
        "Expected_Revenue": round(amount * share, 2),
        "Weighted_Amount": round(amount * share, 2),
        "Sales_Cycle_Duration": None if is_open else draw.number(6, 190),
    }


def stage_values(company: Company, stage: str, *, amount: Decimal | None) -> dict[str, Any]:
    """What a deal's stage brings along."""
    option = next(option for option in STAGES if option.actual_value == stage)
    values: dict[str, Any] = {
        "Stage": stage,
        "Probability": option.probability,
        "Reason_For_Loss__s": company.draw.one(LOSS_REASONS) if option is LOST else None,
    }
    if amount is not None:
        values["Expected_Revenue"] = round(amount * (option.probability or 0) / 100, 2)
        values["Weighted_Amount"] = values["Expected_Revenue"]
    return values


def add_history(company: Company, deal: str, stage: str, *, time: int) -> None:
    """A row of the stage history."""
    module = company.organization.module("Deals")
    values = module.values_of(module.records[int(deal)])
    company.create(
        "DealHistory",
        {
            "Potential_Name": deal,
            "Stage": stage,
            "Amount": values.get("Amount"),
            "Probability": values.get("Probability"),
        },
        created=time,
    )


def _add_onboarding(company: Company, deal: str, *, time: int) -> None:
    for number, step in enumerate(_ONBOARDING[: company.draw.number(2, 5)]):
        company.create(
            "Onboarding_Steps",
            {
                "Parent_Id": deal,
                "Step": step,
                "Due": company.draw.day_near(time, before=0, after=30 + 10 * number),
                "Done": company.draw.chance(0.6),
                "Effort_Hours": Decimal(company.draw.number(2, 60)) / 2,
            },
            created=time,
        )


def _brief(company: Company) -> str:
    paragraph = (
        "<p>The line runs in <b>three shifts</b>; measuring must not take longer than "
        f"{company.draw.number(2, 40)}&nbsp;seconds per part.</p>"
    )
    return paragraph * company.draw.number(1, 9)


def convert_leads(company: Company) -> None:
    """Turns some leads of the past into accounts' contacts with a deal."""
    leads = company.draw.sample(company.ids["Leads"], company.count(280))
    for lead in leads:
        created = company.times[lead]
        convert_lead(company, lead, time=company.draw.office_time(created, company.now - 60))


def convert_lead(company: Company, lead: str, *, time: int) -> None:
    """Marks a lead as converted into records that belong together."""
    deal = company.some("Deals")
    module = company.organization.module("Deals")
    values = module.values_of(module.records[int(deal)])
    company.organization.update(
        "Leads",
        lead,
        {
            "Converted__s": True,
            "Converted_Date_Time": from_epoch(time),
            "Converted_Account": values["Account_Name"],
            "Converted_Contact": values["Contact_Name"],
            "Converted_Deal": deal,
            "Lead_Status": "Pre-Qualified",
        },
        modified_time=time,
    )


def today(company: Company) -> date:
    """The organisation's present date."""
    return datetime.fromtimestamp(company.now, UTC).date()
