"""E-mails of records, which are no records themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .rendering import format_time

if TYPE_CHECKING:
    from .users import User
    from .values import Reference

# Documented: the values of `type`; those of all contacts are for accounts only.
OWN_TYPES = frozenset({"sent_from_crm", "scheduled_in_crm", "drafts", "user_emails"})
ACCOUNT_TYPES = {
    "all_contacts_sent_crm_emails": "sent_from_crm",
    "all_contacts_scheduled_crm_emails": "scheduled_in_crm",
    "all_contacts_draft_crm_emails": "drafts",
}


@dataclass(frozen=True)
class Email:
    """An e-mail sent to, or received from, a record.

    Attributes:
        message_id: Opaque, not a number.
        type: One of `OWN_TYPES`.
        owner: Id of the user whose mailbox holds it.
        time: Seconds since 1970.
    """

    message_id: str
    subject: str
    time: int
    owner: int
    recipient: str
    type: str = "sent_from_crm"
    content: str = ""
    has_attachment: bool = False
    is_read: bool = False

    def show(self, sender: User | None, *, zone: str, with_content: bool = False) -> dict[str, Any]:
        """The e-mail as the API shows it (documented; its text only where one is asked for)."""
        name = sender.full_name if sender else None
        shown: dict[str, Any] = {
            "message_id": self.message_id,
            "subject": self.subject,
            "summary": None,
            "from": {"user_name": name, "email": sender.email if sender else None},
            "to": [{"user_name": self.recipient.split("@")[0], "email": self.recipient}],
            "cc": None,
            "owner": {"name": name, "id": str(self.owner)},
            "time": format_time(self.time, zone),
            "sent": self.type in {"sent_from_crm", "user_emails"},
            "read": self.is_read,
            "has_attachment": self.has_attachment,
            "source": "user" if self.type == "user_emails" else "crm",
            "intent": None,
            "emotion": None,
            "status": [{"type": "opened" if self.is_read else "sent"}],
        }
        if with_content:
            shown |= {"content": self.content, "mail_format": "html", "attachments": []}
        return shown


class Mailbox:
    """The e-mails of all records."""

    def __init__(self) -> None:
        self._emails: dict[Reference, list[Email]] = defaultdict(list)

    def add(self, record: Reference, email: Email) -> None:
        """Takes an e-mail in."""
        self._emails[record].append(email)

    def of(self, record: Reference) -> list[Email]:
        """A record's e-mails, the newest first."""
        emails = self._emails.get(record, [])
        return sorted(emails, key=lambda email: (-email.time, email.message_id))

    def move(self, source: Reference, target: Reference) -> None:
        """Hands a record's e-mails to another one."""
        self._emails[target].extend(self._emails.pop(source, []))
