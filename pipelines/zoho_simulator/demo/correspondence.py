"""E-mails and attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .vocabulary import INSTRUMENTS, NOTE_TEXTS

if TYPE_CHECKING:
    from .company import Company

_SUBJECTS = ("Offer", "Your question", "Delivery date", "Re: Offer", "Terms of payment",
             "Calibration certificate", "Thank you for your visit")  # fmt: skip
_FILES = ("offer.pdf", "drawing.dwg", "purchase order.pdf", "certificate.pdf", "photo.jpg",
          "Leistungsverzeichnis.xlsx")  # fmt: skip
_TYPES = ("sent_from_crm", "sent_from_crm", "user_emails", "drafts", "scheduled_in_crm")


def add_correspondence(company: Company) -> None:
    """Adds e-mails of some people and deals, and files of some records."""
    draw = company.draw
    for module, share, most in (("Contacts", 0.08, 6), ("Leads", 0.05, 4), ("Deals", 0.1, 5)):
        for record in company.ids[module]:
            if draw.chance(share):
                for _ in range(draw.number(1, most)):
                    add_email(company, module, record, time=None)
    for _ in range(23):
        # More than two pages of them.
        add_email(company, "Contacts", company.ids["Contacts"][2], time=None)
    for _ in range(company.count(160)):
        created, _ = company.span()
        add_attachment(company, time=created)


def add_email(company: Company, module: str, record: str, *, time: int | None) -> None:
    """Adds an e-mail, of the past unless a time is given."""
    draw = company.draw
    first = company.created_at(record)
    company.organization.add_email(
        module, record,
        subject=f"{draw.one(_SUBJECTS)}: {draw.one(INSTRUMENTS)}",
        recipient=f"person{record[-6:]}@mail.example",
        time=draw.office_time(first, company.now - 60) if time is None else time,
        owner=company.seller(),
        type=draw.one(_TYPES),
        content=f"<p>{draw.one(NOTE_TEXTS)}</p>",
        has_attachment=draw.chance(0.2),
        is_read=draw.chance(0.5),
    )  # fmt: skip


def add_attachment(company: Company, *, time: int) -> str:
    """Adds a file, or a link to one, to a deal, an account or a lead."""
    draw = company.draw
    module = draw.weighted(("Deals", "Accounts", "Leads"), (5, 3, 1))
    is_link = draw.chance(0.1)
    name = draw.one(_FILES)
    values = {
        "File_Name": name,
        "Size": str(draw.number(900, 9_000_000)),
        "Parent_Id": {"id": company.some(module), "module": module},
        "$file_id": None if is_link else f"f{draw.number(10**11, 10**12 - 1):x}",
        "$type": "Link URL" if is_link else "Attachment",
        "$link_url": f"https://files.example/{name.replace(' ', '%20')}" if is_link else None,
        "$attachment_type": 6 if is_link else 1,
    }
    return company.create("Attachments", values, created=time, owner=company.seller())
