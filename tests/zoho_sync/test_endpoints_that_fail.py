"""Any one endpoint may keep failing: whatever does not depend on it is loaded all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_sync.quote_runs import copy_loaded
from tests.zoho_sync.quotes import (
    MODULES,
    add_quote,
    assert_rows_equal,
    build_quotes,
    quotes_of,
    remove_line,
    rows_of,
)
from tests.zoho_sync.synced import DAY_S, HOUR_S, Synced
from zoho_crm import settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server
    from zoho_simulator.faults import Kind

pytestmark = pytest.mark.xdist_group("rows")

ENDPOINTS = (
    *MODULES,
    *(f"{module}/deleted" for module in MODULES),
    "Quotes/*",
    "org",
    "org/currencies",
    "settings/fields",
    "settings/layouts",
    "settings/profiles",
    "settings/recycle_bin",
    "settings/recycle_bin/actions/count",
    "settings/related_lists",
    "settings/roles",
    "settings/territories",
    "users",
)
"""What a run asks, but for `settings/modules`, without which nothing can be."""
KINDS: tuple[tuple[Kind, int], ...] = (("500", 4), ("not-json", 5))
QUICK = (("Vendors", "not-json", 5), ("settings/layouts", "500", 4))


@pytest.fixture
def copy(
    loaded_quotes: Path,
    simulator_server: Server,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Synced:
    monkeypatch.setattr(settings, "RETRY_WAIT_S", 0.001)
    crm = build_quotes(simulator_server)
    synced = copy_loaded(loaded_quotes, crm, tmp_path)
    return Synced(crm, synced, zoho_sync).configured(monkeypatch)


def work(crm: Crm) -> None:
    """Quotes come, change and go, and a day passes, after which everything is looked at again."""
    crm.pass_time(HOUR_S)
    add_quote(crm)
    first, second, *_ = quotes_of(crm)
    remove_line(crm, first, rows_of(crm, "Quoted_Items", first)[0])
    crm.org.delete("Quotes", second)
    crm.add_records("Vendors", [crm.now_s])
    crm.pass_time(DAY_S + HOUR_S)


@pytest.mark.parametrize(
    ("endpoint", "kind", "code"),
    [
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.soak)
        for case in ((endpoint, *kind) for endpoint in ENDPOINTS for kind in KINDS)
    ],
)
def test_an_endpoint_that_keeps_failing_is_missed_alone(
    copy: Synced, endpoint: str, kind: Kind, code: int
) -> None:
    crm = copy.crm
    work(crm)
    crm.faults.add(kind=kind, path=API + endpoint, times=100_000)

    failed = copy.try_command("run")

    assert failed.code == code
    copy.copy.assert_equals_crm([module for module in MODULES if module != endpoint])
    crm.faults.clear()
    crm.pass_time(HOUR_S)
    copy.run()
    assert_rows_equal(crm, copy.copy)
