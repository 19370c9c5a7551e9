"""How many records modules have, as far as Zoho tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoCrmError, ZohoSkippableError, is_of_one_module
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from zoho_crm.client import ZohoClient
    from zoho_crm.replies import Reply

_SCOPE: Final = "ZohoSearch.securesearch.READ"


def count_records(client: ZohoClient, names: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Gives the records of each module as far as Zoho tells, and what hindered it.

    Raises:
        ZohoCrmError: Zoho could not be asked.
    """
    asked: dict[str, Future[Reply]] = {}
    for name in names:
        # Without it a lead is no longer counted once it is converted.
        params = {"converted": "both"} if name == "Leads" else {}
        subject = Subject(name, _SCOPE, name)
        asked[name] = client.submit(f"{name}/actions/count", params, subject=subject)
    counts: dict[str, int] = {}
    notes: list[str] = []
    for name, future in asked.items():
        try:
            count = future.result().body.get("count") or 0
        except ZohoSkippableError:
            continue
        except ZohoCrmError as error:
            if error.code == "OAUTH_SCOPE_MISMATCH":
                return {}, [f"Records are not counted: the refresh token lacks the scope {_SCOPE}."]
            if not is_of_one_module(error):
                raise
            notes.append(f"Not counted: {error}")
            continue
        if str(count).isdecimal():
            counts[name] = int(count)
        else:
            notes.append(f"Not counted: {name}: Zoho's reply holds no number.")
    return counts, notes
