"""Failures that pass are tried again, others are not; waits grow and can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.asking_widgets import PARAMS, PASSING, WIDGETS, ask, fail
from zoho_crm import settings
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import (
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoStoppedError,
)

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_is_tried_again(crm_with_widgets: Crm, fault: str) -> None:
    fail(crm_with_widgets, fault, times=2)

    with crm_with_widgets.client() as client:
        reply = ask(client)

        assert [row["Name"] for row in reply.body["data"]] == ["Widgets 1", "Widgets 0"]
        assert client.calls == 3
        assert client.usage("Widgets").retries == 2
    assert len(crm_with_widgets.log("Widgets")) == 3


def test_a_reply_that_does_not_come_in_time_is_asked_for_again(
    crm_with_widgets: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "READ_TIMEOUT_S", 0.2)
    fail(crm_with_widgets, "slow", seconds=1)

    with crm_with_widgets.client() as client:
        assert len(ask(client).body["data"]) == 2
        assert client.calls == 2


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_stays_ends_after_as_many_tries_as_settings_say(
    crm_with_widgets: Crm, fault: str
) -> None:
    fail(crm_with_widgets, fault, times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError):
        ask(client)

    assert len(crm_with_widgets.log("Widgets")) == settings.RETRY_ATTEMPTS


def test_each_wait_is_about_twice_the_one_before_and_none_too_long(
    crm_with_widgets: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RETRY_ATTEMPTS", 9)
    fail(crm_with_widgets, "429", times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoRateLimitError):
        ask(client)

    most = [1, 2, 4, 8, 16, 30, 30, 30]
    assert len(crm_with_widgets.waits) == len(most)
    for waited_s, most_s in zip(crm_with_widgets.waits, most, strict=True):
        assert most_s / 2 <= waited_s <= most_s


@pytest.mark.parametrize("fault", ["no-permission", "scope-mismatch", "expired-value"])
def test_a_refusal_that_will_not_change_is_not_tried_again(
    crm_with_widgets: Crm, fault: str
) -> None:
    fail(crm_with_widgets, fault, times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError):
        ask(client)

    assert len(crm_with_widgets.log("Widgets")) == 1
    assert crm_with_widgets.waits == []


def test_stopping_ends_a_wait_between_tries(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "500", times=100)
    credentials = crm_with_widgets.credentials()
    with ZohoClient(credentials) as client:  # waits for real
        asked = client.submit("Widgets", PARAMS, subject=WIDGETS)
        while not crm_with_widgets.log("Widgets"):
            pass
        client.stopping.set()

        with pytest.raises(ZohoStoppedError):
            asked.result(timeout=5)
    assert len(crm_with_widgets.log("Widgets")) == 1
