"""What a scope was missing for is told as long as it is missing, and no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_sync.related_copies import assert_lists_equal
from zoho_crm.auth import exchange_grant_code
from zoho_simulator import SimulatorSettings

if TYPE_CHECKING:
    import pytest

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.crm_copies import SyncedCopy

UNGRANTED = {"related_lists", "roles", "profiles"}
SCOPES = (
    *("ZohoCRM.modules.ALL", "ZohoCRM.org.READ", "ZohoCRM.users.READ"),
    *("ZohoCRM.settings.modules.READ", "ZohoCRM.settings.fields.READ"),
    *("ZohoCRM.settings.recycle_bin.READ", "ZohoCRM.settings.layouts.READ"),
    *("ZohoCRM.settings.currencies.READ", "ZohoCRM.settings.territories.READ"),
)


def skipped(zoho_sync: CommandLine, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Runs, and gives why resources were skipped."""
    ended = zoho_sync("run", "--destination", "duckdb", "--json", *arguments)
    assert ended.code == code, ended.out
    found = ended.document["resources"]
    return {each["resource"]: each["reason"] for each in found if each["outcome"] == "skipped"}


def test_scopes_granted_by_a_new_login_are_used_at_once(
    zoho_sync: CommandLine,
    campaigns: Crm,
    campaigns_copy: SyncedCopy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crm = campaigns
    crm.simulator.change_settings({"granted_scopes": SCOPES})

    for _ in range(2):  # asked once, and told again
        told = skipped(zoho_sync)
        assert told.keys() == UNGRANTED
        assert all("lacks the scope" in reason for reason in told.values())
    named = skipped(zoho_sync, "Campaigns.Leads", code=6)
    assert "see what is said of related_lists" in named["Campaigns.Leads"]

    crm.simulator.change_settings({"granted_scopes": SimulatorSettings().granted_scopes})
    granted = exchange_grant_code(
        client_id=crm.server.client_id,
        client_secret=crm.server.client_secret,
        code=crm.simulator.new_grant_code(),
        accounts_url=crm.server.accounts_url,
    )
    token = "SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN"
    monkeypatch.setenv(token, str(granted.refresh_token))

    assert skipped(zoho_sync) == {}
    assert assert_lists_equal(crm, campaigns_copy) == 2
