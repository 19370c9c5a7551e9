"""Views that somebody has made over ours stand in nobody's way for long, and not unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.zoho_sync.crm_copies import SyncedCopy
    from tests.zoho_sync.synced import Synced

BY_HAND = """
    DROP VIEW zoho_crm_live.widgets;
    CREATE VIEW zoho_crm_live.widgets AS SELECT id, name AS title FROM zoho_crm.widgets;
    CREATE VIEW public.mine AS SELECT title FROM zoho_crm_live.widgets;
"""


@pytest.mark.soak
@pytest.mark.parametrize("synced", ["postgres"], indirect=True)
def test_a_view_that_can_not_be_replaced_is_told_and_the_rest_goes_on(
    copy: Synced, synced: SyncedCopy
) -> None:
    copy.run("Widgets")
    synced.execute(BY_HAND)
    copy.crm.add_records("Widgets", [copy.crm.now_s])
    report = copy.run("Widgets", code=6)
    [views] = [each for each in report["resources"] if each["resource"] == "views"]
    assert views["reason"] == (
        "zoho_crm_live.widgets could not be brought up to date, because view mine depends on it: "
        "drop what does, run again, and create it again."
    )
    assert copy.command("status")
    synced.assert_equals_crm(["Widgets"])
    synced.execute("DROP VIEW public.mine")
    copy.run("Widgets")
    copy.assert_live_is_crm("Widgets")
