"""E-mails of a record, which have a paging of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.emails import ACCOUNT_TYPES, OWN_TYPES, Email
from zoho_simulator.errors import ApiError, invalid_param, pattern_not_matched
from zoho_simulator.settings import EMAILS_PER_PAGE
from zoho_simulator.values import Reference

from .access import caller_id

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator

    from .related_access import Parent

_INDEX_PREFIX = "idx"


def list_emails(simulator: Simulator, call: Call, parent: Parent) -> Reply:
    """`GET /{module}/{id}/Emails` (documented: "Get Emails of a Record", v8)."""
    _check_mailbox(simulator)
    emails = _chosen(simulator, call, parent)
    start = _parse_index(call)
    shown = emails[start : start + EMAILS_PER_PAGE]
    if not shown:
        return empty_reply()
    end = start + len(shown)
    info = {
        "per_page": EMAILS_PER_PAGE,
        "count": len(shown),
        "next_index": _index(end) if end < len(emails) else None,
        "prev_index": _index(max(start - EMAILS_PER_PAGE, 0)) if start else None,
        "more_records": end < len(emails),
    }
    zone = simulator.view(caller_id(call)).time_zone
    users = simulator.organization.users
    rows = [email.show(users.get(email.owner), zone=zone) for email in shown]
    return json_reply({"Emails": rows, "info": info}, rows=len(rows))


def read_email(simulator: Simulator, call: Call, parent: Parent) -> Reply:
    """`GET /{module}/{id}/Emails/{message_id}` (documented: with its text)."""
    _check_mailbox(simulator)
    wanted = call.segments["related"]
    emails = simulator.organization.mailbox.of(parent.reference)
    email = next((one for one in emails if one.message_id == wanted), None)
    if email is None:
        return empty_reply()  # assumed
    zone = simulator.view(caller_id(call)).time_zone
    sender = simulator.organization.users.get(email.owner)
    return json_reply({"Emails": [email.show(sender, zone=zone, with_content=True)]}, rows=1)


def _chosen(simulator: Simulator, call: Call, parent: Parent) -> list[Email]:
    """Documented: the values of `type`, and which modules and parameters they go with."""
    organization = simulator.organization
    kind = call.params.get("type")
    is_account = parent.module.api_name == "Accounts"
    if kind is not None and kind not in OWN_TYPES and not (is_account and kind in ACCOUNT_TYPES):
        raise pattern_not_matched("type")
    if "owner_id" in call.params and kind != "user_emails":
        raise invalid_param("owner_id")  # assumed: how it is refused
    if kind in ACCOUNT_TYPES:
        contacts = organization.modules.get("Contacts")
        ids = contacts.children("Account_Name", parent.reference) if contacts else []
        found = [e for one in ids for e in organization.mailbox.of(Reference("Contacts", one))]
        emails = sorted(found, key=lambda email: (-email.time, email.message_id))
        return [email for email in emails if email.type == ACCOUNT_TYPES[kind]]
    emails = organization.mailbox.of(parent.reference)
    if kind is None:
        return [email for email in emails if email.type != "drafts"]  # assumed
    owner = call.params.get("owner_id")
    return [e for e in emails if e.type == kind and (owner is None or str(e.owner) == owner)]


def _check_mailbox(simulator: Simulator) -> None:
    if not simulator.settings.mailbox_works:
        raise ApiError(400, "CANNOT_PROCESS", "Mailbox configuration is not valid")


def _index(start: int) -> str:
    return f"{_INDEX_PREFIX}{start}"


def _parse_index(call: Call) -> int:
    """Documented: `index` is the `next_index` of the reply before. Assumed: its form."""
    text = call.params.get("index", _index(0))
    number = text.removeprefix(_INDEX_PREFIX)
    if not text.startswith(_INDEX_PREFIX) or not number.isdigit():
        raise invalid_param("index")
    return int(number)
