"""How many ids a call may name is not documented: fewer than thought costs calls, never records."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from zoho_crm import settings
from zoho_crm.asking_by_ids import IdsCap, ask_in_parts
from zoho_crm.exceptions import ZohoResponseError
from zoho_crm.metadata import read_metadata
from zoho_crm.record_times import RecordTimes
from zoho_crm.recycle_bin import RecycleBin
from zoho_crm.session import ReadSession
from zoho_crm.source import table_schemas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.zoho_crm.crm import Crm
    from zoho_crm.client import ZohoClient

CAPS: list[dict[str, Any]] = [
    {"max_ids": 30},
    {"max_ids": 60, "ids_past_max": "ignored"},
]


def times_of_widgets(client: ZohoClient) -> RecordTimes:
    schema = table_schemas(read_metadata(client))["Widgets"]
    return RecordTimes(ReadSession(client), schema, resource="Widgets")


@pytest.mark.parametrize("caps", CAPS)
def test_all_records_are_found_whatever_the_cap_is(crm: Crm, caps: dict[str, Any]) -> None:
    crm.simulator.change_settings(caps)
    ids = crm.add_module(times=[crm.now_s - 9_000 + n for n in range(250)])
    for gone in ids[10:40]:
        crm.org.delete("Widgets", gone)
    with crm.client() as client:
        times = times_of_widgets(client)
        crm.forget_log()

        there = times.read_existing(ids)
        calls = len(crm.log())
        deleted = RecycleBin(client).by_ids(ids)

    assert there.keys() == {*ids[:10], *ids[40:]}
    assert {each.id for each in deleted} == set(ids[10:40])
    assert calls <= 15  # 25 ids a call at the least, and what it took to find that out


def test_records_that_are_gone_cost_nothing_more_once_others_were_answered(crm: Crm) -> None:
    ids = crm.add_module(times=[crm.now_s - 9_000 + n for n in range(200)])
    for gone in ids[105:]:
        crm.org.delete("Widgets", gone)
    with crm.client() as client:
        times = times_of_widgets(client)
        crm.forget_log()

        there = times.read_existing(ids)

    assert len(there) == 105
    assert len(crm.log()) == 2


def test_random_caps_and_absences_lose_nothing(crm: Crm) -> None:
    chance = random.Random(8)
    with crm.client() as client:
        for _ in range(3_000):
            client.ids_cap = IdsCap()
            ids = [str(n) for n in range(chance.randrange(400))]
            there = set(chance.sample(ids, chance.randrange(len(ids) + 1)))
            is_refused = chance.random() < 0.5
            cap = chance.randrange(1 if is_refused else settings.SURE_IDS_PER_CALL, 130)

            def ask(some: Sequence[str]) -> set[str]:
                if len(some) > cap and is_refused:  # noqa: B023  # called within the round
                    raise ZohoResponseError("too many", code="LIMIT_EXCEEDED", status=400)
                return there.intersection(some[:cap])  # noqa: B023

            parts = list(ask_in_parts(client, ids, ask, ids_in=set))

            assert set().union(*parts) == there
            assert sum(len(part) for part in parts) == len(there)
