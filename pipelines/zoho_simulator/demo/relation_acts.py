"""What a working day does to relations, lines, deletions and correspondence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.related_rendering import CONTACT_ROLES
from zoho_simulator.values import Reference

from .correspondence import add_attachment, add_email
from .relationships import MEMBER_STATUS
from .vocabulary import CURRENCIES, EURO_PER, NOTE_TEXTS
from .working import quote_line, quote_totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from .company import Company

# A tiny organisation keeps what it has.
FEW = 8
"""Records that a module keeps: nobody deletes the last ones."""


class RelationActs:
    """Acts of a day, each of which gets its time."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._organization = company.organization

    def plan(self) -> list[tuple[Callable[[int], None], int]]:
        """The acts, and how many of each a day has at scale 1."""
        return [
            (self._join_campaign, 14), (self._leave_campaign, 5), (self._change_member, 8),
            (self._add_product, 10), (self._drop_product, 4), (self._add_contact_role, 4),
            (self._drop_contact_role, 2), (self._change_price, 3), (self._add_supplier, 1),
            (self._drop_supplier, 1), (self._add_line, 5), (self._change_line, 4),
            (self._remove_line, 4), (self._delete_contact, 2), (self._delete_deal, 2),
            (self._delete_quote, 1), (self._delete_account, 1), (self._purge, 1),
            (self._edit_note, 4), (self._delete_note, 1), (self._send_email, 12),
            (self._attach_file, 5), (self._change_rate, 1),
        ]  # fmt: skip

    def silent_plan(self) -> list[tuple[Callable[[int], None], int]]:
        """Acts that move no `Modified_Time`, or may not."""
        return [(self._restore, 2), (self._merge_contacts, 1)]

    # memberships

    def _join_campaign(self, time: int) -> None:
        related_list = self._company.draw.one(("Leads", "Contacts"))
        values = {"Member_Status": "Invited"}
        campaign, member = self._live("Campaigns"), self._live(related_list)
        self._organization.link(
            "Campaigns", campaign, related_list, member, values=values, time=time
        )

    def _leave_campaign(self, time: int) -> None:
        self._drop("Campaigns", self._company.draw.one(("Leads", "Contacts")), time)

    def _change_member(self, time: int) -> None:
        values = {"Member_Status": self._company.draw.one(MEMBER_STATUS)}
        self._change("Campaigns", "Contacts", values, time)

    def _add_product(self, time: int) -> None:
        module = self._company.draw.one(("Deals", "Deals", "Accounts", "Leads"))
        parent, product = self._live(module), self._live("Products")
        self._organization.link(module, parent, "Products", product, time=time)

    def _drop_product(self, time: int) -> None:
        self._drop(self._company.draw.one(("Deals", "Accounts")), "Products", time)

    def _add_contact_role(self, time: int) -> None:
        values = {"Contact_Role": self._company.draw.one(CONTACT_ROLES)}
        deal, contact = self._live("Deals"), self._live("Contacts")
        self._organization.link("Deals", deal, "Contact_Roles", contact, values=values, time=time)

    def _drop_contact_role(self, time: int) -> None:
        self._drop("Deals", "Contact_Roles", time)

    def _change_price(self, time: int) -> None:
        values = {"list_price": self._company.draw.amount(4_000)}
        self._change("Price_Books", "Products", values, time)

    def _add_supplier(self, time: int) -> None:
        account, vendor = self._live("Accounts"), self._live("Vendors")
        self._organization.link("Accounts", account, "Suppliers7", vendor, time=time)

    def _drop_supplier(self, time: int) -> None:
        linking = self._organization.module("Accounts_X_Vendors")
        if linking.records:
            row = self._company.draw.one(sorted(linking.records))
            self._organization.delete(linking.api_name, row, deleted_time=time)

    # lines

    def _add_line(self, time: int) -> None:
        quote = self._live("Quotes")
        line = quote_line(self._company)
        self._organization.add_line("Quotes", quote, "Quoted_Items", line, time=time)
        self._sum_up(quote, time)

    def _change_line(self, time: int) -> None:
        quote = self._live("Quotes")
        lines = self._lines(quote)
        if lines:
            line = str(self._company.draw.one(lines))
            values = quote_line(self._company)
            self._organization.update("Quoted_Items", line, values, modified_time=time)
            self._sum_up(quote, time)

    def _remove_line(self, time: int) -> None:
        quote = self._live("Quotes")
        lines = self._lines(quote)
        if len(lines) > 1:
            line = self._company.draw.one(lines)
            self._organization.remove_line("Quotes", quote, "Quoted_Items", line, time=time)
            self._sum_up(quote, time)

    def _lines(self, quote: str) -> list[int]:
        items = self._organization.module("Quoted_Items")
        return items.children("Parent_Id", Reference("Quotes", int(quote)))

    def _sum_up(self, quote: str, time: int) -> None:
        items = self._organization.module("Quoted_Items")
        lines = [items.values_of(items.records[line]) for line in self._lines(quote)]
        self._organization.update("Quotes", quote, quote_totals(lines), modified_time=time)

    # deletions

    def _delete_contact(self, time: int) -> None:
        self._delete("Contacts", time)

    def _delete_deal(self, time: int) -> None:
        self._delete("Deals", time)

    def _delete_quote(self, time: int) -> None:
        self._delete("Quotes", time)

    def _delete_account(self, time: int) -> None:
        self._delete("Accounts", time)

    def _delete_note(self, time: int) -> None:
        self._delete("Notes", time)

    def _restore(self, _: int) -> None:
        self._organization.settle()
        entries = sorted(self._organization.bin, key=lambda entry: entry.id)
        if entries:
            entry = self._company.draw.one(entries)
            self._organization.restore(entry.module, entry.id)
            ids = self._company.ids[entry.module]
            if str(entry.id) not in ids:
                ids.append(str(entry.id))

    def _purge(self, _: int) -> None:
        self._organization.settle()
        entries = sorted(self._organization.bin, key=lambda entry: entry.id)
        if entries:
            entry = self._company.draw.one(entries)
            self._organization.purge(entry.module, entry.id)

    def _merge_contacts(self, time: int) -> None:
        master, duplicate = self._live("Contacts"), self._live("Contacts")
        if master != duplicate and len(self._organization.module("Contacts")) >= FEW:
            self._organization.merge("Contacts", master, [duplicate], time=time)
            self._company.forget("Contacts", duplicate)

    # correspondence

    def _edit_note(self, time: int) -> None:
        change = {"Note_Content": self._company.draw.one(NOTE_TEXTS)}
        self._organization.update("Notes", self._live("Notes"), change, modified_time=time)

    def _send_email(self, time: int) -> None:
        module = self._company.draw.one(("Contacts", "Leads", "Deals"))
        add_email(self._company, module, self._live(module), time=time)

    def _attach_file(self, time: int) -> None:
        add_attachment(self._company, time=time)

    def _change_rate(self, _: int) -> None:
        draw = self._company.draw
        currency = draw.one(CURRENCIES[1:])
        rate = Decimal(EURO_PER[currency]) * draw.number(970, 1_030) / 1_000
        self._organization.reference.change_currency(currency, exchange_rate=round(rate, 9))

    # choices

    def _live(self, module: str) -> str:
        records = self._organization.module(module).records
        while True:
            record = self._company.some(module)
            if int(record) in records:
                return record

    def _member(self, module: str, related_list: str) -> tuple[str, str] | None:
        """Some record and a member of its list, if one is soon found."""
        for _ in range(60):
            record = self._live(module)
            members = self._organization.related_ids(module, record, related_list)
            if members:
                return record, self._company.draw.one(members)
        return None

    def _drop(self, module: str, related_list: str, time: int) -> None:
        if found := self._member(module, related_list):
            self._organization.unlink(module, found[0], related_list, found[1], time=time)

    def _change(self, module: str, related_list: str, values: dict[str, Any], time: int) -> None:
        if found := self._member(module, related_list):
            record, member = found
            self._organization.link(module, record, related_list, member, values=values, time=time)

    def _delete(self, module: str, time: int) -> None:
        person = self._company.seller()
        record = self._live(module)
        if len(self._organization.module(module)) < FEW:
            return
        self._organization.delete(module, record, deleted_time=time, user=person)
        self._company.forget(module, record)
