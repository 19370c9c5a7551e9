"""Credits, concurrency and latency."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.zoho_simulator.api import Api, Start, error_of
from zoho_simulator.settings import EDITIONS


@pytest.mark.parametrize(
    ("edition", "users", "expected"),
    [
        ("Free", 3, 5_000), ("Standard", 25, 56_250), ("Standard", 900, 100_000),
        ("Professional", 25, 62_500), ("Enterprise", 25, 75_000), ("Ultimate", 25, 100_000),
        ("Ultimate", 9_000, 18_050_000), ("Enterprise", 9_000, 5_000_000),
    ],
)  # fmt: skip
def test_credits_by_edition(edition: str, users: int, expected: int) -> None:
    assert EDITIONS[edition].credits_for(users) == expected


def test_the_rest_is_told_once_half_is_used(start: Start) -> None:
    api = start(daily_credits=4)
    remaining = [api.get("org").headers.get("X-API-CREDITS-REMAINING") for _ in range(4)]
    assert remaining == [None, "2", "1", "0"]


def test_used_up_credits_are_429_and_come_back_after_24_hours(start: Start) -> None:
    api = start(daily_credits=2)
    api.get("org")
    api.simulator.clock.advance(minutes=30)
    api.get("org")
    reply = api.get("org")
    assert error_of(reply) == (429, "TOO_MANY_REQUESTS", {})
    assert "Retry-After" not in reply.headers
    api.simulator.clock.advance(hours=23, minutes=30)
    api.token = api.refresh()["access_token"]
    assert [api.get("org").status_code for _ in range(2)] == [200, 429]


def test_credits_may_be_used_already(start: Start) -> None:
    api = start(credits_used=74_999)
    assert api.get("org").headers["X-API-CREDITS-REMAINING"] == "0"
    assert api.get("org").status_code == 429


def test_answers_and_refusals_cost_one_credit(api: Api) -> None:
    for path in ("Leads?fields=id", "Leads", "Nothing?fields=id", "settings/modules"):
        api.get(path)
    costs = [entry.credits for entry in api.simulator.log]
    assert costs == [0, 1, 1, 1, 1]
    assert api.simulator.counters.credits == api.simulator.credits.used == 4


def in_parallel(api: Api, path: str, count: int) -> list[int]:
    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(lambda _: Api.get(api, path).status_code, range(count)))


def test_calls_in_flight_are_limited_by_edition(start: Start) -> None:
    api = start(edition="Free", latency_ms=300)
    assert in_parallel(api, "org", 7) == [200] * 5 + [429] * 2


def test_sorted_reads_have_ten_slots_in_every_edition(start: Start) -> None:
    api = start(edition="Ultimate", latency_ms=300)
    sorted_read = "Leads?fields=id&sort_by=id"
    assert in_parallel(api, sorted_read, 12) == [204] * 10 + [429] * 2
    assert in_parallel(api, "Leads?fields=id", 12) == [204] * 12
    assert api.simulator.slots.most_in_flight == 12


def test_latency(start: Start) -> None:
    api = start(latency_ms=40)
    started = time.monotonic()
    api.get("org")
    assert time.monotonic() - started >= 0.04
    entry = api.simulator.log[-1]
    assert entry.ended_at - entry.started_at >= 0.04
