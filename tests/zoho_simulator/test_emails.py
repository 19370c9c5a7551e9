"""E-mails come ten at a time, by an index."""

from __future__ import annotations

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from tests.zoho_simulator.relations import build_relations


@pytest.fixture
def api(start: Start) -> Api:
    return start(build_relations())


@pytest.fixture
def contact(api: Api) -> str:
    return api.organization.create("Contacts", {"Last_Name": "Ito"})


def add(api: Api, contact: str, count: int, **more: str) -> list[str]:
    now = api.organization.clock.epoch_s
    return [
        api.organization.add_email(
            "Contacts", contact, subject=f"Offer {number}", recipient="ito@a.example",
            time=now - number, **more,
        )
        for number in range(count)
    ]  # fmt: skip


def test_ten_at_a_time(api: Api, contact: str) -> None:
    ids = add(api, contact, 23)
    path, found, index = f"Contacts/{contact}/Emails", [], None
    while True:
        body = api.get(path, **({"index": index} if index else {})).json()
        found += [email["message_id"] for email in body["Emails"]]
        info = body["info"]
        assert (info["per_page"], info["count"]) == (10, len(body["Emails"]))
        index = info["next_index"]
        if not info["more_records"]:
            break
    assert found == ids
    assert (index, info["prev_index"] is not None) == (None, True)
    assert error_of(api.get(path, index="x"))[2] == {"param_name": "index"}


def test_an_email_and_its_text(api: Api, contact: str) -> None:
    message_id = api.organization.add_email(
        "Contacts", contact, subject="Offer", recipient="ito@a.example", content="<p>Dear</p>"
    )
    shown = api.get(f"Contacts/{contact}/Emails").json()["Emails"][0]
    assert (shown["message_id"], shown["subject"]) == (message_id, "Offer")
    assert shown["from"] == {"user_name": "Ada Field", "email": "ada@brightwell.example"}
    assert shown["to"] == [{"user_name": "ito", "email": "ito@a.example"}]
    assert "content" not in shown
    single = api.get(f"Contacts/{contact}/Emails/{message_id}").json()["Emails"][0]
    assert single["content"] == "<p>Dear</p>"
    assert api.get(f"Contacts/{contact}/Emails/x").status_code == 204


def test_types(api: Api, contact: str) -> None:
    add(api, contact, 1)
    add(api, contact, 2, type="drafts")
    add(api, contact, 3, type="user_emails")
    path = f"Contacts/{contact}/Emails"

    def count(query: str = "") -> int:
        reply = api.get(f"{path}{query}")
        return len(reply.json()["Emails"]) if reply.content else 0

    assert (count(), count("?type=drafts"), count("?type=sent_from_crm")) == (4, 2, 1)
    ada = api.organization.users.current_id
    assert count(f"?type=user_emails&owner_id={ada}") == 3
    assert count("?type=user_emails&owner_id=1") == 0
    assert error_of(api.get(f"{path}?owner_id={ada}"))[2] == {"param_name": "owner_id"}
    assert error_of(api.get(f"{path}?type=spam"))[1] == "PATTERN_NOT_MATCHED"
    contacts_only = "?type=all_contacts_sent_crm_emails"
    assert error_of(api.get(f"{path}{contacts_only}"))[1] == "PATTERN_NOT_MATCHED"
    account = api.organization.create("Accounts", {})
    api.organization.link("Accounts", account, "Contacts", contact)
    emails = api.get(f"Accounts/{account}/Emails{contacts_only}").json()["Emails"]
    assert len(emails) == 1
    assert api.get(f"Accounts/{account}/Emails").status_code == 204


def test_a_mailbox_in_trouble(api: Api, contact: str) -> None:
    add(api, contact, 1)
    api.simulator.settings.mailbox_works = False
    assert error_of(api.get(f"Contacts/{contact}/Emails"))[:2] == (400, "CANNOT_PROCESS")
