"""An organisation with related lists of every class, and the comparison of its copy with it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.zoho_simulator.relations import build_relations
from zoho_simulator.emails import Email
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.crm_copies import SyncedCopy

SOME = '["Deals.*"]'
"""Lists that are off by default; deals have one of every class."""
_MEMBER = {"id": "member_id", "Created_Time": "member_created_time",
           "Modified_Time": "member_modified_time"}  # fmt: skip


def build_related(crm: Crm) -> None:
    """Some parents in each module, and lists of every class that hold something."""
    crm.use(build_relations())
    crm.simulator.change_settings({"tokens_per_window": 100_000, "link_touches_records": True})
    org = crm.org
    accounts = [org.create("Accounts", {"Account_Name": f"Account {n}"}) for n in range(6)]
    contacts = [
        org.create("Contacts", {"Last_Name": f"Contact {n}", "Account_Name": accounts[n % 4]})
        for n in range(8)
    ]
    leads = [org.create("Leads", {"Last_Name": f"Lead {n}"}) for n in range(5)]
    campaigns = [org.create("Campaigns", {"Campaign_Name": f"Campaign {n}"}) for n in range(3)]
    products = [org.create("Products", {"Product_Name": f"Product {n}"}) for n in range(4)]
    books = [org.create("Price_Books", {"Price_Book_Name": f"Book {n}"}) for n in range(2)]
    vendors = [org.create("Vendors", {"Vendor_Name": f"Vendor {n}"}) for n in range(3)]
    deals = [
        org.create(
            "Deals",
            {
                "Deal_Name": f"Deal {n}",
                "Account_Name": accounts[n % 3],
                "Contact_Name": contacts[n],
            },
        )
        for n in range(5)
    ]
    for n, deal in enumerate(deals):
        org.create("DealHistory", {"Potential_Name": deal, "Stage": "Open"})
        what = Reference("Deals", int(deal))
        org.create("Tasks", {"Subject": f"Task {n}", "What_Id": what, "Status": "Open"})
        org.create("Tasks", {"Subject": f"Done {n}", "What_Id": what, "Status": "Completed"})
        org.create("Notes", {"Note_Title": f"Note {n}", "Parent_Id": what})
        org.create("Attachments", {"File_Name": f"{n}.pdf", "Size": 10 + n, "Parent_Id": what})
        org.link("Deals", deal, "Contact_Roles", contacts[n], values={"Contact_Role": "Other"})
    for n, lead in enumerate(leads):
        org.link("Campaigns", campaigns[0], "Leads", lead, values={"Member_Status": f"S{n}"})
    org.link("Campaigns", campaigns[1], "Contacts", contacts[0], values={"Member_Status": "Sent"})
    for product in products[:2]:
        org.link("Products", product, "Accounts", accounts[0])
        org.link("Products", product, "Price_Books", books[0], values={"list_price": "12.50"})
    org.link("Accounts", accounts[0], "Suppliers7", vendors[0])
    org.link("Accounts", accounts[1], "Suppliers7", vendors[1])
    add_emails(crm, deals[0], 25)
    crm.pass_time(60)


def work(crm: Crm) -> None:
    """Links added, changed, removed and all removed; records edited, deleted and restored."""
    org = crm.org
    crm.pass_time(3600)
    ids = {
        name: sorted(org.records(name)) for name in ("Accounts", "Campaigns", "Leads", "Products")
    }
    leads, (campaign, other, _) = ids["Leads"], ids["Campaigns"]
    deals, contacts = sorted(org.records("Deals")), sorted(org.records("Contacts"))
    org.unlink("Campaigns", campaign, "Leads", leads[0])
    org.link("Campaigns", campaign, "Leads", leads[1], values={"Member_Status": "Changed"})
    org.link("Campaigns", other, "Leads", leads[0], values={"Member_Status": "New"})
    org.unlink("Campaigns", other, "Contacts", contacts[0])  # it was the only one
    org.unlink("Products", ids["Products"][0], "Accounts", ids["Accounts"][0])
    vendors = sorted(org.records("Vendors"))
    org.unlink("Accounts", ids["Accounts"][0], "Suppliers7", vendors[0])  # it was the only one
    org.link("Accounts", ids["Accounts"][1], "Suppliers7", vendors[2])
    org.update("Leads", leads[2], {"Last_Name": "Edited"})
    org.delete("Leads", leads[3])
    org.delete("Contacts", contacts[1])
    org.delete("Deals", deals[1])
    org.update("Contacts", contacts[4], {"Account_Name": ids["Accounts"][5]})
    task = next(iter(org.records("Tasks")))
    org.update("Tasks", task, {"Status": "Completed"})
    add_emails(crm, deals[2], 3)


def add_emails(crm: Crm, deal: str, count: int) -> None:
    """E-mails of a deal, more than one page of ten."""
    owner = crm.org.users.current_id
    for number in range(count):
        email = Email(
            message_id=f"m{deal}-{number}", subject=f"Mail {number}",
            time=crm.now_s - 60 * number, owner=owner, recipient="ito@example.com",
        )  # fmt: skip
        crm.org.mailbox.add(Reference("Deals", int(deal)), email)


def assert_lists_equal(crm: Crm, synced: SyncedCopy, *, but: tuple[str, ...] = ()) -> int:
    """Every list that is read or derived, of every live parent; gives the number of lists."""
    ways = synced.query(
        "SELECT name, way, table_name FROM zoho_crm.related_list_ways"
        " WHERE way IN ('read', 'derived') ORDER BY name"
    )
    compared = 0
    for way in ways:
        if way["name"] not in but:
            module, _, name = way["name"].partition(".")
            rows = synced.query(f'SELECT * FROM zoho_crm_live."{way["table_name"]}"')
            found = {(row["parent_id"], row["id"]): row for row in rows}
            assert len(found) == len(rows), way
            expected = _expected(crm, module, name)
            assert found.keys() == expected.keys(), (way, found.keys() ^ expected.keys())
            for key, row in found.items():
                _assert_row(way["name"], row, expected[key])
            compared += 1
    return compared


def _expected(crm: Crm, module: str, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    if name == "Emails":
        return {
            (parent, email.message_id): {"subject": email.subject}
            for parent in crm.simulator.records(module)
            for email in crm.org.mailbox.of(Reference(module, int(parent)))
            if email.type != "drafts"
        }
    return {
        (parent, row["id"]): row
        for parent in crm.simulator.records(module)
        for row in crm.simulator.related(module, parent, name)
    }


def _assert_row(name: str, row: dict[str, Any], raw: dict[str, Any]) -> None:
    for key, column in (("Created_Time", "created_time"), ("Modified_Time", "modified_time")):
        if column in row and key in raw:
            assert _utc(row[column]) == _instant(raw[key]), (name, row, raw)
    member = raw.get("$member_info")
    if member:
        assert {k: row[c] if k == "id" else _utc(row[c]) for k, c in _MEMBER.items()} == {
            k: member[k] if k == "id" else _instant(member[k]) for k in _MEMBER
        }, name
    if "$module" in raw:
        assert row["related_module"] == raw["$module"]
    for key, column in (("Member_Status", "member_status"), ("File_Name", "file_name"),
                        ("Subject", "subject"), ("subject", "subject")):  # fmt: skip
        if key in raw and column in row:
            assert row[column] == raw[key], (name, row)
    if "list_price" in raw and "list_price" in row:
        assert row["list_price"] == Decimal(raw["list_price"])
    if "Contact_Role" in raw:
        assert row["contact_role__name"] == raw["Contact_Role"]["name"]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _utc(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value else None
