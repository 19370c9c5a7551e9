"""Asking the client for the records of a module, and having that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_crm.crm import API
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.zoho_crm.crm import Crm
    from zoho_crm.client import ZohoClient
    from zoho_crm.replies import Reply


WIDGETS = Subject("Widgets", "ZohoCRM.modules.custom.READ", "Widgets")
PARAMS = {"fields": "Name,Modified_Time"}
PASSING = ("429", "500", "503", "502-html", "cut", "not-json", "close")


def ask(client: ZohoClient, params: Mapping[str, str] = PARAMS) -> Reply:
    return client.get("Widgets", params, subject=WIDGETS)


def fail(crm: Crm, kind: Any, times: int = 1, **more: Any) -> None:
    crm.faults.add(kind=kind, path=API + "*", times=times, **more)
