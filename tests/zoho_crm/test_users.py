"""The table of users equals the CRM, whatever lists of them Zoho gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API, DAY_S, to_instant

if TYPE_CHECKING:
    from tests.zoho_crm.copies import DuckDBCopy
    from tests.zoho_crm.crm import Crm
    from tests.zoho_crm.expected import Row
    from zoho_crm.outcomes import ResourceOutcome


def read_users(crm: Crm, copy: DuckDBCopy) -> ResourceOutcome:
    crm.forget_log()
    return copy.run(only=["users"]).outcomes["users"]


def add_users(crm: Crm, count: int, **more: Any) -> list[str]:
    return [
        crm.org.add_user(f"First{n}", f"Last{n}", email=f"user{n}@brightwell.example", **more)
        for n in range(count)
    ]


def expected_users(crm: Crm) -> dict[str, Row]:
    """Every user with every column, from the simulator's own users."""
    users = crm.org.users
    admin = next(iter(users))
    rows = {}
    for user in users:
        shown = users.show(user, zone="UTC")
        boss = users.get(user.reporting_to or 0)
        rows[str(user.id)] = {
            "id": str(user.id),
            "full_name": user.full_name,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "status": user.status,
            "is_confirmed": user.confirm,
            "zuid": shown["zuid"],
            "type": "Regular User",
            "role__id": shown["role"]["id"],
            "role__name": user.role,
            "profile__id": shown["profile"]["id"],
            "profile__name": user.profile,
            "reporting_to__id": str(boss.id) if boss else None,
            "reporting_to__name": boss.full_name if boss else None,
            "time_zone": user.time_zone,
            "locale": user.locale,
            "country": user.country,
            "created_time": to_instant(user.created),
            "created_by__id": str(admin.id),
            "created_by__name": admin.full_name,
            "modified_time": to_instant(user.modified),
            "modified_by__id": str(admin.id),
            "modified_by__name": admin.full_name,
        }
    return rows


@pytest.mark.parametrize("header", ["exclusive", "inclusive"])
def test_users_equal_the_crm_after_each_load(crm: Crm, copy: DuckDBCopy, header: Any) -> None:
    crm.settings.if_modified_since = header
    ids = []
    for days in (*range(205), *range(-50, 0)):  # they come in no order, which looks like one
        ids += add_users(crm, 1, modified=crm.org.created_at + days * DAY_S)
    read_users(crm, copy)
    assert copy.rows("users") == expected_users(crm)

    crm.pass_time(DAY_S)
    crm.org.change_user(ids[3], last_name="Other", profile="Sales", reporting_to=int(ids[4]))
    crm.org.change_user(ids[9], status="inactive")
    crm.org.change_user(ids[11], status="deleted", confirm=False)
    add_users(crm, 2, modified=crm.now_s, country=None)
    crm.pass_time(900)
    outcome = read_users(crm, copy)
    assert copy.rows("users") == expected_users(crm)
    assert outcome.rows <= 5

    crm.pass_time(900)
    outcome = read_users(crm, copy)
    assert (outcome.outcome, outcome.rows) == ("done", 0)
    assert [entry.status for entry in crm.log("users")] == [304]


def test_deleted_users_are_there_after_the_first_load(crm: Crm, copy: DuckDBCopy) -> None:
    gone, here = add_users(crm, 2)
    crm.org.change_user(gone, status="deleted")

    read_users(crm, copy)

    rows = copy.rows("users")
    assert (rows[gone]["status"], rows[here]["status"]) == ("deleted", "active")


def test_a_user_deleted_later_is_deleted_in_the_copy_even_if_all_users_does_not_hold_them(
    crm: Crm, copy: DuckDBCopy
) -> None:
    """Zoho's sample of AllUsers holds deleted ones; its description does not say so."""

    def without_deleted(body: bytes) -> bytes:
        reply = json.loads(body) if body else {"users": []}
        reply["users"] = [user for user in reply["users"] if user["status"] != "deleted"]
        return json.dumps(reply).encode()

    crm.faults.add(
        kind="edit", path=f"{API}users", params={"type": "AllUsers"}, times=100,
        edit=without_deleted,
    )  # fmt: skip
    gone, _ = add_users(crm, 2)
    read_users(crm, copy)
    assert copy.rows("users")[gone]["status"] == "active"
    crm.pass_time(DAY_S)
    crm.org.change_user(gone, status="deleted")
    add_users(crm, 1, modified=crm.now_s)

    read_users(crm, copy)

    assert copy.rows("users")[gone]["status"] == "deleted"


@pytest.mark.parametrize("kind", ["DeletedUsers", "AllUsers"])
def test_a_failure_among_users_holds_their_anchor_back(
    crm: Crm, copy: DuckDBCopy, kind: str
) -> None:
    gone, changed_later = add_users(crm, 2)
    crm.org.change_user(gone, status="deleted", modified=crm.now_s - 9000)
    crm.org.change_user(changed_later, last_name="Later", modified=crm.now_s - 1000)

    def without_deleted(body: bytes) -> bytes:
        reply = json.loads(body) if body else {"users": []}
        reply["users"] = [user for user in reply["users"] if user["status"] != "deleted"]
        return json.dumps(reply).encode()

    crm.faults.add(kind="500", path=f"{API}users", params={"type": kind}, times=6)
    crm.faults.add(
        kind="edit", path=f"{API}users", params={"type": "AllUsers"}, times=100,
        edit=without_deleted,
    )  # fmt: skip
    assert read_users(crm, copy).outcome == "failed"
    crm.pass_time(DAY_S)

    assert read_users(crm, copy).outcome == "done"

    assert copy.rows("users") == expected_users(crm)


def test_users_who_change_while_they_are_read_are_there_after_the_next_run(
    crm: Crm, copy: DuckDBCopy
) -> None:
    ids = add_users(crm, 450)
    changed = iter(ids)
    crm.hooks.add(
        path=f"{API}users", at=0,
        write=lambda org: org.change_user(next(changed), last_name="Changed"),
    )  # fmt: skip
    read_users(crm, copy)
    crm.hooks.clear()
    crm.pass_time(900)

    read_users(crm, copy)

    assert copy.rows("users") == expected_users(crm)


def test_more_users_than_page_numbers_reach_are_told_not_dropped(
    crm: Crm, copy: DuckDBCopy
) -> None:
    """Whether the limit of 2,000 holds for users is not documented."""
    add_users(crm, 450)
    crm.faults.add(
        kind="body", path=f"{API}users", params={"page": "3"}, times=100, status=400,
        body=b'{"code":"DISCRETE_PAGINATION_LIMIT_EXCEEDED","details":{},"status":"error"}',
    )  # fmt: skip

    outcome = read_users(crm, copy)

    assert outcome.outcome in ("failed", "partial", "skipped")
    assert outcome.code == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
