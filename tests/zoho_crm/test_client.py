"""The client counts every call, stays within its limits, and gives what replies tell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.asking_widgets import PARAMS, WIDGETS, ask, fail
from zoho_crm import settings
from zoho_crm.exceptions import (
    ZohoBudgetError,
)
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm


def test_every_call_is_counted_for_its_resource_retries_included(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "500", times=3)
    with crm_with_widgets.client() as client:
        for _ in range(2):
            ask(client)
        client.get("org", subject=Subject("organization", "ZohoCRM.org.READ"))

        assert client.usage("Widgets").calls == client.usage("Widgets").credits == 5
        assert client.usage("organization").calls == 1
        assert client.usage("users").calls == 0
        assert client.calls == len(crm_with_widgets.log()) == 6


@pytest.mark.parametrize("faults", [0, settings.RETRY_ATTEMPTS - 1])
def test_no_more_calls_are_made_than_allowed(crm_with_widgets: Crm, faults: int) -> None:
    if faults:
        fail(crm_with_widgets, "500", times=faults)
    with crm_with_widgets.client(max_calls=12) as client:
        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(30)]
        wait(futures)

        errors = [error for future in futures if (error := future.exception())]
        assert {type(error) for error in errors} == {ZohoBudgetError}
        assert "12 calls" in str(errors[0])
        assert client.calls == 12
    assert len(crm_with_widgets.log()) == 12
    assert len(errors) == 30 - 12 + faults


def test_no_more_calls_are_in_flight_than_allowed(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.latency_ms = 5
    with crm_with_widgets.client(concurrency=3) as client, ThreadPoolExecutor(12) as threads:
        wait([threads.submit(ask, client) for _ in range(30)])

    assert crm_with_widgets.simulator.slots.most_in_flight == 3


def test_the_concurrency_of_the_edition_is_found_by_being_refused(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.concurrency = 2
    crm_with_widgets.settings.latency_ms = 5
    with crm_with_widgets.client() as client:
        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(60)]

        assert all(len(future.result().body["data"]) == 2 for future in futures)
        assert client.gate.limit < 10


def test_concurrency_grows_back_with_success(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "429")
    with crm_with_widgets.client() as client:
        ask(client)
        assert client.gate.limit == 5
        for _ in range(120):
            ask(client)
        assert client.gate.limit == 10


def test_remaining_credits_are_known_once_zoho_tells_them(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.daily_credits = 100
    with crm_with_widgets.client() as client:
        ask(client)
        assert client.credits_remaining is None
        crm_with_widgets.simulator.change_settings({"credits_used": 60})
        ask(client)
        assert client.credits_remaining == 39


def test_replies_are_numbered_upwards(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        numbers = [ask(client).number for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_a_reply_tells_the_time_of_zoho_not_of_this_machine(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        assert ask(client).date == crm_with_widgets.now


def test_nothing_newer_is_a_reply_without_rows(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        reply = client.get(
            "Widgets",
            {**PARAMS, "sort_by": "Modified_Time"},
            subject=WIDGETS,
            since=crm_with_widgets.now,
        )
    assert (reply.status, reply.body) == (304, {})
    (entry,) = crm_with_widgets.log("Widgets")
    assert entry.headers["if-modified-since"] == "2026-03-30T07:00:00+00:00"
