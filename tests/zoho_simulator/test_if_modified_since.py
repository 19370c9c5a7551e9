"""The header: what counts as newer, and what happens when nothing is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.zoho_simulator.api import Api, Start, add_contacts, error_of

ORDERED: dict[str, Any] = {
    "fields": "Modified_Time",
    "sort_by": "Modified_Time",
    "sort_order": "asc",
}


def since(api: Api, seconds: int) -> dict[str, str]:
    return {"If-Modified-Since": (api.simulator.clock.now + timedelta(seconds=seconds)).isoformat()}


@pytest.mark.parametrize("reading", ["exclusive", "inclusive"])
def test_whether_that_very_second_is_newer(start: Start, reading: str) -> None:
    api = start(if_modified_since=reading)
    now = api.simulator.clock.epoch_s
    times = [now - 20, now - 10, now]
    ids = [api.organization.create("Contacts", {}, modified_time=t) for t in times]
    for sort_by in ("Modified_Time", "id"):
        params = {**ORDERED, "sort_by": sort_by}
        rows = api.get("Contacts", headers=since(api, -10), **params).json()["data"]
        assert [row["id"] for row in rows] == (ids[1:] if reading == "inclusive" else ids[2:])
    asked = ",".join(ids)
    rows = api.get("Contacts", headers=since(api, -10), **ORDERED, ids=asked).json()["data"]
    assert len(rows) == (2 if reading == "inclusive" else 1)
    single = api.get(f"Contacts/{ids[1]}", headers=since(api, -10))
    assert single.status_code == (200 if reading == "inclusive" else 304)


def test_nothing_newer_is_304_without_a_body(api: Api) -> None:
    add_contacts(api.organization, 2)
    for params in (ORDERED, {"fields": "id"}):
        reply = api.get("Contacts", headers=since(api, 60), **params)
        assert (reply.status_code, reply.content) == (304, b"")
    assert api.get("Accounts", headers=since(api, 60), **ORDERED).status_code == 304


def test_the_offset_of_the_header_is_obeyed(api: Api) -> None:
    api.organization.create("Contacts", {})
    for text, status in (
        ("2026-03-30T09:00:00+02:00", 304),
        ("2026-03-30T08:59:59+02:00", 200),
        ("2026-03-30T12:29:59+05:30", 200),
        ("2026-03-30T12:30:00+05:30", 304),
    ):
        header = {"If-Modified-Since": text}
        assert api.get("Contacts", headers=header, **ORDERED).status_code == status


@pytest.mark.parametrize("text", ["yesterday", "2026-03-30T09:00:00", "2026-03-30"])
def test_anything_but_iso_with_an_offset_is_refused(api: Api, text: str) -> None:
    reply = api.get("Contacts", headers={"If-Modified-Since": text}, **ORDERED)
    assert error_of(reply)[:2] == (400, "INVALID_DATA")


def test_a_server_may_ignore_the_header(start: Start) -> None:
    api = start(header_ignored=True)
    ids = add_contacts(api.organization, 2)
    assert len(api.get("Contacts", headers=since(api, 60), **ORDERED).json()["data"]) == 2
    assert api.get(f"Contacts/{ids[0]}", headers=since(api, 60)).status_code == 200


def test_a_record_of_the_future_is_newer_than_the_present(api: Api) -> None:
    add_contacts(api.organization, 1)
    ahead = api.organization.create(
        "Contacts", {}, modified_time=api.simulator.clock.epoch_s + 9_999
    )
    rows = api.get("Contacts", headers=since(api, 0), **ORDERED).json()["data"]
    assert [row["id"] for row in rows] == [ahead]
