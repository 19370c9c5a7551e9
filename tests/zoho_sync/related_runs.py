"""Runs that load related lists, and the calls for lists that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended
    from tests.zoho_sync.crm_copies import SyncedCopy

RELATED = "SOURCES__ZOHO_CRM__RELATED__"


def run(zoho_sync: CommandLine, synced: SyncedCopy, *arguments: str) -> Ended:
    ended = zoho_sync("run", "--destination", synced.destination, "--json", *arguments)
    assert ended.code == 0, ended.err + ended.out
    return ended


def list_calls(crm: Crm, zoho_sync: CommandLine, synced: SyncedCopy) -> list[str]:
    """The calls for related lists that one more run makes."""
    crm.forget_log()
    run(zoho_sync, synced)
    parts = [call.path.split("/")[3:] for call in crm.log()]
    lists = [each for each in parts if len(each) > 2 and each[0] != "settings"]
    return ["/".join(each) for each in lists if "deleted" not in each]
