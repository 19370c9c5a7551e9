"""The time zones of users, and clocks that change, lose and repeat nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.zoho_crm import every_kind
from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import DAY_S, Crm


def test_the_same_dataset_may_be_read_in_another_time_zone(crm: Crm) -> None:
    """An offset says nothing: the same instant comes as 02:30+02:00 and as 20:30-04:00."""
    start = int(every_kind.DAY_OF_CLOCK_BACK.timestamp())
    crm.add_module(times=[start + 60 * number for number in range(300)])
    copy = QuickCopy(crm)
    copy.run()
    copy.assert_equals_crm()

    crm.settings.user_time_zone = "America/New_York"
    crm.add_records("Widgets", [crm.now_s])
    crm.pass_time(DAY_S)
    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.rows == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
def test_a_change_of_the_clock_loses_and_repeats_nothing(crm: Crm, zone: str) -> None:
    """Local times fall back in the middle of a page, and are the same for different instants."""
    crm.settings.user_time_zone = zone
    backs = {
        "Europe/Berlin": datetime(2025, 10, 26, tzinfo=UTC),
        "America/Santiago": datetime(2025, 4, 6, 2, tzinfo=UTC),
        "Australia/Lord_Howe": datetime(2025, 4, 5, 14, tzinfo=UTC),
    }
    start = int(backs[zone].timestamp())
    crm.add_module(times=[start + 20 * number for number in range(700)])
    copy = QuickCopy(crm)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.notes == []
    assert len(crm.log("Widgets")) == 4  # the text of the times falls, the times do not
