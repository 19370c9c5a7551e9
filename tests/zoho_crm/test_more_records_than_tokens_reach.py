"""More records than page tokens reach: all are read, or it is told which are not."""

from __future__ import annotations

from collections import Counter

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.crm import Crm, to_instant
from tests.zoho_crm.moving_lists import spread
from zoho_crm import settings
from zoho_crm.module_records import ModuleReader
from zoho_crm.session import ReadSession
from zoho_simulator.bulk_module import add_bulk_module


def test_more_records_than_page_tokens_reach_are_all_read(crm: Crm) -> None:
    """Zoho's limit is 100,000; here it is 400, and no chain comes near it."""
    crm.settings.max_token_rows = 400
    crm.add_module(times=spread(crm, 2500, per_second=3))
    copy = QuickCopy(crm)

    assert copy.run().outcome == "done"

    copy.assert_equals_crm()


def test_more_than_a_hundred_thousand_records_are_all_read(crm: Crm) -> None:
    ids = add_bulk_module(crm.org, "Widgets", rows=100_500, field_count=8)
    schema = QuickCopy(crm).schema
    found = Counter[str]()
    with crm.client() as client:
        reader = ModuleReader(ReadSession(client, raises=False), schema)
        for table in reader.tables():
            found.update(table.column("id").to_pylist())

    assert reader.outcome.outcome == "done"
    assert found.keys() == set(ids)
    assert len(crm.log("Widgets")) <= 1.03 * (100_500 / settings.PAGE_SIZE + 1)


def test_more_records_of_one_second_than_page_tokens_reach_are_told_not_dropped(
    crm: Crm,
) -> None:
    crm.settings.max_token_rows = 1000
    crm.add_module(times=[*spread(crm, 300), *[crm.now_s - 3000] * 1500])
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert outcome.outcome in ("skipped", "partial", "failed")
    assert outcome.code == "PAGINATION_LIMIT_EXCEEDED"
    assert "Widgets" in (outcome.reason or "")
    assert copy.anchor is None or copy.anchor <= to_instant(crm.now_s - 3000)


def test_a_module_without_modified_time_past_the_limit_is_told(crm: Crm) -> None:
    crm.settings.max_token_rows = 1000
    crm.add_module(times=[0] * 1300, has_modified_time=False)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert outcome.outcome == "skipped"
    assert outcome.code == "PAGINATION_LIMIT_EXCEEDED"
