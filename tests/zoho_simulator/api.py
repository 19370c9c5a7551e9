"""A client that knows nothing but HTTP, and a small organisation for it to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import requests

from zoho_simulator import (
    Organization,
    Server,
    field,
    lookup,
    multi_module_lookup,
    multiselect,
    multiselect_lookup,
    picklist,
    rich_text,
    subform,
)


class Api:
    """Calls a served simulator with a token of its own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.simulator = server.simulator
        self.organization = server.simulator.organization
        self.session = requests.Session()
        self.token = self.refresh()["access_token"]

    def refresh(self, **changes: str) -> dict[str, Any]:
        """Asks for an access token."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self.server.client_id,
            "client_secret": self.server.client_secret,
            "refresh_token": self.server.refresh_token,
            **changes,
        }
        return dict(self.post("/oauth/v2/token", data=form).json())

    def wait(self, **time: float) -> None:
        """Lets time pass, and asks for a new token, because the old one may have expired."""
        self.organization.clock.advance(**time)
        self.token = self.refresh()["access_token"]

    def post(self, path: str, **options: Any) -> requests.Response:
        """Posts without a token."""
        return self.session.post(self.server.url + path, timeout=10, **options)

    def get(
        self, path: str, *, headers: dict[str, str] | None = None, **params: Any
    ) -> requests.Response:
        """Asks the API."""
        signed = {"Authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        url = f"{self.server.url}/crm/v8/{path}"
        return self.session.get(url, params=params, headers=signed, timeout=10)

    def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Sends another request than GET, with `json=` or `data=` as its body."""
        signed = {"Authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        url = f"{self.server.url}/crm/v8/{path}"
        return self.session.request(method, url, headers=signed, timeout=10, **options)

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """The records of a list, which must be there."""
        reply = self.get(path, **params)
        assert reply.status_code == 200, reply.text
        return list(reply.json()["data"])

    def walk(
        self, path: str, *, headers: dict[str, str] | None = None, **params: Any
    ) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list, by token."""
        reply = self.get(path, headers=headers, **params)
        while reply.status_code == 200:
            body = reply.json()
            yield body["data"]
            if not body["info"]["more_records"]:
                return
            token = body["info"]["next_page_token"]
            reply = self.get(path, headers=headers, **params, page_token=token)


def error_of(reply: requests.Response) -> tuple[int, str, Any]:
    """Status, code and details of a refusal."""
    body = reply.json()
    assert body["status"] == "error"
    return reply.status_code, body["code"], body["details"]


def build_organization() -> Organization:
    """Accounts, contacts, leads, tasks, quotes with lines, and vendors linked to accounts."""
    organization = Organization.empty()
    organization.clock.freeze()
    organization.add_module(
        "Accounts",
        [
            field("Account_Name", "text"),
            picklist("Industry", ["Optics", "Energy"]),
            multiselect_lookup("Suppliers", "Accounts_X_Vendors", back="Account", on="Vendor"),
        ],
        generated_type="default",
    )
    organization.add_module(
        "Contacts",
        [
            field("Last_Name", "text"),
            field("First_Name", "text"),
            field("Full_Name", "text"),
            lookup("Account_Name", "Accounts"),
            field("Amount", "currency"),
            field("Seen", "datetime"),
            multiselect("Topics", ["A", "B"]),
            rich_text("Notes_HTML"),
        ],
        generated_type="default",
        name_field="Full_Name",
    )
    organization.add_module(
        "Leads",
        [field("Last_Name", "text"), field("Converted__s", "boolean")],
        generated_type="default",
        partition_field="Converted__s",
    )
    organization.add_module(
        "Tasks",
        [field("Subject", "text"), multi_module_lookup("What_Id")],
        generated_type="default",
    )
    organization.add_module(
        "Quotes",
        [field("Subject", "text"), subform("Quoted_Items", "Quoted_Items")],
        generated_type="default",
    )
    organization.add_module(
        "Quoted_Items",
        [lookup("Parent_Id", "Quotes"), field("Quantity", "double")],
        generated_type="subform",
        parent_module="Quotes",
        name_field=None,
    )
    organization.add_module("Vendors", [field("Vendor_Name", "text")], generated_type="default")
    organization.add_module(
        "Accounts_X_Vendors",
        [lookup("Account", "Accounts"), lookup("Vendor", "Vendors")],
        generated_type="linking",
    )
    organization.add_module("Notes", [field("Note_Title", "text")], generated_type="default")
    organization.add_module("Rates", [field("Name", "text")], has_modified_time=False)
    return organization


Start = Callable[..., Api]


def add_contacts(organization: Organization, count: int, *, first_second: int = 0) -> list[str]:
    """Contacts modified a second after each other."""
    base = organization.clock.epoch_s - 100_000 + first_second
    return [
        organization.create("Contacts", {"Last_Name": f"N{n}"}, modified_time=base + n)
        for n in range(count)
    ]
